"""Rules for style sheets and the other static files."""

import re
from pathlib import Path

import brotli
from django.conf import settings

from tests.unit.templates.test_templates import TEMPLATES, without_tags

STATIC = Path(settings.BASE_DIR, "feed/static/feed")
SHEETS = [
    STATIC / "style.css",
    Path(settings.BASE_DIR, "posts/static/posts/writing.css"),
]
CSS = "\n".join(sheet.read_text() for sheet in SHEETS)
# Kinds of messages, and a hook of a script.
UNSTYLED = {"info", "success", "edited"}


def test_style_sheets_load_nothing_from_other_sites() -> None:
    assert not re.search(r"@import|https?:", CSS)
    for name in re.findall(r"url\(\"([^\"]*)\"\)", CSS):
        assert (STATIC / name).is_file()
    assert CSS.count("url(") == len(re.findall(r"url\(\"[\w.-]+\"\)", CSS))


def test_style_sheets_use_only_defined_variables() -> None:
    """Browsers silently ignore a rule with an undefined variable."""
    assert set(re.findall(r"var\((--[\w-]+)", CSS)) <= set(re.findall(r"(--[\w-]+):", CSS))


def test_templates_use_only_classes_of_the_style_sheets() -> None:
    known = set(re.findall(r"\.([a-z][\w-]*)", CSS)) | UNSTYLED
    for template in TEMPLATES:
        for names in re.findall(r'class="([^"]*)"', without_tags(template.read_text())):
            assert set(names.split()) <= known, template


def test_style_sheets_are_small() -> None:
    assert len(brotli.compress(CSS.encode())) <= 10_000


def test_layout_is_mirrored_for_right_to_left_languages() -> None:
    """The style sheets use logical properties, without left and right."""
    sided = r"(?:margin|padding|border|inset)-(?:left|right)|text-align: (?:left|right)|float:"
    assert not re.search(sided, CSS)


def test_the_font_comes_with_its_license() -> None:
    assert "SIL Open Font License" in (STATIC / "literata-license.txt").read_text()
