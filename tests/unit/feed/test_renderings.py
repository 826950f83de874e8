"""One rendering, filled for each who asks: with what is theirs, and with nothing that is not."""

import pytest

from feed.renderings import POWERS, Condition, Power, Rendering, ViewerValues, only, slot


def filled(html: str, **own: object) -> str:
    return Rendering(html).fill(ViewerValues(**{"values": {}, **own})).decode()  # type: ignore[arg-type] # of all types


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
def test_content_is_for_those_of_whom_its_condition_holds(
    condition: Condition, subject: str, holds: bool
) -> None:
    html = f"a{only(condition, subject, 'b' + slot('x'))}c"
    own = {"values": {"x": "!"}, "liked": {"5"}, "muted": {"8"}, "user_id": "7"}
    assert filled(html, **own) == ("ab!c" if holds else "ac")


@pytest.mark.parametrize("power", POWERS)
def test_who_has_a_power_is_shown_what_it_is_good_for_and_is_still_themselves(power: Power) -> None:
    def shows(condition: Condition) -> bool:
        return filled(only(condition, "8", "x"), user_id="7", powers={power}) == "x"

    assert [name for name in POWERS if shows(name)] == [power]
    assert [shows("not self"), shows("self"), shows("staff")] == [True, False, False]


def test_staff_are_shown_the_admin_and_no_buttons_on_what_others_wrote() -> None:
    def shows(condition: Condition) -> bool:
        return filled(only(condition, "8", "x"), user_id="7", staff=True) == "x"

    assert shows("staff")
    assert not any(shows(power) for power in POWERS)


def test_a_value_that_is_not_shown_need_not_be_there() -> None:
    """Who is signed out has no name; nothing asks for it either."""
    assert filled(only("post editable", "7", slot("username")) + "x") == "x"
