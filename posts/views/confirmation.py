"""The page that explains how to confirm an address, and sends the mail again."""

from allauth.account.internal.flows.email_verification import (
    get_address_for_user,
    send_verification_email_to_address,
)
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from posts.current_user import current_user
from posts.views.submissions import form_methods, login_required_private


@form_methods
@login_required_private
def confirm(request: HttpRequest) -> HttpResponse:
    """Show the page; on POST send the mail, as often as the adapter allows."""
    user = current_user(request)
    address = get_address_for_user(user)
    if address is None or address.verified:
        return redirect("account_email")
    if request.method != "POST":
        return render(request, "account/confirm.html", {"address": address.email})
    send_verification_email_to_address(request, address)
    return redirect("confirm-address")
