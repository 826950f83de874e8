"""The pages About, Rules and Privacy, and the files at the root of the site."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles.finders import find
from django.test import Client
from pytest_django import Settings

from feedsite.site_pages import DEFAULT_PAGES, MAX_BYTES, TITLES


def html(path: str) -> str:
    response = Client().get(path)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("name", TITLES)
def test_each_page_has_a_default_with_the_name_of_the_site(settings: Settings, name: str) -> None:
    settings.SITE_NAME = "Lake & *Side*"
    settings.SITE_CONTACT = "ops@example.org"
    text = html(f"/{name}/")
    assert "<h1>" in text
    assert "ops@example.org" in text
    assert f"{TITLES[name]} · Lake &amp; *Side*</title>" in text
    article = text[text.index("<article") : text.index("</article>")]
    assert "{" not in article


def test_a_file_of_the_operator_replaces_the_page_at_once(
    settings: Settings, tmp_path: Path
) -> None:
    settings.SITE_PAGES = tmp_path
    assert "one feed for everybody" in html("/about/")
    (tmp_path / "about.md").write_text("# Who we are\n\nA *club*. <script>alert(1)</script>")
    text = html("/about/")
    assert "<h1>Who we are</h1>" in text
    assert "<em>club</em>" in text
    assert "&lt;script&gt;alert(1)" in text
    (tmp_path / "about.md").write_text("# We moved")
    assert "<h1>We moved</h1>" in html("/about/")


@pytest.mark.parametrize("content", [b"\xff\xfe", b"x" * (MAX_BYTES + 1)])
def test_file_that_is_no_page_is_404(settings: Settings, tmp_path: Path, content: bytes) -> None:
    settings.SITE_PAGES = tmp_path
    (tmp_path / "about.md").write_bytes(content)
    assert Client().get("/about/").status_code == 404


def test_pages_link_only_to_pages_of_this_site() -> None:
    client = Client()
    for path in DEFAULT_PAGES.glob("*.md"):
        for link in re.findall(r"\]\((.*?)\)", path.read_text()):
            assert client.get(link).status_code == 200, link


def test_every_page_links_to_them() -> None:
    text = html("/accounts/login/")
    for name in TITLES:
        assert f'href="/{name}/"' in text


def test_root_has_the_files_that_programs_look_for() -> None:
    client = Client()
    robots = client.get("/robots.txt")
    assert "Disallow: /accounts/" in b"".join(robots).decode()
    assert robots["Content-Type"].startswith("text/plain")
    icon = client.get("/favicon.ico")
    assert b"".join(icon)[:4] == b"\0\0\1\0"
    moved = client.get("/.well-known/change-password")
    assert (moved.status_code, moved["Location"]) == (302, "/accounts/password/change/")


def test_manifest_names_the_site_and_files_that_exist(settings: Settings) -> None:
    settings.SITE_NAME = "Lakeside"
    response = Client().get("/manifest.webmanifest")
    assert response["Content-Type"] == "application/manifest+json"
    manifest = response.json()
    assert manifest["name"] == manifest["short_name"] == "Lakeside"
    assert manifest["start_url"] == "/"
    assert manifest["icons"]
    for icon in manifest["icons"]:
        assert find(icon["src"].removeprefix("/static/"))
