"""Exceptions of the feed."""


class FeedError(Exception):
    """Base class of all exceptions that the feed defines."""


class QueryTooSlowError(FeedError):
    """The database did not finish a search in time. The database itself is not at fault."""


class RefusedError(FeedError):
    """A template uses a value in a way that only Django can render."""


class CheckFailedError(FeedError):
    """The deployment does not keep a promise. The text says how that shows."""


class CheckSkippedError(FeedError):
    """A promise cannot be verified on this deployment. The text says why."""


class SiteUnreachableError(FeedError):
    """Nothing answers HTTP at the address of the deployment."""


class AccountNotDeletedError(FeedError):
    """The temporary account of a verification could not be deleted."""
