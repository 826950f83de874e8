"""The names of keys in Redis."""

import re
from dataclasses import dataclass

# The form in which this library stores a page. Raise it when the form changes.
FORM = 4

_PAGE_NAME = re.compile(r"[A-Za-z0-9_:.-]{1,200}")
_VERSION = re.compile(r"[A-Za-z0-9_.-]{0,64}")
_NAMESPACE = re.compile(r"[A-Za-z0-9_:.-]{1,64}")


@dataclass(frozen=True, slots=True)
class KeyNames:
    """The names of the keys of one cache.

    `namespace`: a hash tag, so that a Redis Cluster keeps all keys of a cache in one slot.
    `prefix`: separates sites that share a Redis. `version`: of the content of pages; processes with
    different versions share no pages, but see each other's changes.

    Raises:
        ValueError: `namespace` or `version` has other characters, or is too long.
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
        """The beginning of all keys of this cache."""
        tag = f"{{{self.namespace}}}"
        return f"{self.prefix}:{tag}" if self.prefix else tag

    @property
    def generation(self) -> str:
        return f"{self.tag}:generation"

    @property
    def counts_version(self) -> str:
        return f"{self.tag}:counts"

    @property
    def stats(self) -> str:
        return f"{self.tag}:stats"

    def page(self, name: str) -> str:
        """Return the key of a page.

        Raises:
            ValueError: `name` has other characters than letters, digits and `_:.-`, or over 200.
        """
        if not _PAGE_NAME.fullmatch(name):
            raise ValueError(f"not a page name: {name!r}")
        return f"{self.tag}:page:{self._form}:{name}"

    def lease(self, name: str, generation: int) -> str:
        """Return the key of the lease for loading a page in a generation."""
        return f"{self.tag}:lease:{self._form}:{name}:{generation}"

    @property
    def _form(self) -> str:
        return f"v{FORM}.{self.version}" if self.version else f"v{FORM}"
