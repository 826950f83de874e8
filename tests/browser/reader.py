"""Somebody who reads the site in a browser of their own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request, Route

from posts.models import Comment, Post


class Reader:
    """A page of a fresh profile, and what it said to its console."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context = context
        self.url = url
        self.errors: list[str] = []
        self._expected: list[str] = []
        self.page = self.tab()

    def tab(self) -> Page:
        """One more page of the same profile."""
        page = self.context.new_page()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        return page

    def _hear(self, said: ConsoleMessage) -> None:
        text = f"{said.text} ({said.location['url']})"
        if said.type == "error" and not any(part in text for part in self._expected):
            self.errors.append(text)

    def expect_error(self, part: str) -> None:
        """Chromium logs every answer that is no success; the ones a test wants are no faults."""
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
        """Where a post or a comment is written."""
        return self.page.locator("[data-compose] textarea[data-limit]")

    @property
    def counter(self) -> Locator:
        return self.page.locator("[data-counter]")

    @property
    def send(self) -> Locator:
        return self.page.locator("[data-compose] [type=submit]")

    def menu(self, card: Locator, choice: str) -> None:
        """Open a card's menu and press what is in it."""
        card.locator("summary").click()
        card.locator(choice).click()

    def ids(self) -> list[str]:
        """The posts shown, from the top."""
        return self.cards.evaluate_all("cards => cards.map(card => card.dataset.post)")  # type: ignore[no-any-return] # a list of what JavaScript made

    def scroll(self) -> float:
        return float(self.page.evaluate("scrollY"))

    # --- Its network -------------------------------------------------------------------------

    def requests(self, chosen: Callable[[Request], bool]) -> list[Request]:
        """Those that are sent from here on; the list grows."""
        sent: list[Request] = []

        def note(request: Request) -> None:
            if chosen(request):
                sent.append(request)

        self.page.on("request", note)
        return sent

    @contextmanager
    def held(self, pattern: str) -> Iterator[list[Route]]:
        """Requests to this address wait until the block ends, as in a slow network."""
        waiting: list[Route] = []

        def hold(route: Route) -> None:
            waiting.append(route)

        self.page.route(pattern, hold)
        yield waiting
        for route in waiting:
            route.continue_()
        self.page.unroute(pattern)
