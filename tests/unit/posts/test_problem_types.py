"""The kinds of problem, and their pages."""

from typing import Any

import pytest
from django.test import Client

from feedsite.schema import PROBLEM
from posts.errors import CodedRefusalError, WriteRefusedError
from posts.problem_types import PROBLEM_TYPES
from posts.problems import UNKNOWN_CODE


def test_each_code_of_a_problem_has_a_type() -> None:
    raised: list[Any] = [*CodedRefusalError.__subclasses__(), *WriteRefusedError.__subclasses__()]
    codes = {error.default_code for error in raised} | {UNKNOWN_CODE}
    assert codes == PROBLEM_TYPES.keys() - {"invalid_input"}
    described = PROBLEM["properties"]["code"]["description"]
    for code in codes:
        assert f"`{code}`" in described
    for error in raised:
        assert error.status_code in PROBLEM_TYPES[error.default_code].statuses


@pytest.mark.django_db
@pytest.mark.parametrize("code", PROBLEM_TYPES)
def test_each_type_has_a_page(code: str) -> None:
    page = Client().get(f"/api/problems/{code}/").content.decode()
    assert f"<h1><code>{code}</code></h1>" in page
    assert PROBLEM_TYPES[code].action.split(".")[0] in page


@pytest.mark.django_db
def test_unknown_type_is_a_404() -> None:
    assert Client().get("/api/problems/nothing/").status_code == 404
