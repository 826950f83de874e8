"""Which texts a list shows folded."""

import pytest

from feed.folding import folded


@pytest.mark.parametrize(
    ("text", "classes"),
    [
        ("x" * 42 * 14, ""),
        ("x" * (42 * 14 + 1), " long long-narrow"),
        ("x" * (70 * 14 + 1), " long"),
        ("\n".join("x" * 14), ""),
        ("\n" * 14, " long"),
        ("e" + "\u0301" * 2_000, ""),
        ("\u6f22" * 70 * 7, " long long-narrow"),
        ("\u6f22" * (70 * 7 + 1), " long"),
        # Lines of code are not wrapped, and its fences are not shown.
        ("```\n" + ("x" * 1_000 + "\n") * 14 + "```", ""),
        ("```\n" + "x\n" * 15 + "```", " long"),
        ("`" + "x" * 42 * 14 + "`", ""),
    ],
)
def test_text_is_folded_by_its_lines_on_a_wide_screen_or_a_phone(text: str, classes: str) -> None:
    assert folded(text) == classes
