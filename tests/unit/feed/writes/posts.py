"""Every way to write a post."""

import json
from io import StringIO
from typing import Any

from django.core.management import call_command
from django.db.models import F, Value
from django.db.models.functions import Concat

from posts.models import POST_TEXTS, Post
from tests.unit.feed.writes.world import EARLIER, NEW, World, Write, bulk_update, load, now, save
from tests.unit.posts.sample_images import upload

MORE = Concat(F("content"), Value(", and more"))  # computed by the database


def _upsert_post(w: World, **how: Any) -> None:
    row = Post(author=w.ada, content="Upserted", external_id="import:1")
    Post.objects.bulk_create([row, Post(author=w.bob, content="Beside it")], **how)


def _import(w: World) -> None:
    lines = [
        {"id": n, "author": "carol", "created_at": "2024-01-01T00:00:00Z", "text": f"Line {n}"}
        for n in range(3)
    ]
    file = w.directory / "posts.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)))
    call_command("import_posts", file, stdout=StringIO(), stderr=StringIO())


def _load(w: World, pk: int, **values: Any) -> None:
    moment = "2024-01-01T00:00:00Z"
    load(w, "post", pk, author=w.ada.pk, created_at=moment, updated_at=moment, **values)


def _changed(post: Post, *, content: str) -> Post:
    post.content = content
    return post


TO_POSTS: dict[str, Write] = {
    "save, new": lambda w: Post(author=w.ada, content=NEW).save(),
    "save, edited": lambda w: save(w.post, content="Edited"),
    "save, update_fields": lambda w: save(w.post, content="Edited", update_fields=["content"]),
    "save, moved in time": lambda w: save(w.other, created_at=EARLIER),
    "delete": lambda w: w.post.delete(),
    "create": lambda w: Post.objects.create(author=w.ada, content=NEW),
    "create by the author's manager": lambda w: w.ada.posts.create(content=NEW),
    "given to another author": lambda w: w.bob.posts.add(w.post),
    "get_or_create": lambda w: Post.objects.get_or_create(author=w.ada, content=NEW),
    "update_or_create, new": lambda w: Post.objects.update_or_create(
        external_id="import:2", defaults={"author": w.ada, "content": NEW}
    ),
    "update_or_create, existing": lambda w: Post.objects.update_or_create(
        external_id=w.post.external_id, defaults={"content": "Edited"}
    ),
    "QuerySet.update": lambda w: Post.objects.filter(pk=w.post.pk).update(content="Edited"),
    "QuerySet.update of the time": lambda w: Post.objects.filter(pk=w.other.pk).update(
        created_at=EARLIER, updated_at=EARLIER
    ),
    "QuerySet.delete": lambda w: Post.objects.filter(pk=w.post.pk).delete(),
    "QuerySet.delete of every post": lambda w: Post.objects.filter(pk__lte=w.other.pk).delete(),
    "bulk_create": lambda w: Post.objects.bulk_create([Post(author=w.ada, content=NEW)]),
    "bulk_create, ignore_conflicts": lambda w: _upsert_post(w, ignore_conflicts=True),
    "bulk_create, update_conflicts": lambda w: _upsert_post(
        w, update_conflicts=True, unique_fields=["external_id"], update_fields=["content"]
    ),
    "bulk_update": lambda w: bulk_update(w.post, content="Edited"),
    "API post": lambda w: w.api(w.ada, "post", "/api/posts/", {"content": NEW}),
    "API patch": lambda w: w.api(w.ada, "patch", f"/api/posts/{w.post.pk}/", {"content": "Edit"}),
    "API put": lambda w: w.api(w.ada, "put", f"/api/posts/{w.post.pk}/", {"content": "Edit"}),
    "API delete": lambda w: w.api(w.ada, "delete", f"/api/posts/{w.post.pk}/"),
    "API delete by staff": lambda w: w.api(w.moderator, "delete", f"/api/posts/{w.post.pk}/"),
    "form, new": lambda w: w.form(w.ada, "/posts/new/", content=NEW),
    "form, edited": lambda w: w.form(w.ada, f"/posts/{w.post.pk}/edit/", content="Edited"),
    "form, new with an image": lambda w: w.form(
        w.ada, "/posts/new/", content="Look!", image=upload(), image_alt="Red above blue"
    ),
    "form, an image instead": lambda w: w.form(
        w.bob, f"/posts/{w.other.pk}/edit/", content=w.other.content, image=upload()
    ),
    "form, image removed": lambda w: w.form(
        w.bob, f"/posts/{w.other.pk}/edit/", content=w.other.content, remove_image="on"
    ),
    "form, another text for an image": lambda w: w.form(
        w.bob, f"/posts/{w.other.pk}/edit/", content=w.other.content, image_alt="A wasp"
    ),
    "form, an image added": lambda w: w.form(
        w.bob,
        f"/posts/{w.other.pk}/edit/",
        content=w.other.content,
        image_kept="b",
        image_alt=["A wasp", "Red above blue"],
        image=upload(),
    ),
    "QuerySet.update of further images": lambda w: Post.objects.filter(pk=w.other.pk).update(
        more_images=[{"name": "posts/c.webp", "alt": "A", "width": 3, "height": 2, "bytes": 9}]
    ),
    "form, deleted": lambda w: w.form(w.ada, f"/posts/{w.post.pk}/delete/"),
    "admin, added": lambda w: w.admin("post/add/", author=w.ada.pk, content=NEW),
    "admin, saved": lambda w: w.admin(
        f"post/{w.post.pk}/change/", author=w.ada.pk, content="Edited"
    ),
    "admin, deleted": lambda w: w.admin(f"post/{w.post.pk}/delete/", post="yes"),
    "admin, bulk delete": lambda w: w.admin(
        "post/", action="delete_selected", _selected_action=[w.post.pk, w.other.pk], post="yes"
    ),
    "admin, action": lambda w: w.admin(
        "post/", action="remove_image", _selected_action=[w.post.pk]
    ),
    "import_posts": _import,
    "seed_demo": lambda _: call_command("seed_demo", posts=3, stdout=StringIO()),
    "loaddata": lambda w: _load(w, w.post.pk, content="Loaded"),
    "loaddata, new": lambda w: _load(w, w.post.pk + 1_000, content="Loaded"),
}


def _update_text(name: str) -> Write:
    return lambda w: Post.objects.filter(pk=w.other.pk).update(**{name: "Another text"})


def _patch_text(name: str) -> Write:
    path = "/api/posts/{}/"
    return lambda w: w.api(w.bob, "patch", path.format(w.other.pk), {name: "Another text"})


# Each text of a post, so that a new one is written and looked for on every page.
TO_POSTS |= {f"QuerySet.update of {name}": _update_text(name) for name in POST_TEXTS}
TO_POSTS |= {f"API patch of {name}": _patch_text(name) for name in POST_TEXTS}
# Other methods, managers and expressions for the writes above.
TO_POSTS |= {
    "save of an expression": lambda w: save(w.post, content=MORE),
    "save, given to another author": lambda w: save(w.post, author=w.bob),
    "save, forced": lambda w: Post(author=w.ada, content=NEW).save(force_insert=True),
    "QuerySet.update of an expression": lambda _: Post.objects.update(content=MORE),
    "QuerySet.update to another author": lambda w: Post.objects.update(author=w.bob),
    "QuerySet.update through a join": lambda _: Post.objects.filter(author__username="ada").update(
        content="Edited"
    ),
    "bulk_update of an expression": lambda w: bulk_update(w.post, content=MORE),
    "update_or_create with an expression": lambda _: Post.objects.update_or_create(
        external_id="import:1", defaults={"content": MORE}
    ),
    "update_or_create, create_defaults": lambda w: Post.objects.update_or_create(
        external_id="import:2", create_defaults={"author": w.ada, "content": NEW}
    ),
    "get_or_create by the author's manager": lambda w: w.ada.posts.get_or_create(
        external_id="import:2", defaults={"content": NEW}
    ),
    "update_or_create by the author's manager": lambda w: w.ada.posts.update_or_create(
        external_id="import:1", defaults={"content": "Edited"}
    ),
    "bulk_create by the author's manager": lambda w: w.ada.posts.bulk_create(
        [Post(author=w.ada, content=NEW)]
    ),
    "update by the author's manager": lambda w: w.ada.posts.update(content="Edited"),
    "delete by the author's manager": lambda w: w.ada.posts.all().delete(),
    "given to another author by set": lambda w: w.bob.posts.set([w.post, w.other]),
    "given to another author one by one": lambda w: w.bob.posts.add(w.post, bulk=False),
    "asave": lambda w: now(Post(author=w.ada, content=NEW).asave),
    "adelete": lambda w: now(w.post.adelete),
    "acreate": lambda w: now(Post.objects.acreate, author=w.ada, content=NEW),
    "acreate by the author's manager": lambda w: now(w.ada.posts.acreate, content=NEW),
    "aget_or_create": lambda w: now(Post.objects.aget_or_create, author=w.ada, content=NEW),
    "aupdate_or_create": lambda _: now(
        Post.objects.aupdate_or_create, external_id="import:1", defaults={"content": "Edited"}
    ),
    "QuerySet.aupdate": lambda w: now(Post.objects.filter(pk=w.post.pk).aupdate, content="Edited"),
    "QuerySet.adelete": lambda w: now(Post.objects.filter(pk=w.post.pk).adelete),
    "abulk_create": lambda w: now(Post.objects.abulk_create, [Post(author=w.ada, content=NEW)]),
    "abulk_update": lambda w: now(
        Post.objects.abulk_update, [_changed(w.post, content="Edited")], ["content"]
    ),
}
