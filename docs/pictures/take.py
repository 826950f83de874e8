"""Take the screenshots in this directory: `make pictures`, `make pictures ARGS="feed post"`.

The script starts a site with demo content in a temporary directory and stops it afterwards.
"""

import os
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page, StorageState, sync_playwright

from tests.processes import temporary_directory
from tests.servers import SETTINGS_NAMES
from tests.site import Site

HERE = Path(__file__).parent
SIZES = {390: 844, 1440: 900}  # pixels: width and height of a phone and of a desktop
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
MAX_BYTES = 1_200_000  # of all screenshots together: they are in the repository
QUALITY = 60  # of WebP, 0 to 100
SHORT_TEXT_CHARACTERS = 200
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
]


# --- The pages ------------------------------------------------------------------------------------


DemoContent = dict[str, str]  # ids, names and texts of the demo that the pages below show


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A page to photograph. `path` may contain keys of `create_demo_content` in braces."""

    path: str
    signed_in: bool = False
    prepare: Callable[[Page, DemoContent], None] | None = None


def write_post(page: Page, content: DemoContent) -> None:
    page.locator("main textarea").first.fill(content["text"])
    page.get_by_text("Image", exact=True).click()
    page.get_by_label("Choose an image").set_input_files(
        {
            "name": "IMG_2041.webp",
            "mimeType": "image/webp",
            "buffer": Path(content["image"]).read_bytes(),
        }
    )
    page.get_by_label("What the image shows").fill(content["alt"])
    page.evaluate("scrollTo(0, 0)")


# The main pages only: enough to see a change of the design in a review.
SCENES = {
    "feed": Scene(path="/"),
    "signed-in": Scene(path="/", signed_in=True),
    "post": Scene(path="/posts/{post}/", signed_in=True),
    "author": Scene(path="/authors/{author}/"),
    "search": Scene(path="/search/?q={word}"),
    "compose": Scene(path="/posts/new/", signed_in=True, prepare=write_post),
    "sign-in": Scene(path="/accounts/login/"),
}


# --- The site ------------------------------------------------------------------------------------


@contextmanager
def demo_site() -> Iterator[tuple[Site, DemoContent]]:
    """Start a site with demo content; yield it with the content that the pages show."""
    directory = temporary_directory("pictures")
    for name in SETTINGS_NAMES.split():
        os.environ.pop(name, None)  # settings of the shell must not change the screenshots
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "feedsite.settings",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "DATABASE_URL": f"sqlite:///{directory}/feed.sqlite3",
        "MEDIA_ROOT": str(directory / "media"),
        "LOG_LEVEL": "ERROR",
        "DEMO_PASSWORD": secrets.token_urlsafe(16),
    }
    content = create_demo_content()
    with closing(Site(WEB_WORKERS="1")) as site:
        site.start()
        yield site, content


def create_demo_content() -> DemoContent:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("seed_demo", posts=500)
    from posts.models import Like, Mute, Post, User

    me = User.objects.get(username="demo")
    Post.objects.create(author=me, content="Ferry is running again. First one over gets the buns.")
    newest = Post.objects.exclude(author=me).order_by("-created_at")[:200]
    Like.objects.bulk_create(
        [Like(user=me, post=post) for post in newest[:60:3]], ignore_conflicts=True
    )
    Mute.objects.create(user=me, muted=User.objects.exclude(pk=me.pk).order_by("-pk")[1])
    # A short text, so that its comments are visible in the screenshot.
    short = [
        post for post in newest if not post.image and len(post.content) < SHORT_TEXT_CHARACTERS
    ]
    post = max(short, key=lambda post: (post.comments.exclude(reply_to=None).count(), post.pk))
    with_image = [post for post in newest if post.image]
    wide = next(
        post
        for post in with_image
        if post.image_alt
        and post.image_width > post.image_height
        and len(post.content) < SHORT_TEXT_CHARACTERS
    )
    return {
        "post": str(post.pk),
        "author": next(post.author.username for post in with_image if post.author.bio),
        "word": "morning",
        "text": wide.content,
        "alt": wide.image_alt,
        "image": wide.image.path,
    }


# --- The screenshots -----------------------------------------------------------------------------


def sign_in(browser: Browser, site: Site) -> StorageState:
    with browser.new_context(base_url=site.url) as context:
        page = context.new_page()
        page.goto("/accounts/login/")
        page.fill("[name=login]", "demo")
        page.fill("[name=password]", os.environ["DEMO_PASSWORD"])
        page.click("main button[type=submit]")
        page.wait_for_url(f"{site.url}/")
        return context.storage_state()


def take_screenshot(page: Page, target: Path) -> int:
    """Write the visible part of the page as WebP, and return the file's size in bytes."""
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    with Image.open(BytesIO(page.screenshot(animations="disabled"))) as image:
        image.convert("RGB").save(target, "WEBP", quality=QUALITY, method=6)
    return target.stat().st_size


def main(wanted: list[str]) -> None:
    scenes = {name: scene for name, scene in SCENES.items() if not wanted or name in wanted}
    with demo_site() as (site, content), sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=CHROMIUM_FLAGS
        )
        session = sign_in(browser, site)
        for (name, scene), width, theme in product(scenes.items(), SIZES, THEMES):
            with browser.new_context(
                base_url=site.url,
                viewport={"width": width, "height": SIZES[width]},
                color_scheme=theme,
                reduced_motion="reduce",
                storage_state=session if scene.signed_in else None,
            ) as context:
                page = context.new_page()
                page.goto(scene.path.format(**content))
                if scene.prepare:
                    scene.prepare(page, content)
                target = HERE / f"{name}-{width}-{theme}.webp"
                sys.stdout.write(f"{take_screenshot(page, target):9,}  {target.name}\n")
    total = sum(path.stat().st_size for path in HERE.glob("*.webp"))
    sys.stdout.write(f"{total:9,}  bytes in all\n")
    if total > MAX_BYTES:
        sys.exit(f"The limit is {MAX_BYTES:,} bytes: lower QUALITY, or take fewer pages.")


if __name__ == "__main__":
    main(sys.argv[1:])
