"""The client address of a request, as the trusted proxies report it."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest

# One subscriber usually has a whole /64 and can use any address in it.
IPV6_PREFIX_BITS = 64


def client_address(request: HttpRequest) -> str:
    """Return the client's address: the one that the outermost of TRUSTED_PROXIES saw.

    Without trusted proxies X-Forwarded-For is ignored, since clients can forge it. If the header
    has fewer entries than there are proxies, its first entry counts. Empty over a Unix socket
    without a proxy.
    """
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR")
    if not settings.TRUSTED_PROXIES or not forwarded:
        return str(request.META.get("REMOTE_ADDR") or "")
    entries = forwarded.split(",")
    return str(entries[-min(settings.TRUSTED_PROXIES, len(entries))].strip())


def network(address: str) -> str:
    """Return the network that limits count by: an IPv4 address, or the /64 of an IPv6 address.

    A port is removed, since some proxies add one. Text that is no address is returned unchanged.
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
