"""Checks that the health endpoints report what this process sees from beside the site."""

import time
from typing import Any

from feed.cache import feed_cache
from feed.errors import CheckFailedError, CheckSkippedError
from feed.verification import reads
from feed.verification.deployment import Deployment, RedisState, excerpt, wait_for
from freshcache.metrics import FLUSH_SECONDS

# The breaker's longest back-off is 2 s, and the workers answer in turn.
HEAL_SECONDS = 5.0
COUNTED_READS = 10

_EXPECTED = {
    RedisState.ANSWERS: ("healthy", "redis"),
    RedisState.AWAY: ("degraded", "memory"),
    RedisState.NONE: ("healthy", "memory"),
}


def answers(deployment: Deployment) -> None:
    """Check that the feed itself is at this address, and not a redirect or an error."""
    reply = deployment.request("GET", "/api/feed/")
    if 300 <= reply.status < 400:  # noqa: PLR2004 -- redirections
        location = reply.headers.get("Location", "")
        hint = "give that address with --url" if location.startswith("https:") else "check --url"
        raise CheckFailedError(f"GET /api/feed/ redirects to {location}: {hint}")
    if reply.status == 400:  # noqa: PLR2004 -- Bad Request
        raise CheckFailedError(f"{excerpt(reply)} -- is the host of --url in ALLOWED_HOSTS?")
    if reply.status != 200:  # noqa: PLR2004 -- OK
        raise CheckFailedError(f"GET /api/feed/ answered {reply.status}: {excerpt(reply)}")
    if not reply.json().keys() >= {"posts", "next"}:
        raise CheckFailedError(f"GET /api/feed/ is something else: {excerpt(reply)}")


def live(deployment: Deployment) -> None:
    """Check that the site says it is live."""
    deployment.get("/health/live")


def ready(deployment: Deployment) -> None:
    """Check that the site says it is ready."""
    deployment.get("/health/ready")


def redis_answers(deployment: Deployment) -> None:
    """Check that this process reaches Redis, if one is configured."""
    if deployment.redis is RedisState.AWAY:
        raise CheckFailedError("Redis is configured (REDIS_URL), and does not answer this command")
    deployment.require_redis()


def cache_status(deployment: Deployment) -> None:
    """Check status and backend, which may lag by `HEAL_SECONDS` if Redis has just come back."""
    status, backend = _EXPECTED[deployment.redis]

    def problem() -> str:
        health = deployment.get("/health/cache").json()
        reported = health["status"], health["backend"], health["stats"]["redis_available"]
        if reported == (status, backend, backend == "redis"):
            return ""
        return (
            f"it says {reported[0]}, {reported[1]}, redis_available {str(reported[2]).lower()};"
            f" from here: {deployment.redis.value}. Do the site and this command have the same"
            " environment?"
        )

    wait_for(problem, seconds=HEAL_SECONDS)
    latency_ms = deployment.get("/health/cache").json()["latency_ms"]
    if not 0 <= latency_ms < 1000 * HEAL_SECONDS:
        raise CheckFailedError(f"latency_ms is {latency_ms}")


def counters(deployment: Deployment) -> None:
    """Check that the counters rise at least by what is done here; other readers may add more."""
    if not deployment.shared and deployment.workers > 1:
        raise CheckSkippedError("without Redis each worker counts for itself")
    time.sleep(1.1 * FLUSH_SECONDS)  # after this, all earlier counts are in the fleet's counters
    before = _stats(deployment)
    page = reads.Page()
    for _ in range(COUNTED_READS):
        deployment.get(page.path)
    done = {"hits": COUNTED_READS - 1, "misses": 1, "fills": 1}
    if deployment.shared:
        feed_cache().bump("content", "verify_feed")
        done["invalidations"] = 1

    def problem() -> str:
        after = _stats(deployment)
        rises = {name: after[name] - before[name] for name in done}
        return ", ".join(
            f"{name} rose by {rises[name]} after {count}"
            for name, count in done.items()
            if rises[name] < count
        )

    wait_for(problem, seconds=3 * FLUSH_SECONDS)


def _stats(deployment: Deployment) -> dict[str, Any]:
    stats: dict[str, Any] = deployment.get("/health/cache").json()["stats"]
    return stats
