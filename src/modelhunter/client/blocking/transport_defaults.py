"""What drives the blocking client."""

from __future__ import annotations

from modelhunter.runtime.drivers.blocking import Driver
from modelhunter.runtime.transport import Transport
from modelhunter.runtime.transports.later import LaterTransport

__all__ = ["Driver", "Transport", "default_transport"]


def default_transport() -> Transport:
    """Requests over urllib3, which is imported with the first."""
    return LaterTransport(_urllib3)


def _urllib3() -> Transport:
    from modelhunter.runtime.transports.urllib3 import Urllib3Transport

    return Urllib3Transport()
