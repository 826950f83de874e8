"""The models: accounts, posts, comments, likes, mutes, reports, and the audit log.

Important rules are also constraints of the database, so that writes without a form keep them.
Every write is announced (see `posts.signals`), bulk writes included, but not raw SQL.
"""

from posts.models.access import (
    DEFAULT_TOKEN_NAME,
    NAME_MAX_LENGTH,
    SessionRecord,
    TokenRecord,
)
from posts.models.audit import AuditEntry
from posts.models.comments import COMMENT_MAX_LENGTH, Comment, CommentQuerySet
from posts.models.likes import CommentLike, CommentLikeQuerySet, Like, LikeQuerySet
from posts.models.mutes import Mute, MuteQuerySet
from posts.models.post_versions import PostVersion, PostVersionQuerySet
from posts.models.posts import (
    CONTENT_WARNING_MAX_LENGTH,
    EDITED_BY,
    IMAGE_ALT_MAX_LENGTH,
    IMAGE_URL_MAX_LENGTH,
    NO_IMAGE,
    NO_IMAGE_TEXTS,
    NO_TEXTS,
    POST_MAX_LENGTH,
    POST_TEXTS,
    Post,
    PostQuerySet,
    PostText,
)
from posts.models.reports import NOTE_MAX_LENGTH, Report, ReportQuerySet
from posts.models.submitted_keys import SubmittedKey
from posts.models.users import (
    BIO_MAX_LENGTH,
    DISPLAY_NAME_MAX_LENGTH,
    AnnouncingUserManager,
    User,
    UserQuerySet,
    shown_name,
)
from posts.post_images import HAS_IMAGE, shown_text

__all__ = [
    "BIO_MAX_LENGTH",
    "COMMENT_MAX_LENGTH",
    "CONTENT_WARNING_MAX_LENGTH",
    "DEFAULT_TOKEN_NAME",
    "DISPLAY_NAME_MAX_LENGTH",
    "EDITED_BY",
    "HAS_IMAGE",
    "IMAGE_ALT_MAX_LENGTH",
    "IMAGE_URL_MAX_LENGTH",
    "NAME_MAX_LENGTH",
    "NOTE_MAX_LENGTH",
    "NO_IMAGE",
    "NO_IMAGE_TEXTS",
    "NO_TEXTS",
    "POST_MAX_LENGTH",
    "POST_TEXTS",
    "AnnouncingUserManager",
    "AuditEntry",
    "Comment",
    "CommentLike",
    "CommentLikeQuerySet",
    "CommentQuerySet",
    "Like",
    "LikeQuerySet",
    "Mute",
    "MuteQuerySet",
    "Post",
    "PostQuerySet",
    "PostText",
    "PostVersion",
    "PostVersionQuerySet",
    "Report",
    "ReportQuerySet",
    "SessionRecord",
    "SubmittedKey",
    "TokenRecord",
    "User",
    "UserQuerySet",
    "shown_name",
    "shown_text",
]
