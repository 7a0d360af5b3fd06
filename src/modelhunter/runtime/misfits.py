"""What becomes of a value that is not what the API description says: refused, or kept and noted.

Readers are strict, unless they run in :func:`leniently`: then a member or an item that does not fit
stays in the result as it came, one that is missing is None, and each is noted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal
from typing import Any, Final, TypeAlias, TypeVar

from attrs import define, field

from modelhunter.errors import ModelHunterError

T = TypeVar("T")
Reader: TypeAlias = Callable[[Any], T]

MISSING: Final[Any] = object()
"""Stands for a member that an object does not have, on its way to an error message."""


class WireError(ModelHunterError, ValueError):
    """A value is not what the API description says.

    ``expected`` says what was expected, ``steps`` leads to the place (keys and indexes from the
    root), ``value`` is what stands there.
    """

    def __init__(self, expected: str, value: object, *steps: str | int) -> None:
        super().__init__(expected, value, *steps)
        self.expected = expected
        self.value = value
        self.steps: tuple[str | int, ...] = steps

    @property
    def path(self) -> str:
        """The place as ``$.data[3].progress``."""
        return "$" + "".join(map(_step, self.steps))

    def under(self, step: str | int) -> WireError:
        """The same error seen from one level further up."""
        self.steps = (step, *self.steps)
        return self

    def __str__(self) -> str:
        if self.value is MISSING:
            return f"{self.path}: it is missing; expected {self.expected}"
        return f"{self.path}: expected {self.expected}, got {_shown(self.value)}"


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if step.isidentifier() else f"[{json.dumps(step)}]"


_JSON_NAMES: Mapping[type, str] = {
    dict: "an object",
    list: "an array",
    str: "the string",
    bool: "the boolean",
    int: "the number",
    float: "the number",
    Decimal: "the number",
}


def _shown(value: object) -> str:
    if value is None:
        return "null"
    kind = _JSON_NAMES.get(type(value), f"a {type(value).__name__}")
    if isinstance(value, (str, int, float, Decimal)):
        text = json.dumps(value) if not isinstance(value, Decimal) else str(value)
        return f"{kind} {text if len(text) <= 40 else text[:36] + '…'}"
    return kind


@define(eq=False)
class Noted:
    """The deviations of one document, each by the object or array that it stands in."""

    _found: dict[int, dict[str | int, WireError]] = field(factory=dict)
    _holders: list[Any] = field(factory=list)
    """What is noted about stays alive, so that its id stays its own."""

    def add(self, holder: Any, key: str | int, error: WireError) -> None:
        """Note one, unless something was noted at that place already."""
        here = self._found.get(id(holder))
        if here is None:
            here = self._found[id(holder)] = {}
            self._holders.append(holder)
        here.setdefault(key, error)

    def located(self, document: Any) -> tuple[WireError, ...]:
        """The deviations with their places, from the outside in."""
        placed: list[WireError] = []
        waiting: list[tuple[Any, tuple[str | int, ...]]] = [(document, ())] if self._found else []
        while waiting:
            value, steps = waiting.pop()
            if not isinstance(value, (dict, list)):
                continue
            for key, error in self._found.get(id(value), {}).items():
                placed.append(WireError(error.expected, error.value, *steps, key, *error.steps))
            parts = list(value.items() if isinstance(value, dict) else enumerate(value))
            waiting += [(part, (*steps, key)) for key, part in reversed(parts)]
        return tuple(placed)


_noted: ContextVar[Noted | None] = ContextVar("noted", default=None)


@contextmanager
def leniently() -> Iterator[Noted]:
    """Let readers keep what does not fit and note it; what they can do nothing with they refuse."""
    noted = Noted()
    before = _noted.set(noted)
    try:
        yield noted
    finally:
        _noted.reset(before)


@contextmanager
def strictly() -> Iterator[bool]:
    """Let readers refuse what does not fit; gives whether they were lenient before."""
    before = _noted.get()
    token = _noted.set(None)
    try:
        yield before is not None
    finally:
        _noted.reset(token)


def is_lenient() -> bool:
    """Whether readers keep what does not fit."""
    return _noted.get() is not None


def misfit(holder: Any, key: str | int, expected: str | WireError) -> Any:
    """A member or an item that does not fit: refused, or, where readers are lenient, as it came.

    Raises:
        WireError: readers are strict.
    """
    is_object = isinstance(holder, Mapping)
    value = holder.get(key, MISSING) if is_object else holder[key]
    error = expected if isinstance(expected, WireError) else WireError(expected, value)
    noted = _noted.get()
    if noted is None:
        raise error.under(key) from None
    noted.add(holder, key, error)
    return None if value is MISSING else value


def lacking(holder: Mapping[str, Any], error: KeyError, *keys: str) -> Any:
    """The members that an object must have, of which it lacks some: refused, or None for those.

    Raises:
        WireError: readers are strict.
    """
    noted = _noted.get()
    if noted is None:
        raise WireError("a value", MISSING, *error.args) from None
    for key in keys:
        if key not in holder:
            noted.add(holder, key, WireError("a value", MISSING))
    return tuple(holder.get(key) for key in keys)


def each(holder: Any, parts: Iterable[tuple[Any, Any]], item: Reader[T]) -> Iterator[tuple[Any, T]]:
    """The items of an array or the members of an object, those that don't fit as they came.

    Raises:
        WireError: readers are strict.
    """
    for key, part in parts:
        try:
            read = item(part)
        except WireError as error:
            read = misfit(holder, key, error)
        yield key, read
