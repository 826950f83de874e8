"""Does the health that the site tells agree with what is seen from beside it?"""

import time
from typing import Any

from feed.cache import feed_cache
from feed.verification import reads
from feed.verification.site import Failed, RedisState, Site, Skipped, excerpt, until
from freshcache.metrics import FLUSH_SECONDS

# A breaker's longest back-off is 2 s, and its workers answer in turn.
HEAL_SECONDS = 5.0
COUNTED_READS = 10

_EXPECTED = {
    RedisState.ANSWERS: ("healthy", "redis"),
    RedisState.AWAY: ("degraded", "memory"),
    RedisState.NONE: ("healthy", "memory"),
}


def answers(site: Site) -> None:
    """The feed is served at this address, not a redirect or a refusal."""
    reply = site.request("GET", "/api/feed/")
    if 300 <= reply.status < 400:  # noqa: PLR2004 -- redirections
        where = reply.headers.get("Location", "")
        hint = "give that address with --url" if where.startswith("https:") else "check --url"
        raise Failed(f"GET /api/feed/ redirects to {where}: {hint}")
    if reply.status == 400:  # noqa: PLR2004 -- Bad Request
        raise Failed(f"{excerpt(reply)} -- is the host of --url in ALLOWED_HOSTS?")
    if reply.status != 200:  # noqa: PLR2004 -- OK
        raise Failed(f"GET /api/feed/ answered {reply.status}: {excerpt(reply)}")
    if reply.json().keys() != {"posts", "next"}:
        raise Failed(f"GET /api/feed/ is something else: {excerpt(reply)}")


def live(site: Site) -> None:
    site.get("/health/live")


def ready(site: Site) -> None:
    site.get("/health/ready")


def redis_answers(site: Site) -> None:
    if site.redis is RedisState.AWAY:
        raise Failed("Redis is configured (REDIS_URL), and does not answer this command")
    site.need_redis()


def cache_tells_the_truth(site: Site) -> None:
    """Its status and backend are those that this process finds; soon, if Redis was just away."""
    status, backend = _EXPECTED[site.redis]

    def objection() -> str:
        health = site.get("/health/cache").json()
        said = health["status"], health["backend"], health["stats"]["redis_available"]
        if said == (status, backend, backend == "redis"):
            return ""
        return (
            f"it says {said[0]}, {said[1]}, redis_available {str(said[2]).lower()}; from here:"
            f" {site.redis.value}. Do the site and this command have the same environment?"
        )

    until(objection, seconds=HEAL_SECONDS)
    latency_ms = site.get("/health/cache").json()["latency_ms"]
    if not 0 <= latency_ms < 1000 * HEAL_SECONDS:
        raise Failed(f"latency_ms is {latency_ms}")


def counters_move(site: Site) -> None:
    """They rise at least by what is done here; on a busy site, by more."""
    if not site.shared and site.workers > 1:
        raise Skipped("without Redis each worker counts for itself")
    time.sleep(1.1 * FLUSH_SECONDS)  # what was counted before this has arrived by then
    before = _stats(site)
    page = reads.Page()
    for _ in range(COUNTED_READS):
        site.get(page.path)
    done = {"hits": COUNTED_READS - 1, "misses": 1, "fills": 1}
    if site.shared:
        feed_cache().bump("content", "verify_feed")
        done["invalidations"] = 1

    def objection() -> str:
        after = _stats(site)
        short = [name for name, count in done.items() if after[name] - before[name] < count]
        return ", ".join(
            f"{name} rose by {after[name] - before[name]} after {done[name]}" for name in short
        )

    until(objection, seconds=3 * FLUSH_SECONDS)


def _stats(site: Site) -> dict[str, Any]:
    stats: dict[str, Any] = site.get("/health/cache").json()["stats"]
    return stats
