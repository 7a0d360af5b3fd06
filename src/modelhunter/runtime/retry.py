"""When to send a call again, and how long to wait before it.

The rules, for every transport and every call:

- *never delivered* (no connection, or the request was not sent whole): send again, whatever the
  call does;
- *rejected without starting* (429, or 503 in the API's own error envelope): send again after what
  ``Retry-After`` asks, whatever the call does (a paid submission is looked up first, see
  ``flows/submit_once.py``);
- *outcome unknown* (the connection broke or timed out after sending, any other 5xx, also from
  something in between): send again only calls that are safe or idempotent;
- any other answer was considered: never again.

Each wait is drawn between nothing and a ceiling that doubles (full jitter). A quota shared by the
whole client stops retries from multiplying the load on a server that is down.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from attrs import define, field, frozen

from modelhunter.errors import (
    APIError,
    ModelHunterError,
    TransportError,
    UnexpectedResponse,
)
from modelhunter.runtime.argument_checks import check_count, some_seconds

if TYPE_CHECKING:
    from attrs import Attribute

    from modelhunter.runtime.call import Safety


def _at_least_one(_: object, attribute: Attribute[int], value: Any) -> None:
    check_count(value, attribute.name, "a whole number from 1", least=1, none=False)


@frozen(kw_only=True)
class Retry:
    """How often and how patiently a call is sent again.

    ``attempts`` counts the first sending too (1: never again); ``base`` and ``ceiling`` are
    seconds: the wait before attempt n+1 is drawn from 0 to ``min(ceiling, base * 2**(n-1))``.
    """

    attempts: int = field(default=4, validator=_at_least_one)
    base: float = field(default=0.5, validator=some_seconds)
    ceiling: float = field(default=20.0, validator=some_seconds)


@define
class Quota:
    """A bucket of retry tokens: a retry takes some, a success gives one back.

    When most calls fail the bucket runs dry and failures are raised at once.
    """

    capacity: float = 100.0
    cost: float = 5.0
    _left: float = field(init=False)
    _lock: threading.Lock = field(init=False, factory=threading.Lock, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        self._left = self.capacity

    def take(self) -> bool:
        """Whether a retry may be made now; if so its tokens are gone."""
        with self._lock:
            if self._left < self.cost:
                return False
            self._left -= self.cost
            return True

    def give_back(self) -> None:
        """A call succeeded."""
        if self._left < self.capacity:
            with self._lock:
                self._left = min(self.capacity, self._left + 1)


def was_rejected(error: ModelHunterError) -> bool:
    """Whether the API says that it turned a call away without beginning it."""
    if not isinstance(error, APIError):
        return False
    return error.status == 429 or (error.status == 503 and error.is_own)


def may_repeat(error: ModelHunterError, safety: Safety) -> bool:
    """Whether a call that ended like this may be sent again (see the module's rules)."""
    if isinstance(error, TransportError):
        return error.delivered == "no" or safety != "unsafe"
    if isinstance(error, APIError):
        if was_rejected(error):
            return True
        return error.status >= 500 and safety != "unsafe"
    return isinstance(error, UnexpectedResponse) and safety == "safe" and error.status < 300


def wait_before(policy: Retry, attempt: int, error: ModelHunterError, chance: float) -> float:
    """Seconds to wait after ``attempt`` attempts; ``chance`` is a number from 0 up to 1."""
    jittered: float = chance * min(policy.ceiling, policy.base * 2 ** (attempt - 1))
    asked = error.retry_after if isinstance(error, APIError) else None
    return max(asked, jittered) if asked is not None else jittered
