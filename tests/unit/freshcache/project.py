"""A small Django project that uses the cache as in its README; test_wheel.py runs it."""

import sys
from pathlib import Path
from wsgiref.simple_server import make_server

import django
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path

port, redis_url, article = int(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
cache_settings = {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": redis_url}
settings.configure(
    ROOT_URLCONF=__name__,
    SECRET_KEY="a secret of the test" * 3,
    ALLOWED_HOSTS=["*"],
    CACHES={"default": cache_settings},
    INSTALLED_APPS=["freshcache.django"],
)
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402

from freshcache import FreshCache, FrontDoor  # noqa: E402
from freshcache.django.views import cached  # noqa: E402

cache = FreshCache("articles")


@cached(cache, ttl_seconds=30, content_type="text/plain")
def read(request: HttpRequest) -> str:
    return article.read_text()


def write(request: HttpRequest) -> HttpResponse:
    article.write_text(request.GET["text"])
    cache.invalidate("article written")
    return HttpResponse(status=204)


urlpatterns = [path("", read), path("write", write)]
make_server("127.0.0.1", port, FrontDoor(get_wsgi_application())).serve_forever()
