"""Every kind of write, one change each, in the transaction of its caller.

A change takes a number that selects what is changed. Each text is new, so no two versions are
equal. A change returns a true value if it wrote anything.
"""

from collections.abc import Callable

from posts.models import Comment, Like, Post, User
from tests.proofs.machine.history import Kind

Change = Callable[[int], object]
USERNAMES = ("ada", "bob", "cleo", "dan")


class _Texts:
    """Texts, each of them new."""

    def __init__(self) -> None:
        self.number = 0

    def begin(self) -> None:
        self.number = 0

    def next(self) -> str:
        self.number += 1
        return f"text {self.number}"


texts = _Texts()


def create_initial_rows() -> None:
    """Create what exists when a sequence begins: two users, three posts, a like and a comment."""
    texts.begin()
    ada, bob = (User.objects.create(username=name) for name in USERNAMES[:2])
    posts = [Post.objects.create(author=ada, content=texts.next()) for _ in range(2)]
    Post.objects.create(author=bob, content=texts.next())
    Like.objects.create(post=posts[0], user=bob)
    Comment.objects.create(post=posts[0], author=bob, content=texts.next())


def _post(n: int) -> Post | None:
    posts = list(Post.objects.order_by("id"))
    return posts[n % len(posts)] if posts else None


def _user(n: int) -> User | None:
    users = list(User.objects.order_by("id"))
    return users[n % len(users)] if users else None


def _posts(n: int) -> list[int]:
    return [post.pk] if (post := _post(n)) else []


def _create(n: int) -> object:
    user = _user(n)
    return user and Post.objects.create(author=user, content=texts.next())


def _save(n: int) -> bool:
    if post := _post(n):
        post.content = texts.next()
        post.save(update_fields=["content"] if n % 2 else None)
    return post is not None


def _delete(n: int) -> object:
    post = _post(n)
    return post and post.delete()


def _bulk_create(n: int) -> object:
    user = _user(n)
    rows = [Post(author=user, content=texts.next()) for _ in range(2)]
    return user and Post.objects.bulk_create(rows)


def _bulk_update(n: int) -> bool:
    posts = list(Post.objects.filter(id__in=_posts(n)))
    for post in posts:
        post.content = texts.next()
    return bool(posts and Post.objects.bulk_update(posts, ["content"]))


def _update_or_create(n: int) -> object:
    user = _user(n)
    values = {"author": user, "content": texts.next()}
    return user and Post.objects.update_or_create(external_id=f"import:{n}", defaults=values)


def _create_author(n: int) -> object:
    free = _free_name(n)
    return free and User.objects.create(username=free)


def _rename(n: int) -> bool:
    user, free = _user(n), _free_name(n)
    if not user or not free:
        return False
    user.username = free
    user.save(update_fields=["username"] if n % 2 else None)
    return True


def _free_name(n: int) -> str:
    taken = set(User.objects.values_list("username", flat=True))
    free = [name for name in USERNAMES if name not in taken]
    return free[n % len(free)] if free else ""


def _rename_shown(n: int) -> bool:
    user = _user(n)
    return bool(user and User.objects.filter(pk=user.pk).update(display_name=texts.next()))


def _activate(n: int) -> bool:
    """Deactivate an active user, and activate an inactive one."""
    user = _user(n)
    if user and n % 2:
        return bool(User.objects.filter(pk=user.pk).update(is_active=not user.is_active))
    if user:
        user.is_active = not user.is_active
        user.save()
    return user is not None


def _delete_author(n: int) -> object:
    user = _user(n)
    return user and user.delete()


def _like(n: int) -> bool:
    post, user = _post(n), _user(n // 2)
    if not post or not user:
        return False
    _, created = Like.objects.get_or_create(post=post, user=user)
    return created


def _unlike(n: int) -> bool:
    return bool(Like.objects.filter(post__in=_posts(n)).delete()[0])


def _likes_in_bulk(n: int) -> bool:
    ids = _posts(n)
    users = User.objects.exclude(likes__post__in=ids)
    likes = [Like(post_id=pk, user=user) for pk in ids for user in users]
    return bool(likes and Like.objects.bulk_create(likes))


def _comment(n: int) -> bool:
    post, user = _post(n), _user(n)
    if post and user:
        Comment(post=post, author=user, content=texts.next()).save()
    return bool(post and user)


def _delete_comment(n: int) -> bool:
    comment = Comment.objects.order_by("id").first()
    if comment and n % 2:
        return bool(Comment.objects.filter(pk=comment.pk).delete()[0])
    return bool(comment and comment.delete())


def _move_comments(n: int) -> bool:
    ids = _posts(n)
    return bool(ids and Comment.objects.exclude(post_id=ids[0]).update(post_id=ids[0]))


CHANGES: dict[str, tuple[Kind, Change]] = {
    "create": ("posts", _create),
    "save": ("posts", _save),
    "delete": ("posts", _delete),
    "update": (
        "posts",
        lambda n: Post.objects.filter(id__in=_posts(n)).update(content=texts.next()),
    ),
    "update all": (
        "posts",
        lambda _: Post.objects.update(image_url=f"https://x.org/{texts.next()}"),
    ),
    "delete by queryset": ("posts", lambda n: Post.objects.filter(id__in=_posts(n)).delete()[0]),
    "bulk create": ("posts", _bulk_create),
    "bulk update": ("posts", _bulk_update),
    "update or create": ("posts", _update_or_create),
    # A new author has no posts, so no cached page changes.
    "create an author": ("counts", _create_author),
    "rename an author": ("posts", _rename),
    "change a shown name": ("posts", _rename_shown),
    "(de)activate an author": ("posts", _activate),
    "delete an author": ("posts", _delete_author),
    "like": ("counts", _like),
    "unlike": ("counts", _unlike),
    "like in bulk": ("counts", _likes_in_bulk),
    "comment": ("counts", _comment),
    "delete a comment": ("counts", _delete_comment),
    "move comments": ("counts", _move_comments),
}
