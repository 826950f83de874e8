from django.urls import path

from posts import api, views

urlpatterns = [
    path("posts/new/", views.post_create, name="post-create"),
    path("posts/<int:pk>/edit/", views.post_edit, name="post-edit"),
    path("posts/<int:pk>/delete/", views.post_delete, name="post-delete"),
    path("posts/<int:pk>/like/", views.post_like, name="post-like"),
    path("posts/<int:pk>/comments/", views.comment_create, name="comment-create"),
    path("comments/<int:pk>/delete/", views.comment_delete, name="comment-delete"),
    path("api/posts/", api.PostList.as_view(), name="api-posts"),
    path("api/posts/<int:pk>/", api.PostDetail.as_view(), name="api-post"),
    path("api/posts/<int:pk>/like/", api.PostLike.as_view(), name="api-like"),
    path("api/posts/<int:pk>/comments/", api.CommentList.as_view(), name="api-comments"),
    path("api/comments/<int:pk>/", api.CommentDetail.as_view(), name="api-comment"),
    path("api/auth/token/", api.Token.as_view(), name="api-token"),
]
