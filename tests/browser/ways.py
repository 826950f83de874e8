"""Browser variants of tests: with or without JavaScript, on a wide screen or a phone."""

from dataclasses import dataclass
from typing import Any

import pytest

PHONE, WIDE = 390, 1280


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """A variant of a browser."""

    scripted: bool
    width: int

    @property
    def context(self) -> dict[str, Any]:
        """The options of a browser context, for `visit`."""
        is_phone = self.width == PHONE
        return {
            "java_script_enabled": self.scripted,
            "viewport": {"width": self.width, "height": 844 if is_phone else 900},
            "is_mobile": is_phone,
            "has_touch": is_phone,
        }

    def __str__(self) -> str:
        script = "with a script" if self.scripted else "without a script"
        return f"{script}, {'on a phone' if self.width == PHONE else 'on a wide screen'}"


def _by(*ways: Way) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("way", ways, ids=str)


# All variants, for tests of the essential functions.
every_way = _by(*(Way(scripted=s, width=w) for s in (True, False) for w in (WIDE, PHONE)))
# The two extremes, for all other tests.
bounds = _by(Way(scripted=True, width=WIDE), Way(scripted=False, width=PHONE))
