"""A response that was stored: its body in each encoding, its headers, and its 304."""

from dataclasses import dataclass

from django.utils.http import parse_etags

from freshcache.front_door.cached_response import Content
from freshcache.front_door.encodings import Encoding, compress
from freshcache.front_door.headers import PRIVATE, per_response_headers

Headers = list[tuple[str, str]]
# Status, headers and body, as a WSGI application gives them.
Answer = tuple[str, Headers, list[bytes]]

# What a 304 must repeat of the 200 (RFC 9110, section 15.4.5), Cache-Status, and what lets programs
# on other sites read it (CORS).
_IN_304 = frozenset(
    {
        "access-control-allow-origin",
        "access-control-expose-headers",
        "age",
        "cache-control",
        "cache-status",
        "etag",
        "vary",
    }
)
# These are made anew for each encoding, or for each response.
_NOT_COPIED = frozenset({"age", "cache-control", "cache-status", "content-length", "etag", "vary"})


@dataclass(frozen=True, slots=True)
class Variant:
    """The response in one encoding. `body` is the list that a WSGI application returns."""

    etag: str
    body: list[bytes]
    headers: Headers
    headers_304: Headers

    def is_known_to(self, if_none_match: str) -> bool:
        """Whether If-None-Match names this body (weak comparison: RFC 9110, section 8.8.3.2)."""
        if if_none_match == self.etag:
            return True
        etags = parse_etags(if_none_match)
        return etags == ["*"] or self.etag in {etag.removeprefix("W/") for etag in etags}

    def answer(self, method: str, if_none_match: str | None) -> Answer:
        """Return the answer to GET or HEAD: a 200, or a 304 to a client that has this body."""
        if if_none_match is not None and self.is_known_to(if_none_match):
            return "304 Not Modified", self.headers_304, []
        return "200 OK", self.headers, self.body if method == "GET" else []


class StoredResponse:
    """A body as the view made it, and its headers, from which all variants are made.

    `headers` must have an ETag. `public`: the value of Cache-Control for readers without
    credentials. `per_response_headers`: Age and Cache-Status of the response it was made from.
    """

    __slots__ = ("_encoded", "_headers", "_public", "body", "etag", "per_response_headers", "vary")

    def __init__(self, headers: Headers, body: bytes, *, public: str) -> None:
        values = {name.lower(): value for name, value in headers}
        self.etag = values["etag"].removeprefix("W/")
        self.body = body
        self._public = public
        self.per_response_headers = [
            pair for pair in headers if pair[0].lower() in {"age", "cache-status"}
        ]
        self._headers = [pair for pair in headers if pair[0].lower() not in _NOT_COPIED]
        self.vary = values.get("vary", "")
        self._encoded: dict[Encoding, bytes | None] = {"identity": None}

    def renewed_headers(self, content: Content) -> Headers:
        """Return the headers of a newer response of the same view, as Django would send them."""
        new = [*per_response_headers(content.served), ("ETag", content.etag), ("Vary", self.vary)]
        if content.link:
            new.append(("Link", content.link))
        return [*(pair for pair in self._headers if pair[0].lower() != "link"), *new]

    def take_encodings(self, older: "StoredResponse") -> None:
        """Take what `older` has compressed, if its body is the same."""
        if older.body == self.body:
            self._encoded = older._encoded  # noqa: SLF001 -- of the same class

    def variant(
        self, encoding: Encoding, per_response_headers: Headers, *, private: bool = False
    ) -> Variant:
        """Return the response in this encoding, or as it is if that is not larger.

        `private`: for a reader with credentials. Each encoding is compressed once, and has its own
        ETag, because its bytes differ.
        """
        if encoding not in self._encoded:
            self._encoded[encoding] = compress(self.body, encoding)
        encoded = self._encoded[encoding]
        body, etag, headers = self.body, self.etag, [*self._headers]
        vary = ", ".join(filter(None, [self.vary, "Accept-Encoding"]))
        if encoded is not None:
            body, etag = encoded, f'{self.etag[:-1]}-{encoding}"'
            headers.append(("Content-Encoding", encoding))
        headers += [("Content-Length", str(len(body))), ("ETag", etag), ("Vary", vary)]
        headers.append(("Cache-Control", PRIVATE if private else self._public))
        headers += per_response_headers
        kept = [pair for pair in headers if pair[0].lower() in _IN_304]
        return Variant(etag, [body], headers, kept)
