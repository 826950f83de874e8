"""The admin: moderators find and act on posts, comments, likes, reports and accounts.

Every change goes through a model or its queryset, so it is announced. No list counts a whole table.
"""

from posts.admin import audit, foreign, people, reports, writing

__all__ = ["audit", "people", "reports", "writing"]

foreign.hide()
