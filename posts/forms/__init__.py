"""What a person may type into a form, and what they may send along."""

from posts.forms.fields import PictureField, WrittenText
from posts.forms.people import DeletionForm, MuteForm, ProfileForm
from posts.forms.reports import ReportForm
from posts.forms.writing import CommentForm, LikeForm, PostForm

__all__ = [
    "CommentForm",
    "DeletionForm",
    "LikeForm",
    "MuteForm",
    "PictureField",
    "PostForm",
    "ProfileForm",
    "ReportForm",
    "WrittenText",
]
