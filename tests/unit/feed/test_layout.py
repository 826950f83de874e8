"""The finished layout of pages: the same HTML as from `base.html` itself."""

import re

import pytest
from django.test import Client
from django.utils import translation
from pytest_django import Settings

from feed import cache
from posts.models import Post
from tests.factories import CommentFactory, PostFactory
from tests.unit.posts.test_views import signed_in

pytestmark = pytest.mark.django_db

PAGES = ["feed", "older", "post", "author", "comments", "explore", "tag", "search", "found"]
TOKEN = re.compile(r'(name="(?:csrfmiddlewaretoken|key)" value=)"\w+"')


def html(client: Client, path: str) -> str:
    cache.reset()
    response = client.get(path)
    assert response.status_code == 200
    return TOKEN.sub(r"\1", response.content.decode())


@pytest.mark.parametrize("viewer", ["signed out", "signed in"])
@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("page", PAGES)
def test_page_is_the_same_with_a_finished_layout(
    settings: Settings, page: str, language: str, viewer: str
) -> None:
    post: Post = PostFactory.create(content="A #heron <b>")
    CommentFactory.create(post=post, author=post.author)
    path = {
        "feed": "/",
        "older": "/?date=2020-01-01",
        "post": f"/posts/{post.pk}/",
        "author": post.author.get_absolute_url(),
        "comments": f"{post.author.get_absolute_url()}comments/",
        "explore": "/explore/",
        "tag": "/tags/heron/",
        "search": "/search/",
        "found": "/search/?q=heron",
    }[page]
    client = signed_in(post.author) if viewer == "signed in" else Client()
    if page == "older":
        path = client.get(path).headers["Location"]
    with translation.override(language):
        finished = html(client, path)
        settings.DEBUG = True  # templates are edited, so nothing of them is kept
        assert finished == html(client, path)
    assert f'<html lang="{language}"' in finished
