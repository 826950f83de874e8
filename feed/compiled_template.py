"""Templates that Django renders once, and that are filled many times.

At each rendering Django walks through all nodes of a template, which costs 0.4 ms for a post. Here
Django renders it once with a `Blank` in place of each value. What it writes is the HTML of all
posts, with gaps. What it asks of a blank in a condition (`{% if post.edited %}`) is noted with the
answer, and another answer leads to another rendering.

So the template alone says how a post looks. It may print any value, ask whether one is empty, and
pass values to `deferred` filters and tags. A blank refuses all other uses. Then, and if the filled
HTML differs from Django's, Django renders this template each time: slower, and always right.
"""

import html
import logging
import secrets
import threading
from collections.abc import Callable, Mapping
from functools import lru_cache, wraps
from typing import Any, NamedTuple, ParamSpec, Self, TypeVar

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.formats import localize
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from feed.errors import RefusedError

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")
Values = Mapping[str, Any]
# Around the number of an expression. Random, so that no author can write it.
_MARK = f"\x02{secrets.token_hex(8)}\x03"
# The characters of a blank, in case that something reads them without calling a method.
_UNREADABLE = "\x02\x02\x02"
# Python asks objects for these; they say nothing about the value.
_HARMLESS = frozenset(dir(object)) - frozenset(
    ["__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__str__", "__format__"]
)
_OF_NUMBERS = frozenset(["__int__", "__float__", "__index__", "__radd__"])


class _Expression(NamedTuple):
    """What a blank stands for: a value at a path, or a function of other expressions."""

    function: Callable[..., Any] | None
    arguments: tuple[Any, ...]

    def __call__(self, values: Values) -> Any:
        if self.function is None:
            found: Any = values
            for name in self.arguments:
                found = found[name]
            return found
        return self.function(
            *[
                argument(values) if isinstance(argument, _Expression) else argument
                for argument in self.arguments
            ]
        )


class _Recording:
    """One rendering with blanks. `example`: the values that decide the conditions."""

    def __init__(self, example: Values) -> None:
        self._example = example
        self.numbers: dict[_Expression, int] = {}
        self.answers: dict[_Expression, bool] = {}
        self.refused = ""
        self.blanks = {name: self._blank(value, (name,)) for name, value in example.items()}

    def _blank(self, value: Any, path: tuple[str, ...]) -> "Blank | _BlankDict":
        expression = _Expression(None, path)
        if not isinstance(value, dict):
            return Blank(expression, self)
        parts = {name: self._blank(part, (*path, name)) for name, part in value.items()}
        return _BlankDict(parts, expression, self)

    def ask(self, expression: _Expression) -> bool:
        answer = bool(expression(self._example))
        self.answers.setdefault(expression, answer)
        return answer

    def mark(self, expression: _Expression) -> str:
        number = self.numbers.setdefault(expression, len(self.numbers))
        return f"{_MARK}{number}{_MARK}"

    def refuse(self, use: str) -> None:
        self.refused = use  # Django takes some exceptions for an empty value
        raise RefusedError(use)


class Blank(SafeString):
    """Stands for a value while a template is rendered; see the module."""

    def __new__(cls, *_: object) -> Self:
        return super().__new__(cls, _UNREADABLE)

    def __init__(self, expression: _Expression, recording: _Recording) -> None:
        self.expression = expression
        self.recording = recording

    def __html__(self) -> SafeString:  # type: ignore[override] # the stubs want `self`
        return mark_safe(self.recording.mark(self.expression))  # noqa: S308 -- a mark

    def __bool__(self) -> bool:
        return self.recording.ask(self.expression)


def _refusal(name: str) -> Callable[..., None]:
    return lambda blank, *_, **__: blank.recording.refuse(name)


for _name in {*dir(str), *_OF_NUMBERS} - _HARMLESS:
    setattr(Blank, _name, _refusal(_name))


class _BlankDict(dict[str, Any]):
    """Stands for an object of the JSON, whose values are blanks."""

    def __init__(
        self, parts: dict[str, Any], expression: _Expression, recording: _Recording
    ) -> None:
        super().__init__(parts)
        self.expression = expression
        self.recording = recording

    def __bool__(self) -> bool:
        return self.recording.ask(self.expression)

    def __missing__(self, name: str) -> None:
        self.recording.refuse(f"{name}, which this object lacks")  # others may have it


def deferred(function: Callable[P, R]) -> Callable[P, R]:
    """Let a filter or tag take blanks: it is called later, with the values that they stand for.

    What it returns must depend on its positional arguments, the language and constants alone.
    """

    @wraps(function)
    def call(*arguments: P.args, **options: P.kwargs) -> R:
        blanks = [value for value in arguments if isinstance(value, Blank | _BlankDict)]
        if not blanks:
            return function(*arguments, **options)
        parts = [
            value.expression if isinstance(value, Blank | _BlankDict) else value
            for value in arguments
        ]
        expression = _Expression(function, tuple(parts))
        return Blank(expression, blanks[0].recording)  # type: ignore[return-value] # in its place

    return call


class _Filled:
    """A rendering with gaps."""

    def __init__(self, marked: str, expressions: list[_Expression]) -> None:
        self._parts = marked.split(_MARK)  # numbers of expressions have odd positions
        places: dict[int, list[int]] = {}
        for place in range(1, len(self._parts), 2):
            places.setdefault(int(self._parts[place]), []).append(place)
        self._gaps = [(expressions[number], found) for number, found in places.items()]

    def fill(self, values: Values) -> SafeString:
        parts = self._parts.copy()
        for expression, places in self._gaps:
            text = _escaped(expression(values))
            for place in places:
                parts[place] = text
        return mark_safe("".join(parts))  # noqa: S308 -- the template's HTML and escaped values


def _escaped(value: Any) -> str:
    """Return what Django's templates print for a value."""
    if type(value) is str:
        return html.escape(value)
    if type(value) is int and not settings.USE_THOUSAND_SEPARATOR:
        return str(value)
    return conditional_escape(localize(value))


class _Question:
    """A condition of a template. `next`: by its answer, what is asked next, or the rendering."""

    def __init__(self, expression: _Expression) -> None:
        self.expression = expression
        self.next: dict[bool, _Question | _Filled] = {}


class CompiledTemplate:
    """A template with `constants`, whose renderings for all other values are kept. Thread-safe."""

    def __init__(self, name: str, constants: Values) -> None:
        self.name = name
        self.refused = ""  # the use of a value that must be left to Django
        self._constants = constants
        self._first: dict[bool, _Question | _Filled] = {}
        self._lock = threading.Lock()

    def render(self, values: Values) -> SafeString:
        """Return the HTML. `values`: JSON objects by name; a list in them can't be read."""
        known = self._first.get(True)
        while isinstance(known, _Question):
            known = known.next.get(bool(known.expression(values)))
        return known.fill(values) if known else self._learn(values)

    def _learn(self, values: Values) -> SafeString:
        """Render it by Django, and keep the rendering for values with the same answers."""
        made = render_to_string(self.name, {**self._constants, **values})
        if self.refused or settings.DEBUG:  # when templates are edited, nothing of them is kept
            return made
        recording = _Recording(values)
        try:
            marked = render_to_string(self.name, {**self._constants, **recording.blanks})
            filled = _Filled(marked, list(recording.numbers))
            if not recording.refused and filled.fill(values) == made:
                with self._lock:
                    self._keep(recording.answers, filled)
                return made
        except Exception as error:  # noqa: BLE001 -- of a blank: Django could render the values
            recording.refused = recording.refused or repr(error)
        self.refused = recording.refused or "another HTML than Django's"
        log.warning("not compiled", extra={"template": self.name, "use": self.refused})
        return made

    def _keep(self, answers: Mapping[_Expression, bool], filled: _Filled) -> None:
        """Add the rendering. All renderings ask the same first question, as do all that follow it
        with the same answers, because nothing else decides what Django asks next."""
        place, answer = self._first, True
        for expression, given in answers.items():
            question = place.setdefault(answer, _Question(expression))
            if not isinstance(question, _Question):
                raise TypeError(f"{self.name} asks different questions of the same values")
            place, answer = question.next, given
        place.setdefault(answer, filled)


@lru_cache(maxsize=256)
def _compiled(
    name: str, language: str | None, constants: tuple[tuple[str, Any], ...]
) -> CompiledTemplate:
    return CompiledTemplate(name, dict(constants))


def compiled(name: str, **constants: Any) -> CompiledTemplate:
    """Return the template for the current language. `constants`: hashable values by name."""
    return _compiled(name, get_language(), tuple(constants.items()))
