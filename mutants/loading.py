"""A mutant put in the place of a module that is imported already."""

from __future__ import annotations

import sys
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ast

_MISSING = object()


def executed(tree: ast.Module, name: str) -> ModuleType:
    """A module as a changed source makes it. Raises whatever its import raises."""
    module = sys.modules[name]
    new = ModuleType(name)
    new.__dict__.update(__file__=module.__file__, __package__=module.__package__)
    exec(compile(tree, str(module.__file__), "exec", dont_inherit=True), new.__dict__)  # noqa: S102
    return new


def put_in_place(new: ModuleType, name: str) -> None:
    """Let the functions, classes and constants of a module be those of another.

    Everybody who imported them before sees the change: functions get the new code, and constants
    are replaced wherever their old value is known by their name.
    """
    module = sys.modules[name]
    for key, made in vars(new).items():
        old = vars(module).get(key, _MISSING)
        if key.startswith("__") or old is _MISSING or old is made:
            continue
        if isinstance(made, type) and isinstance(old, type) and made.__module__ == name:
            _apply_class(old, made, name)
        elif isinstance(made, FunctionType):
            _apply_function(old, made)
        elif getattr(made, "__module__", None) is None:  # data, and methods of patterns
            _replace(key, old, made)


def _apply_class(old: type, made: type, name: str) -> None:
    for key, value in vars(made).items():
        known = vars(old).get(key)
        for now, then in zip(_functions(value), _functions(known), strict=False):
            if now.__globals__.get("__name__") == name:
                _apply_function(then, now)
            else:  # attrs wrote it: the defaults are in its globals
                setattr(old, key, value)
        if isinstance(value, (int, float, str, tuple)) and not key.startswith("__"):
            setattr(old, key, value)


def _functions(value: Any) -> list[FunctionType]:
    if isinstance(value, property):
        return [each for each in (value.fget, value.fset) if isinstance(each, FunctionType)]
    value = getattr(value, "__func__", value)
    return [value] if isinstance(value, FunctionType) else []


def _apply_function(old: Any, made: FunctionType) -> None:
    while (inner := getattr(made, "__wrapped__", None)) is not None:
        old, made = getattr(old, "__wrapped__", None), inner
    if isinstance(old, FunctionType) and old.__code__.co_freevars == made.__code__.co_freevars:
        old.__code__ = made.__code__
        old.__defaults__, old.__kwdefaults__ = made.__defaults__, made.__kwdefaults__


def _replace(key: str, old: Any, made: Any) -> None:
    for module in list(sys.modules.values()):
        known = getattr(module, "__dict__", {})
        if known.get(key, _MISSING) is old:
            known[key] = made
