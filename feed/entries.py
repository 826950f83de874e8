"""Pages as web feeds: what Atom and JSON Feed both say of a page's posts or comments.

An entry is dated by its edits alone, so likes and comments change no feed. All addresses begin with
ORIGIN, which stands for scheme and host: the same text then serves each address of the site.
"""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.utils.html import escape
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from feed.markup import linked
from posts import mentions, source_code
from posts.links import author_path, post_path
from posts.text import hashtags

# Random, so that no author can write it into a post.
ORIGIN = f"https://{secrets.token_hex(16)}.invalid"
TITLE_CHARACTERS = 80
# The tag URIs of RFC 4151 name a domain and a year in which it belonged to the site.
_ID = "tag:{domain},2026:{name}"
_NEVER = datetime(2026, 1, 1, tzinfo=UTC)
# A block of code, as `feed.markup` makes it.
_BLOCK = re.compile(r'(<code class="block".*?</code>)', re.DOTALL)
# XML 1.0 allows no other control characters; rows of other programs may hold them.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A post or a comment. `html` is escaped, with absolute links; `image` may be empty, as
    `replies`, the address of the feed of its comments."""

    id: str
    url: str
    title: str
    html: str
    author: str
    author_url: str
    published: datetime
    updated: datetime
    tags: Sequence[str] = ()
    image: str = ""
    replies: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class WebFeed:
    """A page as a feed. `url` is the page for people, `feed_url` the first page of the feed.

    `next_url` is the next page of the feed (RFC 5005, section 3), empty at the end. `older`: this
    is not the first page.
    """

    id: str
    title: str
    url: str
    feed_url: str
    next_url: str
    older: bool
    entries: Sequence[Entry]

    @property
    def updated(self) -> datetime:
        """The newest date of an entry; without entries a constant, so that nothing changes."""
        return max((entry.updated for entry in self.entries), default=_NEVER)


def web_feed(
    page: dict[str, Any], *, title: str, path: str, feed_path: str, older: bool
) -> WebFeed:
    """Return a page of posts, or of comments on a post, as a feed.

    `page`: the parsed JSON of `feed.serializers`. `title`: what it has, without the site's name.
    """
    found = page.get("mentioned", {})
    made = _comment if "comments" in page else _post
    entries = [made(shown, found) for shown in page["comments" if "comments" in page else "posts"]]
    following = f"{ORIGIN}{feed_path}?cursor={page['next']}" if page["next"] else ""
    return WebFeed(
        id=_id(feed_path.lstrip("/")),
        title=_clean(f"{title} · {settings.SITE_NAME}" if title else settings.SITE_NAME),
        url=f"{ORIGIN}{path}",
        feed_url=f"{ORIGIN}{feed_path}",
        next_url=following,
        older=older,
        entries=entries,
    )


def _post(post: dict[str, Any], found: Mapping[str, str]) -> Entry:
    content, warning = _clean(post["content"]), _clean(post["content_warning"])
    url = f"{ORIGIN}{post['url']}"
    image, pictures = _images(post["images"])
    if warning:  # feed readers fold nothing, so the rest is a press away
        shown, image = f'<a href="{url}">{_("Show the post")}</a>', ""
        html = f'<p dir="auto">{escape(warning)}</p><p>{shown}</p>'
    else:
        html = _html(content, found) + pictures
    return Entry(
        id=_id(f"posts/{post['id']}"),
        url=url,
        title=_title(warning or content or _clean(post["image_alt"]) or _("Image")),
        html=html,
        **_author(post["user"]),
        published=datetime.fromisoformat(post["created_at"]),
        updated=datetime.fromisoformat(post["updated_at"]),
        tags=() if warning else hashtags(content),
        image=image,
        replies=f"{url}comments.atom",
    )


def _comment(comment: dict[str, Any], found: Mapping[str, str]) -> Entry:
    content = _clean(comment["content"])
    return Entry(
        id=_id(f"comments/{comment['id']}"),
        url=f"{ORIGIN}{post_path(int(comment['post_id']))}#comment-{comment['id']}",
        title=_title(content),
        html=_html(content, found),
        **_author(comment["user"]),
        published=datetime.fromisoformat(comment["created_at"]),
        updated=datetime.fromisoformat(comment["updated_at"]),
        tags=hashtags(content),
    )


def _author(user: dict[str, Any]) -> dict[str, str]:
    url = f"{ORIGIN}{author_path(user['id'], user['username'])}"
    return {"author": _clean(user["display_name"]), "author_url": url}


def _images(images: Sequence[dict[str, Any]]) -> tuple[str, str]:
    """Return the address of the first image of this site, and the HTML of all images."""
    own = [image for image in images if _is_own(image["url"])]
    html = "".join(map(_image, images))
    return f"{ORIGIN}{own[0]['url']}" if own else "", html


def _is_own(address: str) -> bool:
    return address.startswith("/") and not address.startswith("//")


def _image(image: dict[str, Any]) -> str:
    """Return the HTML of an image.

    One on another site is linked and not shown, as on pages: a reader's address is not for the
    server of an author's choice.
    """
    address, description = escape(image["url"]), escape(_clean(image["alt"]))
    if not _is_own(image["url"]):
        link = f'<a href="{address}" rel="nofollow noopener ugc">{_("Image")}</a>'
        return f"<p>{link}</p>"
    size = ""
    if image["width"] and image["height"]:
        size = f' width="{image["width"]}" height="{image["height"]}"'
    return f'<p><img src="{ORIGIN}{address}" alt="{description}"{size}></p>'


def _html(text: str, found: Mapping[str, str]) -> str:
    # Quotation marks of the text are escaped, so only links of the site begin so.
    made = linked(text, mentions.within(text, found)).replace(' href="/', f' href="{ORIGIN}/')
    # Blocks of code have odd positions. They keep their lines; a paragraph has none.
    parts = _BLOCK.split(made)
    parts[::2] = [part.strip("\n").replace("\n", "<br>\n") for part in parts[::2]]
    parts[::2] = [f'<p dir="auto">{part}</p>' if part else "" for part in parts[::2]]
    parts[1::2] = [f"<pre>{part}</pre>" for part in parts[1::2]]
    return "".join(parts)


def _title(text: str) -> str:
    plain = source_code.without_backticks(text)
    return Truncator(" ".join(plain.split())).chars(TITLE_CHARACTERS)


def _id(name: str) -> str:
    return _ID.format(domain=settings.WEB_FEED_DOMAIN, name=name)


def _clean(text: str) -> str:
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text)
