"""One rendering, filled for each who asks: with what is theirs, and with nothing that is not."""

import pytest

from feed.renderings import Condition, Own, Rendering, only, slot


def filled(html: str, **own: object) -> str:
    return Rendering(html).fill(Own(**{"values": {}, **own})).decode()  # type: ignore[arg-type] # of all types


def test_values_are_filled_in_where_their_slots_are() -> None:
    html = f"<p>{slot('a')}</p>{slot('b')}{slot('a')}"
    assert filled(html, values={"a": "1", "b": "<2>"}) == "<p>1</p><2>1"


@pytest.mark.parametrize(
    ("condition", "subject", "holds"),
    [
        ("liked", "5", True),
        ("liked", "6", False),
        ("not liked", "6", True),
        ("muted", "8", True),
        ("muted", "7", False),
        ("not muted", "9", True),
        ("not muted", "8", False),
        ("not muted", "7", False),  # nobody mutes themselves
        ("own", "7", True),
        ("own", "8", False),
        ("not own", "8", True),
        ("self", "7", True),
        ("not self", "7", False),
        ("not self", "8", True),
        ("staff", "", False),
    ],
)
def test_content_is_for_those_of_whom_its_condition_holds(
    condition: Condition, subject: str, holds: bool
) -> None:
    html = f"a{only(condition, subject, 'b' + slot('x'))}c"
    own = {"values": {"x": "!"}, "liked": {"5"}, "muted": {"8"}, "user_id": "7"}
    assert filled(html, **own) == ("ab!c" if holds else "ac")


def test_staff_may_change_everything_and_are_still_themselves() -> None:
    def shows(condition: Condition) -> bool:
        return filled(only(condition, "8", "x"), user_id="7", staff=True) == "x"

    assert [shows("own"), shows("staff"), shows("not self")] == [True, True, True]
    assert [shows("not own"), shows("self")] == [False, False]


def test_a_value_that_is_not_shown_need_not_be_there() -> None:
    """Who is signed out has no name; nothing asks for it either."""
    assert filled(only("own", "7", slot("username")) + "x") == "x"
