from django.urls import path

from feed import api, health, views, web_feeds

urlpatterns = [
    path("", views.feed, name="feed"),
    path("posts/<int:pk>/", views.post, name="post"),
    path("authors/<str:username>/", views.author, name="author"),
    path("authors/by-id/<int:pk>/", views.author_by_id, name="author-by-id"),
    path("tags/<str:tag>/", views.tag, name="tag"),
    path("search/", views.search, name="search"),
    path("feed.atom", web_feeds.feed, {"form": web_feeds.ATOM}, name="feed-atom"),
    path("feed.json", web_feeds.feed, {"form": web_feeds.JSON_FEED}, name="feed-json"),
    path("authors/<str:username>/feed.atom", web_feeds.author, name="author-atom"),
    path("authors/by-id/<int:pk>/feed.atom", web_feeds.author_by_id, name="author-by-id-atom"),
    path("tags/<str:tag>/feed.atom", web_feeds.tag, name="tag-atom"),
    path("posts/<int:pk>/comments.atom", web_feeds.comments, name="comments-atom"),
    path("api/feed/", api.Feed.as_view(), name="api-feed"),
    path("api/viewer/posts/", api.ViewerPosts.as_view(), name="api-viewer-posts"),
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("health/tasks", health.tasks, name="health-tasks"),
    path("health/cache", health.CacheHealth.as_view(), name="health-cache"),
]
