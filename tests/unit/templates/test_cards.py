"""Cards of posts and comments: their promises to readers, scripts and other sites."""

import re
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from pytest_django import Settings

from posts.models import Comment, Mute, Post
from tests.factories import CommentFactory, PostFactory, UserFactory, permitted
from tests.unit.posts.test_views import page, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def pictured(settings: Settings, tmp_path: Path) -> Post:
    """A post with an image of 1200 to 800 pixels."""
    settings.MEDIA_ROOT = tmp_path
    name = "0123456789abcdef" * 2 + ".webp"
    return PostFactory.create(
        image=ContentFile(b"", name=name),
        image_alt='A "heron", still',
        image_width=1200,
        image_height=800,
    )


def card(text: str, post: Post) -> str:
    found = re.search(rf'<article [^>]*id="post-{post.pk}".*?</article>', text, re.DOTALL)
    assert found
    return found[0]


def test_card_has_the_attributes_that_scripts_read() -> None:
    post = PostFactory.create()
    shown = card(page(Client().get("/")), post)
    assert f'data-post="{post.pk}"' in shown
    assert f'data-author="{post.author.username}"' in shown
    assert f'data-at="{post.created_at:%Y-%m-%dT%H:%M:%S.%f}Z"' in shown
    assert 'tabindex="-1"' in shown
    assert f'aria-labelledby="by-{post.pk}"' in shown


def test_time_has_exact_attribute_and_title() -> None:
    post = PostFactory.create()
    shown = card(page(Client().get("/")), post)
    at = post.created_at
    assert f'<time datetime="{at:%Y-%m-%dT%H:%M:%S.%f}'[:-3] in shown
    assert f'title="{at.day} {at:%b %Y, %H:%M:%S} UTC" data-time="relative">' in shown


def test_image_has_alt_text_and_size(pictured: Post) -> None:
    image = re.search(r'<img class="picture.*?>', page(Client().get("/")))
    assert image
    assert 'alt="A &quot;heron&quot;, still"' in image[0]
    assert 'width="1200" height="800"' in image[0]


@pytest.mark.parametrize(
    ("size", "kind"), [((1200, 800), ""), ((800, 1200), "tall"), ((300, 1500), "towering")]
)
def test_height_of_an_image_is_limited(pictured: Post, size: tuple[int, int], kind: str) -> None:
    Post.objects.update(image_width=size[0], image_height=size[1])
    image = re.search(r'<img class="([^"]*)"', card(page(Client().get("/")), pictured))
    assert image
    assert image[1].split() == ["picture", *kind.split()]


def test_long_post_is_folded_in_lists_only() -> None:
    post = PostFactory.create(content="word " * 200)
    folded = card(page(Client().get("/")), post)
    assert 'class="text long"' in folded
    assert f'<a class="unfold" href="/posts/{post.pk}/" data-unfold>' in folded
    whole = card(page(Client().get(f"/posts/{post.pk}/")), post)
    assert "long" not in whole
    assert "data-unfold" not in whole


def test_muted_posts_are_in_the_page_and_hidden() -> None:
    post = PostFactory.create()
    reader = UserFactory.create()
    Mute.objects.create(user=reader, muted=post.author)
    opening = re.compile(rf'<article [^>]*id="post-{post.pk}"[^>]*>')
    for client, hidden in [(signed_in(reader), True), (signed_in(), False), (Client(), False)]:
        found = opening.search(page(client.get("/")))
        assert found
        assert (" hidden" in found[0]) == hidden


def test_menu_of_a_post_depends_on_the_viewer() -> None:
    post = PostFactory.create()
    report, edit = f"/posts/{post.pk}/report/", f"/posts/{post.pk}/edit/"
    delete = f"/posts/{post.pk}/delete/"
    mute = f"/authors/{post.author.username}/mute/"
    for client, there in [
        (Client(), {report}),
        (signed_in(), {report, mute}),
        (signed_in(post.author), {edit, delete}),
        (signed_in(UserFactory.create(is_staff=True)), {report, mute}),
        (signed_in(permitted("change_post")), {report, mute, edit}),
        (signed_in(permitted("delete_post")), {report, mute, delete}),
    ]:
        shown = card(page(client.get("/")), post)
        assert {path for path in (report, edit, delete, mute) if f'"{path}"' in shown} == there


def test_author_is_shown_with_bio() -> None:
    author = UserFactory.create(display_name="Ada", bio="Numbers, and #looms.")
    for client, bio in [
        (Client(), None),
        (signed_in(author), "Edit profile"),
        (signed_in(), f"Mute @{author.username}"),
        (signed_in(UserFactory.create(is_staff=True)), f"Mute @{author.username}"),
    ]:
        text = page(client.get(f"/authors/{author.username}/"))
        assert "Numbers, and <a" in text
        assert "Here since" in text
        head = text[: text.index('id="feed"')]
        assert "Copy the link" in head
        offered = ("Edit profile", f"Mute @{author.username}")
        assert [word for word in offered if f">{word}<" in head] == ([bio] if bio else [])


def test_author_page_offers_to_end_a_mute() -> None:
    author, reader = UserFactory.create(), UserFactory.create()
    Mute.objects.create(user=reader, muted=author)
    text = page(signed_in(reader).get(f"/authors/{author.username}/"))
    assert 'value="unmute"' in text
    assert 'value="mute"' not in text


def test_reply_is_below_its_thread_and_names_whom_it_answers() -> None:
    first = CommentFactory.create()
    reply = CommentFactory.create(post=first.post, reply_to=first)
    deeper = CommentFactory.create(post=first.post, reply_to=reply)
    text = page(signed_in().get(f"/posts/{first.post_id}/"))
    below = text[text.index('<div class="replies">') :]
    assert f'id="comment-{reply.pk}"' in below
    assert f'id="comment-{deeper.pk}"' in below
    assert text.count("in reply to") == 1
    assert f'href="/posts/{first.post_id}/comments/?reply_to={reply.pk}"' in text


def test_preview_of_a_link_shows_author_and_text(pictured: Post) -> None:
    Post.objects.update(content="Seen from the *pier*.")
    head = page(Client().get(f"/posts/{pictured.pk}/")).partition("</head>")[0]
    meta = dict(re.findall(r'<meta (?:property|name)="([^"]+)" content="([^"]*)"', head))
    here = f"http://testserver/posts/{pictured.pk}/"
    name = pictured.author.username
    assert meta["og:title"] == f"{name} (@{name})"
    assert meta["og:description"] == meta["description"] == "Seen from the *pier*."
    assert meta["og:url"] == here
    assert meta["og:image"] == f"http://testserver{pictured.image.url}"
    assert (meta["og:image:width"], meta["og:image:height"]) == ("1200", "800")
    assert meta["twitter:card"] == "summary_large_image"
    assert f'<link rel="canonical" href="{here}">' in head


def test_comment_form_sends_the_answered_comment() -> None:
    comment: Comment = CommentFactory.create()
    path = f"/posts/{comment.post_id}/comments/?reply_to={comment.pk}"
    text = page(signed_in().get(path))
    assert f'<input type="hidden" name="reply_to" value="{comment.pk}">' in text
    assert comment.content in text


def test_previews_and_titles_have_no_backticks() -> None:
    post = PostFactory.create(content="Run `make`:\n```sh\nmake run\n```")
    text = page(Client().get(f"/posts/{post.pk}/"))
    (description,) = re.findall(r'<meta name="description" content="([^"]*)"', text)
    assert description == "Run make:\nmake run\n"
    assert "`" not in text.partition("</head>")[0]


def test_card_shows_code_as_code_in_lists_quotes_and_comments() -> None:
    post = PostFactory.create(content="```sh\n#run @ida <b>\n```")
    CommentFactory.create(post=post, content="```sh\n#run @ida <b>\n```")
    code = (
        '<code class="block" dir="ltr" tabindex="0" data-language="sh">#run @ida &lt;b&gt;\n</code>'
    )
    client = signed_in(post.author)
    for path, times in (("/", 1), (f"/posts/{post.pk}/", 2), (f"/posts/{post.pk}/delete/", 1)):
        assert page(client.get(path)).count(code) == times
