"""What a person may type into a form, and what they may send along."""

from posts.forms.access import EndForm, TokenForm
from posts.forms.fields import PictureField, WrittenText
from posts.forms.people import DeletionForm, MuteForm, ProfileForm
from posts.forms.reports import ReportForm
from posts.forms.writing import CommentForm, LikeForm, PostForm

__all__ = [
    "CommentForm",
    "DeletionForm",
    "EndForm",
    "LikeForm",
    "MuteForm",
    "PictureField",
    "PostForm",
    "ProfileForm",
    "ReportForm",
    "TokenForm",
    "WrittenText",
]
