"""Where a client's settings come from: arguments first, then the environment."""

from __future__ import annotations

import os
from typing import Any

from modelhunter.errors import InvalidArgument
from modelhunter.runtime.address import address, headers, is_loopback
from modelhunter.runtime.argument_checks import check_text
from modelhunter.runtime.auth import check_key
from modelhunter.runtime.message import Secret
from modelhunter.runtime.session import Timeouts

__all__ = ["Timeouts", "address", "headers", "is_loopback"]

KEY_VARIABLE = "MODELHUNTER_KEY"
URL_VARIABLE = "MODELHUNTER_BASE_URL"
DEFAULT_BASE_URL = "https://api.modelhunter.ai"


def find_key(given: Any) -> str | None:
    """The API key to use; None where there is none.

    Raises:
        ConfigurationError: it can't be a key.
    """
    if given is not None and not isinstance(given, str):
        kind = "bytes" if isinstance(given, bytes) else type(given).__name__
        raise InvalidArgument(f"api_key takes text, not a value of type {kind}")  # it may be one
    key = Secret((given if given is not None else os.environ.get(KEY_VARIABLE, "")).strip())
    if not key:
        return None
    check_key(key, "the API key")
    return key


def find_address(given: str | None, *, allow_http: bool) -> tuple[str, str]:
    """The origin and the base path of the API.

    Raises:
        ConfigurationError: as :func:`address`.
    """
    if given is not None:
        check_text(given, "base_url", "an address such as https://api.example.com")
        return address(given, "base_url", allow_http=allow_http)
    found = os.environ.get(URL_VARIABLE) or DEFAULT_BASE_URL
    return address(found, URL_VARIABLE, allow_http=allow_http)
