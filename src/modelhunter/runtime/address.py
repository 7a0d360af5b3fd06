"""Where an API is, and what goes with every call to it."""

from __future__ import annotations

import sys
from urllib.parse import urlsplit

from modelhunter._version import __version__
from modelhunter.errors import ConfigurationError, InsecureAddress

_SUCH_AS = "https://api.example.com"


def address(given: str, what: str, *, allow_http: bool) -> tuple[str, str]:
    """The origin and the base path of an API at a URL; ``what`` is what messages call it.

    Raises:
        ConfigurationError: it is no http(s) address; InsecureAddress: it would send the key in the
        open.
    """
    parts = urlsplit(given.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigurationError(f"{what} {given!r} is no address; give one such as {_SUCH_AS}")
    if parts.username or parts.query or parts.fragment:
        raise ConfigurationError(
            f"{what} may have a host, a port and a path, but no user, query or fragment"
        )
    if parts.scheme == "http" and not allow_http and not is_loopback(parts.hostname):
        raise InsecureAddress(f"{what} {given!r}")
    return f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether a host name means this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    from ipaddress import ip_address  # 1 ms that the public address never needs

    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def headers() -> dict[str, str]:
    """What goes with every call, the key aside."""
    python = ".".join(map(str, sys.version_info[:3]))
    return {
        "Accept": "application/json",
        "Accept-Encoding": "gzip",
        "User-Agent": f"modelhunter-python/{__version__} Python/{python}",
    }
