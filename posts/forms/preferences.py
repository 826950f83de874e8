"""The form of preferences."""

from itertools import groupby
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from posts.preferences import Preferences, zones


def _zone_choices() -> list[Any]:
    """Return the time zones by area, with "automatic" and UTC before them."""
    named = [tuple(zone.split("/", 1)) for zone in sorted(zones()) if "/" in zone]
    areas = [
        (area, [(f"{area}/{place}", place.replace("_", " ")) for _area, place in places])
        for area, places in groupby(named, key=lambda one: one[0])
    ]
    return [("", _("Automatic")), ("UTC", "UTC"), *areas]


def _radio(label: Any, **choices: Any) -> forms.ChoiceField:
    named = [("", choices.pop("unset")), *choices.items()]
    return forms.ChoiceField(
        label=label, choices=named, required=False, widget=forms.RadioSelect, initial=""
    )


class PreferencesForm(forms.Form):
    """How pages look, and the time zone of days and times. Empty choices are the device's."""

    theme = _radio(_("Theme"), unset=_("As your system"), light=_("Light"), dark=_("Dark"))
    motion = _radio(_("Motion"), unset=_("As your system"), less=_("No animations"))
    text = _radio(_("Text"), unset=_("As your browser"), large=_("Larger"))
    links = _radio(
        _("Links"), unset=_("Underlined where they could be missed"), underlined=_("All underlined")
    )
    # The language of the pages comes here, when there is more than one.
    zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=_zone_choices,
        required=False,
        help_text=_("For days, exact times and \u201cGo to a date\u201d."),
    )

    @property
    def chosen(self) -> Preferences:
        return Preferences(**self.cleaned_data)
