"""axe-core finds no fault in any page, in any state of it, light and dark, wide and narrow.

The admin's pages are Django's, and the description of the API is drawn by Swagger UI.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.files.base import ContentFile
from django.template.loader import render_to_string
from django.utils import timezone
from playwright.sync_api import Page, expect

from posts import tokens
from posts.models import Mute, Post, User
from tests.browser.conftest import Visit
from tests.browser.reader import Reader
from tests.browser.test_accounts import picture
from tests.browser.ways import PHONE, WIDE
from tests.factories import CommentFactory, PostFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.postgres]

Act = Callable[[Reader], object]
EVERYTHING: dict[str, Any] = {"rules": {"target-size": {"enabled": True}}}
# A theme is other colours, and nothing else.
COLOURS: dict[str, Any] = {"runOnly": ["color-contrast", "link-in-text-block"]}
LOOKS = [("light", WIDE, EVERYTHING), ("dark", WIDE, COLOURS), ("light", PHONE, EVERYTHING)]
LONG = "\n".join(f"Line {number} of many." for number in range(40))


@pytest.fixture
def world(transactional_db: None) -> dict[str, Any]:
    """Something of everything; by its names, what the paths below need."""
    ada = UserFactory.create(username="ada", display_name="Ada L.", bio="Numbers, and #looms.")
    tokens.issue(ada, name="A rather long name of a program that writes in her name every night")
    loud = UserFactory.create(username="loud")
    Mute.objects.create(user=ada, muted=loud)
    other = UserFactory.create(username="leila", display_name="ليلى حداد")
    other.picture.save("0.webp", ContentFile(picture()))
    PostFactory.create(author=loud)
    for content in (LONG, "صباح الخير", "By @ada, on #looms: https://example.org/looms"):
        PostFactory.create(author=other, content=content)
    post = PostFactory.create(author=other, image_alt="A heron", image_width=400, image_height=300)
    post.image.save("0.webp", ContentFile(picture()))
    own = PostFactory.create(author=ada)
    Post.objects.filter(pk=own.pk).update(updated_at=timezone.now() + timedelta(hours=1))
    comment = CommentFactory.create(post=post, author=other)
    CommentFactory.create(post=post, author=ada, reply_to=comment)
    mine = CommentFactory.create(post=post, author=ada)
    return {"post": post.pk, "own": own.pk, "comment": comment.pk, "mine": mine.pk}


def as_it_comes(reader: Reader) -> None:
    pass


def with_a_card_s_menu(reader: Reader) -> None:
    reader.cards.first.locator("summary").click()


def with_the_account_s_menu(reader: Reader) -> None:
    reader.page.get_by_role("button", name="Menu of").click()


def with_the_keys(reader: Reader) -> None:
    reader.page.keyboard.press("?")
    expect(reader.page.get_by_role("dialog")).to_be_visible()


def with_the_calendar(reader: Reader) -> None:
    reader.page.get_by_text("Go to a date").click()


def without_a_network(reader: Reader) -> None:
    reader.context.set_offline(True)
    expect(reader.page.locator("#offline")).to_be_visible()


def with_news(reader: Reader) -> None:
    """The offer of new posts, as the script makes it."""
    reader.page.clock.install()
    reader.page.reload()
    PostFactory.create()
    reader.page.clock.run_for(20_000)
    expect(reader.news).to_be_visible()


def with_too_long_a_text(reader: Reader) -> None:
    reader.text.fill("a" * 5_001)
    expect(reader.counter).to_contain_text("1 character too many")


def with_a_text_near_the_limit(reader: Reader) -> None:
    reader.text.fill("a" * 4_990)
    expect(reader.counter).to_contain_text("10 characters left")


def with_an_image(reader: Reader) -> None:
    reader.page.get_by_text("Image", exact=True).click()
    reader.page.get_by_label("Choose an image").set_input_files(
        {"name": "a.png", "mimeType": "image/png", "buffer": picture()}
    )
    expect(reader.page.locator("[data-preview]")).to_be_visible()


def with_a_text_being_edited(reader: Reader) -> None:
    reader.menu(reader.cards.first, "[data-edit]")
    expect(reader.cards.first.locator("textarea")).to_be_focused()


def with_a_deletion_to_undo(reader: Reader) -> None:
    reader.page.clock.install()
    reader.menu(reader.cards.first, "[data-delete]")
    expect(reader.toasts.get_by_role("button", name="Undo")).to_be_visible()


def with_a_like_refused(reader: Reader) -> None:
    reader.page.route("**/like/", lambda route: route.fulfill(status=500))
    reader.page.locator("[data-like] button").first.click()
    expect(reader.toasts).not_to_be_empty()


def with_a_reply_begun(reader: Reader) -> None:
    reader.page.get_by_role("link", name="Reply").first.click()
    expect(reader.text).to_be_focused()


def with_a_token_made(reader: Reader) -> None:
    reader.page.get_by_label("Name").fill("Garden pump")
    reader.page.get_by_role("button", name="Make it").click()
    reader.page.get_by_label("Password").fill("correct horse battery")
    reader.page.get_by_role("button", name="Go on").click()
    expect(reader.page.get_by_text("it is not shown again")).to_be_visible()


def sent(reader: Reader) -> None:
    """The form, as it is, by its last button, and without what a browser would check before."""
    form = reader.page.get_by_role("main").locator("form[method=post]").first
    form.evaluate("form => form.noValidate = true")
    form.locator("[type=submit]").last.click()
    expect(reader.page.locator(".errorlist, [role=alert], .notice").first).to_be_attached()


ANYBODY = [
    ("/", as_it_comes),
    ("/", with_a_card_s_menu),
    ("/", with_the_calendar),
    ("/", with_the_keys),
    ("/", without_a_network),
    ("/", with_news),
    ("/?date=2999-01-01", as_it_comes),
    ("/posts/{post}/", as_it_comes),
    ("/posts/{own}/", as_it_comes),
    ("/authors/leila/", as_it_comes),
    ("/tags/looms/", as_it_comes),
    ("/tags/nobody/", as_it_comes),
    ("/search/", as_it_comes),
    ("/search/?q=number", as_it_comes),
    ("/search/?q=nothing", as_it_comes),
    ("/nowhere/", as_it_comes),
]
ACCOUNTS = [
    ("/accounts/login/", as_it_comes),
    ("/accounts/login/", sent),
    ("/accounts/signup/", as_it_comes),
    ("/accounts/signup/", sent),
    ("/accounts/password/reset/", as_it_comes),
    ("/accounts/password/reset/", sent),
    ("/accounts/password/reset/done/", as_it_comes),
    ("/accounts/password/reset/key/1-set-password/", as_it_comes),
    ("/accounts/confirm-email/", as_it_comes),
    ("/accounts/confirm-email/nonsense/", as_it_comes),
    ("/accounts/inactive/", as_it_comes),
    ("/accounts/deleted/", as_it_comes),
]
READING_SIGNED_IN = [
    ("/", as_it_comes),
    ("/", with_a_card_s_menu),
    ("/", with_the_account_s_menu),
    ("/", with_a_like_refused),
    ("/posts/{post}/", as_it_comes),
    ("/posts/{own}/", as_it_comes),
    ("/authors/ada/", as_it_comes),
    ("/authors/leila/", as_it_comes),
    ("/authors/loud/", as_it_comes),
    ("/tags/looms/", as_it_comes),
    ("/search/?q=number", as_it_comes),
]
WRITING = [
    ("/", with_too_long_a_text),
    ("/", with_a_text_near_the_limit),
    ("/", with_an_image),
    ("/", with_a_text_being_edited),
    ("/", with_a_deletion_to_undo),
    ("/posts/{post}/", with_a_reply_begun),
    ("/posts/new/", as_it_comes),
    ("/posts/{own}/edit/", as_it_comes),
    ("/posts/{own}/delete/", as_it_comes),
    ("/posts/{post}/edit/", as_it_comes),  # not theirs
    ("/posts/{post}/comments/?reply_to={comment}", as_it_comes),
    ("/comments/{mine}/delete/", as_it_comes),
    ("/posts/{post}/report/", as_it_comes),
    ("/posts/{post}/report/", sent),
    ("/comments/{comment}/report/", as_it_comes),
    ("/authors/leila/mute/", as_it_comes),
]
THEIR_ACCOUNT = [
    ("/accounts/profile/", as_it_comes),
    ("/accounts/profile/", sent),
    ("/accounts/sessions/", as_it_comes),
    ("/accounts/sessions/", with_a_token_made),
    ("/accounts/delete/", as_it_comes),
    ("/accounts/reauthenticate/", as_it_comes),
    ("/accounts/reauthenticate/", sent),
    ("/accounts/email/", as_it_comes),
    ("/accounts/password/change/", as_it_comes),
    ("/accounts/password/change/", sent),
    ("/accounts/logout/", as_it_comes),
]


def faults(page: Page) -> Iterator[str]:
    """What axe-core says of the page as it is now, as it looks in every way that it may."""
    for theme, width, rules in LOOKS:
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type] # a plain str
        page.set_viewport_size({"width": width, "height": 900})
        for fault in (
            Axe().run(page, options={"resultTypes": ["violations"], **rules}).response["violations"]
        ):
            for node in fault["nodes"]:
                yield f"{theme}, {width}: {fault['id']}: {node['target']} {node['failureSummary']}"


@pytest.mark.parametrize(
    ("who", "states"),
    [
        ("", ANYBODY),
        ("", ACCOUNTS),
        ("ada", READING_SIGNED_IN),
        ("ada", WRITING),
        ("ada", THEIR_ACCOUNT),
    ],
    ids=["anybody", "accounts", "reading, signed in", "writing", "their account"],
)
def test_no_state_of_a_page_has_a_fault(
    visit: Visit, world: dict[str, Any], who: str, states: list[tuple[str, Act]]
) -> None:
    found = {}
    for path, act in states:
        reader = visit(User.objects.get(username=who) if who else None)
        reader.expect_error("Failed to load resource")  # some are there to be refused
        reader.open(path.format(**world))
        act(reader)
        if said := [*faults(reader.page)]:
            found[f"{path} {act.__name__}"] = said
        reader.context.set_offline(False)
        reader.page.close()
    assert found == {}


def test_nor_has_a_list_that_has_grown(visit: Visit) -> None:
    PostFactory.create_batch(21)
    reader = visit().open()
    reader.cards.last.scroll_into_view_if_needed()
    expect(reader.cards).to_have_count(21)
    reader.page.evaluate("scrollTo(0, 0)")  # or some would be half below the header
    assert [*faults(reader.page)] == []


def test_nor_has_an_empty_place(visit: Visit, transactional_db: None) -> None:
    found = {}
    for user in (None, UserFactory.create(username="ada")):
        reader = visit(user)
        for path in ("/", "/authors/ada/") if user else ("/",):
            if said := [*faults(reader.open(path).page)]:
                found[path] = said
    assert found == {}


@pytest.mark.parametrize("code", [400, 403, 429, 500, 503])
def test_nor_has_a_page_that_says_what_went_wrong(visit: Visit, code: int) -> None:
    """As the server would send it: most of them nobody can bring about."""
    reader = visit()
    reader.expect_error("Failed to load resource")
    body = render_to_string(f"{code}.html")
    reader.page.route(
        "**/wrong/", lambda route: route.fulfill(status=code, body=body, content_type="text/html")
    )
    assert [*faults(reader.open("/wrong/").page)] == []
