"""A rendering filled for different viewers: each gets their own values and nothing else."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feed.renderings import POWERS, Condition, Power, Rendering, ViewerValues, if_viewer, slot


def filled(html: str, **viewer: object) -> str:
    return Rendering(html).fill(ViewerValues(**{"values": {}, **viewer})).decode()  # type: ignore[arg-type] # of all types


def test_slots_are_filled_with_their_values() -> None:
    html = f"<p>{slot('a')}</p>{slot('b')}{slot('a')}"
    assert filled(html, values={"a": "1", "b": "<2>"}) == "<p>1</p><2>1"


@pytest.mark.parametrize(
    ("condition", "subject", "holds"),
    [
        ("liked", "5", True),
        ("liked", "6", False),
        ("not liked", "6", True),
        ("liked comment", "6", True),
        ("liked comment", "5", False),
        ("not liked comment", "5", True),
        ("not liked comment", "6", False),
        ("muted", "8", True),
        ("muted", "7", False),
        ("not muted", "9", True),
        ("not muted", "8", False),
        ("not muted", "7", False),  # people cannot mute themselves
        ("post editable", "7", True),
        ("post editable", "8", False),
        ("post deletable", "7", True),
        ("post deletable", "8", False),
        ("comment deletable", "7", True),
        ("comment deletable", "8", False),
        ("self", "7", True),
        ("not self", "7", False),
        ("not self", "8", True),
        ("staff", "", False),
    ],
)
def test_content_is_shown_if_its_condition_holds(
    condition: Condition, subject: str, holds: bool
) -> None:
    html = f"a{if_viewer(condition, subject, 'b' + slot('x'))}c"
    likes = {"liked": {"5"}, "liked_comments": {"6"}}
    viewer = {"values": {"x": "!"}, **likes, "muted": {"8"}, "user_id": "7"}
    assert filled(html, **viewer) == ("ab!c" if holds else "ac")


@pytest.mark.parametrize("power", POWERS)
def test_power_shows_its_content_and_no_other(power: Power) -> None:
    def shows(condition: Condition) -> bool:
        return filled(if_viewer(condition, "8", "x"), user_id="7", powers={power}) == "x"

    assert [name for name in POWERS if shows(name)] == [power]
    assert [shows("not self"), shows("self"), shows("staff")] == [True, False, False]


def test_staff_without_powers_see_staff_content_only() -> None:
    def shows(condition: Condition) -> bool:
        return filled(if_viewer(condition, "8", "x"), user_id="7", staff=True) == "x"

    assert shows("staff")
    assert not any(shows(power) for power in POWERS)


def test_value_of_a_hidden_slot_may_be_missing() -> None:
    """A signed-out viewer has no username."""
    assert filled(if_viewer("post editable", "7", slot("username")) + "x") == "x"


SUBJECTS = ("", "1", "2", "3")
VALUES = {"a": "<1>", "b": "é"}
CONDITIONS = [
    condition for part in get_args(Condition) for condition in (get_args(part) or (part,))
]
texts = st.lists(st.sampled_from(["x", "ü", "a", "b"]), max_size=3)
blocks = st.tuples(st.sampled_from(CONDITIONS), st.sampled_from(SUBJECTS), texts)
viewers = st.builds(
    ViewerValues,
    values=st.just(VALUES),
    liked=st.frozensets(st.sampled_from(SUBJECTS[1:])),
    liked_comments=st.frozensets(st.sampled_from(SUBJECTS[1:])),
    muted=st.frozensets(st.sampled_from(SUBJECTS[1:])),
    user_id=st.sampled_from(SUBJECTS),
    staff=st.booleans(),
    powers=st.frozensets(st.sampled_from(POWERS)),
)


@given(page=st.lists(st.tuples(texts, blocks), max_size=6), viewer=viewers)
def test_each_block_is_shown_by_its_condition_alone(
    page: list[tuple[list[str], tuple[Condition, str, list[str]]]], viewer: ViewerValues
) -> None:
    def html(pieces: list[str]) -> str:
        return "".join(slot(piece) if piece in VALUES else piece for piece in pieces)

    def shown(pieces: list[str]) -> str:
        return "".join(VALUES.get(piece, piece) for piece in pieces)

    template, expected = "", ""
    for text, (condition, subject, content) in page:
        template += html(text) + if_viewer(condition, subject, html(content))
        expected += shown(text)
        expected += shown(content) if viewer.holds(condition, subject) else ""
    assert Rendering(template).fill(viewer).decode() == expected
