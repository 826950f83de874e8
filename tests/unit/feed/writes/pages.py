"""What pages show, read from the site, and what they should show, read from the tables."""

import re
from html import unescape
from typing import Any

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
    for post in sorted(posts, key=lambda post: (post.created_at, post.pk), reverse=True):
        author = post.author
        rows.append(
            {
                "id": post.pk,
                **{name: getattr(post, name) for name in POST_TEXTS},
                "username": author.username,
                "display_name": author.display_name or author.get_full_name() or author.username,
                "avatar_url": f"/media/{author.avatar.name}" if author.avatar else "",
                "image_url": f"/media/{post.image.name}" if post.image else post.image_url,
                "edited": post.updated_at > post.created_at,
                "likes_count": Like.objects.filter(post_id=post.pk).count(),
                "comments_count": Comment.objects.filter(
                    post_id=post.pk, author__is_active=True
                ).count(),
            }
        )
    pages: Pages = {"/": [*rows], "/api/feed/": [*rows]}
    pages["/tags/tag/"] = [row for row in rows if "tag" in hashtags(row["content"])]
    pages["/search/?q=word"] = [row for row in rows if "word" in re.findall(r"\w+", row["content"])]
    return pages | _author_pages(rows) | _pages_of_first_post(rows)


def _author_pages(rows: list[dict[str, Any]]) -> Pages:
    bios = dict(User.objects.filter(is_active=True).values_list("username", "bio"))
    return {
        f"/authors/{name}/": [
            ("bio", bios[name]),
            *(row for row in rows if row["username"] == name),
        ]
        if name in bios
        else None
        for name in {"ada", "dora", *bios} - {"bob", "moderator"}
    }


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
    return {f"/posts/{post.pk}/": page, f"/api/posts/{post.pk}/": [*shown] or None}


def on_the_site(expected: Pages) -> Pages:
    """Return what these pages show to a reader who is not signed in."""
    pages: Pages = {}
    for path in expected:
        _reader.cookies.clear()
        response = _reader.get(path)
        if response.status_code == 404:
            pages[path] = None
        elif path.startswith("/api/"):
            body = response.json()
            pages[path] = [_in_json(post) for post in body.get("posts", [body])]
        else:
            pages[path] = _in_page(path, text(response))
    return pages


def shows_what_is_in_database() -> bool:
    expected = in_database()
    return on_the_site(expected) == expected


def _in_json(post: dict[str, Any]) -> Shown:
    user = post["user"]
    same = (*POST_TEXTS, "edited", "likes_count", "comments_count")
    return {
        "id": int(post["id"]),
        **{name: post[name] for name in same},
        "username": user["username"],
        "display_name": user["display_name"],
        "avatar_url": user["avatar_url"] or "",
        "image_url": post["image_url"] or "",
    }


def _in_page(path: str, html: str) -> list[Shown]:
    before, *articles = html.split('<article class="post')
    posts = [_in_article(article) for article in articles]
    if path.startswith("/authors/"):
        return [("bio", _found(r'class="text bio"[^>]*>(.*?)</p>', before)), *posts]
    if path.startswith("/posts/"):
        return [*posts, *_comments(articles[0])]
    return posts


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
        "username": _found(r'href="/authors/([^/]+)/"', article),
        "display_name": _found(r'href="/authors/[^>]+>([^<]*)</a>', article),
        "avatar_url": _found(r'<img class="avatar" src="([^"]*)"', header),
        "image_url": _found(IMAGE_PATTERN, article),
        "edited": ">edited<" in header,
        "likes_count": likes,
        "comments_count": comments,
    }


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
