from django.urls import path

from feed import api, health, views

urlpatterns = [
    path("", views.feed, name="feed"),
    path("posts/<int:pk>/", views.post, name="post"),
    path("authors/<str:username>/", views.author, name="author"),
    path("authors/by-id/<int:pk>/", views.author_by_id, name="author-by-id"),
    path("tags/<str:tag>/", views.tag, name="tag"),
    path("search/", views.search, name="search"),
    path("api/feed/", api.Feed.as_view(), name="api-feed"),
    path("api/viewer/posts/", api.ViewerPosts.as_view(), name="api-viewer-posts"),
    path("api/viewer/comments/", api.ViewerComments.as_view(), name="api-viewer-comments"),
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("health/tasks", health.tasks, name="health-tasks"),
    path("health/cache", health.CacheHealth.as_view(), name="health-cache"),
]
