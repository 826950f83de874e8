"""Errors of tasks."""


class TaskFailure(Exception):  # noqa: N818 -- the base class of this package's errors
    """A task failed."""


class PermanentError(TaskFailure):
    """A task failed, and would fail again: it is given up at once."""


class DeliveryError(TaskFailure):
    """The mail server did not accept a message now. The text names no address."""
