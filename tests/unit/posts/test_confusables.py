"""Names that look alike, and the scripts of a name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posts.confusables import SKELETON_MAX_LENGTH, scripts, skeleton, skeletons


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("alice", "\u0430lice"),
        ("alice", "a1ice"),
        ("alice", "ALICE"),
        ("alice", "al\u0131ce"),
        ("alice", "\uff41\uff4c\uff49\uff43\uff45"),
        ("ace", "\u0430\u0441\u0435"),  # all letters Cyrillic
        ("root", "r00t"),
        ("modern", "rnodern"),
        ("zo\u00eb", "zoe\u0308"),
    ],
)
def test_names_that_look_alike_have_the_same_skeleton(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("alice", "alicia"), ("ada", "ad4"), ("zoe", "zo\u00eb"), ("ann", "anna"), ("ann", "a.nn")],
)
def test_names_that_look_different_have_different_skeletons(one: str, other: str) -> None:
    assert skeleton(one) != skeleton(other)


def test_capital_i_looks_like_l_in_names_shown_with_capitals() -> None:
    assert skeleton("alice") in skeletons("AIice")
    assert skeleton("ian") in skeletons("Ian")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ada", {"LATIN"}),
        ("\u0430da", {"CYRILLIC", "LATIN"}),
        ("12._-", set()),
        ("\u5c71\u306e\u30ab", set()),  # Japanese uses three scripts
        ("\u5c71a", {"HAN", "LATIN"}),
    ],
)
def test_mixed_scripts_are_returned(text: str, found: set[str]) -> None:
    assert scripts(text) == found


@given(st.text(max_size=400))
def test_skeleton_of_any_name_fits_the_column(name: str) -> None:
    look = skeleton(name)
    assert len(look) <= SKELETON_MAX_LENGTH
    assert look == skeleton(name.upper().lower()) or not name.isascii()


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=30))
def test_skeleton_of_a_skeleton_is_itself(name: str) -> None:
    assert skeleton(skeleton(name)) == skeleton(name)
