"""Where an API is, and what goes with every call to it."""

from __future__ import annotations

import re
import sys
from typing import TypeVar
from urllib.parse import urlsplit

from modelhunter._version import __version__
from modelhunter.errors import ConfigurationError, InsecureAddress
from modelhunter.runtime.message import unseen

T = TypeVar("T")

_SUCH_AS = "https://api.example.com"


_WITH_MORE = re.compile(r"[^/?#]*//[^/?#]*@|[^?#]*[?#].").match
"""Told by the text, as what it is split into would show in a traceback what is secret in it."""


def without_password(given: T) -> T:
    """An address, of which ``repr`` shows nothing where a password or key may be in it."""
    secret = isinstance(given, str) and ("@" in given or "?" in given)
    return unseen(given) if secret else given


def address(given: str, what: str, *, allow_http: bool) -> tuple[str, str]:
    """The origin and the base path of an API at a URL; ``what`` is what messages call it.

    Raises:
        ConfigurationError: it is no http(s) address, or has a password in it; InsecureAddress: it
        would send the key in the open.
    """
    given = without_password(given.strip())
    if _WITH_MORE(given):
        raise ConfigurationError(
            f"{what} may have a host, a port and a path, but no user, password, query or fragment"
        )
    try:
        parts = urlsplit(given)
        parts.port  # noqa: B018 - which is where it is looked at closely
    except ValueError:  # such as brackets that don't close, or a port that is no number
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        shown = f" {given!r}" if "@" not in given else ""  # what has a password is not shown
        raise ConfigurationError(f"{what}{shown} is no address; give one such as {_SUCH_AS}")
    if parts.scheme == "http" and not allow_http and not is_loopback(parts.hostname):
        raise InsecureAddress(f"{what} {given!r}")
    return f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")


def is_localhost(host: str) -> bool:
    """Whether a name says that it is this machine (RFC 6761, section 6.3).

    It may lead elsewhere all the same; transports see to it that no request does.
    """
    host = host.rstrip(".").lower()
    return host == "localhost" or host.endswith(".localhost")


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine."""
    if is_localhost(host):
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
