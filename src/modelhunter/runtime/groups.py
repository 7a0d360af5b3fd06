"""Operations found from a client: ``client.notes.change_note("1", text=None)``.

A generated client has a :class:`Group` for each module of endpoint functions. What a group has are
those functions, each of which sends its call at once. For type checkers and editors one class
serves both clients, as :class:`Sent` takes every signature from the function itself; when a
program runs, the module is imported when one of its operations is first used.
"""

from __future__ import annotations

import functools
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Generic, ParamSpec, TypeVar, overload

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from types import ModuleType

    from modelhunter.runtime.call import Call

P = ParamSpec("P")
T = TypeVar("T")
World = TypeVar("World")


class Blocking:
    """Stands for clients that block, where a group says how its operations answer."""


class Awaited:
    """Stands for async clients."""


class Group(Generic[World]):
    """The operations of one module, bound to a client."""

    _module: ClassVar[str]

    def __init__(self, client: Any) -> None:
        self._client = client

    def __repr__(self) -> str:
        return f"<{self._module.rpartition('.')[2]} of {self._client!r}>"

    if not TYPE_CHECKING:

        def __getattr__(self, name):
            function = _operation(import_module(self._module), name)
            if function is None:
                raise AttributeError(f"there is no operation {name!r} in {self._module}", name=name)

            @functools.wraps(function)
            def sent(*args, **kwargs):
                return self._client.send(function(*args, **kwargs))

            return sent

        def __dir__(self):
            module = import_module(self._module)
            return [name for name in vars(module) if _operation(module, name) is not None]


def _operation(module: ModuleType, name: str) -> Callable[..., Any] | None:
    """A module's own public function; also by a name that it had before."""
    if name.startswith("_"):
        return None
    found = getattr(module, name, None)
    is_own = callable(found) and not isinstance(found, type)
    return found if is_own and getattr(found, "__module__", "") == module.__name__ else None


class Sent(Generic[P, T]):
    """What type checkers take an operation of a :class:`Group` for."""

    def __init__(self, function: Callable[P, Call[T]]) -> None:
        self.function = function

    @overload
    def __get__(self, group: Group[Blocking], owner: Any) -> Callable[P, T]: ...

    @overload
    def __get__(self, group: Group[Awaited], owner: Any) -> Callable[P, Coroutine[Any, Any, T]]: ...

    def __get__(self, group: Group[Any], owner: Any) -> Any:
        """The function that makes the call and sends it."""
        return lambda *args, **kwargs: group._client.send(self.function(*args, **kwargs))
