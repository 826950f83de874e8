"""Every exception class of posts.errors is one of PostsError; names are used once."""

import ast
from pathlib import Path

from django.conf import settings

from posts import errors
from posts.errors import PostsError

SOURCES = list(Path(settings.BASE_DIR, "posts").rglob("*.py"))


def exception_classes() -> list[str]:
    """The names of the exceptions that the modules of posts define."""
    return [
        node.name
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef) and node.name.endswith(("Error", "Exception"))
    ]


def test_all_exceptions_of_the_module_have_one_base() -> None:
    found = [value for value in vars(errors).values() if isinstance(value, type)]
    ours = [value for value in found if value.__module__ == errors.__name__]
    assert len(ours) > 10
    assert all(issubclass(value, PostsError) for value in ours)


def test_no_two_exceptions_have_the_same_name() -> None:
    names = exception_classes()
    assert len(names) > 10
    assert sorted(names) == sorted(set(names))
