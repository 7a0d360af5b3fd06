"""Names that an API description gave up: they work for one more release, and warn.

Generated code uses these where the description says ``x-renamed-from``. Type checkers see only the
new names.
"""

from __future__ import annotations

import warnings
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

F = TypeVar("F", bound="Callable[..., Any]")
C = TypeVar("C", bound=type)


def _warn(what: str, old: str, new: str, level: int = 3) -> None:
    warnings.warn(
        f"{what} {old!r} is called {new!r} now; the old name goes with the next release",
        DeprecationWarning,
        stacklevel=level,
    )


def translated(
    taker: str, given: dict[str, Any], names: Mapping[str, str], *, level: int
) -> dict[str, Any]:
    """Arguments by keyword under their present names; ``level`` frames up is who gave them.

    Raises:
        TypeError: one was given under both names.
    """
    for old in sorted(names.keys() & given.keys()):
        new = names[old]
        if new in given:
            raise TypeError(f"{taker} got {new!r} and {old!r}, its old name; give the first")
        _warn(f"the argument of {taker}", old, new, level)
        given[new] = given.pop(old)
    return given


def arguments(names: Mapping[str, str], taker: str | None = None) -> Callable[[F], F]:
    """Let a function take arguments by their old names too (``names``: old to new).

    ``taker`` is what warnings call it, where that is not its name.
    """

    def decorate(function: F) -> F:
        @wraps(function)
        def renaming(*given: Any, **keywords: Any) -> Any:
            present = translated(taker or function.__name__, keywords, names, level=4)
            return function(*given, **present)

        return cast("F", renaming)

    return decorate


def fields(names: Mapping[str, str]) -> Callable[[C], C]:
    """Let a class have fields by their old names too: in its constructor and as attributes."""

    def decorate(cls: C) -> C:
        made: Any = cls
        made.__init__ = arguments(names, cls.__name__)(made.__init__)
        for old, new in names.items():
            setattr(made, old, _attribute(cls.__name__, old, new))
        return cls

    return decorate


def _attribute(cls: str, old: str, new: str) -> property:
    def get(self: object) -> Any:
        _warn(f"the field of {cls}", old, new)
        return getattr(self, new)

    def put(self: object, value: Any) -> None:
        _warn(f"the field of {cls}", old, new)
        setattr(self, new, value)

    return property(get, put, doc=f"The old name of ``{new}``.")


def present_name(module: str, name: str, names: Mapping[str, str]) -> str:
    """The present name of what a module is asked for, for its ``__getattr__``."""
    new = names.get(name)
    if new is None:
        return name
    _warn(f"in {module},", name, new, 4)
    return new


def member(module: Mapping[str, Any], name: str, names: Mapping[str, str]) -> Any:
    """A member of a module by its old name.

    Raises:
        AttributeError: it never had that name.
    """
    new = present_name(module["__name__"], name, names)
    if new == name:
        raise AttributeError(f"module {module['__name__']!r} has no attribute {name!r}")
    return module[new]


def value(cls: type[Any], given: object, names: Mapping[str, str]) -> Any:
    """The member of an enumeration that has taken the place of a value; None where none has."""
    new = names.get(given) if isinstance(given, str) else None
    if new is None:
        return None
    _warn(f"the value of {cls.__name__}", str(given), new, 5)
    return cls(new)
