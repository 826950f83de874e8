"""What the style sheets and the other files beside them keep to."""

import json
import re
from pathlib import Path

import brotli
from django.conf import settings

from tests.unit.templates.test_templates import TEMPLATES, without_tags

STATIC = Path(settings.BASE_DIR, "feed/static/feed")
SHEETS = [STATIC / "style.css", STATIC / "writing.css"]
CSS = "\n".join(sheet.read_text() for sheet in SHEETS)
# Kinds of messages, and a hook of a script.
UNSTYLED = {"info", "success", "edited"}


def test_the_style_sheets_ask_nothing_from_elsewhere() -> None:
    assert not re.search(r"@import|https?:", CSS)
    for name in re.findall(r"url\(\"([^\"]*)\"\)", CSS):
        assert (STATIC / name).is_file()
    assert CSS.count("url(") == len(re.findall(r"url\(\"[\w.-]+\"\)", CSS))


def test_a_style_sheet_uses_only_what_is_defined() -> None:
    """A variable that is not would make its rule silently void."""
    assert set(re.findall(r"var\((--[\w-]+)", CSS)) <= set(re.findall(r"(--[\w-]+):", CSS))


def test_a_page_names_only_what_the_style_sheets_know() -> None:
    known = set(re.findall(r"\.([a-z][\w-]*)", CSS)) | UNSTYLED
    for template in TEMPLATES:
        for names in re.findall(r'class="([^"]*)"', without_tags(template.read_text())):
            assert set(names.split()) <= known, template


def test_the_style_sheets_are_small() -> None:
    assert len(brotli.compress(CSS.encode())) <= 10_000


def test_the_layout_turns_around_for_who_reads_from_right_to_left() -> None:
    """By logical properties: none names a left or a right."""
    sided = r"(?:margin|padding|border|inset)-(?:left|right)|text-align: (?:left|right)|float:"
    assert not re.search(sided, CSS)


def test_the_font_comes_with_its_license() -> None:
    assert "SIL Open Font License" in (STATIC / "literata-license.txt").read_text()


def test_the_manifest_names_files_that_are_there() -> None:
    manifest = json.loads((STATIC / "manifest.webmanifest").read_text())
    assert manifest["start_url"] == "/"
    assert manifest["icons"]
    for icon in manifest["icons"]:
        assert (STATIC / icon["src"]).is_file()
