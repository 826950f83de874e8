"""Threads of comments on a post's page: replies below the comment they answer, one level deep."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict


class Thread(TypedDict):
    """A comment and its replies, each a comment's JSON with one more key, `answers`.

    `answers` is the name of the person who is answered, and the address of the answered comment. It
    is None if the comment answers none, or the one at the head of its thread.
    """

    comment: dict[str, Any]
    replies: list[dict[str, Any]]


def threads(
    comments: Sequence[Mapping[str, Any]], parents: Mapping[str, Mapping[str, str]]
) -> list[Thread]:
    """Group a page's comments, each once and in their order.

    A reply is below the comment that began its thread, if the page has all comments between them.
    `parents` maps the ids of answered comments on other pages to name and cursor.
    """
    here = {comment["id"]: comment for comment in comments}
    firsts = {pk: _first(comment, here) for pk, comment in here.items()}
    begun: dict[str, Thread] = {
        pk: {"comment": {**comment, "answers": _answers_elsewhere(comment, parents)}, "replies": []}
        for pk, comment in here.items()
        if firsts[pk] == pk
    }
    for pk, comment in here.items():
        if (first := firsts[pk]) != pk:
            answers = (
                None if comment["reply_to"] == first else _answers_here(here[comment["reply_to"]])
            )
            begun[first]["replies"].append({**comment, "answers": answers})
    return list(begun.values())


def _first(comment: Mapping[str, Any], here: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the id of the first comment of this one's thread that is on this page."""
    comment_id: str = comment["id"]
    path = [comment_id]
    while (parent := here[path[-1]]["reply_to"]) is not None and parent in here:
        if parent in path:  # a cycle: the site writes none, but no constraint forbids it
            return comment_id
        path.append(parent)
    return path[-1]


def _answers_here(parent: Mapping[str, Any]) -> dict[str, str]:
    return {"name": parent["user"]["display_name"], "href": f"#comment-{parent['id']}"}


def _answers_elsewhere(
    comment: Mapping[str, Any], parents: Mapping[str, Mapping[str, str]]
) -> dict[str, str] | None:
    parent = parents.get(comment["reply_to"] or "")
    if parent is None:  # it answers no comment, or a hidden one
        return None
    href = f"?cursor={parent['cursor']}#comment-{comment['reply_to']}"
    return {"name": parent["display_name"], "href": href}
