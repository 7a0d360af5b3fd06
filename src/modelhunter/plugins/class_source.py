"""What only the source of a class says: the docstrings of attributes, and the order of choices.

Python keeps no docstrings of attributes. And up to 3.13 ``Literal["a", "b"] | str`` is the object
that ``Literal["b", "a"] | str`` made before it, as :mod:`typing` takes the two for equal. Where
there is no source (a program in one binary), there are no words, and the order is as it comes.
"""

from __future__ import annotations

import ast
import inspect
import linecache
import sys
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Docstring:
    """The docstring of one attribute of a class, in one line, read when it is asked for."""

    __slots__ = ("_attribute", "_owner")

    def __init__(self, owner: type, attribute: str) -> None:
        self._owner = owner
        self._attribute = attribute

    def __str__(self) -> str:
        for cls in self._owner.__mro__:
            written = _attributes_of(cls).get(self._attribute)
            if written is not None:
                return " ".join(inspect.cleandoc(written.docstring).split())
        return ""


def first_paragraph(cls: type) -> str:
    """How the docstring of a class begins, in one line; that of a class it extends is not meant."""
    text = inspect.cleandoc(vars(cls).get("__doc__") or "")
    return " ".join(text.partition("\n\n")[0].split())


def in_order(choices: tuple[Any, ...], owner: type, attribute: str) -> tuple[Any, ...]:
    """The values of a ``Literal`` in the annotation of an attribute, in the order of the source."""
    if sys.version_info >= (3, 14) or len(choices) < 2:
        return choices
    for cls in owner.__mro__:
        written = _attributes_of(cls).get(attribute)
        if written is not None:
            same = (one for one in written.literals if set(one) == set(choices))
            return next(same, choices)
    return choices


class _Attribute(NamedTuple):
    """An attribute as it is written: the words below it, and the Literals in its annotation."""

    docstring: str
    literals: tuple[tuple[Any, ...], ...]


def _attributes_of(cls: type) -> Mapping[str, _Attribute]:
    module = sys.modules.get(cls.__module__)
    file = getattr(module, "__file__", None)
    if module is None or file is None:
        return {}
    linecache.checkcache(file)
    source = "".join(linecache.getlines(file, vars(module)))
    return _classes_in(source).get(cls.__qualname__, {})


@lru_cache(maxsize=16)
def _classes_in(source: str) -> Mapping[str, Mapping[str, _Attribute]]:
    """The attributes of every class, by its name."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return {}
    return dict(_classes(tree, ""))


def _classes(node: ast.AST, prefix: str) -> Iterator[tuple[str, Mapping[str, _Attribute]]]:
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, ast.ClassDef):
            yield f"{prefix}{inner.name}", dict(_attributes(inner.body))
            yield from _classes(inner, f"{prefix}{inner.name}.")
        elif isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield from _classes(inner, f"{prefix}{inner.name}.<locals>.")
        elif not isinstance(inner, ast.expr):
            yield from _classes(inner, prefix)


def _attributes(body: list[ast.stmt]) -> Iterator[tuple[str, _Attribute]]:
    for statement, below in pairwise([*body, ast.Pass()]):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            value = below.value if isinstance(below, ast.Expr) else None
            words = value.value if isinstance(value, ast.Constant) else None
            docstring = words if isinstance(words, str) else ""
            yield statement.target.id, _Attribute(docstring, tuple(_literals(statement.annotation)))


def _literals(annotation: ast.expr) -> Iterator[tuple[Any, ...]]:
    for node in ast.walk(annotation):
        if isinstance(node, ast.Subscript) and _name(node.value) == "Literal":
            values = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            yield tuple(one.value for one in values if isinstance(one, ast.Constant))


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
