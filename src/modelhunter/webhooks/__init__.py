"""Webhooks: verifying deliveries, confirming unsigned ones, apps and a listener that take them.

>>> from modelhunter import webhooks
>>> body = webhooks.event_body("task.completed", id="task_1")
>>> headers = webhooks.sign(body, "whsec_example")
>>> webhooks.verify(body, headers, secrets=["whsec_example"]).data.task.id
'task_1'

Registered webhooks (``client.webhooks.create``) are signed; the ``webhook_url`` of a single job is
not. Names are imported when they are first used.
"""

from typing import TYPE_CHECKING

from modelhunter.runtime.lazy import lazily

if TYPE_CHECKING:  # made from the list below by codegen/facades.py
    from modelhunter.api.models import WebhookEvent as WebhookEvent
    from modelhunter.api.models import WebhookEventType as WebhookEventType
    from modelhunter.webhooks.asgi_app import asgi as asgi
    from modelhunter.webhooks.confirming import areceive as areceive
    from modelhunter.webhooks.confirming import receive as receive
    from modelhunter.webhooks.errors import MalformedDelivery as MalformedDelivery
    from modelhunter.webhooks.errors import ReplayedEvent as ReplayedEvent
    from modelhunter.webhooks.errors import SignatureMismatch as SignatureMismatch
    from modelhunter.webhooks.errors import StaleEvent as StaleEvent
    from modelhunter.webhooks.errors import UnconfirmedEvent as UnconfirmedEvent
    from modelhunter.webhooks.errors import UnreadableEvent as UnreadableEvent
    from modelhunter.webhooks.errors import UnsignedDelivery as UnsignedDelivery
    from modelhunter.webhooks.errors import WebhookError as WebhookError
    from modelhunter.webhooks.receiver import Receiver as Receiver
    from modelhunter.webhooks.replays import ReplayGuard as ReplayGuard
    from modelhunter.webhooks.replays import SeenEvents as SeenEvents
    from modelhunter.webhooks.samples import event_body as event_body
    from modelhunter.webhooks.signing import sign as sign
    from modelhunter.webhooks.verifying import parse_unverified as parse_unverified
    from modelhunter.webhooks.verifying import verify as verify
    from modelhunter.webhooks.wsgi_app import wsgi as wsgi
else:
    __getattr__, __dir__, __all__ = lazily(
        __name__,
        {
            "modelhunter.api.models": ("WebhookEvent", "WebhookEventType"),
            "modelhunter.webhooks.asgi_app": ("asgi",),
            "modelhunter.webhooks.confirming": ("areceive", "receive"),
            "modelhunter.webhooks.errors": (
                "MalformedDelivery",
                "ReplayedEvent",
                "SignatureMismatch",
                "StaleEvent",
                "UnconfirmedEvent",
                "UnreadableEvent",
                "UnsignedDelivery",
                "WebhookError",
            ),
            "modelhunter.webhooks.receiver": ("Receiver",),
            "modelhunter.webhooks.replays": ("ReplayGuard", "SeenEvents"),
            "modelhunter.webhooks.samples": ("event_body",),
            "modelhunter.webhooks.signing": ("sign",),
            "modelhunter.webhooks.verifying": ("parse_unverified", "verify"),
            "modelhunter.webhooks.wsgi_app": ("wsgi",),
        },
    )
