"""All ways to write likes and comments."""

from copy import copy

from posts.models import Comment, CommentLike, Like
from tests.unit.feed.writes.world import World, Write, bulk_update, load, now, save


def _give_to_deactivated_author(w: World) -> None:
    save(w.moderator, is_active=False)
    Comment.objects.update(author=w.moderator)


def _edited(w: World) -> Comment:
    comment = copy(w.comment)
    comment.content = "Edited"
    return comment


TO_COUNTS: dict[str, Write] = {
    "like saved": lambda w: Like(post=w.post, user=w.ada).save(),
    "like created": lambda w: w.post.likes.create(user=w.ada),
    "like deleted": lambda w: w.like.delete(),
    "like given to another post": lambda w: w.other.likes.add(w.like),
    "like moved": lambda w: Like.objects.update(post=w.other),
    "likes deleted by QuerySet": lambda w: Like.objects.filter(post=w.post).delete(),
    "likes created in bulk": lambda w: Like.objects.bulk_create([Like(post=w.post, user=w.ada)]),
    "API like": lambda w: w.api(w.ada, "put", f"/api/posts/{w.post.pk}/like/"),
    "API unlike": lambda w: w.api(w.bob, "delete", f"/api/posts/{w.post.pk}/like/"),
    "form, like": lambda w: w.form(w.ada, f"/posts/{w.post.pk}/like/", action="like"),
    "form, unlike": lambda w: w.form(w.bob, f"/posts/{w.post.pk}/like/", action="unlike"),
    "admin, like deleted": lambda w: w.admin(f"like/{w.like.pk}/delete/", post="yes"),
    "comment saved": lambda w: Comment(post=w.post, author=w.ada, content="x").save(),
    "comment deleted": lambda w: w.comment.delete(),
    "comment given to another post": lambda w: w.other.comments.add(w.comment),
    "comment moved by bulk_update": lambda w: bulk_update(w.comment, post=w.other),
    "comments created in bulk": lambda w: Comment.objects.bulk_create(
        [Comment(post=w.post, author=w.ada, content="x")]
    ),
    "comments deleted by QuerySet": lambda w: Comment.objects.filter(pk=w.comment.pk).delete(),
    "API comment": lambda w: w.api(
        w.ada, "post", f"/api/posts/{w.post.pk}/comments/", {"content": "x"}
    ),
    "API comment deleted": lambda w: w.api(w.bob, "delete", f"/api/comments/{w.comment.pk}/"),
    "form, comment": lambda w: w.form(w.ada, f"/posts/{w.post.pk}/comments/", content="x"),
    "form, comment deleted": lambda w: w.form(w.bob, f"/comments/{w.comment.pk}/delete/"),
    "admin, comments deleted": lambda w: w.admin(
        "comment/", action="delete_selected", _selected_action=[w.comment.pk], post="yes"
    ),
    "like by get_or_create": lambda w: Like.objects.get_or_create(post=w.post, user=w.ada),
    "like moved by update_or_create": lambda w: Like.objects.update_or_create(
        pk=w.like.pk, defaults={"post": w.other}
    ),
    "like moved by save": lambda w: save(w.like, post=w.other),
    "like moved by bulk_update": lambda w: bulk_update(w.like, post=w.other),
    "likes by their manager, ignore_conflicts": lambda w: w.post.likes.bulk_create(
        [Like(post=w.post, user=user) for user in (w.ada, w.bob)], ignore_conflicts=True
    ),
    "likes given to another post by set": lambda w: w.other.likes.set([w.like]),
    "likes deleted by their manager": lambda w: w.post.likes.all().delete(),
    "likes deleted by their user's manager": lambda w: w.bob.likes.all().delete(),
    "like by acreate": lambda w: now(Like.objects.acreate, post=w.post, user=w.ada),
    "like by adelete": lambda w: now(w.like.adelete),
    "likes by aupdate": lambda w: now(Like.objects.aupdate, post=w.other),
    "admin, likes deleted": lambda w: w.admin(
        "like/", action="delete_selected", _selected_action=[w.like.pk], post="yes"
    ),
    "loaddata, like": lambda w: load(w, "like", w.like.pk, post=w.other.pk, user=w.bob.pk),
    "comment by update_or_create": lambda w: Comment.objects.update_or_create(
        pk=w.comment.pk, defaults={"post": w.other}
    ),
    "comment moved by update": lambda w: Comment.objects.update(post=w.other),
    "comment given to a deactivated author": _give_to_deactivated_author,
    "comments by their manager, in bulk": lambda w: w.post.comments.bulk_create(
        [Comment(post=w.post, author=w.ada, content="x")]
    ),
    "comments given to another post by set": lambda w: w.other.comments.set([w.comment]),
    "comments deleted by their author's manager": lambda w: w.bob.comments.all().delete(),
    "comment by asave": lambda w: now(Comment(post=w.post, author=w.ada, content="x").asave),
    "comment by adelete": lambda w: now(w.comment.adelete),
    "comments by abulk_create": lambda w: now(
        Comment.objects.abulk_create, [Comment(post=w.post, author=w.ada, content="x")]
    ),
    "admin, comment added": lambda w: w.admin(
        "comment/add/", post=w.post.pk, author=w.ada.pk, content="x"
    ),
    "admin, comment moved": lambda w: w.admin(
        f"comment/{w.comment.pk}/change/", post=w.other.pk, author=w.bob.pk, content="x"
    ),
    "admin, comment deleted": lambda w: w.admin(f"comment/{w.comment.pk}/delete/", post="yes"),
    "form, reply": lambda w: w.form(
        w.ada, f"/posts/{w.post.pk}/comments/", content="x", reply_to=w.comment.pk
    ),
    "API reply": lambda w: w.api(
        w.ada,
        "post",
        f"/api/posts/{w.post.pk}/comments/",
        {"content": "x", "reply_to": str(w.comment.pk)},
    ),
    "comment edited by update": lambda w: Comment.objects.filter(pk=w.comment.pk).update(
        content="Edited"
    ),
    "replies made comments": lambda _: Comment.objects.update(reply_to=None),
    "loaddata, comment": lambda w: load(
        w, "comment", w.comment.pk, post=w.other.pk, author=w.bob.pk, content="x"
    ),
}
# Edits of comments, and likes of them.
TO_COUNTS |= {
    "comment edited by save": lambda w: _edited(w).save(),
    "comment edited by save, update_fields": lambda w: _edited(w).save(update_fields=["content"]),
    "comment edited by bulk_update": lambda w: bulk_update(w.comment, content="Edited"),
    "comment edited by aupdate": lambda w: now(
        Comment.objects.filter(pk=w.comment.pk).aupdate, content="Edited"
    ),
    "API comment edited": lambda w: w.api(
        w.bob, "patch", f"/api/comments/{w.comment.pk}/", {"content": "Edited"}
    ),
    "API comment replaced": lambda w: w.api(
        w.bob, "put", f"/api/comments/{w.comment.pk}/", {"content": "Edited"}
    ),
    "form, comment edited": lambda w: w.form(
        w.bob, f"/comments/{w.comment.pk}/edit/", content="Edited"
    ),
    "admin, comment edited": lambda w: w.admin(f"comment/{w.comment.pk}/change/", content="Edited"),
    "comment like saved": lambda w: CommentLike(comment=w.comment, user=w.ada).save(),
    "comment like by get_or_create": lambda w: CommentLike.objects.get_or_create(
        comment=w.comment, user=w.ada
    ),
    "comment like deleted": lambda w: w.comment_like.delete(),
    "comment likes deleted by QuerySet": lambda _: CommentLike.objects.all().delete(),
    "comment likes in bulk": lambda w: w.comment.likes.bulk_create(
        [CommentLike(comment=w.comment, user=w.ada)]
    ),
    "comment liker deleted": lambda w: copy(w.dora).delete(),
    "API comment like": lambda w: w.api(w.ada, "put", f"/api/comments/{w.comment.pk}/like/"),
    "form, comment like": lambda w: w.form(w.ada, f"/comments/{w.comment.pk}/like/", action="like"),
}
