"""Pages as HTML, rendered without the request, with slots for what differs between readers."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.template import Template
from django.template.loader import render_to_string
from django.utils.translation import get_language

from feed.comment_threads import threads
from feed.compiled_template import CompiledTemplate
from feed.history import entries
from feed.renderings import slot
from feed.viewer import Viewer
from posts import mentions
from posts.forms import CommentForm, PostForm

# Stands for the viewer in pages that are rendered with slots.
_VIEWER_SLOTS = {name: slot(name) for name in Viewer.SLOTS}
# The blocks of templates/base.html that pages of the feed fill.
_BLOCKS = ("title", "head", "next", "search", "main")


def render_page(template: str, page: dict[str, Any], *, slots: bool, **context: Any) -> str:
    """Return a page as HTML. With `slots` it is for viewers who are signed in."""
    constants = context | _constants(_current_layout(context, slots=slots), slots=slots)
    return render_to_string(template, constants | _values(page))


def compiled_page(template: str, page: dict[str, Any], *, slots: bool, **options: bool) -> str:
    """Return the same HTML at a fraction of the cost. The template is kept with its options."""
    layout = _current_layout(options, slots=slots)
    return _compiled(template, layout, slots, tuple(options.items())).render(_values(page))


@lru_cache(maxsize=256)
def _compiled(
    template: str, layout: str | Template, slots: bool, options: tuple[tuple[str, bool], ...]
) -> CompiledTemplate:
    """Return the template for the language of the layout, of which there is one for each."""
    return CompiledTemplate(template, dict(options) | _constants(layout, slots=slots))


def _constants(layout: str | Template, *, slots: bool) -> dict[str, Any]:
    constants = {"layout": layout, "rail": True, "origin": slot("origin")} | _viewer_context(
        slots=slots
    )
    if slots:
        initial = {"key": slot("key")}
        constants["post_form"] = PostForm(initial=initial)
        constants["comment_form"] = CommentForm(initial=initial)
    return constants


def _values(page: dict[str, Any]) -> dict[str, Any]:
    if found := page.get("mentioned"):
        page = _with_mentioned(page, found)
    values = page | {"page": page}
    if "parents" in page:
        values["threads"] = threads(page["comments"], page["parents"])
    if "versions" in page:
        values["entries"] = entries(page["versions"])
        values["is_changed"] = len(page["versions"]) > 1
    return values


def _with_mentioned(page: dict[str, Any], found: dict[str, str]) -> dict[str, Any]:
    """Return the page with the people whom each text mentions beside the text.

    So a piece of the page depends on its own text alone, and other pages find it in the cache.
    """

    def with_people(shown: dict[str, Any]) -> dict[str, Any]:
        text = shown["content"] if "content" in shown else shown["bio"]
        people = mentions.within(text, found)
        return {**shown, "mentioned": people} if people else shown

    lists = {
        name: [*map(with_people, page[name])] for name in ("posts", "comments") if name in page
    }
    return (
        page
        | lists
        | {name: with_people(page[name]) for name in ("post", "author") if name in page}
    )


def _viewer_context(*, slots: bool) -> dict[str, Any]:
    if not slots:
        return {"slots": False}
    return {"slots": True, "me": _VIEWER_SLOTS, "csrf_token": slot("csrf")}


def _current_layout(context: Mapping[str, Any], *, slots: bool) -> str | Template:
    compose = bool(context.get("compose"))
    return "base.html" if settings.DEBUG else _layout(get_language(), slots=slots, compose=compose)


@lru_cache(maxsize=32)
def _layout(language: str, *, slots: bool, compose: bool) -> Template:
    """Return `base.html` as a template of its blocks and finished HTML.

    What is around the blocks of a page depends on the arguments alone, and would cost more than the
    page. `language` is the current one. `compose`: the page has the form for a new post.
    """
    context = _viewer_context(slots=slots) | {"compose": compose, "rail": True}
    source: str = render_to_string("feed/_layout.html", context)
    for tag in (*(f"block {name}" for name in _BLOCKS), "endblock"):
        source = source.replace(slot(tag), f"{{% {tag} %}}")
    return Template(source)
