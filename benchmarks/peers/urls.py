"""A path for each way of caching that needs no settings of its own."""

from django.urls import path
from django.views.decorators.cache import cache_page

from benchmarks.peers import views
from benchmarks.peers.settings import PEER, TTL_SECONDS

urlpatterns = [
    path("none/", views.Uncached.as_view()),
    path("django-redis/", views.OnDjangoRedis.as_view()),
    path("cache-page/", cache_page(TTL_SECONDS)(views.plain)),
    # Posts say where their page is.
    path("posts/<int:pk>/", views.plain, name="post"),
]
if PEER == "cacheops":
    from cacheops import cached_view_as

    from posts.models import Comment, Like, Post, User

    cached = cached_view_as(Post, Like, Comment, User, timeout=TTL_SECONDS)
    urlpatterns += [path("cached-view-as/", cached(views.plain))]
