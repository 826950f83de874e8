"""How much storage the images of one account take, and how much they may."""

from django.conf import settings
from django.db.models import Sum
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from posts.images import Picture, RefusedError
from posts.models import Post, User


class StorageFullError(RefusedError):
    """The image would take the account beyond its quota."""

    code = "storage_quota"


def lock_account(pk: int) -> User:
    """Lock an account's row until the transaction ends, so that its writes come one by one.

    Foreign keys that point at this row are not held up by a lock that spares the key.

    Raises:
        Http404: it has been deleted.
    """
    user: User = get_object_or_404(User.objects.select_for_update(no_key=True), pk=pk)
    return user


def used_bytes(user: User) -> int:
    """Bytes of the images of `user` in the storage. Images of older releases count nothing."""
    total = Post.objects.filter(author=user).aggregate(total=Sum("image_bytes"))["total"] or 0
    return int(total) + user.picture_bytes


def check_quota(user_pk: int, image: Picture | None, *, replaced_bytes: int = 0) -> None:
    """Check that `image` fits beside what the account has; `replaced_bytes` of that go with it.

    Call it in the transaction that stores the image: it locks the account's row.

    Raises:
        StorageFullError: it does not fit; the message says how much is used.
        Http404: the account has been deleted.
    """
    if image is None:
        return
    used = used_bytes(lock_account(user_pk))
    if used - replaced_bytes + image.size > settings.STORAGE_QUOTA_MB * 1_000_000:
        raise StorageFullError(
            _(
                "The images of this account take %(used)s of %(quota)s MB, and this one needs"
                " %(needed)s MB more. Remove an image first."
            )
            % {
                "used": f"{used / 1_000_000:,.1f}",
                "quota": f"{settings.STORAGE_QUOTA_MB:,}",
                "needed": f"{max(0.1, (image.size - replaced_bytes) / 1_000_000):,.1f}",
            }
        )
