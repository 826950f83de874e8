"""Browser and system names from the User-Agent header."""

import pytest

from posts.models import NAME_MAX_LENGTH
from posts.user_agents import BROWSERS, SYSTEMS, browser_name

LINUX, WINDOWS = "Mozilla/5.0 (X11; Linux x86_64)", "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
MAC, IPHONE = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)", "Mozilla/5.0 (iPhone; CPU iPhone)"
ANDROID, CHROMEOS = "Mozilla/5.0 (Linux; Android 10; K)", "Mozilla/5.0 (X11; CrOS x86_64 14541.0)"
WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
CHROME = f"{WEBKIT} Chrome/142.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (f"{LINUX} Gecko/20100101 Firefox/145.0", "Firefox on Linux"),
        (f"{WINDOWS} {CHROME}", "Chrome on Windows"),
        (f"{WINDOWS} {CHROME} Edg/142.0.0.0", "Edge on Windows"),
        (f"{ANDROID} {CHROME}", "Chrome on Android"),
        (f"{ANDROID} {WEBKIT} SamsungBrowser/28.0 Chrome/130.0", "Samsung Internet on Android"),
        (f"{CHROMEOS} {CHROME}", "Chrome on ChromeOS"),
        (f"{MAC} {CHROME} OPR/125.0", "Opera on macOS"),
        (f"{MAC} {WEBKIT} Version/26.0 Safari/605.1.15", "Safari on macOS"),
        (f"{IPHONE} OS 18_6 like Mac OS X) {WEBKIT} CriOS/142.0 Safari/604.1", "Chrome on iPhone"),
        ("curl/8.14.1", "curl"),
        ("Something (Windows)", "Windows"),
        ("", ""),
        ("<script>alert(1)</script>", ""),
        (f"{'x' * 5_000} Firefox/145.0", ""),
    ],
)
def test_user_agent_is_named(user_agent: str, name: str) -> None:
    assert browser_name(user_agent) == name


def test_each_name_fits_its_column() -> None:
    names = [f"{browser} on {system}" for _, browser in BROWSERS for _, system in SYSTEMS]
    assert max(map(len, names)) <= NAME_MAX_LENGTH
