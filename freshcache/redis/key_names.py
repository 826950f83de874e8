"""What keys in Redis are called."""

import re
from dataclasses import dataclass

# How this library stores a page: raised when that changes.
FORM = 4

_PAGE_NAME = re.compile(r"[A-Za-z0-9_:.-]{1,200}")
_VERSION = re.compile(r"[A-Za-z0-9_.-]{0,64}")
_NAMESPACE = re.compile(r"[A-Za-z0-9_:.-]{1,64}")


@dataclass(frozen=True, slots=True)
class KeyNames:
    """The names of one cache's keys. `prefix` keeps sites apart that share a Redis.

    The namespace is a hash tag: in a Cluster all keys of a cache lie in one slot. `version` is of
    what the pages hold: with another one, processes share no pages, but hear of the same changes.

    Raises:
        ValueError: what is given can't be a namespace, or a version.
    """

    namespace: str
    prefix: str = ""
    version: str = ""

    def __post_init__(self) -> None:
        if not _NAMESPACE.fullmatch(self.namespace):
            raise ValueError(f"not a namespace: {self.namespace!r}")
        if not _VERSION.fullmatch(self.version):
            raise ValueError(f"not a version: {self.version!r}")

    @property
    def tag(self) -> str:
        """How all of them begin."""
        tag = f"{{{self.namespace}}}"
        return f"{self.prefix}:{tag}" if self.prefix else tag

    @property
    def generation(self) -> str:
        return f"{self.tag}:generation"

    @property
    def counts(self) -> str:
        return f"{self.tag}:counts"

    @property
    def stats(self) -> str:
        return f"{self.tag}:stats"

    def page(self, name: str) -> str:
        """The key of the page called `name`. Raise ValueError for what can't be a name."""
        if not _PAGE_NAME.fullmatch(name):
            raise ValueError(f"not a page name: {name!r}")
        return f"{self.tag}:page:{self._form}:{name}"

    def lease(self, name: str, generation: int) -> str:
        """The key of the lease on loading that page in this generation."""
        return f"{self.tag}:lease:{self._form}:{name}:{generation}"

    @property
    def _form(self) -> str:
        return f"v{FORM}.{self.version}" if self.version else f"v{FORM}"
