"""What is changed in a module, one small change at a time."""

from __future__ import annotations

import ast
import copy
from typing import TYPE_CHECKING

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SWAPS: dict[type[ast.AST], list[type[ast.AST]]] = {
    ast.Lt: [ast.LtE, ast.GtE],
    ast.LtE: [ast.Lt, ast.Gt],
    ast.Gt: [ast.GtE, ast.LtE],
    ast.GtE: [ast.Gt, ast.Lt],
    ast.Eq: [ast.NotEq],
    ast.NotEq: [ast.Eq],
    ast.Is: [ast.IsNot],
    ast.IsNot: [ast.Is],
    ast.In: [ast.NotIn],
    ast.NotIn: [ast.In],
    ast.And: [ast.Or],
    ast.Or: [ast.And],
    ast.Add: [ast.Sub],
    ast.Sub: [ast.Add],
    ast.Mult: [ast.Div],
    ast.Div: [ast.Mult],
    ast.FloorDiv: [ast.Mult],
    ast.Mod: [ast.Mult],
    ast.Pow: [ast.Mult],
    ast.BitOr: [ast.BitAnd],
    ast.BitAnd: [ast.BitOr],
}
_NAMES = {"min": "max", "max": "min", "any": "all", "all": "any", "WaitFor": "Sleep"}
_TEXT_METHODS = {"decode", "encode", "strip", "lower", "upper", "rstrip", "lstrip", "casefold"}
_LOOKS = {"repr", "eq", "kw_only", "slots", "order"}
"""Options of attrs that say how a class looks, not what it does."""
_SAID = {"log", "warnings"}
"""What is called on these is read by people."""


@frozen
class Mutant:
    """A module with one change: ``was`` is the line that has it, ``now`` what it reads."""

    module: str
    within: str
    line: int
    was: str
    now: str
    lines: frozenset[int] = field(repr=False)
    """Whoever runs one of these lines may notice; empty where it is run on import."""
    tree: ast.Module = field(repr=False, eq=False)

    @property
    def key(self) -> str:
        """What names it in the list of survivors; it holds while the code around it changes."""
        return f"{self.within}: {self.was} -> {self.now}"


def unchanged(name: str, path: Path) -> Mutant:
    """The module as it is, to see that putting it in its own place changes nothing."""
    tree = ast.parse(path.read_text("utf-8"))
    return Mutant(name, "(module)", 0, "", "", frozenset(), tree)


def mutants(name: str, path: Path) -> Iterator[Mutant]:
    """All mutants of a module."""
    tree = ast.parse(path.read_text("utf-8"))
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for place, node in enumerate(ast.walk(tree)):
        if _is_for_people(node, parents):
            continue
        for made in _changes(node, parents.get(node)):
            whole = copy.deepcopy(tree)
            twin = next(each for index, each in enumerate(ast.walk(whole)) if index == place)
            _put(whole, twin, made)
            line = getattr(node, "lineno", None) or getattr(parents[node], "lineno", 0)
            shown = node if hasattr(node, "lineno") else parents[node]
            now = made if hasattr(node, "lineno") else _with(parents[node], node, made)
            within, lines = _place(node, parents), _lines(node, parents)
            yield Mutant(name, within, line, _text(shown), _text(now), lines, whole)


def _text(node: ast.AST) -> str:
    text = " ".join(ast.unparse(ast.fix_missing_locations(copy.deepcopy(node))).split())
    return text if len(text) <= 100 else f"{text[:97]}..."


def _with(parent: ast.AST, node: ast.AST, made: ast.AST) -> ast.AST:
    """A parent as it reads with another node in the place of one."""
    place = next(index for index, each in enumerate(ast.walk(parent)) if each is node)
    twin = copy.deepcopy(parent)
    _put(twin, next(each for index, each in enumerate(ast.walk(twin)) if index == place), made)
    return twin


def _put(tree: ast.AST, node: ast.AST, made: ast.AST) -> None:
    """Put a node in the place of another."""
    if hasattr(node, "lineno"):
        ast.copy_location(made, node)
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if value is node:
                setattr(parent, name, made)
            elif isinstance(value, list) and any(each is node for each in value):
                setattr(parent, name, [made if each is node else each for each in value])
            else:
                continue
            ast.fix_missing_locations(tree)
            return


def _place(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> str:
    names: list[str] = []
    above = parents.get(node)
    while above is not None:
        if isinstance(above, (ast.FunctionDef, ast.ClassDef)):
            names.append(above.name)
        above = parents.get(above)
    return ".".join(reversed(names)) or "(module)"


def _lines(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> frozenset[int]:
    """The lines of the statement around a node, without those of the statements in it."""
    above: ast.AST | None = node
    while above is not None and not isinstance(above, (ast.stmt, ast.ExceptHandler)):
        above = parents.get(above)
    if isinstance(above, (ast.FunctionDef, ast.ClassDef)):  # a default, or a decorator
        is_inner = isinstance(parents[above], ast.FunctionDef)
        return frozenset(range(above.lineno, above.end_lineno + 1)) if is_inner else frozenset()
    if above is None or not _is_in_function(above, parents):
        return frozenset()
    body = getattr(above, "body", None)
    end = body[0].lineno - 1 if body else above.end_lineno
    return frozenset(range(above.lineno, max(above.lineno, end or 0) + 1))


def _is_in_function(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    above = parents.get(node)
    while above is not None and not isinstance(above, ast.FunctionDef):
        above = parents.get(above)
    return above is not None


def _is_for_people(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    """Whether a node is an annotation, a docstring, a message, or below TYPE_CHECKING."""
    child, above = node, parents.get(node)
    while above is not None:
        if isinstance(above, ast.If) and ast.unparse(above.test) == "TYPE_CHECKING":
            return True
        if child in (getattr(above, "annotation", None), getattr(above, "returns", None)):
            return True
        if isinstance(above, ast.keyword) and above.arg in _LOOKS:
            return True
        if isinstance(above, (ast.Import, ast.ImportFrom, ast.JoinedStr, ast.FormattedValue)):
            return True
        if isinstance(above, ast.Assign) and ast.unparse(above.targets[0]) in ("__all__", "T"):
            return True
        if isinstance(above, ast.Call) and ast.unparse(above.func).split(".")[0] in _SAID:
            return True
        if isinstance(above, ast.Call) and ast.unparse(above.func) in ("cast", "TypeVar"):
            return True
        child, above = above, parents.get(above)
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def _changes(node: ast.AST, parent: ast.AST | None) -> Iterator[ast.AST]:
    match node:  # operators are shared between their places, so they change with what they join
        case ast.Compare(ops=ops):
            for place, op in enumerate(ops):
                for other in _SWAPS.get(type(op), ()):
                    yield _like(node, ops=[*ops[:place], other(), *ops[place + 1 :]])
        case ast.BoolOp(op=op) | ast.BinOp(op=op) if not _is_a_type(node):
            for other in _SWAPS.get(type(op), ()):
                yield _like(node, op=other())
        case ast.AugAssign():
            yield ast.Pass()
            for other in _SWAPS.get(type(node.op), ()):
                yield _like(node, op=other())
        case ast.Constant(value=bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(value=int() | float() as value):
            yield ast.Constant(value + 1)
        case ast.Constant(value=str() as value) if _is_a_word(value) and not _is_docstring(parent):
            yield ast.Constant(f"XX{value}")
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand
        case ast.If() | ast.IfExp() | ast.While():
            for value in (True, False):
                if not (isinstance(node, ast.While) and value):
                    yield _like(node, test=ast.copy_location(ast.Constant(value), node.test))
        case ast.Return(value=ast.expr() as value) if ast.unparse(value) != "None":
            yield ast.Return(ast.Constant(None))
        case ast.Raise() | ast.Delete():
            yield ast.Pass()
        case ast.Break():
            yield ast.Continue()
        case ast.Continue():
            yield ast.Break()
        case ast.Expr(value=ast.Call() | ast.Yield() | ast.YieldFrom() | ast.Await()):
            yield ast.Pass()
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield ast.Pass()
        case ast.Name(id=name, ctx=ast.Load()) if name in _NAMES and isinstance(parent, ast.Call):
            yield ast.Name(_NAMES[name], ast.Load())
        case ast.Call(func=ast.Attribute(attr=name, value=value)) if name in _TEXT_METHODS:
            yield value
        case ast.comprehension(ifs=[_, *_]):
            yield _like(node, ifs=[])


def _like(node: ast.AST, **changes: object) -> ast.AST:
    made = copy.copy(node)
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def _is_a_word(text: str) -> bool:
    """Whether a text means something to programs; sentences are for people."""
    return bool(text) and " " not in text


def _is_docstring(parent: ast.AST | None) -> bool:
    return isinstance(parent, ast.Expr)


def _is_a_type(node: ast.AST) -> bool:
    """Whether an operator joins types, as in ``A | None``."""
    return (
        isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.BitOr)
        and "None" in ast.unparse(node)
    )
