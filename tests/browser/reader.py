"""A reader: one browser profile, its page, and what tests look for on it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request, Route

from posts.models import Comment, Post
from posts.preferences import COOKIE


class Reader:
    """A page in a new profile. `errors` has the errors that its console printed."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context = context
        self.url = url
        self.errors: list[str] = []
        self._expected: list[str] = []
        self.page = self.tab()

    def tab(self) -> Page:
        """Open one more page in the same profile."""
        page = self.context.new_page()
        page.on("console", self._record_error)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        return page

    def _record_error(self, message: ConsoleMessage) -> None:
        text = f"{message.text} ({message.location['url']})"
        if message.type == "error" and not any(part in text for part in self._expected):
            self.errors.append(text)

    def expect_error(self, part: str) -> None:
        """Ignore errors that contain `part`. Chromium logs each response with an error status."""
        self._expected.append(part)

    def open(self, path: str = "/") -> "Reader":
        self.page.goto(self.url + path)
        return self

    # --- What is on the page -----------------------------------------------------------------

    @property
    def cards(self) -> Locator:
        return self.page.locator("#feed > article:visible")

    def card(self, of: Post | Comment) -> Locator:
        kind = "comment" if isinstance(of, Comment) else "post"
        return self.page.locator(f"#{kind}-{of.pk}")

    @property
    def toasts(self) -> Locator:
        return self.page.locator("#toasts")

    @property
    def focused(self) -> Locator:
        return self.page.locator("*:focus")

    @property
    def news(self) -> Locator:
        """The button that offers new posts."""
        return self.page.locator("#new-posts")

    @property
    def text(self) -> Locator:
        """The text field of the form for a new post or comment."""
        return self.page.locator("[data-compose] textarea[data-limit]")

    @property
    def counter(self) -> Locator:
        return self.page.locator("[data-counter]")

    @property
    def send(self) -> Locator:
        return self.page.locator("[data-compose] [type=submit]")

    def menu(self, card: Locator, choice: str) -> None:
        """Open the menu of a card, and click the element in it that matches `choice`."""
        card.locator(".more-menu summary").click()
        card.locator(choice).click()

    def ids(self) -> list[str]:
        """Return the ids of the posts on the page, from top to bottom."""
        return self.cards.evaluate_all("cards => cards.map(card => card.dataset.post)")  # type: ignore[no-any-return] # a list of what JavaScript made

    def scroll(self) -> float:
        return float(self.page.evaluate("scrollY"))

    def prefer(self, text: str) -> None:
        """Keep these preferences on the device: see `posts.preferences`."""
        cookie: Any = {"name": COOKIE, "value": quote(text, safe=""), "url": self.url}
        self.context.add_cookies([cookie])

    # --- Network ----------------------------------------------------------------------------

    def requests(self, chosen: Callable[[Request], bool]) -> list[Request]:
        """Return a list that gets each request sent from now on for which `chosen` is true."""
        sent: list[Request] = []

        def note(request: Request) -> None:
            if chosen(request):
                sent.append(request)

        self.page.on("request", note)
        return sent

    @contextmanager
    def held(self, pattern: str) -> Iterator[list[Route]]:
        """Hold requests to this address until the block ends, as a slow network does."""
        waiting: list[Route] = []

        def hold(route: Route) -> None:
            waiting.append(route)

        self.page.route(pattern, hold)
        yield waiting
        for route in waiting:
            route.continue_()
        self.page.unroute(pattern)
