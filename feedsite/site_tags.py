"""Tags of the site that every template has without `{% load %}`: see TEMPLATES in the settings."""

from django import template
from django.conf import settings

register = template.Library()


@register.simple_tag
def site_name() -> str:
    """Return the name of this site, SITE_NAME."""
    return str(settings.SITE_NAME)
