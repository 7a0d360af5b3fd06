"""Where a client's settings come from: arguments first, then the environment."""

from __future__ import annotations

import os
import sys
from urllib.parse import urlsplit

from attrs import frozen

from modelhunter._version import __version__
from modelhunter.errors import ConfigurationError
from modelhunter.runtime.session import Timeouts

__all__ = ["Polling", "Timeouts"]

KEY_VARIABLE = "MODELHUNTER_KEY"
URL_VARIABLE = "MODELHUNTER_BASE_URL"
DEFAULT_BASE_URL = "https://api.modelhunter.ai"
DEFAULT_WAIT = 20 * 60.0
"""Seconds that waiting for a task may last unless a call says otherwise."""


@frozen
class Polling:
    """The rhythm of waiting: a look every ``first`` seconds, every ``then`` once ``after`` passed.

    The defaults are what the documentation page "async tasks" recommends.
    """

    first: float = 2.0
    then: float = 5.0
    after: float = 30.0

    def pause(self, waited: float) -> float:
        """Seconds until the next look, after having waited so long."""
        return self.first if waited < self.after else self.then


def find_key(given: str | None) -> str:
    """The API key to use.

    Raises:
        ConfigurationError: there is none, or it can't be a key.
    """
    key = given if given is not None else os.environ.get(KEY_VARIABLE, "")
    key = key.strip()
    if not key:
        raise ConfigurationError(
            f"no API key: set the environment variable {KEY_VARIABLE} or give api_key=…; "
            "to try things out without one, use ModelHunter(sandbox=True)"
        )
    check_key(key, "the API key")
    return key


def check_key(key: str, what: str) -> None:
    """See that text can be a key.

    Raises:
        ConfigurationError: it can't.
    """
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ConfigurationError(
            f"{what} has characters that no key has (a space, a line break, a quote mark of "
            "a word processor?); copy it again from the dashboard"
        )


def find_address(given: str | None, *, allow_http: bool) -> tuple[str, str]:
    """The origin and the base path of the API.

    Raises:
        ConfigurationError: as :func:`address`.
    """
    found = given if given is not None else os.environ.get(URL_VARIABLE) or DEFAULT_BASE_URL
    return address(found, "base_url", allow_http=allow_http)


def address(given: str, what: str, *, allow_http: bool) -> tuple[str, str]:
    """The origin and the base path of an API at a URL; ``what`` is what messages call it.

    Raises:
        ConfigurationError: it is no http(s) address, or would send the key in the open.
    """
    parts = urlsplit(given.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigurationError(
            f"{what} {given!r} is no address; give one such as {DEFAULT_BASE_URL}"
        )
    if parts.username or parts.query or parts.fragment:
        raise ConfigurationError(
            f"{what} may have a host, a port and a path, but no user, query or fragment"
        )
    if parts.scheme == "http" and not allow_http and not is_loopback(parts.hostname):
        raise ConfigurationError(
            f"{what} {given!r} would send the key over the network unencrypted; use https, "
            "or say allow_http=True if that is what you want"
        )
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
