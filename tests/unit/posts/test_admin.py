"""The pages of the admin, as a moderator uses them."""

from pathlib import Path

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from posts.admin import lists
from posts.images import for_post
from posts.models import Comment, Like, Post, User
from posts.signals import counts_changed
from tests.factories import CommentFactory, LikeFactory, PostFactory, UserFactory
from tests.unit.posts.admin_pages import act, announced, shown, url
from tests.unit.posts.sample_images import encoded, half_and_half, stored

pytestmark = pytest.mark.django_db

MODELS = ("post", "comment", "like", "user")


@pytest.fixture
def moderator() -> User:
    return UserFactory.create(username="moderator", is_staff=True, is_superuser=True)


@pytest.fixture
def page(moderator: User) -> Client:
    client = Client()
    client.force_login(moderator)
    return client


@pytest.mark.parametrize("model", MODELS)
def test_every_list_and_form_opens(page: Client, model: str) -> None:
    like = LikeFactory.create()
    row = {"like": like, "post": like.post, "user": like.user}.get(model) or CommentFactory.create()
    assert row in shown(page, model)
    assert page.get(url(f"{model}_change", row.pk)).status_code == 200
    assert page.get(url(f"{model}_delete", row.pk)).status_code == 200
    assert page.get(url(f"{model}_history", row.pk)).status_code == 200
    assert page.get(url(f"{model}_add")).status_code == (403 if model == "like" else 200)
    assert page.get(reverse("admin:index")).status_code == 200


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("query", ["", "?q=ada"])
def test_number_of_queries_does_not_depend_on_number_of_rows(
    page: Client, model: str, query: str
) -> None:
    def make() -> None:
        author = UserFactory.create(display_name="Ada and her figs")
        author.username = f"ada{author.pk}"
        author.save()
        post = PostFactory.create(author=author, content="Fig jam")
        CommentFactory.create(post=post, author=author, content="Figs!")
        LikeFactory.create(post=post, user=author)

    make()
    shown(page, model, query)
    with CaptureQueriesContext(connection) as few:
        assert shown(page, model, query)
    for _ in range(20):
        make()
    with CaptureQueriesContext(connection) as many:
        assert len(shown(page, model, query)) > 20
    assert len(many) == len(few)


@pytest.mark.parametrize("model", MODELS)
def test_lists_do_not_count_the_whole_table(
    page: Client, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "LIST_LIMIT", 3)
    for _ in range(5):
        CommentFactory.create(post=LikeFactory.create().post)
    with CaptureQueriesContext(connection) as queries:
        response = page.get(url(f"{model}_changelist"))
    counts = [query["sql"] for query in queries if "COUNT(*)" in query["sql"]]
    assert len(counts) == 1
    assert "LIMIT 3" in counts[0]
    assert response.context["cl"].result_count == 3


def test_list_of_posts_shows_counts_and_edits(page: Client) -> None:
    post = PostFactory.create(content="A very long story. " * 20)
    LikeFactory.create_batch(3, post=post)
    CommentFactory.create_batch(2, post=post)
    response = page.get(url("post_changelist"))
    (row,) = response.context["cl"].result_list
    assert (row.likes_count, row.comments_count) == (3, 2)
    assert "icon-no" in response.content.decode()
    post.content = "Short."
    post.save()
    assert "icon-yes" in page.get(url("post_changelist")).content.decode()


def test_posts_are_found_by_content_and_author(page: Client) -> None:
    figs = PostFactory.create(content="Figs and honey")
    adas = PostFactory.create(author__username="ada")
    PostFactory.create()
    assert shown(page, "post", "?q=honey") == [figs]
    assert shown(page, "post", "?q=ada") == [adas]
    assert shown(page, "post", "?q=nothing+of+the+kind") == []


def test_posts_are_filtered_by_date_and_active_author(page: Client) -> None:
    hidden = PostFactory.create(author__is_active=False)
    PostFactory.create()
    assert shown(page, "post", "?author__is_active__exact=0") == [hidden]
    assert len(shown(page, "post", "?created_at__gte=2000-01-01T00:00:00%2B00:00")) == 2


def test_comment_form_finds_posts_by_content(page: Client) -> None:
    figs = PostFactory.create(content="Figs and honey")
    query = {
        "term": "honey",
        "app_label": "posts",
        "model_name": "comment",
        "field_name": "post",
    }
    found = page.get(reverse("admin:autocomplete"), query).json()
    assert [result["id"] for result in found["results"]] == [str(figs.pk)]


@pytest.mark.django_db(transaction=True)
def test_moderator_is_the_author_of_an_added_post(page: Client, moderator: User) -> None:
    ada = UserFactory.create(username="ada")
    data = {"author": ada.pk, "content": "By hand.\r\nTwice."}
    with announced() as causes:
        assert page.post(url("post_add"), data).status_code == 302
    post = Post.objects.get()
    assert (post.author, post.content, post.edited) == (moderator, "By hand.\nTwice.", False)
    assert len(causes) == 1


@pytest.mark.django_db(transaction=True)
def test_post_saved_unchanged_is_not_edited(page: Client) -> None:
    post = PostFactory.create(content="One line.\n\nAnd another.")
    data = {"author": post.author_id, "content": "One line.\r\n\r\nAnd another."}
    with announced() as causes:
        assert page.post(url("post_change", post.pk), data).status_code == 302
    post.refresh_from_db()
    assert not post.edited
    assert causes == []
    with announced() as causes:
        page.post(url("post_change", post.pk), data | {"content": "Another text."})
    post.refresh_from_db()
    assert post.edited
    assert len(causes) == 1


@pytest.mark.parametrize("content", ["", "  ", "x" * 5_001])
def test_empty_or_too_long_post_is_refused(page: Client, content: str) -> None:
    post = PostFactory.create()
    data = {"author": post.author_id, "content": content}
    assert page.post(url("post_change", post.pk), data).context["errors"]
    assert page.post(url("post_add"), data).context["errors"]


@pytest.mark.django_db(transaction=True)
def test_deleting_selected_posts_is_announced_once(page: Client) -> None:
    kept, *gone = PostFactory.create_batch(4)
    LikeFactory.create_batch(3, post=gone[0])
    confirmation = act(page, "post", "delete_selected", *gone)
    assert "Likes: 3" in confirmation
    assert Post.objects.count() == 4
    with announced() as causes:
        act(page, "post", "delete_selected", *gone, post="yes")
    assert list(Post.objects.all()) == [kept]
    assert len(causes) == 1


@pytest.mark.django_db(transaction=True)
def test_deleting_a_post_is_announced(page: Client) -> None:
    post = PostFactory.create()
    with announced() as causes:
        page.post(url("post_delete", post.pk), {"post": "yes"})
    assert not Post.objects.exists()
    assert len(causes) == 1


@pytest.mark.django_db(transaction=True)
def test_action_removes_images_of_selected_posts(page: Client) -> None:
    plain = PostFactory.create()
    shocking = PostFactory.create(image_url="https://example.org/x.png")
    other = PostFactory.create(image_url="https://example.org/y.png")
    with announced() as causes:
        answer = act(page, "post", "remove_image", plain, shocking)
    assert "Images removed: 1." in answer
    assert [post.image_url for post in Post.objects.order_by("pk")] == ["", "", other.image_url]
    assert causes == ["post saved"]
    assert LogEntry.objects.get().object_id == str(shocking.pk)


def test_image_url_can_not_be_set(page: Client) -> None:
    post = PostFactory.create(image_url="https://example.org/x.png")
    assert "https://example.org/x.png" in page.get(url("post_change", post.pk)).content.decode()
    data = {"content": "Changed.", "author": post.author_id, "image_url": "https://a.org/y.png"}
    page.post(url("post_change", post.pk), data)
    post.refresh_from_db()
    assert (post.content, post.image_url) == ("Changed.", "https://example.org/x.png")


@pytest.mark.django_db(transaction=True)
def test_uploaded_image_is_shown_and_removed_with_its_file(page: Client, media: Path) -> None:
    post = PostFactory.create(
        image=for_post(encoded(half_and_half((20, 10)))),
        image_alt="Red",
        image_width=20,
        image_height=10,
    )
    assert post.image.url in page.get(url("post_change", post.pk)).content.decode()
    act(page, "post", "remove_image", post)
    post.refresh_from_db()
    assert (post.image.name, post.image_alt, post.image_width) == ("", "", None)
    assert not stored()


@pytest.mark.django_db(transaction=True)
def test_select_all_stops_at_the_action_limit(
    page: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "ACTION_LIMIT", 2)
    posts = PostFactory.create_batch(5, image_url="https://example.org/x.png")
    answer = act(page, "post", "remove_image", posts[0], select_across="1")
    assert "Images removed: 2." in answer
    assert Post.objects.filter(image_url="").count() == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("model", "factory"), [("comment", CommentFactory), ("like", LikeFactory)])
def test_deleting_comments_and_likes_announces_counts_once(
    page: Client, model: str, factory: type[CommentFactory] | type[LikeFactory]
) -> None:
    rows = factory.create_batch(3)
    with announced(counts_changed) as causes:
        act(page, model, "delete_selected", *rows[:2], post="yes")
    assert type(rows[0]).objects.get() == rows[2]
    assert len(causes) == 1


def test_moderator_adds_and_changes_a_comment(page: Client, moderator: User) -> None:
    post, ada = PostFactory.create(), UserFactory.create()
    data = {"post": post.pk, "author": ada.pk, "content": "Well said."}
    assert page.post(url("comment_add"), data).status_code == 302
    comment = Comment.objects.get()
    assert (
        page.post(url("comment_change", comment.pk), data | {"content": "Oh."}).status_code == 302
    )
    comment.refresh_from_db()
    assert (comment.content, comment.author) == ("Oh.", moderator)


def test_likes_can_not_be_added_or_changed(page: Client) -> None:
    like = LikeFactory.create()
    assert page.post(url("like_add"), {}).status_code == 403
    assert page.post(url("like_change", like.pk), {}).status_code == 403
    assert Like.objects.count() == 1
