"""Refusals that programs have to tell from others. Apart, for DRF's settings import them early."""

from rest_framework.exceptions import PermissionDenied


class CodedRefusal(PermissionDenied):
    """A 403 whose problem carries `default_code` as its `code`."""


class AddressNotConfirmed(CodedRefusal):
    default_detail = "Confirm your email address first: open the link in the message sent to it."
    default_code = "address_not_confirmed"


class SecondFactorNeeded(CodedRefusal):
    default_detail = (
        "This account has a second factor, so a password alone gives no token."
        " Sign in on the site and make a token under Sessions and tokens."
    )
    default_code = "second_factor_needed"
