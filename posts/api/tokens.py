"""API tokens: issued for a password, and revoked."""

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle

from posts import tokens
from posts.api.resource import NOTHING, Resource, valid
from posts.errors import PasswordChangedError
from posts.inputs import Credentials
from posts.serializers import TokenSerializer, moment_json
from posts.throttles import TokenThrottle, WriteThrottle


class Token(Resource):
    authentication_classes = (tokens.BearerAuthentication,)

    def perform_authentication(self, request: Request) -> None:
        # A client that asks for a token may send one that has expired.
        if request.method != "POST":
            super().perform_authentication(request)

    def get_throttles(self) -> list[BaseThrottle]:
        return [TokenThrottle() if self.request.method == "POST" else WriteThrottle()]

    def get_permissions(self) -> list[BasePermission]:
        return [IsAuthenticated() if self.request.method == "DELETE" else AllowAny()]

    @extend_schema(
        operation_id="token_create", request=Credentials, responses=TokenSerializer, auth=[]
    )
    def post(self, request: Request) -> Response:
        """A token for a username (or e-mail address) and a password; 401 if they are wrong.

        Its name is for the list of tokens that its owner sees.
        """
        given = valid(Credentials, request)
        name = given.pop("name")
        try:
            issued = tokens.issue(tokens.sign_in(request, **given), name=name)
        except PasswordChangedError as error:
            raise AuthenticationFailed(tokens.WRONG_PASSWORD) from error
        answer = {
            "token": issued.secret,
            "name": issued.name,
            "expiry": moment_json(issued.expiry),
        }
        return Response(answer, headers={"Cache-Control": "no-store"})

    @extend_schema(operation_id="token_revoke", responses={204: NOTHING})
    def delete(self, request: Request) -> Response:
        """Revoke the token that this request carries."""
        request.auth.delete()
        return Response(status=status.HTTP_204_NO_CONTENT)
