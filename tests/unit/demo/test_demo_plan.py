"""Times of demo posts, for each hour of the day at which the demo is created."""

from datetime import UTC, datetime

import pytest

from demo.loader import content
from demo.plan import Plan

POSTS = 2_000


@pytest.mark.parametrize("hour", range(24))
def test_most_of_the_newest_posts_are_stories(hour: int) -> None:
    plan = Plan(1, datetime(2026, 3, 1, hour, 4, tzinfo=UTC), content().stories)
    moments = {number: plan.moment(number) for number in range(1, POSTS + 1)}
    assert max(moments.values()) < plan.now
    newest = sorted(moments, key=moments.__getitem__, reverse=True)[:40]
    assert sum(plan.story(number) is not None for number in newest) > 20
