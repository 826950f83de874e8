"""Threads of comments: each comment once, below the one it answers."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from feed.comment_threads import Thread, threads


def comment(pk: int, reply_to: int | None = None) -> dict[str, Any]:
    parent = str(reply_to) if reply_to else None
    return {"id": str(pk), "reply_to": parent, "user": {"display_name": f"By {pk}"}}


def shape(made: list[Thread]) -> dict[int, list[int]]:
    return {int(t["comment"]["id"]): [int(r["id"]) for r in t["replies"]] for t in made}


def answers(made: list[Thread]) -> dict[int, Any]:
    everything = [c for t in made for c in (t["comment"], *t["replies"])]
    return {int(c["id"]): c["answers"] for c in everything}


def test_replies_are_below_the_first_comment_of_their_thread() -> None:
    made = threads([comment(1), comment(2), comment(3, 1), comment(4, 2), comment(5, 3)], {})
    assert shape(made) == {1: [3, 5], 2: [4]}


def test_reply_to_a_reply_names_the_answered_author() -> None:
    made = threads([comment(1), comment(2, 1), comment(3, 2)], {})
    assert answers(made) == {1: None, 2: None, 3: {"name": "By 2", "href": "#comment-2"}}


def test_reply_to_a_comment_on_another_page_links_to_it() -> None:
    parents = {"1": {"display_name": "Ada", "cursor": "C"}}
    made = threads([comment(7, 1), comment(8, 7)], parents)
    assert shape(made) == {7: [8]}
    assert answers(made) == {7: {"name": "Ada", "href": "?cursor=C#comment-1"}, 8: None}


def test_reply_to_a_hidden_comment_begins_a_thread() -> None:
    made = threads([comment(7, 1)], {})
    assert (shape(made), answers(made)) == ({7: []}, {7: None})


def test_comments_in_a_cycle_are_all_shown() -> None:
    made = threads([comment(1, 2), comment(2, 1), comment(3, 1), comment(4, 4)], {})
    assert sorted(answers(made)) == [1, 2, 3, 4]


def test_shared_page_is_not_modified() -> None:
    shared = [comment(1), comment(2, 1)]
    threads(shared, {})
    assert shared == [comment(1), comment(2, 1)]


@given(st.dictionaries(st.integers(1, 12), st.none() | st.integers(1, 12)))
def test_each_comment_is_shown_once(parents: dict[int, int | None]) -> None:
    made = threads([comment(pk, parent) for pk, parent in parents.items()], {})
    shown = [int(c["id"]) for t in made for c in (t["comment"], *t["replies"])]
    assert sorted(shown) == sorted(parents)
    begun = [pk for pk in parents if pk in shape(made)]
    assert list(shape(made)) == begun, "in the order of the page"
