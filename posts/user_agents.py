"""Browser and system names from the User-Agent header."""

import re

# The order matters: a browser's header also names some of those below it.
BROWSERS = (
    ("Edg(?:e|A|iOS)?/", "Edge"),
    ("OPR/|OPT/|Opera", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("YaBrowser/", "Yandex Browser"),
    ("Firefox/|FxiOS/", "Firefox"),
    ("Chrome/|CriOS/|Chromium/", "Chrome"),
    ("Version/.*Safari/", "Safari"),
    ("curl/", "curl"),
    ("python|aiohttp|httpx", "Python"),
)
SYSTEMS = (
    ("iPhone|iPod", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Macintosh|Mac OS X", "macOS"),
    ("Linux|X11", "Linux"),
)
# Browsers send shorter headers.
MAX_CHARACTERS = 1_000


def browser_name(user_agent: str) -> str:
    """Return browser and system (`Firefox on Linux`), one of them, or an empty text.

    The result has no text of the client, so it is safe to store and to show.
    """
    text = user_agent[:MAX_CHARACTERS]
    browser, system = _first(BROWSERS, text), _first(SYSTEMS, text)
    return f"{browser} on {system}" if browser and system else browser or system


def _first(patterns: tuple[tuple[str, str], ...], text: str) -> str:
    found = (name for pattern, name in patterns if re.search(pattern, text, re.IGNORECASE))
    return next(found, "")
