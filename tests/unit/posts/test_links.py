"""Posts link to pages of another app by settings.PAGES alone."""

import ast
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest
from django.conf import settings as site_settings
from django.test import Client
from pytest_django import Settings

from feed.urls import urlpatterns as feed_patterns
from posts import links
from posts.checks import check_pages
from posts.links import Page
from tests.factories import PostFactory, UserFactory

BASE = Path(site_settings.BASE_DIR)
FEED_ROUTES = {str(pattern.name) for pattern in feed_patterns}
# Functions whose first argument is the name of a route.
BY_ROUTE = {"reverse", "reverse_lazy", "redirect", "resolve_url"}
FEED_FILES = re.compile(r"(?<![\w-])feed/|\bfeed_tags\b|\bfrom feed\b|\bimport feed\b")
FEED_PATHS = re.compile(r"/api/(?:feed|viewer)/|/tags/|/search/|/health/")
URL_TAG = re.compile(r"""\{%\s*url\s+['"]([^'"]+)['"]""")
TEXTS = [
    path
    for path in chain(
        BASE.glob("posts/**/*.*"),
        *(BASE.glob(f"templates/{name}/**/*.*") for name in ("posts", "account", "mfa")),
    )
    if path.suffix in {".py", ".html", ".txt", ".js", ".css"}
]


def routes_by_name(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        first = node.args[0]
        if name in BY_ROUTE and isinstance(first, ast.Constant):
            yield str(first.value)


def test_files_of_posts_are_found() -> None:
    names = {str(path.relative_to(BASE)) for path in TEXTS}
    assert {
        "posts/views/posts.py",
        "posts/static/posts/writing.js",
        "templates/posts/create.html",
        "templates/account/logout.html",
        "templates/mfa/webauthn/snippets/scripts.html",
    } <= names


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(BASE)))
def test_posts_name_no_route_template_or_script_of_the_feed(path: Path) -> None:
    text = path.read_text()
    if path.suffix == ".py":
        assert not FEED_ROUTES & set(routes_by_name(ast.parse(text)))
    else:
        assert not FEED_ROUTES & set(URL_TAG.findall(text))
    assert not FEED_FILES.findall(text)
    assert not FEED_PATHS.findall(text)


def test_links_lead_to_the_routes_of_the_settings(settings: Settings) -> None:
    settings.PAGES = {**settings.PAGES, "latest": "search", "post": "api-post"}
    assert links.latest_path() == "/search/"
    assert links.post_path(7) == "/api/posts/7/"


@pytest.mark.django_db
def test_deleting_a_post_leads_to_the_latest_page_of_the_settings(settings: Settings) -> None:
    settings.PAGES = {**settings.PAGES, "latest": "search"}
    post = PostFactory.create()
    client = Client()
    client.force_login(post.author)
    response = client.post(f"/posts/{post.pk}/delete/")
    assert (response.status_code, response.headers["Location"]) == (302, "/search/")


@pytest.mark.parametrize("name", ["", ".", "..", "a/b"])
def test_author_whose_name_no_path_can_hold_is_linked_by_id(name: str) -> None:
    user = UserFactory.build(pk=7, username=name)
    assert user.get_absolute_url() == "/authors/by-id/7/"
    assert user.get_mute_url() == "/authors/by-id/7/mute/"


@pytest.mark.parametrize("page", list(Page))
def test_missing_page_stops_the_start(page: Page, settings: Settings) -> None:
    settings.PAGES = {name: route for name, route in settings.PAGES.items() if name != page}
    (error,) = check_pages()
    assert error.id == "posts.E002"
    assert page in error.msg
    assert error.hint


def test_route_with_other_arguments_stops_the_start(settings: Settings) -> None:
    settings.PAGES = {**settings.PAGES, "post": "feed"}
    assert [error.id for error in check_pages()] == ["posts.E002"]


def test_pages_of_this_site_are_complete() -> None:
    assert check_pages() == []
