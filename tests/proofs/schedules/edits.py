"""Edits of production source code in the running program, undone afterwards."""

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any
from unittest.mock import patch


@dataclass(frozen=True, slots=True)
class Edit:
    """An edit. `place`: `module:Class.method` or `module:SCRIPT`. `changes`: old and new text."""

    place: str
    changes: tuple[tuple[str, str], ...]

    @contextmanager
    def done(self) -> Iterator[None]:
        module_name, _, path = self.place.partition(":")
        module: Any = import_module(module_name)
        *owners, name = path.split(".")
        owner = module
        for owner_name in owners:
            owner = getattr(owner, owner_name)
        before = vars(owner)[name]
        after = self._text(before) if isinstance(before, str) else self._code(module, before)
        with patch.object(owner, name, after):
            yield

    def _code(self, module: ModuleType, before: Any) -> Any:
        source = self._text(inspect.getsource(before))
        indented = f"if True:\n{source}" if source.startswith(" ") else source
        made: dict[str, Any] = {}
        exec(compile(indented, f"<{self.place}, broken>", "exec"), vars(module), made)
        return made[before.__name__]

    def _text(self, before: str) -> str:
        for old, new in self.changes:
            if before.count(old) != 1:
                raise ValueError(f"{self.place} has not exactly one {old!r}: update this mutation")
            before = before.replace(old, new)
        return before
