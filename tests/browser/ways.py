"""The ways in which people come: with a script or without, on a wide screen or on a phone."""

from dataclasses import dataclass
from typing import Any

import pytest

PHONE, WIDE = 390, 1280


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    scripted: bool
    width: int

    @property
    def context(self) -> dict[str, Any]:
        """What a browser of that kind is, for `visit`."""
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


# What nobody can do without.
every_way = _by(*(Way(scripted=s, width=w) for s in (True, False) for w in (WIDE, PHONE)))
# The rest: where most is there to help, and where least is.
bounds = _by(Way(scripted=True, width=WIDE), Way(scripted=False, width=PHONE))
