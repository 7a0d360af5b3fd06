"""Where a client's settings come from: arguments first, then the environment."""

from __future__ import annotations

import os

from attrs import frozen

from modelhunter.errors import ConfigurationError
from modelhunter.runtime.address import address, headers, is_loopback
from modelhunter.runtime.session import Timeouts

__all__ = ["Polling", "Timeouts", "address", "headers", "is_loopback"]

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


def find_key(given: str | None) -> str | None:
    """The API key to use; None where there is none.

    Raises:
        ConfigurationError: it can't be a key.
    """
    key = given if given is not None else os.environ.get(KEY_VARIABLE, "")
    key = key.strip()
    if not key:
        return None
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
    if given is not None:
        return address(given, "base_url", allow_http=allow_http)
    found = os.environ.get(URL_VARIABLE) or DEFAULT_BASE_URL
    return address(found, URL_VARIABLE, allow_http=allow_http)
