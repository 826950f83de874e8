"""Numbers of related rows, counted in the query that reads a row."""

from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce


def count_of(rows: QuerySet[Any], relation: str) -> Coalesce:
    """Count the `rows` whose `relation` is the outer row, in a subquery.

    Joins of two relations would multiply.
    """
    counted = (
        rows.filter(**{relation: OuterRef("pk")})
        .order_by()
        .values(relation)
        .annotate(n=Count("pk"))
        .values("n")
    )
    return Coalesce(Subquery(counted), 0)
