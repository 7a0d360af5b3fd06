"""Webhooks: verifying deliveries, confirming unsigned ones, apps and a listener that take them.

>>> from modelhunter import webhooks
>>> body = webhooks.event_body("task.completed", id="task_1")
>>> headers = webhooks.sign(body, "whsec_example")
>>> webhooks.verify(body, headers, secrets=["whsec_example"]).data.task.id
'task_1'

Registered webhooks (``client.webhooks.create``) are signed; the ``webhook_url`` of a single job is
not. Names are imported when they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modelhunter.webhooks.asgi_app import asgi
    from modelhunter.webhooks.confirming import areceive, receive
    from modelhunter.webhooks.errors import (
        MalformedDelivery,
        ReplayedEvent,
        SignatureMismatch,
        StaleEvent,
        UnconfirmedEvent,
        UnreadableEvent,
        UnsignedDelivery,
        WebhookError,
    )
    from modelhunter.webhooks.receiver import Receiver
    from modelhunter.webhooks.replays import ReplayGuard, SeenEvents
    from modelhunter.webhooks.samples import event_body
    from modelhunter.webhooks.signing import sign
    from modelhunter.webhooks.verifying import parse_unverified, verify
    from modelhunter.webhooks.wsgi_app import wsgi

__all__ = [
    "MalformedDelivery",
    "Receiver",
    "ReplayGuard",
    "ReplayedEvent",
    "SeenEvents",
    "SignatureMismatch",
    "StaleEvent",
    "UnconfirmedEvent",
    "UnreadableEvent",
    "UnsignedDelivery",
    "WebhookError",
    "areceive",
    "asgi",
    "event_body",
    "parse_unverified",
    "receive",
    "sign",
    "verify",
    "wsgi",
]

_HOMES = {
    "asgi_app": ("asgi",),
    "confirming": ("areceive", "receive"),
    "errors": (
        "MalformedDelivery",
        "ReplayedEvent",
        "SignatureMismatch",
        "StaleEvent",
        "UnconfirmedEvent",
        "UnreadableEvent",
        "UnsignedDelivery",
        "WebhookError",
    ),
    "receiver": ("Receiver",),
    "replays": ("ReplayGuard", "SeenEvents"),
    "samples": ("event_body",),
    "signing": ("sign",),
    "verifying": ("parse_unverified", "verify"),
    "wsgi_app": ("wsgi",),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    module = _HOME_OF.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)
