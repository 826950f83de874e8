"""The pages About, Rules and Privacy: Markdown files, which an operator can replace.

A page comes from SITE_PAGES if that directory has a file for it, else from `feedsite/pages/`. In
both, `{site_name}` and `{contact}` stand for SITE_NAME and SITE_CONTACT.
"""

from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_safe
from markdown_it import MarkdownIt

TITLES = {
    "about": gettext_lazy("About"),
    "rules": gettext_lazy("Rules"),
    "privacy": gettext_lazy("Privacy"),
}
DEFAULT_PAGES = Path(__file__).resolve().parent / "pages"
# A longer file is a mistake, such as a database in place of a page.
MAX_BYTES = 256 * 1024
# CommonMark without HTML, so that the author of a page can't run scripts on the site.
_MARKDOWN = MarkdownIt("commonmark", {"html": False})


@require_safe
def site_page(request: HttpRequest, name: str) -> HttpResponse:
    """Return the page; 404 if its file can't be read."""
    return render(request, "site/page.html", {"title": TITLES[name], "html": page_html(name)})


def page_html(name: str) -> SafeString:
    """Return the page as HTML, with a heading of level 1.

    Raises:
        Http404: its file can't be read, is longer than MAX_BYTES, or is not UTF-8.
    """
    path = _path(name)
    try:
        status = path.stat()
        if status.st_size > MAX_BYTES:
            raise Http404(f"{path} is larger than {MAX_BYTES} bytes.")
        contact = settings.SITE_CONTACT or gettext("the people who run this site")
        return _rendered(path, status.st_mtime_ns, settings.SITE_NAME, contact)
    except (OSError, UnicodeDecodeError) as error:
        raise Http404(f"{path} can't be read.") from error


def _path(name: str) -> Path:
    if settings.SITE_PAGES is not None:
        own: Path = settings.SITE_PAGES / f"{name}.md"
        if own.exists():
            return own
    return DEFAULT_PAGES / f"{name}.md"


@lru_cache(maxsize=2 * len(TITLES))
def _rendered(path: Path, modified: int, site_name: str, contact: str) -> SafeString:
    source = path.read_text(encoding="utf-8")
    for name, value in (("site_name", site_name), ("contact", contact)):
        source = source.replace(f"{{{name}}}", _literal(value))
    html: SafeString = mark_safe(_MARKDOWN.render(source))  # noqa: S308 -- it escapes HTML
    return html


def _literal(value: str) -> str:
    """Return Markdown that shows the value as it is."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()#+-.!<>&|~" else c for c in value)
