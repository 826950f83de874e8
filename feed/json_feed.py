"""A feed as JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/)."""

import json
from typing import Any

from feed.entries import Entry, WebFeed

CONTENT_TYPE = "application/feed+json"
_VERSION = "https://jsonfeed.org/version/1.1"


def json_feed(web_feed: WebFeed) -> str:
    """Return the feed as a JSON document. The addresses in it begin with `ORIGIN`."""
    document: dict[str, Any] = {
        "version": _VERSION,
        "title": web_feed.title,
        "home_page_url": web_feed.url,
        "feed_url": web_feed.feed_url,
    }
    if web_feed.next_url:
        document["next_url"] = web_feed.next_url
    document["items"] = [_item(entry) for entry in web_feed.entries]
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _item(entry: Entry) -> dict[str, Any]:
    """Return an entry. It has no title, as the specification advises for short posts."""
    item: dict[str, Any] = {
        "id": entry.id,
        "url": entry.url,
        "content_html": entry.html,
        "date_published": entry.published.isoformat(),
        "date_modified": entry.updated.isoformat(),
        "authors": [{"name": entry.author, "url": entry.author_url}],
    }
    if entry.tags:
        item["tags"] = [*entry.tags]
    if entry.image:
        item["image"] = entry.image
    return item
