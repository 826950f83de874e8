"""The JSON of `GET /health/cache`, for the description of the API."""

from typing import Any

from rest_framework import serializers

from freshcache.breaker import State
from freshcache.django.listener import State as ListenerState


class CacheStatsSerializer(serializers.Serializer[Any]):
    hits = serializers.IntegerField()
    misses = serializers.IntegerField()
    stale_hits = serializers.IntegerField()
    hit_rate_percent = serializers.FloatField(help_text="Reads answered without the database.")
    fills = serializers.IntegerField()
    discarded_fills = serializers.IntegerField(
        help_text="Loaded but not stored: posts changed meanwhile."
    )
    waits = serializers.IntegerField(help_text="Reads that waited for another reader's load.")
    invalidations = serializers.IntegerField()
    count_invalidations = serializers.IntegerField()
    lost_invalidations = serializers.IntegerField(
        help_text="Invalidations that did not reach Redis; repeated when it was back."
    )
    bypasses = serializers.IntegerField()
    errors = serializers.IntegerField(  # type: ignore[assignment] # hides an attribute that is not used here
        help_text="Loads that failed because of the database."
    )
    self_checks = serializers.IntegerField(help_text="Hits that were compared with the database.")
    stale_total = serializers.IntegerField(help_text="Stale hits found; above 0 is a bug.")
    redis_available = serializers.BooleanField()
    memory_cache_size = serializers.IntegerField(help_text="Pages in this process's memory.")


class BreakerSerializer(serializers.Serializer[Any]):
    state = serializers.ChoiceField([state.value for state in State])
    seconds_in_state = serializers.FloatField()


class CacheHealthSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(
        ["healthy", "degraded"], help_text="degraded: Redis is configured and does not answer."
    )
    backend = serializers.ChoiceField(["redis", "memory"])
    latency_ms = serializers.FloatField(help_text="Duration of one round trip to the backend.")
    scope = serializers.ChoiceField(
        ["fleet", "process"],
        help_text=(
            "Whether `stats` count for all workers or for this process. Other workers' counts of"
            " the last second may be missing."
        ),
    )
    as_of = serializers.DateTimeField()
    breaker = BreakerSerializer()
    listener = serializers.ChoiceField(
        [state.value for state in ListenerState],
        help_text="Whether PostgreSQL notifies this process of changes made by raw SQL.",
    )
    stats = CacheStatsSerializer()
