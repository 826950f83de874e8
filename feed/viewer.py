"""A signed-in user as pages show them to themselves."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from django.template.loader import render_to_string
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

from feed.renderings import Power
from posts.models import User
from posts.serializers import user_json

AVATAR_HUES = 8  # as many as the style sheet has


def avatar_hue(user_id: str | int) -> str:
    """Return the CSS class for the colour of a person's avatar. It depends on the id alone."""
    return f"hue-{int(user_id) % AVATAR_HUES}"


@dataclass(frozen=True)
class Viewer:
    """A signed-in, active user. `powers` are those over the posts and comments of others."""

    # The attributes that fill slots of pages.
    SLOTS: ClassVar = (
        "id",
        "hue",
        "initial",
        "shown_name",
        "username",
        "path",
        "avatar",
        "preferences",
    )

    id: str
    username: str
    shown_name: str
    path: str
    avatar: SafeString
    preferences: str
    is_staff: bool
    powers: frozenset[Power] = frozenset()

    @classmethod
    def of(cls, user: User, powers: frozenset[Power] = frozenset()) -> "Viewer":
        """Make a viewer from a row of the database."""
        shown = user_json(user)
        return cls(
            id=shown["id"],
            username=user.username,
            shown_name=user.shown_name,
            path=user.get_absolute_url(),
            avatar=render_to_string("includes/avatar.html", {"user": shown}),
            preferences=user.preferences,
            is_staff=user.is_staff,
            powers=powers,
        )

    @property
    def hue(self) -> str:
        """The CSS class for the colour of the avatar."""
        return avatar_hue(self.id)

    @property
    def initial(self) -> str:
        """The first character of the name, for an avatar without an image."""
        return self.shown_name[:1].upper()

    @cached_property
    def values(self) -> dict[str, str]:
        """The values of the slots, as escaped HTML."""
        return {name: conditional_escape(getattr(self, name)) for name in self.SLOTS}
