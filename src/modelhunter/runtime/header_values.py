"""Numbers and dates in headers: read if they are some, else passed over."""

from __future__ import annotations

from datetime import UTC, datetime

from modelhunter.runtime.clock import LONGEST


def natural(text: str) -> int | None:
    """A whole number as headers have it; None where it is none that counts anything."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def seconds_to_wait(text: str, now: datetime) -> float | None:
    """What ``Retry-After`` asks for: a number, or a date (RFC 9110, section 10.2.3)."""
    text = text.strip()
    if text.isascii() and text.replace(".", "", 1).isdigit():
        seconds = float(text)
    else:
        moment = http_date(text)
        if moment is None:
            return None
        seconds = max(0.0, (moment - now).total_seconds())
    return seconds if seconds <= LONGEST else None  # more says nothing of when


def http_date(text: str) -> datetime | None:
    """The moment that a header names (RFC 9110, section 5.6.7), in UTC.

    None where it can't be read, or where no calculation with it would make sense.
    """
    from email.utils import parsedate_to_datetime  # a slow import that is seldom needed

    try:
        moment = parsedate_to_datetime(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError, TypeError, IndexError):  # numbers that no date has
        return None
    return moment if 1970 <= moment.year <= 9000 else None
