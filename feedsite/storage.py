"""Where static files are, whether they were collected or not."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Hashed names that may be kept for ever; before `collectstatic` has run, the plain ones.

    Without this, a site that was started before its files were collected has no page to show.
    """

    def stored_name(self, name: str) -> str:
        return super().stored_name(name) if self.hashed_files else name
