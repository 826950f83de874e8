"""The write side: who writes, what they write, and what others do about it.

Rules that matter are constraints of the database too, so that no path around a form breaks them.
Every write announces itself (see `posts.signals`), bulk writes included; raw SQL does not.
"""

from posts.models.access import (
    DEFAULT_TOKEN_NAME,
    NAME_MAX_LENGTH,
    SessionRecord,
    TokenRecord,
)
from posts.models.audit import AppendOnlyError, AuditEntry
from posts.models.comments import COMMENT_MAX_LENGTH, Comment, CommentQuerySet
from posts.models.likes import Like, LikeQuerySet
from posts.models.mutes import Mute, MuteQuerySet
from posts.models.posts import (
    IMAGE_ALT_MAX_LENGTH,
    IMAGE_URL_MAX_LENGTH,
    NO_IMAGE,
    POST_MAX_LENGTH,
    Post,
    PostQuerySet,
    image_values,
)
from posts.models.reports import NOTE_MAX_LENGTH, Report, ReportQuerySet
from posts.models.users import (
    BIO_MAX_LENGTH,
    AnnouncingUserManager,
    User,
    UserQuerySet,
    author_path,
)

__all__ = [
    "BIO_MAX_LENGTH",
    "COMMENT_MAX_LENGTH",
    "DEFAULT_TOKEN_NAME",
    "IMAGE_ALT_MAX_LENGTH",
    "IMAGE_URL_MAX_LENGTH",
    "NAME_MAX_LENGTH",
    "NOTE_MAX_LENGTH",
    "NO_IMAGE",
    "POST_MAX_LENGTH",
    "AnnouncingUserManager",
    "AppendOnlyError",
    "AuditEntry",
    "Comment",
    "CommentQuerySet",
    "Like",
    "LikeQuerySet",
    "Mute",
    "MuteQuerySet",
    "Post",
    "PostQuerySet",
    "Report",
    "ReportQuerySet",
    "SessionRecord",
    "TokenRecord",
    "User",
    "UserQuerySet",
    "author_path",
    "image_values",
]
