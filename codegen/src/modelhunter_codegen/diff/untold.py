"""What would be generated otherwise and no comparison of facts told: the guarantee of ``diff``.

Both descriptions are rendered, and what differs in the text and was not told is told as that, class
by class and function by function.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from modelhunter_codegen.diff.changes import Change
    from modelhunter_codegen.proven import Code, FilePath

_WORD = re.compile(r"[^\W\d]\w*")
_COMMON = frozenset(("models", "inputs", "inline", "arguments", "of"))
"""Words of subjects that name no class or function."""


_BESIDE = {"servers-changed": ("BASE_URL", "Client")}
"""What a kind of change leads to elsewhere."""


@frozen
class Untold:
    """A class, a function or the rest of a module (``name`` is empty) that reads otherwise now.

    ``text`` says that nothing but documentation differs.
    """

    path: str
    name: str
    text: bool

    @property
    def subject(self) -> str:
        """What users write for it: ``models.Task``, ``tasks.get_task``, ``client``."""
        parts = self.path.removesuffix(".py").removesuffix("__init__").strip("/").split("/")
        module = parts[0] if parts[0] in ("models", "inline") and self.name else ".".join(parts)
        return ".".join(part for part in (module, self.name) if part) or "the package"


@frozen
class Told:
    """The names of classes, functions and models that were told of, and the words about them."""

    names: set[str] = field(factory=set)

    @classmethod
    def of(cls, changes: Iterable[Change]) -> Told:
        """The names in the subjects of changes."""
        found: set[str] = set()
        for change in changes:
            dotted = (text for text in change.message.split() if "." in text.strip(".,;"))
            for text in (change.subject, *dotted, *_BESIDE.get(change.kind, ())):
                found.update(map(_plain, _WORD.findall(text)))
        return cls(found - set(map(_plain, _COMMON)))

    def covers(self, name: str, old: str, new: str) -> bool:
        """Whether a difference follows from what was told: it is of that, or mentions it."""
        plain = _plain(name)
        if plain and any(told in plain for told in self.names if len(told) > 2):
            return True
        return not self.names.isdisjoint(_differing_words(old, new))


def untold(
    old: Mapping[FilePath, Code], new: Mapping[FilePath, Code], changes: Iterable[Change]
) -> Iterator[Untold]:
    """What differs in the texts of modules, by path, and follows from none of the changes.

    The README tells of the same operations in words, and is left out.
    """
    told = Told.of(changes)
    nothing: Code = ""
    for path in sorted(path for path in old.keys() | new.keys() if path.endswith(".py")):
        one_text, other_text = old.get(path, nothing), new.get(path, nothing)
        if one_text == other_text:
            continue
        before, after = _pieces(one_text), _pieces(other_text)
        follows = False
        for name in sorted({*before, *after}, key=_is_helper):
            one, other = before.get(name, ""), after.get(name, "")
            if one == other:
                continue
            used = told.names and _is_reader(path, name)
            if used or told.covers(name, one, other) or (follows and _is_helper(name)):
                follows = True
            else:
                yield Untold(path, name, _without_texts(one) == _without_texts(other))


def _is_reader(path: str, name: str) -> bool:
    """Whether a piece reads or writes a class, and comes and goes with who needs that."""
    in_models = path.startswith(("models/", "inline/"))
    return in_models and name.startswith(("decode_", "encode_"))


def _is_helper(name: str) -> bool:
    """Whether a piece is there for others of its module."""
    return not name or name.startswith("_")


def _pieces(source: str) -> dict[str, str]:
    """The source of a module by class and function; what else it has under an empty name."""
    lines = source.splitlines()
    found: dict[str, list[str]] = {}
    end = 0
    for node in ast.parse(source).body:
        start = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))])
        text = lines[start - 1 : node.end_lineno]
        last = node.end_lineno or start
        if start <= end:  # two statements on one line
            text = lines[end:last]
        end = last
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            continue  # they follow from the rest
        found.setdefault(_name(node), []).extend(text)
    return {name: "\n".join(text) for name, text in found.items()}


def _name(node: ast.stmt) -> str:
    if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
        return node.name
    target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
    shown = isinstance(target, ast.Name) and not target.id.startswith("_")
    return target.id if shown and isinstance(target, ast.Name) else ""


def _without_texts(source: str) -> str:
    """What a piece of source does, without what it says to readers."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [one for one in body if not _is_text(one)]  # type: ignore[attr-defined]
    return ast.dump(tree)


def _is_text(node: object) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _differing_words(old: str, new: str) -> set[str]:
    """The words in lines that only one of two pieces has."""
    lines = set(old.splitlines()) ^ set(new.splitlines())
    return {_plain(word) for line in lines for word in _WORD.findall(line)}


def _plain(name: str) -> str:
    return name.replace("_", "").lower()
