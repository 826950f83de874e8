"""The signed-in account, and the people whom it has muted."""

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from posts.api.resource import Resource
from posts.confirmation import MayWrite
from posts.current_user import current_user
from posts.inputs import Query
from posts.models import Mute, User
from posts.serializers import UserSerializer, moment_json, user_json
from posts.views.submissions import not_found_if_deleted

SIGNED_IN = (IsAuthenticated, MayWrite)
MAX_MUTES = 1_000


class MeSerializer(UserSerializer):
    bio = serializers.CharField()
    joined = serializers.DateTimeField()
    may_write = serializers.BooleanField(
        help_text="False until the account's email address is confirmed."
    )


class MutesSerializer(serializers.Serializer[Any]):
    people = UserSerializer(many=True, help_text=f"The newest first, at most {MAX_MUTES}.")


class MutedSerializer(serializers.Serializer[Any]):
    muted = serializers.BooleanField()


class Me(Resource):
    permission_classes = (IsAuthenticated,)

    @extend_schema(operation_id="me", responses=MeSerializer)
    def get(self, request: Request) -> Response:
        """The account of the token or session of this request."""
        Query(data=request.query_params).is_valid(raise_exception=True)
        user = current_user(request)
        more = {"bio": user.bio, "joined": moment_json(user.date_joined)}
        return Response({**user_json(user), **more, "may_write": user.may_write})


class MuteList(Resource):
    permission_classes = (IsAuthenticated,)

    @extend_schema(operation_id="mute_list", responses=MutesSerializer)
    def get(self, request: Request) -> Response:
        """The people whom you have muted. Other people cannot see this list."""
        Query(data=request.query_params).is_valid(raise_exception=True)
        mutes = Mute.objects.filter(user=current_user(request)).select_related("muted")
        people = [user_json(mute.muted) for mute in mutes.order_by("-id")[:MAX_MUTES]]
        return Response({"people": people})


class MuteDetail(Resource):
    permission_classes = SIGNED_IN

    @extend_schema(operation_id="mute_set", request=None, responses=MutedSerializer)
    def put(self, request: Request, username: str) -> Response:
        """Mute a person: your pages no longer show what they write. Repeating changes nothing."""
        user, person = current_user(request), _person(username)
        if person == user or not person.is_active:
            raise Http404
        with not_found_if_deleted():
            Mute.objects.get_or_create(user=user, muted=person)
        return Response({"muted": True})

    @extend_schema(operation_id="mute_unset", responses={200: MutedSerializer})
    def delete(self, request: Request, username: str) -> Response:
        """See what they write again. Repeating changes nothing."""
        Mute.objects.filter(user=current_user(request), muted=_person(username)).delete()
        return Response({"muted": False})


def _person(username: str) -> User:
    if "\0" in username:  # PostgreSQL refuses NUL in a query
        raise Http404
    return get_object_or_404(User, username=username)
