"""What can be wrong with a delivery: one class for each, under :class:`WebhookError`."""

from __future__ import annotations

from modelhunter.errors import ModelHunterError


class WebhookError(ModelHunterError):
    """The root of every error about a delivery. Nothing of such a delivery can be believed."""


class MalformedDelivery(WebhookError):
    """A header of the delivery is missing, there twice, or can't be what the API sends.

    ``header`` is its name.
    """

    def __init__(self, message: str, *, header: str) -> None:
        self.header = header
        super().__init__(message)


class UnsignedDelivery(WebhookError):
    """There is no signature. Deliveries to the ``webhook_url`` of a single job never have one."""

    def __init__(self) -> None:
        super().__init__(
            "the delivery has no header X-Webhook-Signature. If it was meant for the webhook_url "
            "of a job, those are never signed: use webhooks.receive(client, body, headers), which "
            "confirms the task by reading it from the API. Otherwise refuse it, and check that "
            "no proxy drops the header"
        )


class SignatureMismatch(WebhookError):
    """None of the secrets makes this signature: forged, altered, or a wrong secret."""

    def __init__(self, secrets: int) -> None:
        tried = "the secret" if secrets == 1 else f"any of the {secrets} secrets"
        super().__init__(
            f"the signature does not fit {tried}: refuse the delivery. If it should be "
            "genuine, check that the secret is the one returned when this webhook was created, "
            "and that the body is the raw bytes as they came, not JSON that was parsed and "
            "written again"
        )


class StaleEvent(WebhookError):
    """The signature is right and its time is not: sent again by somebody, or a clock is wrong.

    ``age`` is in seconds, below zero where the delivery comes from the future; ``tolerance`` is
    how many were allowed in either direction.
    """

    def __init__(self, *, age: float, tolerance: float) -> None:
        self.age = age
        self.tolerance = tolerance
        when = f"{age:.0f} s ago" if age >= 0 else f"{-age:.0f} s in the future"
        super().__init__(
            f"the delivery was signed {when}, and {tolerance:g} s either way are allowed: refuse "
            "it. If all of them are like this, the clock of this machine is wrong; if they wait "
            "in a queue of yours, verify them before they are put there"
        )


class UnreadableEvent(WebhookError):
    """The body is not the JSON of an event; ``path`` is the place (``$.data.task.id``)."""

    def __init__(self, reason: str, *, path: str) -> None:
        self.path = path
        super().__init__(
            f"the body is not an event of this API: {path}: {reason}. Hand over the raw bytes of "
            "the request; if its signature was right, a newer modelhunter may know this event"
        )


class ReplayedEvent(WebhookError):
    """The event has been here before.

    ``finished`` tells whether it was dealt with (answer 200, so that the API stops sending it) or
    is still being dealt with (answer 503, so that it comes again in case that fails).
    """

    def __init__(self, event_id: str, *, finished: bool) -> None:
        self.event_id = event_id
        self.finished = finished
        what = (
            "was dealt with before: answer 200 and do nothing"
            if finished
            else "is being dealt with right now: answer 503, and it will come again"
        )
        super().__init__(f"event {event_id} {what}")


class UnconfirmedEvent(WebhookError):
    """The API does not say of the task what an unsigned delivery says of it."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"the unsigned delivery can't be confirmed: {reason}. Refuse it; if the task is "
            "yours, check that the client uses a key of the account that submitted it"
        )
