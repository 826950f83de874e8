"""Reader of TOML tables, with errors that name file and place."""

import tomllib
from pathlib import Path
from typing import Any, Self

KINDS = {str: "a string", list: "a list", bool: "true or false", dict: "a table"}


class ContentError(Exception):
    """A file of the demo's content is invalid. `str()` names the file, the place and the error."""


class Table:
    """One table of a file. Each key is read once; `end` refuses keys that were not read.

    Raises:
        ContentError: in all methods with a key, if its value is missing or of another type.
    """

    def __init__(self, values: dict[str, Any], place: str) -> None:
        self.place = place
        self._values = dict(values)

    @classmethod
    def of_file(cls, path: Path) -> Self:
        """Read a file.

        Raises:
            ContentError: it is missing, or is no TOML.
        """
        try:
            return cls(tomllib.loads(path.read_text(encoding="utf-8")), path.name)
        except (OSError, ValueError) as error:  # both wrong TOML and wrong UTF-8 are ValueErrors
            raise ContentError(f"{path.name}: {error}") from error

    def text(self, key: str, *, max_length: int, default: str | None = None) -> str:
        """Return a string of 1 to `max_length` characters, or the default without the key."""
        if default is not None and key not in self._values:
            return default
        return checked_text(self._take(key, str), f"{self.place}: {key}", max_length=max_length)

    def texts(self, key: str, *, max_length: int, optional: bool = False) -> tuple[str, ...]:
        """Return a list of at least one string; if optional, an empty one without the key."""
        if optional and key not in self._values:
            return ()
        place = f"{self.place}: {key}"
        values = self._take(key, list)
        if not values:
            raise ContentError(f"{place}: the list is empty")
        return tuple(checked_text(value, place, max_length=max_length) for value in values)

    def flag(self, key: str) -> bool:
        """Return true or false; false without the key."""
        return key in self._values and bool(self._take(key, bool))

    def items(self, key: str) -> list[Any]:
        """Return a list of any values; empty without the key."""
        return list(self._take(key, list)) if key in self._values else []

    def tables(self, key: str) -> list["Table"]:
        """Return a list of tables: [[key]] in the file."""
        rows = enumerate(self._take(key, list), 1)
        return [self._table(row, f"{self.place}: {key} {place}") for place, row in rows]

    def named_tables(self) -> dict[str, "Table"]:
        """Return all unread keys as tables: [name] in the file."""
        return {name: self.table(name) for name in self.names()}

    def table(self, key: str) -> "Table":
        """Return a table within this one."""
        return self._table(self._take(key, dict), f"{self.place}: {key}")

    def names(self) -> list[str]:
        """Return the unread keys."""
        return list(self._values)

    def end(self) -> None:
        """Check that all keys were read.

        Raises:
            ContentError: some were not.
        """
        if self._values:
            raise ContentError(f"{self.place}: unknown key {', '.join(self._values)}")

    def _take(self, key: str, kind: type) -> Any:
        if key not in self._values:
            raise ContentError(f"{self.place}: {key} is missing")
        value = self._values.pop(key)
        if not isinstance(value, kind):
            raise ContentError(f"{self.place}: {key} must be {KINDS[kind]}")
        return value

    @staticmethod
    def _table(value: Any, place: str) -> "Table":
        if not isinstance(value, dict):
            raise ContentError(f"{place} must be a table")
        return Table(value, place)


def checked_text(value: Any, place: str, *, max_length: int) -> str:
    """Return the value if it is a string of 1 to `max_length` characters.

    Raises:
        ContentError: it is not.
    """
    if not isinstance(value, str):
        raise ContentError(f"{place}: {value!r} must be a string")
    if not value.strip():
        raise ContentError(f"{place}: the text is empty")
    if len(value) > max_length:
        raise ContentError(
            f"{place}: {len(value):,} characters, up to {max_length:,} are permitted:"
            f" {value[:40]!r}…"
        )
    return value
