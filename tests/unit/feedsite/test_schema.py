"""The schema of the API is valid, complete, and matches the responses."""

from typing import Any

import jsonschema  # type: ignore[import-untyped] # has no types
import pytest
import yaml
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from tests.factories import CommentFactory, LikeFactory
from tests.unit.posts.calls import HELLO, call, signed_in

pytestmark = pytest.mark.django_db

OPERATIONS = {
    "/api/feed/": {"get"},
    "/api/viewer/posts/": {"get"},
    "/api/authors/{username}/": {"get"},
    "/api/authors/{username}/posts/": {"get"},
    "/api/authors/{username}/comments/": {"get"},
    "/api/viewer/comments/": {"get"},
    "/api/posts/": {"post"},
    "/api/posts/{id}/": {"get", "put", "patch", "delete"},
    "/api/posts/{id}/like/": {"put", "delete"},
    "/api/posts/{id}/comments/": {"get", "post"},
    "/api/comments/{id}/": {"get", "put", "patch", "delete"},
    "/api/comments/{id}/like/": {"put", "delete"},
    "/api/posts/{id}/report/": {"put"},
    "/api/comments/{id}/report/": {"put"},
    "/api/me/": {"get"},
    "/api/mutes/": {"get"},
    "/api/authors/{username}/mute/": {"put", "delete"},
    "/api/auth/token/": {"post", "delete"},
    "/health/cache": {"get"},
}
AUTHOR = "/api/authors/{username}/"


@pytest.fixture
def schema() -> dict[str, Any]:
    description: dict[str, Any] = Client().get("/api/schema/").json()
    return description


def test_schema_is_valid_openapi_3_without_warnings() -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, file="/dev/null")


def test_schema_is_json_unless_yaml_is_requested(schema: dict[str, Any]) -> None:
    assert schema["openapi"].startswith("3.")
    accept = {"Accept": "application/vnd.oai.openapi"}
    assert yaml.safe_load(Client().get("/api/schema/", headers=accept).content) == schema


def test_schema_describes_each_operation_of_the_contract(schema: dict[str, Any]) -> None:
    described = {path: set(operations) for path, operations in schema["paths"].items()}
    assert described | OPERATIONS == described
    for path, methods in OPERATIONS.items():
        assert described[path] == methods


def test_errors_of_each_operation_are_listed_and_problems(schema: dict[str, Any]) -> None:
    for operations in schema["paths"].values():
        for operation in operations.values():
            responses = operation["responses"]
            assert "default" not in responses
            errors = {status: responses[status] for status in responses if status >= "400"}
            assert "503" in errors
            for error in errors.values():
                assert error["content"] == {
                    "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
                }
    created = schema["paths"]["/api/posts/"]["post"]["responses"]
    assert {*created} >= {"201", "400", "401", "403", "409", "413", "415", "422", "429", "507"}
    assert "RateLimit" in created["201"]["headers"]
    assert "Retry-After" in created["429"]["headers"]
    for path in ("/api/authors/{username}/comments/", "/api/posts/{id}/history/"):
        assert "429" in schema["paths"][path]["get"]["responses"]
    edited = schema["paths"]["/api/posts/{id}/"]["patch"]["responses"]
    assert {*edited} >= {"404", "412"}


def test_responses_match_the_schema(schema: dict[str, Any]) -> None:
    comment = CommentFactory.create(post__image_url="https://example.org/a.png")
    LikeFactory.create(post=comment.post)
    client, path = signed_in(comment.post.author), f"/api/posts/{comment.post_id}/"
    author = f"/api/authors/{comment.author.username}/"
    own, one = signed_in(comment.author), f"/api/comments/{comment.pk}/"
    body = {"username": comment.author.username, "password": "correct horse battery"}
    answers = [
        ("post", "/api/posts/", call(client, "post", "/api/posts/", HELLO)),
        ("get", "/api/posts/{id}/", client.get(path)),
        ("patch", "/api/posts/{id}/", call(client, "patch", path, HELLO)),
        ("put", "/api/posts/{id}/", call(client, "put", path, HELLO)),
        ("put", "/api/posts/{id}/like/", client.put(f"{path}like/")),
        ("delete", "/api/posts/{id}/like/", client.delete(f"{path}like/")),
        ("get", "/api/posts/{id}/comments/", client.get(f"{path}comments/")),
        ("post", "/api/posts/{id}/comments/", call(client, "post", f"{path}comments/", HELLO)),
        ("get", "/api/comments/{id}/", client.get(one)),
        ("patch", "/api/comments/{id}/", call(own, "patch", one, HELLO)),
        ("put", "/api/comments/{id}/", call(own, "put", one, HELLO)),
        ("put", "/api/comments/{id}/like/", client.put(f"{one}like/")),
        ("delete", "/api/comments/{id}/like/", client.delete(f"{one}like/")),
        ("get", "/api/viewer/comments/", client.get("/api/viewer/comments/?ids=1")),
        ("post", "/api/auth/token/", call(client, "post", "/api/auth/token/", body)),
        ("get", "/api/feed/", client.get("/api/feed/")),
        ("get", AUTHOR, client.get(author)),
        ("get", f"{AUTHOR}posts/", client.get(f"{author}posts/")),
        ("get", f"{AUTHOR}comments/", client.get(f"{author}comments/")),
        ("get", "/api/viewer/posts/", client.get("/api/viewer/posts/?ids=1")),
        ("post", "/api/posts/", call(client, "post", "/api/posts/", {})),
        ("delete", "/api/posts/{id}/", client.delete("/api/posts/0/")),
    ]
    for method, template, response in answers:
        assert response.status_code < 500, response.content
        responses = schema["paths"][template][method]["responses"]
        described = responses[str(response.status_code)]
        media_type = response["Content-Type"].partition(";")[0]
        expected = described["content"][media_type]["schema"]
        jsonschema.validate(
            response.json(), _as_json_schema(expected | {"components": schema["components"]})
        )


def _as_json_schema(part: Any) -> Any:
    """Convert OpenAPI 3.0's `nullable` to JSON Schema, and forbid further keys in objects."""
    if isinstance(part, list):
        return [_as_json_schema(item) for item in part]
    if not isinstance(part, dict):
        return part
    result = {key: _as_json_schema(value) for key, value in part.items() if key != "nullable"}
    if part.get("type") == "object" and "properties" in part:
        result.setdefault("additionalProperties", False)
    return {"anyOf": [result, {"type": "null"}]} if part.get("nullable") else result


def test_docs_page_has_no_inline_script(settings: Settings) -> None:
    response = Client().get("/api/docs/")
    assert response.status_code == 200
    policy = dict(
        part.strip().split(" ", 1) for part in response["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == "'self'"
    assert "script-src" not in policy
    assert policy["style-src"] == "'self' 'unsafe-inline'"
    assert b"<script>" not in response.content
    assert b'src="/api/docs/?script="' in response.content
    script = Client().get("/api/docs/?script=")
    assert script["Content-Type"].startswith("application/javascript")
    assert b"/api/schema/" in script.content


def test_only_the_docs_page_allows_inline_styles() -> None:
    assert "unsafe-inline" not in Client().get("/nothing/")["Content-Security-Policy"]
