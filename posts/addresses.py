"""Where a request comes from, as far as our own proxies can tell."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest

# What one subscriber usually has; a single address of it says nothing.
IPV6_PREFIX_BITS = 64


def client_address(request: HttpRequest) -> str:
    """The client's address: what the outermost of our TRUSTED_PROXIES saw.

    Without proxies X-Forwarded-For is what a client made up, and not looked at. With a shorter
    list than proxies, its first entry counts. Empty over a Unix socket without a proxy.
    """
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR")
    if not settings.TRUSTED_PROXIES or not forwarded:
        return str(request.META.get("REMOTE_ADDR") or "")
    entries = forwarded.split(",")
    return str(entries[-min(settings.TRUSTED_PROXIES, len(entries))].strip())


def network(address: str) -> str:
    """What limits count: an IPv4 address, or the /64 of an IPv6 one. Other texts stay as they are.

    A port is left out, since some proxies add one.
    """
    parsed = _parsed(address)
    if parsed is None:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(parsed), IPV6_PREFIX_BITS), strict=False))


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    host = address
    if address.startswith("["):
        host = address[1:].partition("]")[0]
    elif address.count(":") == 1:
        host = address.partition(":")[0]
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
