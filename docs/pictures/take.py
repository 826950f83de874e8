"""Take the pictures of this directory: `make pictures`, with `ARGS="feed post"` those alone.

It serves a site of its own, with demo content, from a directory that is gone afterwards.
"""

import os
import secrets
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page, StorageState, expect, sync_playwright

from tests.processes import temporary_directory
from tests.servers import SETTINGS_NAMES
from tests.site import Site

HERE = Path(__file__).parent
SIZES = {390: 844, 768: 1024, 1440: 900}
PHONE_AND_WIDE = (390, 1440)  # of what looks the same in between
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
MAX_BYTES = 3_000_000
QUALITY = 60
SHORT = 200  # characters
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


# --- What is in the pictures ----------------------------------------------------------------------


Names = dict[str, str]  # what is worth a picture in the demo


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A page, in a state."""

    path: str  # may name what `furnish` returns
    signed_in: bool = False
    act: Callable[[Page, Names], None] | None = None
    widths: Iterable[int] = tuple(SIZES)


def write(page: Page, names: Names) -> None:
    page.locator("main textarea").first.fill(names["text"])
    page.get_by_text("Image", exact=True).click()
    page.get_by_label("Choose an image").set_input_files(
        {
            "name": "IMG_2041.webp",
            "mimeType": "image/webp",
            "buffer": Path(names["image"]).read_bytes(),
        }
    )
    page.get_by_label("What the image shows").fill(names["alt"])
    page.evaluate("scrollTo(0, 0)")


def lose_the_network(page: Page, names: Names) -> None:
    page.context.set_offline(True)
    page.locator("[data-like] button").nth(1).click()
    expect(page.locator(".toast.error")).to_be_visible()


def edit(page: Page, names: Names) -> None:
    card = page.locator("article.post").first
    card.locator("summary").click()
    card.locator("[data-edit]").click()
    expect(card.locator(".editing")).to_be_visible()


def delete(page: Page, names: Names) -> None:
    page.clock.install()  # or the time for the undo might be over
    card = page.locator("article.post").first
    card.locator("summary").click()
    card.locator("[data-delete]").click()
    expect(page.locator(".toast")).to_be_visible()


def open_a_menu(page: Page, names: Names) -> None:
    summary = page.locator("article.post summary").nth(1)
    summary.evaluate("summary => summary.scrollIntoView({block: 'center'})")
    summary.click()


def show_the_keys(page: Page, names: Names) -> None:
    page.keyboard.press("?")


SCENES = {
    "feed": Scene(path="/"),
    "signed-in": Scene(path="/", signed_in=True),
    "post": Scene(path="/posts/{post}/", signed_in=True),
    "author": Scene(path="/authors/{author}/"),
    "tag": Scene(path="/tags/{tag}/"),
    "search": Scene(path="/search/?q={word}"),
    "search-empty": Scene(path="/search/?q=zeppelin+timetable", widths=PHONE_AND_WIDE),
    "compose": Scene(path="/posts/new/", signed_in=True, act=write),
    "edit": Scene(path="/authors/demo/", signed_in=True, act=edit, widths=PHONE_AND_WIDE),
    "undo": Scene(path="/", signed_in=True, act=delete, widths=PHONE_AND_WIDE),
    "menu": Scene(path="/", signed_in=True, act=open_a_menu, widths=PHONE_AND_WIDE),
    "keys": Scene(path="/", act=show_the_keys, widths=(1440,)),
    "offline": Scene(path="/", signed_in=True, act=lose_the_network),
    "report": Scene(path="/posts/{post}/report/", signed_in=True, widths=PHONE_AND_WIDE),
    "profile": Scene(path="/accounts/profile/", signed_in=True),
    "sessions": Scene(path="/accounts/sessions/", signed_in=True, widths=PHONE_AND_WIDE),
    "delete-account": Scene(path="/accounts/delete/", signed_in=True, widths=PHONE_AND_WIDE),
    "sign-in": Scene(path="/accounts/login/"),
    "not-found": Scene(path="/posts/1000000000/"),
}


# --- The site they are taken of -------------------------------------------------------------------


@contextmanager
def demo_site() -> Iterator[tuple[Site, Names]]:
    """A site with demo content, and the names of what is worth a picture there."""
    directory = temporary_directory("pictures")
    for name in SETTINGS_NAMES.split():
        os.environ.pop(name, None)  # the pictures are of no deployment
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "feedsite.settings",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "DATABASE_URL": f"sqlite:///{directory}/feed.sqlite3",
        "MEDIA_ROOT": str(directory / "media"),
        "LOG_LEVEL": "ERROR",
        "DEMO_PASSWORD": secrets.token_urlsafe(16),
    }
    names = furnish()
    with closing(Site(WEB_WORKERS="1")) as site:
        site.start()
        yield site, names


def furnish() -> Names:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("seed_demo", posts=500)
    from posts.models import Like, Mute, Post, User
    from posts.text import hashtags

    me = User.objects.get(username="demo")
    Post.objects.create(author=me, content="Ferry is running again. First one over gets the buns.")
    newest = Post.objects.exclude(author=me).order_by("-created_at")[:200]
    Like.objects.bulk_create(
        [Like(user=me, post=post) for post in newest[:60:3]], ignore_conflicts=True
    )
    Mute.objects.create(user=me, muted=User.objects.exclude(pk=me.pk).order_by("-pk")[1])
    # A text of a few lines, so that what was said to it is in the picture.
    short = [post for post in newest if not post.image and len(post.content) < SHORT]
    post = max(short, key=lambda post: (post.comments.exclude(reply_to=None).count(), post.pk))
    pictured = [post for post in newest if post.image]
    wide = next(
        post
        for post in pictured
        if post.image_alt and post.image_width > post.image_height and len(post.content) < SHORT
    )
    tags = [tag for post in pictured for tag in hashtags(post.content)]
    return {
        "post": str(post.pk),
        "author": next(post.author.username for post in pictured if post.author.bio),
        "tag": max(tags, key=tags.count),
        "word": "morning",
        "text": wide.content,
        "alt": wide.image_alt,
        "image": wide.image.path,
    }


# --- Taking them ----------------------------------------------------------------------------------


def sign_in(browser: Browser, site: Site) -> StorageState:
    with browser.new_context(base_url=site.url) as context:
        page = context.new_page()
        page.goto("/accounts/login/")
        page.fill("[name=login]", "demo")
        page.fill("[name=password]", os.environ["DEMO_PASSWORD"])
        page.click("main button[type=submit]")
        page.wait_for_url(f"{site.url}/")
        return context.storage_state()


def take(page: Page, target: Path) -> int:
    """Write what is in sight, and return its size."""
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    with Image.open(BytesIO(page.screenshot(animations="disabled"))) as picture:
        picture.convert("RGB").save(target, "WEBP", quality=QUALITY, method=6)
    return target.stat().st_size


def main(wanted: list[str]) -> None:
    scenes = {name: scene for name, scene in SCENES.items() if not wanted or name in wanted}
    with demo_site() as (site, names), sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=FLAGS
        )
        session = sign_in(browser, site)
        for (name, scene), width, theme in product(scenes.items(), SIZES, THEMES):
            if width not in scene.widths:
                continue
            with browser.new_context(
                base_url=site.url,
                viewport={"width": width, "height": SIZES[width]},
                color_scheme=theme,
                reduced_motion="reduce",
                storage_state=session if scene.signed_in else None,
            ) as context:
                page = context.new_page()
                page.goto(scene.path.format(**names))
                if scene.act:
                    scene.act(page, names)
                target = HERE / f"{name}-{width}-{theme}.webp"
                sys.stdout.write(f"{take(page, target):9,}  {target.name}\n")
                for undo in page.get_by_role("button", name="Undo").all():
                    undo.click()  # the next picture is of the same
    total = sum(path.stat().st_size for path in HERE.glob("*.webp"))
    sys.stdout.write(f"{total:9,}  bytes in all\n")
    if total > MAX_BYTES:
        sys.exit(f"That is more than {MAX_BYTES:,}: less quality, or fewer scenes.")


if __name__ == "__main__":
    main(sys.argv[1:])
