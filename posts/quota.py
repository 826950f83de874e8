"""The storage quota of an account's images."""

from collections.abc import Sequence

from django.conf import settings
from django.db.models import Sum
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from posts.errors import StorageFullError
from posts.images import PreparedImage
from posts.models import Post, User


def lock_account(pk: int) -> User:
    """Lock an account's row until the transaction ends, so that its writes run one by one.

    The lock is FOR NO KEY UPDATE: inserts of rows that refer to the account need not wait.

    Raises:
        Http404: the account was deleted.
    """
    user: User = get_object_or_404(User.objects.select_for_update(no_key=True), pk=pk)
    return user


def used_bytes(user: User) -> int:
    """Return the bytes of the images of `user`. Images of releases without a count add nothing."""
    total = Post.objects.filter(author=user).aggregate(total=Sum("image_bytes"))["total"] or 0
    return int(total) + user.avatar_bytes


def check_quota(user_pk: int, images: Sequence[PreparedImage], *, replaced_bytes: int = 0) -> None:
    """Check that the account's quota has room for `images`, which replace `replaced_bytes`.

    Call it in the transaction that stores the images: it locks the account's row.

    Raises:
        StorageFullError: there is no room; the message says how much is used.
        Http404: the account was deleted.
    """
    if not images:
        return
    used, needed = (
        used_bytes(lock_account(user_pk)),
        sum(image.size + len(image.still) for image in images),
    )
    if used - replaced_bytes + needed > settings.STORAGE_QUOTA_MB * 1_000_000:
        raise StorageFullError(
            _(
                "The images of this account take %(used)s of %(quota)s MB, and this one needs"
                " %(needed)s MB more. Remove an image first."
            )
            % {
                "used": f"{used / 1_000_000:,.1f}",
                "quota": f"{settings.STORAGE_QUOTA_MB:,}",
                "needed": f"{max(0.1, (needed - replaced_bytes) / 1_000_000):,.1f}",
            }
        )
