"""What pages show, read from the site, and what they should show, read from the tables."""

import re
from html import unescape
from typing import Any

import feedparser  # type: ignore[import-untyped]
from django.test import Client

from posts.models import POST_TEXTS, Comment, CommentLike, Like, Post, User
from posts.text import hashtags
from tests.unit.feed.reading import counts, text

# A post by the names of its fields; a comment or a bio as a tuple.
Shown = dict[str, Any] | tuple[Any, ...]
Pages = dict[str, list[Shown] | None]  # by path; None is a 404

# Where a card has each text of POST_TEXTS. A text without a pattern is a KeyError, on purpose.
TEXT_PATTERNS = {
    "content": r'<p class="text[^>]*>(.*?)</p>',
    "content_warning": r'<span class="warning-text"[^>]*>.*?<span dir="auto">(.*?)</span>',
    "image_alt": r'<img class="picture[^>]* alt="([^"]*)"',
}
# An image of this site, or the link to one on another site.
IMAGE_PATTERN = (
    r'(?:<img class="picture[^"]*" src|<p class="meta"><a href)="((?:https:|/media/)[^"]*)"'
)

# One for all rows, because each client loads the middleware anew.
_reader = Client(raise_request_exception=False)


def in_database() -> Pages:
    """Return what every page should show, by other queries than those of the feed."""
    rows: list[dict[str, Any]] = []
    posts = Post.objects.filter(author__is_active=True).select_related("author")
    names = set(User.objects.filter(is_active=True).values_list("username", flat=True))
    for post in sorted(posts, key=lambda post: (post.created_at, post.pk), reverse=True):
        author = post.author
        rows.append(
            {
                "id": post.pk,
                **{name: getattr(post, name) for name in POST_TEXTS},
                "mentions": _mentions(post.content, names),
                "username": author.username,
                "display_name": author.display_name or author.get_full_name() or author.username,
                "avatar_url": f"/media/{author.avatar.name}" if author.avatar else "",
                "images": _images(post),
                "edited": post.updated_at > post.created_at,
                "likes_count": Like.objects.filter(post_id=post.pk).count(),
                "comments_count": Comment.objects.filter(
                    post_id=post.pk, author__is_active=True
                ).count(),
            }
        )
    pages: Pages = {"/": [*rows], "/api/feed/": [*rows]}
    entries = ("id", "display_name", "edited")
    pages["/feed.atom"] = [
        {
            "content": row["content_warning"] or row["content"],
            **{name: row[name] for name in entries},
        }
        for row in rows
    ]
    pages["/tags/tag/"] = [row for row in rows if "tag" in hashtags(row["content"])]
    pages["/search/?q=word"] = [row for row in rows if "word" in re.findall(r"\w+", row["content"])]
    return pages | _author_pages(rows) | _pages_of_first_post(rows)


def _mentions(content: str, names: set[str]) -> list[str]:
    written = re.findall(r"@(\w+)", content)
    return [f"/authors/{name.lower()}/" for name in written if name.lower() in names]


def _images(post: Post) -> list[str]:
    first = f"/media/{post.image.name}" if post.image else post.image_url
    more = [f"/media/{image['name']}" for image in post.more_images]
    return [first, *more] if first else more


def _author_pages(rows: list[dict[str, Any]]) -> Pages:
    bios = dict(User.objects.filter(is_active=True).values_list("username", "bio"))
    comments = Comment.objects.filter(author__is_active=True, post__author__is_active=True)
    pages: Pages = {}
    for name in {"ada", "dora", *bios} - {"moderator"}:
        written = [row for row in rows if row["username"] == name]
        said = comments.filter(author__username=name).order_by("-created_at", "-pk")
        likes = sum(row["likes_count"] for row in written)
        head = "author", bios.get(name), str(len(written)), str(len(said)), str(likes or "")
        views: Pages = {
            "": [head, *written],
            "images/": [
                head,
                *(
                    row
                    for row in written
                    if row["images"] and row["images"][0].startswith("/media/")
                ),
            ],
            "comments/": [
                head,
                *(("comment", comment.pk, comment.content, comment.post_id) for comment in said),
            ],
        }
        # Each name has one view, because reading a page of each takes most of the time.
        view = "comments/" if name == "bob" else ""
        for suffix in [*views] if name == "ada" else [view]:
            pages[f"/authors/{name}/{suffix}"] = views[suffix] if name in bios else None
    return pages


def _pages_of_first_post(rows: list[dict[str, Any]]) -> Pages:
    post = Post.objects.order_by("pk").first()
    if post is None:
        return {}
    shown = [row for row in rows if row["id"] == post.pk]
    visible = post.comments.filter(author__is_active=True).order_by("pk")
    ids = {comment.pk for comment in visible}
    comments: list[Shown] = [
        (
            "comment",
            comment.pk,
            comment.content,
            comment.author.username,
            comment.reply_to_id if comment.reply_to_id in ids else None,
            comment.edited_at is not None,
            CommentLike.objects.filter(comment_id=comment.pk).count(),
        )
        for comment in visible
    ]
    page = [*shown, *comments] if shown else None
    # The API's answer with one post does not say who is mentioned.
    alone: list[Shown] = [{**row, "mentions": []} for row in shown]
    pages: Pages = {f"/posts/{post.pk}/": page, f"/api/posts/{post.pk}/": alone or None}
    before = post.versions.order_by("-pk").values_list("content", flat=True)
    versions: list[Shown] = [("version", content) for content in (post.content, *before)]
    return pages | {f"/posts/{post.pk}/history/": versions if shown else None}


def on_the_site(expected: Pages) -> Pages:
    """Return what these pages show to a reader who is not signed in."""
    pages: Pages = {}
    for path in expected:
        _reader.cookies.clear()
        response = _reader.get(path)
        if response.status_code == 404:
            pages[path] = None
        elif path.endswith(".atom"):
            pages[path] = [*map(_in_feed, feedparser.parse(response.content).entries)]
        elif path.startswith("/api/"):
            body = response.json()
            found = body.get("mentioned", {})
            pages[path] = [_in_json(post, found) for post in body.get("posts", [body])]
        else:
            pages[path] = _in_page(path, text(response))
    return pages


def shows_what_is_in_database() -> bool:
    expected = in_database()
    return on_the_site(expected) == expected


def _in_json(post: dict[str, Any], mentioned: dict[str, str]) -> Shown:
    user = post["user"]
    same = (*POST_TEXTS, "edited", "likes_count", "comments_count")
    return {
        "id": int(post["id"]),
        **{name: post[name] for name in same},
        "mentions": [
            mentioned[name] for name in re.findall(r"@(\w+)", post["content"]) if name in mentioned
        ],
        "username": user["username"],
        "display_name": user["display_name"],
        "avatar_url": user["avatar_url"] or "",
        "images": [image["url"] for image in post["images"]],
    }


def _in_feed(entry: Any) -> Shown:
    return {
        "id": int(entry.id.rpartition("/")[2]),
        "content": _found(r"<p[^>]*>(.*?)</p>", entry.content[0].value),
        "display_name": entry.author,
        "edited": entry.updated > entry.published,
    }


def _in_page(path: str, html: str) -> list[Shown]:
    if path.endswith("/history/"):
        return [_version(part) for part in html.split('<li class="version">')[1:]]
    before, *articles = html.split('<article class="post')
    if path.endswith("/comments/"):
        return [_author(before), *map(_written, articles)]
    posts = [_in_article(article) for article in articles]
    if path.startswith("/authors/"):
        return [_author(before), *posts]
    if path.startswith("/posts/"):
        return [*posts, *_comments(articles[0])]
    return posts


def _version(html: str) -> Shown:
    """Return the text of a version, without what it removed and words for screen readers alone."""
    html = re.sub(r'<span class="hidden">[^<]*</span>|¶(?=\n)', "", html)
    html = re.sub(r"<del>.*?</del>", "", html, flags=re.DOTALL)
    return ("version", _found(r'<p class="text[^>]*>(.*?)</p>', html))


def _found(pattern: str, html: str) -> str:
    """Return the text that matches, without its links."""
    match = re.search(pattern, html, re.DOTALL)
    return unescape(re.sub(r"<[^>]*>", "", match[1])) if match else ""


def _in_article(article: str) -> Shown:
    likes, comments = counts(article)
    header = article.split("</header>", maxsplit=1)[0]
    return {
        "id": int(_found(r'id="post-(\d+)"', article)),
        **{name: _found(TEXT_PATTERNS[name], article) for name in POST_TEXTS},
        "mentions": _mention_links(article),
        "username": _found(r'href="/authors/([^/]+)/"', article),
        "display_name": _found(r'href="/authors/[^>]+>([^<]*)</a>', article),
        "avatar_url": _found(r'<img class="avatar" src="([^"]*)"', header),
        "images": re.findall(IMAGE_PATTERN, article),
        "edited": ">edited<" in header,
        "likes_count": likes,
        "comments_count": comments,
    }


def _author(head: str) -> Shown:
    """Return the bio and the numbers of posts, comments and likes. No likes are not shown."""
    posts, comments = re.findall(r'(?:Posts|Comments) <span class="meta">([^<]*)</span>', head)
    bio = _found(r'class="text bio"[^>]*>(.*?)</p>', head)
    return "author", bio, posts, comments, _found(r"· (\d+) likes? received", head)


def _written(article: str) -> Shown:
    """Return a comment on its author's page."""
    found = re.search(r'href="/posts/(\d+)/[^"]*#comment-(\d+)"', article)
    assert found
    content = _found(r'<p class="text[^>]*>(.*?)</p>', article)
    return "comment", int(found[2]), content, int(found[1])


def _mention_links(article: str) -> list[str]:
    content = re.search(TEXT_PATTERNS["content"], article, re.DOTALL)
    return re.findall(r'<a class="mention" href="([^"]*)"', content[1]) if content else []


def _comments(html: str) -> list[Shown]:
    """Return the comments by id, each with the id of the one that it replies to: the first of its
    thread, or the one that it links to."""
    found: list[tuple[Any, ...]] = []
    for thread in html.split('<div class="thread">')[1:]:
        first = None
        for comment in thread.split('<article class="comment"')[1:]:
            pk = int(_found(r'id="comment-(\d+)"', comment))
            link = _found(r'class="meta"><a href="[^"]*#comment-(\d+)"', comment)
            answered = int(link) if link else first
            author = _found(r'data-author="([^"]*)"', comment)
            content = _found(r'<p class="text[^>]*>(.*?)</p>', comment)
            edited, likes = ">edited<" in comment, int(_found(r'data-count="\d+">(\d+)<', comment))
            found.append(("comment", pk, content, author, answered, edited, likes))
            first = first or pk
    return [*sorted(found, key=lambda comment: int(comment[1]))]
