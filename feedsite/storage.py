"""Storage of static files."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Files with hashed names, which never expire; plain names before `collectstatic` has run.

    Otherwise no page could be rendered before the files are collected.
    """

    def stored_name(self, name: str) -> str:
        return super().stored_name(name) if self.hashed_files else name
