"""What is code in a text, and what is not."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from posts.source_code import Kind, Part, parts, without_backticks, without_code

TEXT, INLINE, BLOCK = Kind.TEXT, Kind.INLINE, Kind.BLOCK


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("No code.", [(TEXT, "No code.", "")]),
        ("a `b` c", [(TEXT, "a ", ""), (INLINE, "b", ""), (TEXT, " c", "")]),
        ("(`@ida`)", [(TEXT, "(", ""), (INLINE, "@ida", ""), (TEXT, ")", "")]),
        ("``a`b``s", [(INLINE, "a`b", ""), (TEXT, "s", "")]),
        ("```x = 1```", [(INLINE, "x = 1", "")]),
        ("don`t, can`t", [(TEXT, "don`t, can`t", "")]),
        ("`a\nb`", [(TEXT, "`a\nb`", "")]),
        ("` ` `", [(TEXT, "` ` `", "")]),
        ("```\na\n\n b\n```\nend", [(BLOCK, "a\n\n b\n", ""), (TEXT, "end", "")]),
        ("on\n```C++ \r\n#a\r\n```\r\n", [(TEXT, "on\n", ""), (BLOCK, "#a\r\n", "C++")]),
        ("```\nopen `x`\n", [(BLOCK, "open `x`\n", "")]),
        ("````\n```\n````", [(BLOCK, "```\n", "")]),
        ("```py\n```py\nx", [(BLOCK, "```py\nx", "py")]),
        ("```\n \n```", [(TEXT, "```\n \n```", "")]),
        ("```", [(TEXT, "```", "")]),
        ("``` two words\nx", [(TEXT, "``` two words\nx", "")]),
        ("", [(TEXT, "", "")]),
    ],
)
def test_parts_of_a_text(text: str, expected: list[tuple[Kind, str, str]]) -> None:
    assert [*parts(text)] == [Part(*part) for part in expected]


def test_text_without_code_or_without_backticks() -> None:
    text = "See `#a`:\n```py\n@b\n```\n#c"
    assert without_code(text) == "See  :\n #c"
    assert without_backticks(text) == "See #a:\n@b\n#c"


PIECES = st.sampled_from(
    ["`", "``", "```", "````", "```py", "\n", "\r\n", " ", "a", "@b", "#c", "é"]
)
TEXTS = st.lists(PIECES, max_size=40).map("".join)


def _letters(text: str) -> str:
    """Return the text without backticks, and without the lines that begin or end a block."""
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    fence = re.compile(r"`{3,}[ \t]*[\w+#.-]*[ \t]*\r?\n?")
    return "".join(line for line in lines if not fence.fullmatch(line)).replace("`", "")


@given(TEXTS)
@example("```\n" * 500)
@example("` " * 2_500)
def test_only_backticks_and_words_for_languages_are_left_out(text: str) -> None:
    assert _letters(without_backticks(text)) == _letters(text)


@given(st.text(st.characters(exclude_characters="`")))
def test_text_without_backticks_is_one_part(text: str) -> None:
    assert [*parts(text)] == [Part(TEXT, text)]
    assert without_code(text) == without_backticks(text) == text
