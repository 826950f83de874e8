"""Tags and filters of pages: a post's text and times, the author's colour, and slots.

Slots stand for what differs between requests: see `feed.renderings`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast
from urllib.parse import quote, urlsplit

from django import template
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import localize
from django.utils.html import conditional_escape, escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator
from django.utils.translation import gettext, ngettext

from feed import renderings, times
from feed.compiled_template import compiled, deferred
from feed.cursors import Cursor
from feed.folding import folded
from feed.markup import linked
from feed.pieces import Pieces
from feed.renderings import Condition
from feed.text_changes import marked
from feed.viewer import Viewer, avatar_hue
from freshcache.front_door.headers import has_session
from posts import mentions, source_code
from posts.links import author_path, id_path, mute_path, word_path
from posts.models import Comment, Post, User

register = template.Library()

# Images with a longer side are cropped in lists, and high ones are shown less wide.
TOWERING, PANORAMIC = 2.2, 1 / 3
HIGH_PIXELS = 480

register.filter("avatar_hue", deferred(avatar_hue))
register.filter("marked_changes", deferred(marked))
register.filter("folded", deferred(folded))
for _time in ("exact_time", "machine_time", "readable_day", "readable_month", "readable_time"):
    register.filter(_time, deferred(getattr(times, _time)))
for _path in (author_path, mute_path, id_path, word_path):
    register.simple_tag(deferred(_path))


@register.filter
@deferred
def post_text(shown: dict[str, Any] | Post | Comment | str) -> SafeString:
    """Return the text of a post or a comment as HTML, or the bio in the JSON of an author.

    Of a text alone it is not known whom it mentions: its mentions stay text.
    """
    if isinstance(shown, str):
        return linked(shown)
    if isinstance(shown, dict):
        text = shown["content"] if "content" in shown else shown["bio"]
        return linked(text, shown.get("mentioned"))
    return linked(shown.content, mentions.mentioned([shown.content]))


@register.filter
@deferred
def image_shape(post: dict[str, Any]) -> str:
    """Return the CSS class for the image of a post, with a space before it, or nothing."""
    width, height = post["image_width"], post["image_height"]
    if not width or not height:
        return " unmeasured"
    if height / width < PANORAMIC:
        return " panorama"
    if height < HIGH_PIXELS or height <= width:
        return ""
    return " towering" if height / width > TOWERING else " tall"


@register.filter
@deferred
def position(posts: Sequence[dict[str, Any]]) -> str:
    """Return the cursor at the first of these posts."""
    first = posts[0]
    return Cursor(datetime.fromisoformat(first["created_at"]), int(first["id"])).encode()


@register.filter
@deferred
def newest_moment(posts: Sequence[dict[str, Any]]) -> str:
    """Return when the first of these posts was made."""
    moment: str = posts[0]["created_at"]
    return moment


@register.filter
@deferred
def comments_title(number: int) -> str:
    """Return the heading above so many comments."""
    return ngettext("%(n)s comment", "%(n)s comments", number) % {"n": localize(number)}


@register.filter
@deferred
def posts_number(posts: Sequence[dict[str, Any]]) -> str:
    """Return how many posts these are, in words."""
    number = len(posts)
    return ngettext("%(n)s post", "%(n)s posts", number) % {"n": localize(number)}


@register.filter
@deferred
def shortened(text: str, characters: int) -> str:
    """Return at most so many characters of the text, without the backticks around code."""
    return Truncator(source_code.without_backticks(text)).chars(characters)


@register.filter
@deferred
def quoted(text: str) -> str:
    """Return the text as a value of a query string."""
    return quote(text, safe="")


@register.filter
@deferred
def quoted_path(path: str) -> str:
    """Return the path as a value of a query string, with its slashes."""
    return quote(path)


@register.filter
@deferred
def initial(name: str) -> str:
    """Return the first character of a name, for an avatar without an image."""
    return name[:1].upper()


@register.filter
@deferred
def like_word(number: int) -> str:
    """Return the noun after a number of likes."""
    return ngettext("like", "likes", number)


@register.filter
@deferred
def comment_word(number: int) -> str:
    """Return the noun after a number of comments."""
    return ngettext("comment", "comments", number)


@register.filter
@deferred
def external_host(address: str | None) -> str:
    """Return the host of an image on another site, or an empty string.

    Only old posts have such an image. Pages link to it and do not load it: loading would show the
    reader's address to a server of the author's choice.
    """
    if not address or (address.startswith("/") and not address.startswith("//")):
        return ""
    try:
        host = urlsplit(address).hostname
    except ValueError:
        host = None
    return host or gettext("another site")


@register.filter
@deferred
def absolute(address: str) -> SafeString:
    """Return the address with scheme and host. Only for pages that are rendered with slots."""
    full = escape(address)
    return mark_safe(renderings.slot("origin") + full) if address.startswith("/") else full  # noqa: S308 -- escaped


@register.simple_tag
@deferred
def cards(posts: Sequence[dict[str, Any]], slots: bool, shared: bool) -> SafeString:
    """Render a list of posts."""
    piece = Pieces("feed/_post.html", slots=bool(slots), shared=bool(shared), level=2)
    return mark_safe("".join([piece({"post": post}) for post in posts]))  # noqa: S308 -- rendered


@register.simple_tag
@deferred
def card(post: dict[str, Any], level: int, slots: bool, shared: bool) -> SafeString:
    """Render a post with a heading of this level."""
    piece = Pieces("feed/_post.html", slots=bool(slots), shared=bool(shared), level=level)
    return piece({"post": post})


@register.simple_tag
@deferred
def thread_cards(
    threads: Sequence[dict[str, Any]], post_id: str, slots: bool, shared: bool
) -> SafeString:
    """Render comments, each with its replies."""
    piece = Pieces("feed/_thread.html", slots=bool(slots), shared=bool(shared))
    made = [piece({"thread": thread, "post_id": post_id}) for thread in threads]
    return mark_safe("\n".join(made))  # noqa: S308 -- each is rendered


@register.simple_tag
@deferred
def comment_cards(comments: Sequence[dict[str, Any]], post_id: str, slots: bool) -> SafeString:
    """Render the replies of a thread."""
    template = compiled("feed/_comment.html", slots=slots)
    made = [template.render({"comment": comment, "post_id": post_id}) for comment in comments]
    return mark_safe("".join(made))  # noqa: S308 -- each is rendered


@register.simple_tag
@deferred
def version_cards(entries: Sequence[dict[str, Any]], shared: bool) -> SafeString:
    """Render the versions of a post."""
    piece = Pieces("feed/_version.html", slots=False, shared=bool(shared))
    return mark_safe("".join([piece({"entry": entry}) for entry in entries]))  # noqa: S308 -- each is rendered


@register.simple_tag
@deferred
def people_cards(people: Sequence[dict[str, Any]]) -> SafeString:
    """Render a list of people."""
    template = compiled("feed/_person.html")
    return mark_safe("".join([template.render({"person": person}) for person in people]))  # noqa: S308 -- rendered


@register.simple_tag
@deferred
def search_path(query: str) -> str:
    """Return the path of the first page of a search."""
    return f"{reverse('search')}?q={quoted(query)}"


@register.simple_tag
def slot(name: str) -> SafeString:
    """Return the placeholder for a value of the request: see `feed.renderings`."""
    return renderings.slot(name)


@register.simple_block_tag
def if_viewer(content: SafeString, condition: Condition, subject: str = "") -> SafeString:
    """Show the content only to viewers for whom the condition holds: see `feed.renderings`."""
    return renderings.if_viewer(condition, conditional_escape(subject), content)


@register.simple_tag(takes_context=True)
def signed_in_user(context: dict[str, Any]) -> Viewer | None:
    """Return the signed-in viewer, or the slots for one in a page with slots; None if signed out.

    Without a session cookie the session is not read: reading it would set `Vary: Cookie`, and no
    cache could share the page.
    """
    if context.get("slots"):
        return cast("Viewer", context["me"])
    request: HttpRequest | None = context.get("request")
    if request is None or not has_session(request):
        return None
    user = getattr(request, "user", None)
    return Viewer.of(user) if isinstance(user, User) and user.is_active else None
