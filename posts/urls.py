from django.urls import path, re_path

from posts import media, problem_types
from posts.api import comments as comments_api
from posts.api import likes as likes_api
from posts.api import people as people_api
from posts.api import posts as posts_api
from posts.api import reports as reports_api
from posts.api import tokens as tokens_api
from posts.views import (
    accounts,
    comments,
    confirmation,
    likes,
    mutes,
    posts,
    preferences,
    reports,
    sessions,
)

urlpatterns = [
    path("posts/new/", posts.create, name="post-create"),
    path("posts/<int:pk>/edit/", posts.edit, name="post-edit"),
    path("posts/<int:pk>/delete/", posts.delete, name="post-delete"),
    path("posts/<int:pk>/like/", likes.like_post, name="post-like"),
    path("posts/<int:pk>/report/", reports.report_post, name="post-report"),
    path("posts/<int:pk>/comments/", comments.create, name="comment-create"),
    path("comments/<int:pk>/edit/", comments.edit, name="comment-edit"),
    path("comments/<int:pk>/like/", likes.like_comment, name="comment-like"),
    path("comments/<int:pk>/delete/", comments.delete, name="comment-delete"),
    path("comments/<int:pk>/report/", reports.report_comment, name="comment-report"),
    path("authors/<str:username>/mute/", mutes.mute, name="author-mute"),
    path("authors/by-id/<int:pk>/mute/", mutes.mute_by_id, name="author-mute-by-id"),
    path("accounts/welcome/", accounts.welcome, name="welcome"),
    path("accounts/profile/", accounts.profile, name="profile"),
    path("accounts/preferences/", preferences.page, name="preferences"),
    path("preferences.css", preferences.css, name="preferences-css"),
    path("accounts/delete/", accounts.delete, name="account-delete"),
    path("accounts/deleted/", accounts.deleted, name="account-deleted"),
    path("accounts/confirm/", confirmation.confirm, name="confirm-address"),
    path("accounts/sessions/", sessions.access, name="account-sessions"),
    path("accounts/tokens/", sessions.make_token, name="account-tokens"),
    re_path(
        r"^media/(?P<path>(?:posts|people)/[0-9a-f]{32}[ms]?\.webp)$", media.image, name="image"
    ),
    path("api/posts/", posts_api.PostList.as_view(), name="api-posts"),
    path("api/posts/<int:pk>/", posts_api.PostDetail.as_view(), name="api-post"),
    path("api/posts/<int:pk>/like/", likes_api.LikeOfPost.as_view(), name="api-like"),
    path("api/posts/<int:pk>/comments/", comments_api.CommentList.as_view(), name="api-comments"),
    path("api/comments/<int:pk>/", comments_api.CommentDetail.as_view(), name="api-comment"),
    path("api/posts/<int:pk>/report/", reports_api.PostReport.as_view(), name="api-post-report"),
    path(
        "api/comments/<int:pk>/report/",
        reports_api.CommentReport.as_view(),
        name="api-comment-report",
    ),
    path("api/me/", people_api.Me.as_view(), name="api-me"),
    path("api/mutes/", people_api.MuteList.as_view(), name="api-mutes"),
    path(
        "api/authors/<str:username>/mute/", people_api.MuteDetail.as_view(), name="api-author-mute"
    ),
    path("api/problems/<slug:code>/", problem_types.problem_type, name="problem-type"),
    path(
        "api/comments/<int:pk>/like/",
        likes_api.LikeOfComment.as_view(),
        name="api-comment-like",
    ),
    path("api/auth/token/", tokens_api.Token.as_view(), name="api-token"),
]
