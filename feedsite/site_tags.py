"""Tags of the site that every template has without `{% load %}`: see TEMPLATES in the settings."""

from functools import cache
from pathlib import Path
from urllib.parse import quote

from django import template
from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.simple_tag
def site_name() -> str:
    """Return the name of this site, SITE_NAME."""
    return str(settings.SITE_NAME)


@register.simple_tag
@cache
def icon_data() -> SafeString:
    """Return the icon as a URL that holds it: it is smaller than the headers of a request."""
    icon = Path(settings.BASE_DIR, "feed/static/feed/favicon.svg").read_text()
    return mark_safe(f"data:image/svg+xml,{quote(icon.strip(), safe=' =:/.')}")  # noqa: S308 -- our file
