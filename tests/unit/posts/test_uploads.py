"""The upload handler: no byte above the limit is kept."""

from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.test import RequestFactory

from posts.images import MAX_BYTES
from tests.unit.posts.sample_images import upload
from tests.unit.posts.test_views import signed_in


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of the chunks that were written to the disk."""
    sizes: list[int] = []
    receive = TemporaryFileUploadHandler.receive_data_chunk

    def count(self: Any, raw_data: bytes, start: int) -> Any:
        sizes.append(len(raw_data))
        return receive(self, raw_data, start)

    monkeypatch.setattr(TemporaryFileUploadHandler, "receive_data_chunk", count)
    return sizes


@pytest.mark.parametrize("beyond", [1, 70_000, 3_000_000])
def test_too_large_file_is_discarded_and_the_form_is_kept(written: list[int], beyond: int) -> None:
    size = MAX_BYTES + beyond
    fields = {"before": "one", "image": upload(b"x" * size), "after": "two"}
    request = RequestFactory().post("/posts/new/", fields)
    assert (request.POST["before"], request.POST["after"]) == ("one", "two")
    assert request.FILES["image"].size == size  # type: ignore[union-attr] # a single file
    assert sum(written) <= MAX_BYTES
    request.close()


def test_file_of_exactly_the_limit_is_kept() -> None:
    content = b"x" * MAX_BYTES
    request = RequestFactory().post("/posts/new/", {"image": upload(content)})
    assert request.FILES["image"].read() == content  # type: ignore[union-attr] # the same
    request.close()


@pytest.mark.django_db
def test_form_with_too_many_files_is_refused() -> None:
    files = {f"image{n}": upload(b"x") for n in range(settings.DATA_UPLOAD_MAX_NUMBER_FILES + 1)}
    assert signed_in().post("/posts/new/", files).status_code == 400
