"""A finished answer: what a view answered to nobody in particular, in each encoding asked for."""

from dataclasses import dataclass

from django.utils.http import parse_etags

from freshcache.front_door.encodings import Encoding, compress
from freshcache.front_door.headers import PRIVATE

Headers = list[tuple[str, str]]
# Status, headers and body, as a WSGI application gives them.
Answer = tuple[str, Headers, list[bytes]]

# A 304 has what a cache needs to go on with the body it holds (RFC 9110, section 15.4.5).
_IN_304 = frozenset({"age", "cache-control", "cache-status", "etag", "vary"})
# These belong to one encoding, or to one moment.
_NOT_SHARED = frozenset({"age", "cache-control", "cache-status", "content-length", "etag", "vary"})


@dataclass(frozen=True, slots=True)
class Variant:
    """The answer in one encoding. `body` is the list that a WSGI application returns."""

    etag: str
    body: list[bytes]
    headers: Headers
    headers_304: Headers

    def is_known_to(self, if_none_match: str) -> bool:
        """Whether a client that sent this has the body (weak comparison: RFC 9110, 8.8.3.2)."""
        if if_none_match == self.etag:
            return True
        etags = parse_etags(if_none_match)
        return etags == ["*"] or self.etag in {etag.removeprefix("W/") for etag in etags}

    def answer(self, method: str, if_none_match: str | None) -> Answer:
        """To GET or HEAD; nothing but a 304 if the client has it already."""
        if if_none_match is not None and self.is_known_to(if_none_match):
            return "304 Not Modified", self.headers_304, []
        return "200 OK", self.headers, self.body if method == "GET" else []


class StoredResponse:
    """`headers` and `etag` are those of the body as it is; encodings derive theirs.

    `public` is the Cache-Control for readers without credentials.
    """

    __slots__ = ("_encoded", "_headers", "_public", "_vary", "body", "etag", "told")

    def __init__(self, headers: Headers, body: bytes, *, public: str) -> None:
        named = {name.lower(): value for name, value in headers}
        self.etag = named["etag"].removeprefix("W/")
        self.body = body
        self._public = public
        # What was said of the one answer that this is made from.
        self.told = [pair for pair in headers if pair[0].lower() in {"age", "cache-status"}]
        self._headers = [pair for pair in headers if pair[0].lower() not in _NOT_SHARED]
        self._vary = ", ".join(filter(None, [named.get("vary"), "Accept-Encoding"]))
        self._encoded: dict[Encoding, bytes | None] = {"identity": None}

    def variant(self, encoding: Encoding, told: Headers, *, private: bool = False) -> Variant:
        """The answer in this encoding, or plain if that is no smaller, telling this of itself.

        `private`: for a reader with credentials, whose answers nobody in between may keep.

        A body is compressed once. Each encoding has its own validator, for it is its own bytes.
        """
        if encoding not in self._encoded:
            self._encoded[encoding] = compress(self.body, encoding)
        encoded = self._encoded[encoding]
        body, etag, headers = self.body, self.etag, [*self._headers]
        if encoded is not None:
            body, etag = encoded, f'{self.etag[:-1]}-{encoding}"'
            headers.append(("Content-Encoding", encoding))
        headers += [("Content-Length", str(len(body))), ("ETag", etag), ("Vary", self._vary)]
        headers.append(("Cache-Control", PRIVATE if private else self._public))
        headers += told
        kept = [pair for pair in headers if pair[0].lower() in _IN_304]
        return Variant(etag, [body], headers, kept)
