"""The forms by which people write and change their accounts."""

from posts.forms.access import EndForm, TokenForm
from posts.forms.fields import ImageUploadField, WrittenText
from posts.forms.people import DeletionForm, MuteForm, ProfileForm
from posts.forms.preferences import PreferencesForm
from posts.forms.reports import ReportForm
from posts.forms.writing import CommentForm, LikeForm, PostForm

__all__ = [
    "CommentForm",
    "DeletionForm",
    "EndForm",
    "ImageUploadField",
    "LikeForm",
    "MuteForm",
    "PostForm",
    "PreferencesForm",
    "ProfileForm",
    "ReportForm",
    "TokenForm",
    "WrittenText",
]
