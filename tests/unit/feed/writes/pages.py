"""What pages show, and what they should: read off the site, and off the tables."""

import re
from html import unescape
from typing import Any

from posts.models import Comment, Like, Post, User
from posts.text import hashtags
from tests.unit.feed.reading import counts, get, text

Shown = tuple[Any, ...]  # a post: id, content, author's names and picture, image, counts, ...
Pages = dict[str, list[Shown] | None]  # by path; None is a 404


def in_database() -> Pages:
    """What every page should show, asked of the tables in another way than the feed asks."""
    rows: list[Shown] = []
    posts = Post.objects.filter(author__is_active=True).select_related("author")
    for post in sorted(posts, key=lambda post: (post.created_at, post.pk), reverse=True):
        author = post.author
        rows.append(
            (
                post.pk,
                post.content,
                author.username,
                author.display_name or author.get_full_name() or author.username,
                f"/media/{author.picture.name}" if author.picture else "",
                f"/media/{post.image.name}" if post.image else post.image_url,
                post.image_alt,
                post.updated_at > post.created_at,
                Like.objects.filter(post_id=post.pk).count(),
                Comment.objects.filter(post_id=post.pk, author__is_active=True).count(),
            )
        )
    pages: Pages = {"/": rows, "/api/feed/": rows}
    pages["/tags/tag/"] = [row for row in rows if "tag" in hashtags(row[1])]
    pages["/search/?q=word"] = [row for row in rows if "word" in re.findall(r"\w+", row[1])]
    return pages | _of_people(rows) | _of_the_first_post(rows)


def _of_people(rows: list[Shown]) -> Pages:
    active = dict(User.objects.filter(is_active=True).values_list("username", "bio"))
    return {
        f"/authors/{who}/": [("bio", active[who]), *(row for row in rows if row[2] == who)]
        if who in active
        else None
        for who in {"ada", "dora", *active} - {"bob", "moderator"}
    }


def _of_the_first_post(rows: list[Shown]) -> Pages:
    post = Post.objects.order_by("pk").first()
    if post is None:
        return {}
    shown = [row for row in rows if row[0] == post.pk]
    seen = post.comments.filter(author__is_active=True).order_by("pk")
    there = {comment.pk for comment in seen}
    comments: list[Shown] = [
        (
            "comment",
            c.pk,
            c.content,
            c.author.username,
            c.reply_to_id if c.reply_to_id in there else None,
        )
        for c in seen
    ]
    page = [*shown, *comments] if shown else None
    return {f"/posts/{post.pk}/": page, f"/api/posts/{post.pk}/": shown or None}


def on_the_site(expected: Pages) -> Pages:
    """What these pages show to a reader who is not signed in."""
    pages: Pages = {}
    for path in expected:
        response = get(path)
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
    fields = ("image_alt", "edited", "likes_count", "comments_count")
    return (
        int(post["id"]),
        post["content"],
        user["username"],
        user["display_name"],
        user["avatar_url"] or "",
        post["image_url"] or "",
        *(post[name] for name in fields),
    )


def _in_page(path: str, html: str) -> list[Shown]:
    before, *articles = html.split('<article class="post')
    posts = [_in_article(article) for article in articles]
    if path.startswith("/authors/"):
        return [("bio", _found(r'class="text bio"[^>]*>(.*?)</p>', before)), *posts]
    if path.startswith("/posts/"):
        return [*posts, *_comments(articles[0])]
    return posts


def _found(pattern: str, html: str) -> str:
    """The text there, without its links."""
    match = re.search(pattern, html, re.DOTALL)
    return unescape(re.sub(r"<[^>]*>", "", match[1])) if match else ""


# An image of ours, or the link to one elsewhere.
_IMAGE = r'(?:<img class="picture[^"]*" src|<p class="meta"><a href)="((?:https:|/media/)[^"]*)"'


def _in_article(article: str) -> Shown:
    return (
        int(_found(r'id="post-(\d+)"', article)),
        _found(r'<p class="text[^>]*>(.*?)</p>', article),
        _found(r'href="/authors/([^/]+)/"', article),
        _found(r'href="/authors/[^>]+>([^<]*)</a>', article),
        _found(r'<img class="avatar" src="([^"]*)"', article.split("</header>", maxsplit=1)[0]),
        _found(_IMAGE, article),
        _found(r'<img class="picture[^>]* alt="([^"]*)"', article),
        ">edited<" in article,
        *counts(article),
    )


def _comments(html: str) -> list[Shown]:
    """In the order of their ids, each with the id of the one that it answers: below which it is, or
    to which it leads."""
    found: list[Shown] = []
    for thread in html.split('<div class="thread">')[1:]:
        first = None
        for comment in thread.split('<article class="comment"')[1:]:
            pk = int(_found(r'id="comment-(\d+)"', comment))
            link = _found(r'class="meta"><a href="[^"]*#comment-(\d+)"', comment)
            answered = int(link) if link else first
            author = _found(r'data-author="([^"]*)"', comment)
            content = _found(r'<p class="text[^>]*>(.*?)</p>', comment)
            found.append(("comment", pk, content, author, answered))
            first = first or pk
    return sorted(found, key=lambda comment: int(comment[1]))
