"""Confirming an address: what to do, and the message once more."""

from allauth.account.internal.flows.email_verification import (
    get_address_for_user,
    send_verification_email_to_address,
)
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from posts.views.submissions import for_the_signed_in, form_methods, sender


@form_methods
@for_the_signed_in
def confirm(request: HttpRequest) -> HttpResponse:
    """The limit on these messages is the accounts library's: one in three minutes to an address."""
    user = sender(request)
    address = get_address_for_user(user)
    if address is None or address.verified:
        return redirect("account_email")
    if request.method != "POST":
        return render(request, "account/confirm.html", {"address": address.email})
    if not send_verification_email_to_address(request, address):
        messages.warning(
            request, _("A message was sent a moment ago. Look again, or wait three minutes.")
        )
    return redirect("confirm-address")
