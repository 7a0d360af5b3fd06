"""The signature of a delivery: made here, compared here.

Source: the documentation page "webhooks". The raw bytes are signed, as they go over the wire.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from modelhunter.errors import ConfigurationError, InvalidArgument
from modelhunter.runtime.message import unseen
from modelhunter.webhooks.errors import (
    MalformedDelivery,
    SignatureMismatch,
    StaleEvent,
    UnsignedDelivery,
)
from modelhunter.webhooks.headers import EVENT_ID, SIGNATURE, TIMESTAMP, Headers, header

Secret: TypeAlias = str | bytes
"""The ``secret`` that was returned when a webhook was created."""

Secrets: TypeAlias = Secret | Iterable[Secret]
"""One secret, or several while they are being rotated."""

TOLERANCE = 300.0
"""Seconds between signing and receiving, as the documentation has it; here in both directions."""

_SIGNATURE = re.compile(r"sha256=[0-9a-f]{64}")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")


def sign(
    body: bytes, secret: Secret, *, event_id: str | None = None, timestamp: int | None = None
) -> dict[str, str]:
    """The headers of a delivery with this body, for tests of your own receivers.

    Args:
        body: the raw bytes, such as :func:`event_body` makes them.
        secret: the secret of the webhook.
        event_id: for ``X-Webhook-ID``; the ``id`` in the body where left out.
        timestamp: when it is signed, in seconds since 1970; now where left out.

    Raises:
        TypeError: the body is not bytes. ConfigurationError: the secret is empty.
    """
    secret = unseen(secret)
    raw = raw_bytes(body)
    (key,) = keys_of(secret)
    stamp = str(int(time.time()) if timestamp is None else timestamp)
    name = _id_in(raw) if event_id is None else event_id
    return {
        "Content-Type": "application/json",
        **({} if name is None else {EVENT_ID: name}),
        TIMESTAMP: stamp,
        SIGNATURE: _signature(raw, key, stamp),
    }


def check_signature(
    body: bytes, headers: Headers, keys: Sequence[bytes], *, tolerance: float, now: float | None
) -> None:
    """Return if the signature is right and fresh.

    Raises:
        UnsignedDelivery, MalformedDelivery, SignatureMismatch, StaleEvent.
    """
    given = header(headers, SIGNATURE)
    if given is None:
        raise UnsignedDelivery
    if _SIGNATURE.fullmatch(given) is None:
        raise MalformedDelivery(
            f"the header {SIGNATURE} is not sha256= and 64 lower-case hexadecimal digits; refuse "
            "the delivery",
            header=SIGNATURE,
        )
    stamp = header(headers, TIMESTAMP)
    if stamp is None or _TIMESTAMP.fullmatch(stamp) is None:
        raise MalformedDelivery(
            f"the header {TIMESTAMP} is {'missing' if stamp is None else 'not a time in seconds'}; "
            "refuse the delivery",
            header=TIMESTAMP,
        )
    # Every secret is tried, so that the time taken does not tell which one it was.
    fits = [
        hmac.compare_digest(_signature(body, key, stamp).encode(), given.encode()) for key in keys
    ]
    if not any(fits):
        raise SignatureMismatch(len(keys))
    age = (time.time() if now is None else now) - int(stamp)
    if not abs(age) <= tolerance:
        raise StaleEvent(age=age, tolerance=tolerance)


def keys_of(secrets: Secrets) -> list[bytes]:
    """The secrets as HMAC keys.

    Raises:
        ConfigurationError: there is none, or one is empty, with which anybody could sign.
    """
    secrets = unseen(secrets)
    given: Any = [secrets] if isinstance(secrets, (str, bytes)) else secrets or ()
    if not isinstance(given, Iterable):
        kind = type(given).__name__
        raise InvalidArgument(f"secrets takes one secret or a list, not a value of type {kind}")
    keys = unseen([each.encode() if isinstance(each, str) else each for each in given])
    if not keys or not all(isinstance(key, bytes) and key.strip() for key in keys):
        raise ConfigurationError(
            "a webhook secret is missing or empty: give the secret that client.webhooks.create "
            "returned, as str or bytes, or a list of those"
        )
    return keys


def raw_bytes(body: bytes) -> bytes:
    """The body, if it is what was signed.

    Raises:
        TypeError: it is text or parsed JSON.
    """
    if isinstance(body, (bytes, bytearray, memoryview)):
        return bytes(body)
    raise TypeError(
        f"the body is a {type(body).__name__}; hand over the raw bytes of the request, which are "
        "what is signed: request.body in Django, request.get_data() in Flask, "
        "await request.body() in Starlette and FastAPI"
    )


def _signature(body: bytes, key: bytes, stamp: str) -> str:
    message = stamp.encode("ascii") + b"." + body
    return "sha256=" + hmac.new(key, message, hashlib.sha256).hexdigest()


def _id_in(body: bytes) -> str | None:
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        return None
    found = event.get("id") if isinstance(event, dict) else None
    return found if isinstance(found, str) else None
