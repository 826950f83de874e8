"""Posts with several images, and posts of images alone: form, API, admin, files, limits."""

import json
from contextlib import closing
from io import BytesIO
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import IntegrityError, transaction
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from PIL import Image
from pytest_django import Settings

from posts import images
from posts.images import is_moving
from posts.models import AuditEntry, Post, User
from posts.post_images import images_of
from posts.versions import version_of
from tests.factories import UserFactory
from tests.unit.posts.admin_pages import act, url
from tests.unit.posts.calls import call, fields, signed_in
from tests.unit.posts.sample_images import encoded, stored, upload

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("media"),
]


def picture(width: int) -> Any:
    """Return an upload that can be recognized by its width."""
    return upload(encoded(Image.new("RGB", (width, 10)), "PNG"), f"{width}.png")


def written(*widths: int, author: User | None = None, **more: Any) -> Post:
    """Return a post with images of these widths, made by the form."""
    alts = [f"Width {width}" for width in widths]
    files = [picture(width) for width in widths]
    form = {"content": "Look!", "image": files, "image_alt": alts, **more}
    response = signed_in(author or UserFactory.create()).post("/posts/new/", form)
    assert response.status_code == 302, response.content.decode()
    return Post.objects.latest("pk")


def shown(post: Post) -> list[tuple[int | None, str]]:
    """Return width and alternative text of each image, as the API says them."""
    found = Client().get(f"/api/posts/{post.pk}/").json()
    first = found["images"][0] if found["images"] else {}
    assert found["image_url"] == first.get("url")
    assert (found["image_alt"], found["image_width"]) == (first.get("alt", ""), first.get("width"))
    return [(image["width"], image["alt"]) for image in found["images"]]


def edit(post: Post, client: Client | None = None, **changes: Any) -> Any:
    """Send the form for editing, as the page has it, with these changes."""
    form: dict[str, Any] = {
        "content": post.content,
        "version": version_of(post),
        "image_kept": [image.key for image in images_of(post)],
        "image_alt": [image.alt for image in images_of(post)],
        **changes,
    }
    response = (client or signed_in(post.author)).post(f"/posts/{post.pk}/edit/", form)
    post.refresh_from_db()
    return response


def keys(post: Post) -> list[str]:
    return [image.key for image in images_of(post)]


def names(post: Post) -> set[str]:
    return {str(image.file) for image in images_of(post)}


# --- Writing ------------------------------------------------------------------------------------


def test_four_images_keep_their_order_and_texts() -> None:
    post = written(11, 12, 13, 14)
    assert shown(post) == [(width, f"Width {width}") for width in (11, 12, 13, 14)]
    assert names(post) == stored()
    assert post.image_bytes == sum(default_storage.size(name) for name in stored())


def test_a_fifth_image_is_refused_before_any_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "pool", lambda: pytest.fail("decoded"))
    form = {"content": "kept text", "image": [picture(width) for width in range(5, 10)]}
    response = signed_in().post("/posts/new/", form)
    assert response.status_code == 422
    text = response.content.decode()
    assert "A post takes up to 4 images; these are 5." in text
    assert "kept text" in text
    response = signed_in().post("/api/posts/", form)
    assert fields(response) == {"image"}
    assert not Post.objects.exists()


def test_one_refused_image_is_named_and_no_image_is_stored() -> None:
    form = {
        "content": "kept text",
        "image": [picture(11), upload(b"no image", "b.png")],
        "image_alt": ["kept one", "kept two"],
    }
    response = signed_in().post("/posts/new/", form)
    text = response.content.decode()
    assert response.status_code == 422
    assert all(words in text for words in ("b.png: That file", "kept one", "kept two"))
    assert not stored()


def test_full_disk_leaves_no_file_of_a_post(monkeypatch: pytest.MonkeyPatch) -> None:
    save = FileSystemStorage._save  # type: ignore[attr-defined] # of Django
    saved: list[str] = []

    def fail_at_the_third(self: Any, name: str, content: Any) -> Any:
        if len(saved) == 2:
            raise OSError("no space left")
        saved.append(save(self, name, content))
        return saved[-1]

    client = signed_in()
    monkeypatch.setattr(FileSystemStorage, "_save", fail_at_the_third)
    form = {"content": "Look!", "image": [picture(width) for width in (11, 12, 13)]}
    assert client.post("/posts/new/", form).status_code == 507
    assert len(saved) == 2
    assert not stored()


@pytest.mark.parametrize("by", ["form", "API"])
def test_text_may_be_missing_with_an_image_alone(by: str) -> None:
    path = "/posts/new/" if by == "form" else "/api/posts/"
    client = signed_in()
    assert client.post(path, {"image": picture(11), "image_alt": "A heron"}).status_code in {
        201,
        302,
    }
    post = Post.objects.get()
    assert (post.content, shown(post)) == ("", [(11, "A heron")])
    refused = client.post(path, {"content": " ", "image_alt": "A heron"})
    assert refused.status_code in {400, 422}
    assert Post.objects.count() == 1


def test_database_refuses_a_post_with_neither_text_nor_image() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Post.objects.create(author=UserFactory.create(), content="")


@pytest.mark.parametrize("more", [[{"alt": "no name"}], [{"name": "a"}] * 4, {"name": "a"}, [7]])
def test_database_refuses_other_values_of_the_further_images(more: Any) -> None:
    post = written(11)
    with pytest.raises(IntegrityError), transaction.atomic():
        Post.objects.filter(pk=post.pk).update(more_images=more)


def test_other_images_are_another_post_and_the_same_are_not() -> None:
    author, key = UserFactory.create(), "0" * 32
    for widths in ((11, 12), (11, 12), (11, 13), (12, 11)):
        written(*widths, author=author, key=key, image_alt=[])
    assert Post.objects.count() == 3


def test_same_images_under_the_api_key_make_one_post() -> None:
    client = signed_in()
    answers = []
    for widths in ((11, 12), (11, 12), (11, 13)):
        form = {"content": "Look!", "image": [picture(width) for width in widths]}
        answers.append(client.post("/api/posts/", form, HTTP_IDEMPOTENCY_KEY="one"))
    assert [answer.status_code for answer in answers] == [201, 201, 422]
    assert Post.objects.count() == 1


def test_each_image_counts_as_an_upload(settings: Settings) -> None:
    settings.LIMITS = {**settings.LIMITS, "uploads": (3, 3_600)}
    client = signed_in()
    two = {"content": "Look!", "image": [picture(11), picture(12)]}
    assert client.post("/posts/new/", two).status_code == 302
    two = {"content": "Again!", "image": [picture(11), picture(12)]}
    assert client.post("/posts/new/", two).status_code == 429
    assert client.post("/api/posts/", two).status_code == 429


def test_all_images_count_for_the_quota(settings: Settings) -> None:
    author = UserFactory.create()
    one = written(11, author=author).image_bytes
    settings.STORAGE_QUOTA_MB = one * 2.5 / 1_000_000
    form = {"content": "Look!", "image": [picture(11), picture(11)]}
    assert signed_in(author).post("/posts/new/", form).status_code == 422
    assert len(stored()) == 1


# --- Editing ------------------------------------------------------------------------------------


def test_form_adds_an_image_and_changes_a_text() -> None:
    post = written(11, 12)
    response = edit(post, image=[picture(13)], image_alt=["Width 11", "Other", "Third"])
    assert response.status_code == 302
    assert shown(post) == [(11, "Width 11"), (12, "Other"), (13, "Third")]
    assert names(post) == stored()


@pytest.mark.parametrize("removed", [0, 1, 2])
def test_form_removes_one_image_and_its_file(removed: int) -> None:
    post = written(11, 12, 13)
    left = [image for place, image in enumerate(shown(post)) if place != removed]
    assert edit(post, remove_image=[keys(post)[removed]]).status_code == 302
    assert shown(post) == left
    assert names(post) == stored()
    assert post.image_bytes == sum(default_storage.size(name) for name in stored())


def test_edit_that_would_give_five_images_is_refused() -> None:
    post = written(11, 12, 13)
    assert edit(post, image=[picture(14), picture(15)]).status_code == 422
    assert len(shown(post)) == 3
    removed = edit(post, image=[picture(14), picture(15)], remove_image=[keys(post)[0]])
    assert removed.status_code == 302
    assert [width for width, _ in shown(post)] == [12, 13, 14, 15]


def test_the_only_image_of_a_post_without_text_stays() -> None:
    post = written(11, content="")
    assert edit(post, remove_image=keys(post)).status_code == 422
    path = f"/api/posts/{post.pk}/"
    assert fields(call(signed_in(post.author), "patch", path, {"image_url": None})) == {"content"}
    assert len(shown(post)) == 1


def test_conflict_keeps_what_was_typed_beside_the_newer_images() -> None:
    post = written(11, 12)
    old: dict[str, Any] = {"version": version_of(post), "image_kept": keys(post)}
    assert edit(post, remove_image=[keys(post)[0]]).status_code == 302
    response = edit(post, content="Typed", image_alt=["Mine, of 11", "Mine, of 12"], **old)
    text = response.content.decode()
    assert response.status_code == 409
    assert "Typed" in text
    assert "Mine, of 12" in text
    assert text.count('name="image_kept"') == 1
    assert shown(post) == [(12, "Width 12")]


def test_form_of_a_release_with_one_image_replaces_or_removes_it() -> None:
    post = written(11)
    client, path = signed_in(post.author), f"/posts/{post.pk}/edit/"
    client.post(path, {"content": "Look!", "image": picture(12), "image_alt": "New"})
    assert shown(post) == [(12, "New")]
    client.post(path, {"content": "Look!", "image_alt": "New", "remove_image": "on"})
    assert shown(post) == []
    assert not stored()


def test_release_before_removes_the_first_image_alone() -> None:
    post = written(11, 12)
    first = {"image": "", "image_alt": "", "image_width": None, "image_height": None}
    Post.objects.filter(pk=post.pk).update(**first, image_bytes=0)
    assert shown(post) == [(12, "Width 12")]


def multipart(client: Client, method: str, path: str, parts: dict[str, Any]) -> Any:
    body = encode_multipart(BOUNDARY, parts)
    return client.generic(method, path, body, MULTIPART_CONTENT)


def test_api_keeps_changes_adds_and_removes_images() -> None:
    post = written(11, 12, 13)
    client, path = signed_in(post.author), f"/api/posts/{post.pk}/"
    read = client.get(path).json()["images"]
    assert call(client, "patch", path, {"images": read}).json()["edited"] is False
    body = {"images": [read[0], {**read[2], "alt": "Other"}]}
    assert call(client, "patch", path, body).status_code == 200
    assert shown(post) == [(11, "Width 11"), (13, "Other")]
    kept = json.dumps([{"url": read[2]["url"]}])
    parts = {"images": kept, "image": [picture(14)], "image_alt": ["Fourth"]}
    assert multipart(client, "PATCH", path, parts).status_code == 200
    assert shown(post) == [(13, "Other"), (14, "Fourth")]
    parts = {"image": [picture(15), picture(16)]}
    assert multipart(client, "PATCH", path, parts).status_code == 200
    assert shown(post) == [(15, ""), (16, "")]
    post.refresh_from_db()
    assert names(post) == stored()


@pytest.mark.parametrize(
    "value",
    [
        "no list",
        [{"url": "/media/posts/other.webp"}],
        [{"alt": "no url"}],
        ["no object"],
        [{"url": "first", "alt": "x" * 1_001}],
        "reversed",
    ],
)
def test_api_refuses_other_lists_of_images(value: Any) -> None:
    post = written(11, 12)
    client, path = signed_in(post.author), f"/api/posts/{post.pk}/"
    read = client.get(path).json()["images"]
    if value == "reversed":
        value = read[::-1]
    elif isinstance(value[0], dict) and value[0].get("url") == "first":
        value = [{**value[0], "url": read[0]["url"]}]
    assert fields(call(client, "patch", path, {"images": value})) == {"images"}
    assert len(shown(post)) == 2


def test_client_that_knows_one_image_keeps_the_others() -> None:
    post = written(11, 12)
    client, path = signed_in(post.author), f"/api/posts/{post.pk}/"
    read = client.get(path).json()
    body = {"content": "New", "image_url": read["image_url"], "image_alt": "Other"}
    assert call(client, "put", path, body).status_code == 200
    assert shown(post) == [(11, "Other"), (12, "Width 12")]
    echoed = {**read, "image_alt": "Again"}
    assert call(client, "put", path, echoed).status_code == 200
    assert shown(post) == [(11, "Again"), (12, "Width 12")]


# --- The end of a post --------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["post", "queryset", "author", "admin"])
def test_all_files_are_deleted_with_the_post(by: str) -> None:
    post, kept = written(11, 12, 13), written(14, 15)
    if by == "post":
        signed_in(post.author).post(f"/posts/{post.pk}/delete/")
    elif by == "queryset":
        Post.objects.filter(pk=post.pk).delete()
    elif by == "author":
        User.objects.filter(pk=post.author_id).delete()
    else:
        moderator = signed_in(UserFactory.create(is_staff=True, is_superuser=True))
        moderator.post(url("post_delete", post.pk), {"post": "yes"})
    assert stored() == names(kept)


def test_files_stay_if_the_deletion_is_rolled_back() -> None:
    post = written(11, 12)
    with transaction.atomic():
        post.delete()
        transaction.set_rollback(True)
    assert len(stored()) == 2


def test_moderator_removes_all_images_and_the_log_names_them() -> None:
    post, alone = written(11, 12), written(13, content="")
    further = [image.alt for image in images_of(post)][1]
    moderator = signed_in(UserFactory.create(is_staff=True, is_superuser=True))
    assert "Width 12" in moderator.get(url("post_change", post.pk)).content.decode()
    assert "can only be deleted: 1." in act(moderator, "post", "remove_image", post, alone)
    assert shown(post) == []
    assert stored() == names(alone)
    before = AuditEntry.objects.latest("pk").detail["before"]
    assert before["more_images"][0]["alt"] == further


# --- Pages --------------------------------------------------------------------------------------


def test_card_shows_all_images_and_a_post_without_text_has_a_name() -> None:
    post = written(11, 12, 13, content="")
    card = Client().get("/").content.decode().partition("<article")[2].partition("</article>")[0]
    assert card.count('<img class="picture') == 3
    assert all(f'alt="Width {width}"' in card for width in (11, 12, 13))
    assert 'class="images of-3"' in card
    assert 'class="text' not in card
    html = Client().get(f"/posts/{post.pk}/").content.decode()
    assert f"<title>{post.author.display_name or post.author.username}: Width 11" in html
    assert '<meta property="og:description" content="Width 11">' in html
    post.image_alt = ""
    post.save()
    html = signed_in().get(f"/posts/{post.pk}/report/").content.decode()
    assert ">Image</p>" in html
    assert str(post) == f"{post.pk}: Image"


# --- Moving images ------------------------------------------------------------------------------


def animation(count: int = 3) -> Any:
    frames = [Image.new("RGB", (20, 10), (number * 80 % 256, 0, 99)) for number in range(count)]
    return upload(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]), "a.gif")


def frames_at(path: str) -> int:
    with closing(Client().get(path)) as response:
        content = b"".join(response)
    with Image.open(BytesIO(content)) as image:
        return getattr(image, "n_frames", 1)


def test_moving_image_is_kept_and_pages_show_its_first_frame() -> None:
    client = signed_in()
    form = {"image": [animation(), animation()], "image_alt": "A wheel"}
    assert client.post("/posts/new/", form).status_code == 302
    post = Post.objects.get()
    assert len(stored()) == 4
    assert post.image_bytes == sum(default_storage.size(name) for name in stored())
    html = Client().get("/").content.decode()
    for path in [image.url for image in images_of(post)]:
        still = path.replace("m.webp", "s.webp")
        assert f'href="{path}" data-large>' in html
        assert f'src="{still}"' in html
        assert f'src="{path}"' not in html
        assert (frames_at(path), frames_at(still)) == (3, 1)
    second = keys(post)[1]
    form = {"image_kept": keys(post), "image_alt": ["", ""], "remove_image": second}
    assert client.post(f"/posts/{post.pk}/edit/", form).status_code == 302
    assert len(stored()) == 2
    post.refresh_from_db()
    html = Client().get("/").content.decode()
    assert f'src="{images_of(post)[0].still_url}"' in html
    post.delete()
    assert not stored()


def test_too_long_animation_is_refused_unless_it_may_be_a_still() -> None:
    client = signed_in()
    response = client.post("/posts/new/", {"content": "kept text", "image": animation(301)})
    text = response.content.decode()
    assert response.status_code == 422
    assert "That animation is too large to keep moving: up to 300 frames" in text
    assert 'name="still"' in text
    refused = client.post("/api/posts/", {"content": "Look!", "image": animation(301)})
    assert fields(refused) == {"image"}
    for path, status in (("/posts/new/", 302), ("/api/posts/", 201)):
        form = {"content": path, "image": animation(301), "still": "true"}
        assert client.post(path, form).status_code == status
    assert not [name for name in stored() if is_moving(name)]
    assert len(stored()) == 2
