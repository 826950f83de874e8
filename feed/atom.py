"""A feed as Atom (RFC 4287), with its further pages (RFC 5005) and replies (RFC 4685)."""

from datetime import datetime
from typing import Any

from django.utils.feedgenerator import Atom1Feed
from django.utils.xmlutils import SimplerXMLGenerator

from feed.entries import WebFeed

CONTENT_TYPE = "application/atom+xml; charset=utf-8"


class _Atom(Atom1Feed):
    """Django's writer of Atom, with what it leaves out: content, further pages and replies."""

    def __init__(self, web_feed: WebFeed) -> None:
        self._web_feed = web_feed
        super().__init__(
            title=web_feed.title,
            link=web_feed.url,
            description=None,
            feed_guid=web_feed.id,
            # A later page has another address, which it leaves out: several cursors may name it.
            feed_url=None if web_feed.older else web_feed.feed_url,
        )

    def latest_post_date(self) -> datetime:
        """As Django's, which is the current time for a feed without entries."""
        return self._web_feed.updated

    def add_root_elements(self, handler: SimplerXMLGenerator) -> None:
        super().add_root_elements(handler)
        if self._web_feed.older:
            _add_link(handler, "first", self._web_feed.feed_url)
        if self._web_feed.next_url:
            _add_link(handler, "next", self._web_feed.next_url)

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item | {"description": None})  # has content instead
        handler.addQuickElement("content", item["html"], {"type": "html"})
        if item["replies"]:
            _add_link(handler, "replies", item["replies"], "application/atom+xml")
        if item["image"]:
            _add_link(handler, "enclosure", item["image"], "image/webp")


def atom(web_feed: WebFeed) -> str:
    """Return the feed as an XML document. The addresses in it begin with `ORIGIN`."""
    writer = _Atom(web_feed)
    for entry in web_feed.entries:
        writer.add_item(
            title=entry.title,
            link=entry.url,
            description="",
            author_name=entry.author,
            author_link=entry.author_url,
            pubdate=entry.published,
            updateddate=entry.updated,
            unique_id=entry.id,
            categories=entry.tags,
            html=entry.html,
            replies=entry.replies,
            image=entry.image,
        )
    return writer.writeString("utf-8")


def _add_link(handler: SimplerXMLGenerator, relation: str, url: str, of_type: str = "") -> None:
    attributes = {"rel": relation, "href": url} | ({"type": of_type} if of_type else {})
    handler.addQuickElement("link", "", attributes)
