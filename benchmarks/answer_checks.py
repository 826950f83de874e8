"""Validation of answers: only servers that give the same page are compared."""

import gzip
import json
import re
from typing import Any

import brotli

from benchmarks.servers import Answer
from benchmarks.subjects import Expected

LIMIT = 20


class WrongAnswerError(Exception):
    """The answer is not the page that is measured."""


class NotOfferedError(Exception):
    """A correct answer without the requested content coding, which the server does not support."""


def check(answer: Answer, expected: Expected, reference: dict[str, Any]) -> None:
    """Compare an answer with what is `expected`.

    Raises:
        WrongAnswerError: it differs from the `reference` page.
        NotOfferedError: it is not compressed.
    """
    status = 304 if expected == "not modified" else 200
    if answer.status != status:
        raise WrongAnswerError(f"{answer.status} instead of {status}: {answer.body[:200]!r}")
    if expected == "html":
        _check_html(answer.body.decode())
    elif expected in {"not modified", "head"}:
        if answer.body:
            raise WrongAnswerError(f"a body of {len(answer.body)} bytes instead of none")
    else:
        page = json.loads(_decoded(answer) if expected == "encoded" else answer.body)
        if expected == "any json":
            _check_full(page["posts"])
        elif page["posts"] != reference["posts"]:
            raise WrongAnswerError("the posts differ from the database")


def _check_full(posts: list[Any]) -> None:
    if len(posts) != LIMIT:
        raise WrongAnswerError(f"{len(posts)} posts instead of {LIMIT}")


def _check_html(text: str) -> None:
    if not re.search(r'<article [^>]*id="post-', text):
        raise WrongAnswerError("a page without posts")


def _decoded(answer: Answer) -> bytes:
    coding = answer.headers.get("Content-Encoding", "")
    if coding == "gzip":
        return gzip.decompress(answer.body)
    if coding == "br":
        return bytes(brotli.decompress(answer.body))
    if coding == "zstd":
        import zstandard

        return bytes(zstandard.ZstdDecompressor().decompressobj().decompress(answer.body))
    raise NotOfferedError("the answer is not compressed")
