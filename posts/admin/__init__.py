"""Moderation: find posts, comments, likes, reports and people, and act on them.

Every change goes through a model or its queryset, so it announces itself. No list counts a whole
table, however long it is.
"""

from posts.admin import people, reports, second_factors, writing

__all__ = ["people", "reports", "second_factors", "writing"]
