"""Second factors are not in the admin: whoever may change their rows could sign in as anybody."""

from allauth.mfa import admin as _registered  # noqa: F401 -- so that the line below undoes it
from allauth.mfa.models import Authenticator
from django.contrib import admin

admin.site.unregister(Authenticator)
