"""The end of a form with files."""

import io

import pytest

from feedsite.bodies import BodyRefused, read_body

BOUNDARY = "xyz"
PART = b'--xyz\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n'
MULTIPART = "multipart/form-data; boundary=xyz"


def read(body: bytes, content_type: str = MULTIPART) -> bytes:
    environ = {
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }
    with read_body(environ) as file:
        return file.read()


@pytest.mark.parametrize(
    "body",
    [PART + b"--xyz--\r\n", PART + b"--xyz--", PART + b"--xyz-- \t\r\n\r\n", b"--xyz--", b""],
)
@pytest.mark.parametrize("kind", [MULTIPART, 'Multipart/Form-Data; charset=utf-8; boundary="xyz"'])
def test_form_with_its_end_is_read_from_the_start(body: bytes, kind: str) -> None:
    assert read(body, kind) == body


@pytest.mark.parametrize(
    "body",
    [
        PART,
        PART[:-3],
        PART + b"--xyz\r\n",
        PART + b"--xyz-",
        PART + b"--xyz--" + b"\n" * 100,
        PART + b"--other--\r\n",
        PART + b"--xyz--\r\nmore",
        b"x",
    ],
)
def test_form_without_its_end_is_refused(body: bytes) -> None:
    with pytest.raises(BodyRefused) as refused:
        read(body)
    assert refused.value.status == 400


def test_end_of_a_large_form_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feedsite.bodies.MAX_BYTES_IN_MEMORY", 10)  # in a file
    body = PART * 10_000 + b"--xyz--\r\n"
    assert read(body) == body
    with pytest.raises(BodyRefused):
        read(body[:-5])


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "multipart/form-data", "multipart/form-data; boundary*=none'' x", ""],
)
def test_other_bodies_and_unusable_boundaries_are_left_to_django(content_type: str) -> None:
    assert read(b"x", content_type) == b"x"
