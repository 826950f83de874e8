from django.urls import path

from feed import api, author_api, health, search_api, views, web_feeds

urlpatterns = [
    path("", views.feed, name="feed"),
    path("posts/<int:pk>/", views.post, name="post"),
    path("authors/<str:username>/", views.author, name="author"),
    path("authors/<str:username>/comments/", views.author, {"view": "comments"}),
    path("authors/<str:username>/images/", views.author, {"view": "images"}),
    path("authors/by-id/<int:pk>/", views.author_by_id, name="author-by-id"),
    path("authors/by-id/<int:pk>/comments/", views.author_by_id, {"view": "comments"}),
    path("authors/by-id/<int:pk>/images/", views.author_by_id, {"view": "images"}),
    path("tags/<str:tag>/", views.tag, name="tag"),
    path("explore/", views.explore, name="explore"),
    path("explore/rail/", views.explore, {"part": "rail"}, name="explore-rail"),
    path("search/", views.search, name="search"),
    path("feed.atom", web_feeds.feed, {"form": web_feeds.ATOM}, name="feed-atom"),
    path("feed.json", web_feeds.feed, {"form": web_feeds.JSON_FEED}, name="feed-json"),
    path("authors/<str:username>/feed.atom", web_feeds.author, name="author-atom"),
    path("authors/by-id/<int:pk>/feed.atom", web_feeds.author_by_id, name="author-by-id-atom"),
    path("tags/<str:tag>/feed.atom", web_feeds.tag, name="tag-atom"),
    path("posts/<int:pk>/comments.atom", web_feeds.comments, name="comments-atom"),
    path("api/feed/", api.Feed.as_view(), name="api-feed"),
    path("api/authors/<str:username>/", author_api.Author.as_view(), name="api-author"),
    path("api/authors/<str:username>/posts/", author_api.Posts.as_view(), name="api-author-posts"),
    path(
        "api/authors/<str:username>/comments/",
        author_api.Comments.as_view(),
        name="api-author-comments",
    ),
    path("api/search/", search_api.Search.as_view(), name="api-search"),
    path("api/tags/<str:tag>/posts/", search_api.TagPosts.as_view(), name="api-tag-posts"),
    path("api/viewer/posts/", api.ViewerPosts.as_view(), name="api-viewer-posts"),
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("health/tasks", health.tasks, name="health-tasks"),
    path("health/cache", health.CacheHealth.as_view(), name="health-cache"),
]
