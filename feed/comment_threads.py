"""Comments as the post's page shows them: replies below what they answer, one level deep."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict


class Thread(TypedDict):
    """`comment` and each of `replies` are comments in JSON with one key more, `answers`: None, or
    the name of whom it answers and where that is, if the place of the reply does not tell."""

    comment: dict[str, Any]
    replies: list[dict[str, Any]]


def threads(
    comments: Sequence[Mapping[str, Any]], parents: Mapping[str, Mapping[str, str]]
) -> list[Thread]:
    """Each of a page's comments once, in their order.

    A reply is below the comment that began its thread, if all between them are on this page.
    `parents` tells of answered comments on other pages.
    """
    here = {comment["id"]: comment for comment in comments}
    firsts = {pk: _first(comment, here) for pk, comment in here.items()}
    begun: dict[str, Thread] = {
        pk: {"comment": {**comment, "answers": _elsewhere(comment, parents)}, "replies": []}
        for pk, comment in here.items()
        if firsts[pk] == pk
    }
    for pk, comment in here.items():
        if (first := firsts[pk]) != pk:
            answers = None if comment["reply_to"] == first else _above(here[comment["reply_to"]])
            begun[first]["replies"].append({**comment, "answers": answers})
    return list(begun.values())


def _first(comment: Mapping[str, Any], here: Mapping[str, Mapping[str, Any]]) -> str:
    """The id of the comment that began this one's thread, as far as this page shows it."""
    own: str = comment["id"]
    way = [own]
    while (parent := here[way[-1]]["reply_to"]) is not None and parent in here:
        if parent in way:  # nobody writes such a circle, but no constraint forbids it
            return own
        way.append(parent)
    return way[-1]


def _above(parent: Mapping[str, Any]) -> dict[str, str]:
    return {"name": parent["user"]["display_name"], "href": f"#comment-{parent['id']}"}


def _elsewhere(
    comment: Mapping[str, Any], parents: Mapping[str, Mapping[str, str]]
) -> dict[str, str] | None:
    parent = parents.get(comment["reply_to"] or "")
    if parent is None:  # it answers nothing, or what nobody may see
        return None
    href = f"?cursor={parent['cursor']}#comment-{comment['reply_to']}"
    return {"name": parent["display_name"], "href": href}
