"""Tags and filters of the pages of authors, and of the page that offers something to read."""

from collections.abc import Sequence
from typing import Any

from django import template
from django.utils.formats import localize
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import ngettext

from feed.authors import MAX_COUNTED
from feed.compiled_template import compiled, deferred
from feed.pieces import Pieces

register = template.Library()


@register.filter
@deferred
def counted(number: int) -> str:
    """Return a number that was counted up to MAX_COUNTED, which then stands for more."""
    return f"{localize(number)}{'+' if number >= MAX_COUNTED else ''}"


@register.filter
@deferred
def likes_received(likes: int, posts: int) -> str:
    """Return how many likes the posts have, in words. Those of old posts are not counted."""
    more = "+" if max(likes, posts) >= MAX_COUNTED else ""
    return ngettext("%(n)s like received", "%(n)s likes received", likes) % {
        "n": f"{localize(likes)}{more}"
    }


@register.filter
@deferred
def people_number(number: int) -> str:
    """Return how many people these are, in words."""
    return ngettext("%(n)s person", "%(n)s people", number) % {"n": localize(number)}


@register.simple_tag
@deferred
def tag_rows(tags: Sequence[dict[str, Any]]) -> SafeString:
    """Render a list of hashtags."""
    template = compiled("feed/_tag.html")
    return mark_safe("".join([template.render({"row": tag}) for tag in tags]))  # noqa: S308 -- rendered


@register.simple_tag
@deferred
def people_offered(people: Sequence[dict[str, Any]], slots: bool) -> SafeString:
    """Render a list of people, without those whom the viewer has muted."""
    template = compiled("feed/_person.html", slots=bool(slots), offered=True)
    return mark_safe("".join([template.render({"person": person}) for person in people]))  # noqa: S308 -- rendered


@register.simple_tag
@deferred
def written_cards(comments: Sequence[dict[str, Any]], slots: bool, shared: bool) -> SafeString:
    """Render comments apart from their posts."""
    piece = Pieces("feed/_written.html", slots=bool(slots), shared=bool(shared))
    return mark_safe("".join([piece({"comment": comment}) for comment in comments]))  # noqa: S308 -- rendered
