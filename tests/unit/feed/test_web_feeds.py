"""Atom and JSON Feed, as feed readers get them: parsed by feedparser, behind the front door."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import feedparser  # type: ignore[import-untyped]
import pytest
from pytest_django import Settings

from feed import atom, json_feed, queries
from feed.cache import feed_cache, feed_policy
from feed.entries import ORIGIN, web_feed
from feed.errors import QueryTooSlowError
from posts.models import Comment, Post
from tests.factories import CommentFactory, LikeFactory, PostFactory, UserFactory
from tests.unit.feed.door import Door, stopped_clock
from tests.unit.feed.reading import get
from tests.unit.freshcache.fleet import Clock

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]

NOON = datetime(2024, 5, 17, 12, 0, tzinfo=UTC)
SITE = "http://localhost"


@pytest.fixture(autouse=True)
def domain(settings: Settings) -> None:
    settings.WEB_FEED_DOMAIN = "feed.example.org"


@pytest.fixture(autouse=True)
def clock() -> Clock:
    stopped = stopped_clock()
    feed_cache().self_check.due_at = float("inf")
    return stopped


@pytest.fixture
def post(clock: Clock) -> Post:
    ada = UserFactory.create(username="ada", display_name="Ada <L>")
    made: Post = PostFactory.create(author=ada, content="A #heron & <b>\nhttps://example.org @ada")
    return made


def read(path: str, door: Door | None = None) -> Any:
    """Return the parsed feed, which must be well-formed."""
    answer = (door or Door()).get(path)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = feedparser.parse(answer.body)
    assert not feed.bozo
    return feed


def ids(feed: Any) -> list[str]:
    return [entry.id for entry in feed.entries]


def test_entry_says_what_the_post_says(post: Post) -> None:
    Post.objects.filter(pk=post.pk).update(
        image="posts/1.webp", image_alt='A "heron"', image_width=40, image_height=30
    )
    feed = read("/feed.atom")
    (entry,) = feed.entries
    assert feed.feed.links[0].href == f"{SITE}/"
    assert (entry.id, entry.link) == (
        f"tag:feed.example.org,2026:posts/{post.pk}",
        f"{SITE}/posts/{post.pk}/",
    )
    assert (entry.author, entry.author_detail.href) == ("Ada <L>", f"{SITE}/authors/ada/")
    assert entry.title == "A #heron & <b> https://example.org @ada"
    assert [tag.term for tag in entry.tags] == ["heron"]
    document = Door().get("/feed.atom").body.decode()
    content = feedparser.parse(document, sanitize_html=False).entries[0].content[0]
    assert content.type == "text/html"
    assert "&amp; &lt;b&gt;<br" in content.value
    assert f'href="{SITE}/tags/heron/"' in content.value
    image = r'<img alt="A &quot;heron&quot;" height="30" src="http://localhost/[^"]*" width="40" />'
    assert re.search(image, content.value)
    links = {link.rel: link.href for link in entry.links}
    assert links["enclosure"] == f"{SITE}/media/posts/1.webp"
    assert links["replies"] == f"{SITE}/posts/{post.pk}/comments.atom"


@pytest.mark.parametrize("path", ["/feed.atom", "/authors/ada/feed.atom", "/tags/heron/feed.atom"])
def test_conditional_get_and_a_deletion(path: str, post: Post) -> None:
    door = Door()
    later = PostFactory.create(author=post.author, content="#heron again")
    first = door.get(path)
    assert len(read(path, door).entries) == 2
    hit = door.get(path, Accept_Encoding="gzip", Authorization="Bearer unknown")
    assert (hit.status, hit.by_django) == (200, False)
    same = door.get(path, If_None_Match=first.headers["ETag"])
    assert (same.status, same.body) == (304, b"")
    later.delete()
    changed = door.get(path, If_None_Match=first.headers["ETag"])
    assert changed.status == 200
    assert ids(feedparser.parse(changed.body)) == [f"tag:feed.example.org,2026:posts/{post.pk}"]


def test_hit_is_answered_by_the_front_door(post: Post) -> None:
    door = Door()
    for path in ("/feed.atom", "/feed.json", f"/posts/{post.pk}/comments.atom"):
        first, second = door.get(path), door.get(path)
        assert (first.by_django, second.by_django) == (True, False)
        assert second.body == first.body
        assert second.headers["Cache-Status"].startswith("feed; hit")


def test_edit_moves_the_date_and_a_like_does_not(post: Post) -> None:
    before = Door().get("/feed.atom").body
    LikeFactory.create(post=post)
    CommentFactory.create(post=post)
    assert Door().get("/feed.atom").body == before
    post.content = "Other words"
    post.save()
    entry = read("/feed.atom").entries[0]
    assert entry.published < entry.updated
    assert entry.id in before.decode()


def test_feed_without_posts_does_not_change_with_the_clock() -> None:
    assert read("/feed.atom").feed.updated == "2026-01-01T00:00:00+00:00"
    assert Door().get("/feed.atom").body == Door().get("/feed.atom").body


@pytest.mark.parametrize("path", ["/feed.atom", "/authors/ada/feed.atom", "/tags/tag/feed.atom"])
def test_pages_of_a_feed_give_each_post_once(path: str) -> None:
    ada = UserFactory.create(username="ada")
    rows = (
        Post(author=ada, content=f"#tag {n}", created_at=NOON + timedelta(seconds=n // 4))
        for n in range(45)
    )
    posts = Post.objects.bulk_create(rows)
    seen, door, following = list[str](), Door(), path
    while following:
        feed = read(following.removeprefix(SITE), door)
        seen += ids(feed)
        links = {link.rel: link.href for link in feed.feed.links}
        assert ("self" in links) == (following == path)
        assert links.get("first", f"{SITE}{path}") == f"{SITE}{path}"
        following = links.get("next", "")
    assert [int(found.rpartition("/")[2]) for found in seen] == [p.pk for p in reversed(posts)]


def test_comments_come_newest_first(post: Post, clock: Clock) -> None:
    rows = (
        Comment(
            post=post,
            author=post.author,
            content=f"{n} <i>",
            created_at=NOON + timedelta(seconds=n // 4),
        )
        for n in range(70)
    )
    comments = Comment.objects.bulk_create(rows)
    first = read(f"/posts/{post.pk}/comments.atom")
    assert first.feed.title == "Comments on the post by Ada <L> · Feed"
    assert first.entries[0].title == "69 <i>"
    assert first.entries[0].link == f"{SITE}/posts/{post.pk}/#comment-{comments[-1].pk}"
    links = {link.rel: link.href for link in first.feed.links}
    second = read(links["next"].removeprefix(SITE))
    seen = [int(entry.id.rpartition("/")[2]) for entry in [*first.entries, *second.entries]]
    assert seen == [comment.pk for comment in reversed(comments)]
    comments[-1].delete()
    clock.advance(feed_policy().counts_stale_seconds)  # as counts, comments follow slowly
    assert read(f"/posts/{post.pk}/comments.atom").entries[0].title == "68 <i>"


def test_code_keeps_its_lines_and_only_people_are_linked(post: Post) -> None:
    text = "See @ada and @nobody:\n```py\na = 1\n\nb = 2\n```\nand `c`."
    Post.objects.filter(pk=post.pk).update(content=text)
    content = read("/feed.atom").entries[0].content[0].value
    assert f'<a class="mention" href="{SITE}/authors/ada/">@ada</a> and @nobody:' in content
    assert re.search(r"<pre><code[^>]*>a = 1\n\nb = 2\n?</code></pre>", content)
    assert re.search(r"and <code[^>]*>c</code>\.", content)


def test_post_with_a_warning_shows_the_warning_alone(post: Post) -> None:
    Post.objects.filter(pk=post.pk).update(content_warning="Spiders <8>", image="posts/1.webp")
    for path in ("/feed.atom", "/feed.json"):
        body = Door().get(path).body
        assert b"heron" not in body
        assert b"1.webp" not in body
    entry = read("/feed.atom").entries[0]
    assert entry.title == "Spiders <8>"
    assert f'<a href="{SITE}/posts/{post.pk}/">Show the post</a>' in entry.content[0].value


def test_slow_hashtag_is_a_503_that_says_when_to_try_again(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_slow(*_: object, **__: object) -> None:
        raise QueryTooSlowError

    monkeypatch.setattr(queries, "tag_posts", too_slow)
    answer = Door().get("/tags/heron/feed.atom")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "2")
    assert answer.headers["Cache-Control"] == "no-store"


def test_json_feed(post: Post) -> None:
    answer = Door().get("/feed.json")
    assert answer.headers["Content-Type"] == "application/feed+json"
    feed = json.loads(answer.body)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert (feed["feed_url"], feed["home_page_url"]) == (f"{SITE}/feed.json", f"{SITE}/")
    (item,) = feed["items"]
    assert item["id"] == f"tag:feed.example.org,2026:posts/{post.pk}"
    assert item["url"] == f"{SITE}/posts/{post.pk}/"
    assert item["authors"] == [{"name": "Ada <L>", "url": f"{SITE}/authors/ada/"}]
    assert item["tags"] == ["heron"]
    assert "title" not in item


def test_each_address_of_the_site_has_its_own_links(post: Post) -> None:
    door = Door()
    assert b"http://localhost/posts/" in door.get("/feed.atom").body
    other = door.get("/feed.atom", Host="testserver")
    assert b"http://testserver/posts/" in other.body
    assert b"localhost" not in other.body
    assert ORIGIN.encode() not in other.body


@pytest.mark.parametrize(
    ("path", "status", "location"),
    [
        ("/authors/Ada/feed.atom", 302, "/authors/ada/feed.atom"),
        ("/tags/HERON/feed.atom", 302, "/tags/heron/feed.atom"),
        ("/authors/nobody/feed.atom", 404, None),
        ("/authors/by-id/0/feed.atom", 404, None),
        ("/tags/a-b/feed.atom", 404, None),
        ("/posts/0/comments.atom", 404, None),
        (f"/posts/{10**30}/comments.atom", 404, None),
        ("/feed.atom?cursor=broken", 400, None),
    ],
)
def test_other_addresses(path: str, status: int, location: str | None, post: Post) -> None:
    response = get(path)
    assert (response.status_code, response.headers.get("Location")) == (status, location)


def test_author_whose_name_no_path_can_have() -> None:
    post = PostFactory.create(author=UserFactory.create(username="a/b"))
    path = f"/authors/by-id/{post.author_id}/feed.atom"
    assert len(read(path).entries) == 1
    ada = UserFactory.create(username="ada")
    assert get(f"/authors/by-id/{ada.pk}/feed.atom")["Location"] == "/authors/ada/feed.atom"


def test_text_of_another_program_is_well_formed(post: Post) -> None:
    """Control characters are no XML, and a text may hold what looks like our markup."""
    Post.objects.filter(pk=post.pk).update(content='\x01\x0c href="/x" ]]> </content> \ufffe')
    entry = read("/feed.atom").entries[0]
    assert entry.title == '\ufffd\ufffd href="/x" ]]> </content> \ufffd'


def test_image_on_another_site_is_a_link(post: Post) -> None:
    Post.objects.filter(pk=post.pk).update(image_url="https://example.net/a.png")
    document = Door().get("/feed.atom").body.decode()
    content = feedparser.parse(document, sanitize_html=False).entries[0].content[0].value
    assert "<img" not in content
    assert 'href="https://example.net/a.png"' in content


@pytest.mark.parametrize("write", [atom.atom, json_feed.json_feed])
def test_feed_of_a_page_is_the_same_each_time(write: Callable[..., str], post: Post) -> None:
    page = json.loads(Door().get("/api/feed/").body)
    arguments: dict[str, Any] = {"title": "", "path": "/", "feed_path": "/x", "older": False}
    assert write(web_feed(page, **arguments)) == write(web_feed(page, **arguments))


@pytest.mark.parametrize("path", ["/", "/authors/ada/", "/tags/heron/", "/posts/{}/"])
def test_pages_name_their_feeds(path: str, post: Post) -> None:
    html = get(path.format(post.pk)).content.decode()
    links = re.findall(r'<link rel="alternate" type="[^"]*" title="[^"]+" href="([^"]*)">', html)
    assert links
    for link in links:
        assert get(link).status_code == 200
