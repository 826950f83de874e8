"""Tags and filters for the images of a post."""

from collections.abc import Sequence
from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe

from feed.compiled_template import compiled, deferred
from posts.images import is_moving, still_of

register = template.Library()


@register.filter
@deferred
def still(url: str) -> str:
    """Return the URL of what a page shows of an image: of a moving one, the first frame."""
    return still_of(url)


@register.filter
@deferred
def moving(url: str | None) -> bool:
    """Return whether the image moves when it is opened."""
    return is_moving(url or "")


@register.filter
@deferred
def several(images: Sequence[dict[str, Any]]) -> Sequence[dict[str, Any]]:
    """Return the images if they are more than one, which a card shows as a grid."""
    return images if len(images) > 1 else ()


@register.filter
@deferred
def grid_class(images: Sequence[dict[str, Any]]) -> str:
    """Return the CSS class for a grid of so many images."""
    return f"of-{len(images)}"


@register.simple_tag
@deferred
def image_cards(images: Sequence[dict[str, Any]]) -> SafeString:
    """Render the images of a grid."""
    piece = compiled("feed/_image_in_grid.html")
    return mark_safe("".join([piece.render({"image": image}) for image in images]))  # noqa: S308 -- rendered
