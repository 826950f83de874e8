"""`GET /health/lanes`: what operators see of the lanes."""

import os

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from feedsite.lanes import ENVIRON_KEY, Lanes


@csrf_exempt  # it changes nothing, and without this a POST would get 403 and not 405
@never_cache
@require_safe
def lanes(request: HttpRequest) -> JsonResponse:
    """The lanes of the process that answers. Each worker has its own; Django's server has none."""
    found: Lanes | None = request.META.get(ENVIRON_KEY)
    states = found.states() if found else {}
    return JsonResponse({"scope": "process", "pid": os.getpid(), "lanes": states})
