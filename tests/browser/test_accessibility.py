"""axe-core finds no fault in any page and state, light and dark, wide and narrow.

Not tested: the pages of Django's admin, and the API's description, which Swagger UI draws.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
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
# A theme differs in colours only, and a phone in everything else.
COLOURS: dict[str, Any] = {"runOnly": ["color-contrast", "link-in-text-block"]}
LAYOUT: dict[str, Any] = {"rules": {**EVERYTHING["rules"], "color-contrast": {"enabled": False}}}
LOOKS = [("light", WIDE, EVERYTHING), ("dark", WIDE, COLOURS), ("light", PHONE, LAYOUT)]
CODE = f"https://example.org/looms `warp`\n```py\nweft = {'x' * 300}\n```"
LONG = "\n".join(f"Line {number} of many." for number in range(40))


@pytest.fixture
def world(transactional_db: None) -> dict[str, Any]:
    """Rows of each kind. Returns the ids that the paths below name."""
    ada = UserFactory.create(username="ada", display_name="Ada L.", bio="Numbers, and #looms.")
    tokens.issue(ada, name="A rather long name of a program that writes in her name every night")
    loud = UserFactory.create(username="loud")
    Mute.objects.create(user=ada, muted=loud)
    other = UserFactory.create(username="leila", display_name="ليلى حداد")
    other.avatar.save("0.webp", ContentFile(picture()))
    PostFactory.create(author=loud)
    warned = PostFactory.create(author=other, content="Eight legs.", content_warning="Spiders")
    Post.objects.filter(pk=warned.pk).update(content="Eight legs, and eyes.", image_alt="A web")
    for content in (LONG, "صباح الخير", f"By @ada, on #looms: {CODE}"):
        PostFactory.create(author=other, content=content)
    post = PostFactory.create(author=other, image_alt="A heron", image_width=400, image_height=300)
    post.image.save("0.webp", ContentFile(picture()))
    own = PostFactory.create(author=ada)
    Post.objects.filter(pk=own.pk).update(updated_at=timezone.now() + timedelta(hours=1))
    comment = CommentFactory.create(post=post, author=other)
    CommentFactory.create(post=post, author=ada, reply_to=comment)
    mine = CommentFactory.create(post=post, author=ada)
    return {
        "warned": warned.pk,
        "post": post.pk,
        "own": own.pk,
        "comment": comment.pk,
        "mine": mine.pk,
    }


def unchanged(reader: Reader) -> None:
    pass


def with_card_menu(reader: Reader) -> None:
    reader.cards.first.locator(".more-menu summary").click()


def with_warnings_open(reader: Reader) -> None:
    for warning in reader.page.locator(".warning").all():
        warning.click()


def with_warning_field(reader: Reader) -> None:
    reader.page.get_by_text("Add a warning").first.click()
    expect(reader.page.get_by_label("Content warning")).to_be_focused()


def with_account_menu(reader: Reader) -> None:
    reader.page.get_by_role("button", name="Menu of").click()


def with_author_menu(reader: Reader) -> None:
    reader.page.locator(".author .more-menu > summary").click()


def with_keyboard_help(reader: Reader) -> None:
    reader.page.keyboard.press("?")
    expect(reader.page.get_by_role("dialog")).to_be_visible()


def with_calendar(reader: Reader) -> None:
    reader.page.get_by_text("Go to a date").click()


def with_large_image(reader: Reader) -> None:
    reader.page.locator("a[data-large]").click()
    expect(reader.page.get_by_role("dialog")).to_be_visible()


def with_invitation(reader: Reader) -> None:
    reader.page.locator("[data-invite]").first.click()
    expect(reader.toasts).to_contain_text("Sign in to like a post.")


def without_network(reader: Reader) -> None:
    reader.context.set_offline(True)
    expect(reader.page.locator("#offline")).to_be_visible()


def with_new_posts(reader: Reader) -> None:
    """Wait until the script offers new posts."""
    reader.page.clock.install()
    reader.page.reload()
    PostFactory.create()
    reader.page.clock.run_for(20_000)
    expect(reader.news).to_be_visible()


def with_text_too_long(reader: Reader) -> None:
    reader.text.fill("a" * 5_001)
    expect(reader.counter).to_contain_text("1 character too many")


def with_text_near_limit(reader: Reader) -> None:
    reader.text.fill("a" * 4_990)
    expect(reader.counter).to_contain_text("10 characters left")


def with_people_offered(reader: Reader) -> None:
    reader.text.press_sequentially("By @le")
    expect(reader.page.get_by_role("option", name="leila")).to_be_visible()


def with_image(reader: Reader) -> None:
    reader.page.get_by_text("Image", exact=True).click()
    reader.page.get_by_label("Choose images").set_input_files(
        {"name": "a.png", "mimeType": "image/png", "buffer": picture()}
    )
    expect(reader.page.locator("[data-preview]").first).to_be_visible()


def with_text_being_edited(reader: Reader) -> None:
    reader.menu(reader.cards.first, "[data-edit]")
    expect(reader.cards.first.locator("textarea[data-limit]")).to_be_focused()


def with_comment_being_edited(reader: Reader) -> None:
    card = reader.page.locator(".comment").last
    reader.menu(card, "[data-edit]")
    expect(card.locator("textarea[data-limit]")).to_be_focused()
    reader.page.locator(".comment summary").first.click()


def with_edit_thrown_away(reader: Reader) -> None:
    with_text_being_edited(reader)
    reader.cards.first.locator("textarea[data-limit]").fill("Never mind.")
    reader.page.keyboard.press("Escape")
    expect(reader.toasts.get_by_role("button", name="Undo")).to_be_visible()


def with_drafts(reader: Reader) -> None:
    """Leave an edit, and a draft of a post that the form shows again."""
    with_text_being_edited(reader)
    reader.cards.first.locator("textarea[data-limit]").fill("To be continued.")
    reader.page.locator("[data-draft=post] textarea[data-limit]").fill("Half a thou")
    reader.page.reload()
    expect(reader.page.locator(".draft-note")).to_be_visible()
    expect(reader.cards.first.locator(".draft-mark")).to_be_visible()


def with_post_held_back(reader: Reader) -> None:
    reader.page.locator("input[name=image]").set_input_files(
        {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"}
    )
    expect(reader.page.get_by_role("button", name="Go on without that file")).to_be_visible()


def with_post_being_sent(reader: Reader) -> None:
    reader.page.route("**/posts/new/", lambda _route: None)
    with_image(reader)
    reader.text.fill("On its way.")
    reader.send.click()
    expect(reader.page.get_by_role("button", name="Stop")).to_be_visible()


def with_deletion_to_undo(reader: Reader) -> None:
    reader.page.clock.install()
    reader.menu(reader.cards.first, "[data-delete]")
    expect(reader.toasts.get_by_role("button", name="Undo")).to_be_visible()


def with_like_refused(reader: Reader) -> None:
    reader.page.route("**/like/", lambda route: route.fulfill(status=500))
    reader.page.locator("[data-like] button").first.click()
    expect(reader.toasts).not_to_be_empty()


def with_reply_begun(reader: Reader) -> None:
    reader.page.get_by_role("link", name="Reply").first.click()
    expect(reader.text).to_be_focused()


def with_new_token(reader: Reader) -> None:
    reader.page.get_by_label("Name").fill("Garden pump")
    reader.page.get_by_role("button", name="Make it").click()
    reader.page.get_by_label("Password").fill("correct horse battery")
    reader.page.get_by_role("button", name="Go on").click()
    expect(reader.page.get_by_text("it is not shown again")).to_be_visible()


def with_preferences_chosen(reader: Reader) -> None:
    """Choose what is not the default, except the theme, which decides the colours."""
    for name in ("No animations", "Larger", "All underlined"):
        reader.page.get_by_label(name).check()
    reader.page.get_by_role("button", name="Save").click()
    expect(reader.page.get_by_text("Your preferences are saved.")).to_be_visible()


def submitted(reader: Reader) -> None:
    """Submit the form unchanged with its last button, without the checks of the browser."""
    form = reader.page.get_by_role("main").locator("form[method=post]").first
    form.evaluate("form => form.noValidate = true")
    form.locator("[type=submit]").last.click()
    expect(reader.page.locator(".errorlist, [role=alert], .notice").first).to_be_attached()


SIGNED_OUT = [
    ("/", unchanged),
    ("/", with_card_menu),
    ("/", with_calendar),
    ("/", with_large_image),
    ("/", with_invitation),
    ("/", with_keyboard_help),
    ("/", without_network),
    ("/?date=2999-01-01", unchanged),
    ("/posts/{post}/", unchanged),
    ("/posts/{own}/", unchanged),
    ("/posts/{warned}/", with_warnings_open),
    ("/posts/{warned}/history/", with_warnings_open),
    ("/authors/leila/", unchanged),
    ("/authors/leila/comments/", unchanged),
    ("/authors/ada/images/", unchanged),
    ("/explore/", unchanged),
    ("/tags/looms/", unchanged),
    ("/tags/nobody/", unchanged),
    ("/search/", unchanged),
    ("/search/?q=number", unchanged),
    ("/search/?q=nothing", unchanged),
    ("/nowhere/", unchanged),
    ("/", with_new_posts),  # last, because its clock stays with the profile
]
ACCOUNTS = [
    ("/accounts/login/", unchanged),
    ("/accounts/login/", submitted),
    ("/accounts/signup/", unchanged),
    ("/accounts/signup/", submitted),
    ("/accounts/password/reset/", unchanged),
    ("/accounts/password/reset/", submitted),
    ("/accounts/password/reset/done/", unchanged),
    ("/accounts/password/reset/key/1-set-password/", unchanged),
    ("/accounts/confirm-email/", unchanged),
    ("/accounts/confirm-email/nonsense/", unchanged),
    ("/accounts/inactive/", unchanged),
    ("/accounts/deleted/", unchanged),
    ("/accounts/preferences/", unchanged),
    ("/privacy/", unchanged),
]
READING_SIGNED_IN = [
    ("/", unchanged),
    ("/", with_card_menu),
    ("/accounts/logout/", with_account_menu),  # a menu may cover no target in part
    ("/", with_like_refused),
    ("/posts/{post}/", unchanged),
    ("/posts/{own}/", unchanged),
    ("/authors/ada/", unchanged),
    ("/authors/leila/", with_author_menu),
    ("/authors/loud/", unchanged),
    ("/explore/", unchanged),
    ("/tags/looms/", unchanged),
    ("/search/?q=number", unchanged),
]
WRITING = [
    ("/", with_text_too_long),
    ("/", with_text_near_limit),
    ("/", with_people_offered),
    ("/", with_image),
    ("/", with_warning_field),
    ("/", with_text_being_edited),
    ("/", with_edit_thrown_away),
    ("/", with_drafts),
    ("/", with_post_held_back),
    ("/", with_post_being_sent),
    ("/posts/{post}/", with_reply_begun),
    ("/posts/{post}/", with_comment_being_edited),
    ("/posts/new/", unchanged),
    ("/posts/{own}/edit/", unchanged),
    ("/posts/{own}/delete/", unchanged),
    ("/posts/{post}/edit/", unchanged),  # the post of another author
    ("/posts/{post}/comments/?reply_to={comment}", unchanged),
    ("/comments/{mine}/delete/", unchanged),
    ("/comments/{mine}/edit/", unchanged),
    ("/posts/{post}/report/", unchanged),
    ("/posts/{post}/report/", submitted),
    ("/comments/{comment}/report/", unchanged),
    ("/authors/leila/mute/", unchanged),
    ("/", with_deletion_to_undo),  # last, because its clock stays with the profile
]
OWN_ACCOUNT = [
    ("/accounts/profile/", unchanged),
    ("/accounts/profile/", submitted),
    ("/accounts/preferences/", unchanged),
    ("/accounts/sessions/", unchanged),
    ("/accounts/delete/", unchanged),
    ("/accounts/reauthenticate/", unchanged),
    ("/accounts/reauthenticate/", submitted),
    ("/accounts/email/", unchanged),
    ("/accounts/password/change/", unchanged),
    ("/accounts/password/change/", submitted),
    ("/accounts/logout/", unchanged),
    ("/accounts/preferences/", with_preferences_chosen),  # the last: they apply to all pages
    ("/accounts/sessions/", with_new_token),  # last, because the password counts for a while
]


def faults(page: Page) -> Iterator[str]:
    """Run axe-core on the page as it is now, once for each of `LOOKS`."""
    page.evaluate(AXE_SCRIPT)
    for theme, width, rules in LOOKS:
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type] # a plain str
        page.set_viewport_size({"width": width, "height": 900})
        options = {"resultTypes": ["violations"], **rules}
        # All results are some 100 kB of JSON; the violations alone are needed.
        for fault in page.evaluate(
            "options => axe.run(options).then(results => results.violations)", options
        ):
            for node in fault["nodes"]:
                yield f"{theme}, {width}: {fault['id']}: {node['target']} {node['failureSummary']}"


def forget_what_was_done(reader: Reader, first: Page) -> None:
    """Close the tab, and delete the drafts that it has left behind."""
    reader.context.set_offline(False)
    reader.page.close()
    reader.page = first
    reader.context.new_cdp_session(first).send(
        "Storage.clearDataForOrigin",
        {"origin": reader.url, "storageTypes": "local_storage,indexeddb"},
    )


@pytest.mark.parametrize(
    ("username", "states"),
    [
        ("", SIGNED_OUT),
        ("", ACCOUNTS),
        ("ada", READING_SIGNED_IN),
        ("ada", WRITING),
        ("ada", OWN_ACCOUNT),
    ],
    ids=["signed out", "accounts", "reading, signed in", "writing", "own account"],
)
@pytest.mark.timeout(300)  # dozens of pages, three looks each
def test_no_state_of_a_page_has_a_fault(
    visit: Visit, world: dict[str, Any], username: str, states: list[tuple[str, Act]]
) -> None:
    user, found = User.objects.get(username=username) if username else None, {}
    reader = visit(user)  # a new profile costs three times as much as a page
    reader.expect_error("Failed to load resource")  # for pages with an error status
    first = reader.page
    for path, act in states:
        if act is not unchanged:
            reader.page = reader.tab()
        reader.page.set_viewport_size({"width": WIDE, "height": 900})
        reader.open(path.format(**world))
        act(reader)
        if page_faults := [*faults(reader.page)]:
            found[f"{path} {act.__name__}"] = page_faults
        if act is not unchanged:
            forget_what_was_done(reader, first)
    assert found == {}


def test_long_list_has_no_fault(visit: Visit) -> None:
    PostFactory.create_batch(21)
    reader = visit().open()
    reader.cards.last.scroll_into_view_if_needed()
    expect(reader.cards).to_have_count(21)
    reader.page.evaluate("scrollTo(0, 0)")  # or the header covers a part of some cards
    assert [*faults(reader.page)] == []


def test_empty_page_has_no_fault(visit: Visit, transactional_db: None) -> None:
    found = {}
    for user in (None, UserFactory.create(username="ada")):
        reader = visit(user)
        for path in ("/", "/authors/ada/") if user else ("/",):
            if page_faults := [*faults(reader.open(path).page)]:
                found[path] = page_faults
    assert found == {}


@pytest.mark.parametrize("code", [400, 403, 429, 500, 503])
def test_error_page_has_no_fault(visit: Visit, code: int) -> None:
    """The page is rendered here, because most of these errors can not be caused on purpose."""
    reader = visit()
    reader.expect_error("Failed to load resource")
    body = render_to_string(f"{code}.html")
    reader.page.route(
        "**/wrong/", lambda route: route.fulfill(status=code, body=body, content_type="text/html")
    )
    assert [*faults(reader.open("/wrong/").page)] == []
