"""A path for each way of caching that needs no other settings."""

from django.urls import path
from django.views.decorators.cache import cache_page

from benchmarks.peers import views, write_views
from benchmarks.peers.settings import PEER, TTL_SECONDS

urlpatterns = [
    path("none/", views.Uncached.as_view()),
    path("django-redis/", views.OnDjangoRedis.as_view()),
    path("cache-page/", cache_page(TTL_SECONDS)(views.plain)),
    path("api/posts/", write_views.Posts.as_view()),
    path("api/posts/<int:pk>/like/", write_views.LikeOfPost.as_view()),
    path("api/posts/<int:pk>/comments/", write_views.CommentsOnPost.as_view()),
    # Needed by the URL in a post's JSON.
    path("posts/<int:pk>/", views.plain, name="post"),
]
if PEER == "cacheops":
    from cacheops import cached_view_as

    from posts.models import Comment, Like, Post, User

    cached = cached_view_as(Post, Like, Comment, User, timeout=TTL_SECONDS)
    urlpatterns += [path("cached-view-as/", cached(views.plain))]
