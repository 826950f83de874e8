"""The history of a post, as a page and by the API."""

import re
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from feed.cache import feed_cache
from freshcache.policy import Room
from posts.ids import MAX_ID
from posts.models import Post, User
from posts.serializers import moment_json
from tests.factories import PostFactory
from tests.unit.feed.door import Door
from tests.unit.feed.reading import get, text

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def post() -> Post:
    """A post that was written twice more: another text, then the first one again."""
    made: Post = PostFactory.create(content="It is <closed> on Thursday.")
    for content in ("It is <closed> on Friday.", "It is <closed> on Thursday."):
        made.content = content
        made.save()
    return made


def page(post: Post, user: User | None = None) -> str:
    response = get(f"/posts/{post.pk}/history/", user)
    assert response.status_code == 200
    return text(response)


def history(post: Post) -> Any:
    response = get(f"/api/posts/{post.pk}/history/")
    assert response.status_code == 200
    return response.json()


def test_page_shows_each_version_newest_first_with_what_it_changed(post: Post) -> None:
    html = page(post)
    titles = re.findall(r'<li class="version">\s*<h2>([^<]*?) <', html)
    assert titles == ["Now", "Version", "First version"]
    assert re.findall(r"<(del|ins)><span[^>]*>[^<]*</span>(\w+)<", html) == [
        *(("del", "Friday"), ("ins", "Thursday")),
        *(("del", "Thursday"), ("ins", "Friday")),
    ]
    assert "&lt;closed&gt;" in html
    assert "<closed>" not in html


def test_text_that_is_there_again_says_so(post: Post) -> None:
    now, _, first = page(post).split('<li class="version">')[1:]
    assert "An earlier text again:" in now
    assert moment_json(post.created_at)[:23] in now.partition("An earlier text again:")[2]
    assert "An earlier text again:" not in first


def test_card_links_to_the_history_once_the_post_is_edited(post: Post) -> None:
    other = PostFactory.create()
    assert f'<a class="edited" href="/posts/{post.pk}/history/"' in text(get("/"))
    assert f"/posts/{other.pk}/history/" not in text(get("/"))
    assert "No earlier text of this post is kept." in page(other)


def test_api_has_all_texts_and_times(post: Post) -> None:
    Post.objects.filter(pk=post.pk).update(content_warning="Trains", image_alt="A clock")
    versions = history(post)["versions"]
    assert [version["content"].split()[-1] for version in versions] == [
        *("Thursday.", "Thursday.", "Friday.", "Thursday.")
    ]
    assert versions[0] == {
        "content": "It is <closed> on Thursday.",
        "content_warning": "Trains",
        "image_alt": "A clock",
        "written_at": versions[1]["replaced_at"],
        "replaced_at": None,
    }
    assert versions[-1]["written_at"] == moment_json(post.created_at)
    assert history(post)["post"]["id"] == str(post.pk)


@pytest.mark.parametrize("path", ["/posts/{}/history/", "/api/posts/{}/history/"])
def test_history_of_a_post_that_is_not_shown_is_a_404(path: str, post: Post) -> None:
    assert get(path.format(post.pk)).status_code == 200
    User.objects.filter(pk=post.author_id).update(is_active=False)
    assert get(path.format(post.pk)).status_code == 404
    User.objects.filter(pk=post.author_id).update(is_active=True)
    assert get(path.format(post.pk)).status_code == 200
    post.delete()
    for pk in (post.pk, 0, MAX_ID, MAX_ID + 1):
        assert get(path.format(pk)).status_code == 404


@pytest.mark.parametrize("path", ["/posts/{}/history/", "/api/posts/{}/history/"])
def test_history_is_cached_and_shows_an_edit_at_once(
    path: str, post: Post, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    first = get(path.format(post.pk))
    with django_assert_num_queries(0):
        assert get(path.format(post.pk)).content == first.content
    assert first["X-Robots-Tag"] == "noindex"
    Post.objects.filter(pk=post.pk).update(content="Open again.")
    assert "Open again" in text(get(path.format(post.pk)))


def test_histories_are_stored_in_no_shared_room(post: Post) -> None:
    """A client can ask for as many as there are posts."""
    door = Door()
    feed_cache().self_check.due_at = float("inf")
    door.get("/")

    def stored() -> set[str]:
        memories = feed_cache().memories
        names = {str(name) for room in Room if room.shared for name in memories[room]._pages}
        return names | {*map(str, door.front.entries._entries)}

    before = stored()
    for path in (f"/posts/{post.pk}/history/", f"/api/posts/{post.pk}/history/"):
        for _ in range(3):
            assert door.get(path).status == 200
    assert stored() == before


def test_signed_in_reader_gets_the_same_history(post: Post) -> None:
    html = page(post, post.author)
    assert html.count('<li class="version">') == 3
    assert f'data-viewer="{post.author.username}"' in html


def test_warning_that_was_added_later_folds_all_versions(post: Post) -> None:
    Post.objects.filter(pk=post.pk).update(content_warning="Opening hours")
    versions = page(post).split('<li class="version">')[1:]
    assert len(versions) == 4
    for version in versions:
        before, _, folded = version.partition('<details class="warned">')
        assert "Thursday" not in before
        assert "Thursday" in folded.partition("</summary>")[2].partition("</details>")[0]
        assert "Opening hours" in folded.partition("</summary>")[0]
    assert "Thursday" not in page(post).partition("</head>")[0]
