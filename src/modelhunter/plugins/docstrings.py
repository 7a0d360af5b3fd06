"""What is written below the attributes of a class.

Python keeps no docstrings of attributes, so they are read from the source when somebody asks.
Where there is no source (a program in one binary), there are none.
"""

from __future__ import annotations

import ast
import inspect
import linecache
import sys
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@frozen
class Docstring:
    """The docstring of one attribute of a class, in one line, read when it is asked for."""

    owner: type
    attribute: str

    def __str__(self) -> str:
        for cls in self.owner.__mro__:
            text = _docstrings_of(cls).get(self.attribute)
            if text is not None:
                return " ".join(inspect.cleandoc(text).split())
        return ""


def _docstrings_of(cls: type) -> Mapping[str, str]:
    module = sys.modules.get(cls.__module__)
    file = getattr(module, "__file__", None)
    if module is None or file is None:
        return {}
    linecache.checkcache(file)
    source = "".join(linecache.getlines(file, vars(module)))
    return _docstrings_in(source).get(cls.__qualname__, {})


@lru_cache(maxsize=16)
def _docstrings_in(source: str) -> Mapping[str, Mapping[str, str]]:
    """The docstrings of attributes by the name of their class."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return {}
    return dict(_classes(tree, ""))


def _classes(node: ast.AST, prefix: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, ast.ClassDef):
            yield f"{prefix}{inner.name}", dict(_attributes(inner.body))
            yield from _classes(inner, f"{prefix}{inner.name}.")
        elif isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield from _classes(inner, f"{prefix}{inner.name}.<locals>.")
        elif not isinstance(inner, ast.expr):
            yield from _classes(inner, prefix)


def _attributes(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    for statement, below in pairwise(body):
        if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name):
            continue
        value = below.value if isinstance(below, ast.Expr) else None
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield statement.target.id, value.value
