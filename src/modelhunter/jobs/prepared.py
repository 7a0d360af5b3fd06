"""A job that is ready to be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modelhunter.estimates import Estimate


@frozen
class Prepared:
    """A job that is checked, priced and uploaded, and not sent: ``client.submit(prepared)`` does.

    ``token`` is what to keep, one line of JSON without any secret: ``client.submit(token)`` sends
    the job, in this or any other process; once it may have been sent, ``client.resume(token)`` and
    ``client.recover([token])`` find its task. ``inputs`` are as they are sent (media as addresses),
    ``estimate`` is what it will cost (None where the model has no known price).
    """

    token: str = field(repr=False)
    model: str
    capability: str
    inputs: Mapping[str, Any] = field(repr=False)
    estimate: Estimate | None
