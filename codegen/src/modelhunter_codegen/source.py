"""Reading YAML and JSON so that every node knows its line and its JSON pointer.

YAML is read as version 1.2 says: ``on``, ``off``, ``yes``, ``no`` and dates stay strings. Keys are
always strings, as in JSON.
"""

from __future__ import annotations

import json
import re
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Any, TypeAlias

import yaml

from modelhunter_codegen.problems import DescriptionError, Location, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Value: TypeAlias = Any
"""A node: :class:`Map`, :class:`Seq`, or a plain scalar."""

_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: dict[str, Value] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_MAX_DEPTH = 400
_ADDRESS = re.compile(r"https?:/")
_MOST_ALIASED = 100_000
"""So many mappings and lists may stand in a file by aliases alone."""


class _Placed:
    """Where a node stands: its file, its parent and the key under which the parent has it."""

    __slots__ = ()
    file: str
    parent: Map | Seq | None
    key: str
    line: int

    @property
    def pointer(self) -> str:
        """The JSON pointer of this node in its file."""
        steps: list[str] = []
        node: Any = self
        while node.parent is not None:
            steps.append(node.key.replace("~", "~0").replace("/", "~1"))
            node = node.parent
        return "".join(f"/{step}" for step in reversed(steps))

    @property
    def start(self) -> int:
        """The line to show for this node: that of its key, where it has one."""
        above = self.parent
        return above.lines.get(self.key, self.line) if isinstance(above, Map) else self.line


class Map(dict[str, Value], _Placed):
    """A mapping; ``lines`` holds the line of each key."""

    __slots__ = ("file", "key", "line", "lines", "parent")

    def __init__(
        self, file: str, line: int, parent: Map | Seq | None = None, key: str = ""
    ) -> None:
        super().__init__()
        self.file, self.line, self.parent, self.key = file, line, parent, key
        self.lines: dict[str, int] = {}

    def where(self, key: str | None = None) -> Location:
        """The location of this node, or of the member under ``key``."""
        if key is None:
            return Location(self.file, self.start, self.pointer)
        step = key.replace("~", "~0").replace("/", "~1")
        return Location(self.file, self.lines.get(key, self.line), f"{self.pointer}/{step}")

    def like(self, members: dict[str, Value]) -> Map:
        """Another mapping at this one's place: a view of it that the generator made."""
        made = Map(self.file, self.line, self.parent, self.key)
        made.update(members)
        made.lines = self.lines
        return made


class Seq(list[Value], _Placed):
    """A sequence."""

    __slots__ = ("file", "key", "line", "parent")

    def __init__(
        self, file: str, line: int, parent: Map | Seq | None = None, key: str = ""
    ) -> None:
        super().__init__()
        self.file, self.line, self.parent, self.key = file, line, parent, key

    def where(self, key: str | None = None) -> Location:
        """The location of this node, or of the item at an index, ``key``."""
        step = "" if key is None else f"/{key}"
        return Location(self.file, self.start, self.pointer + step)

    def maps(self) -> Iterator[Map]:
        """The items that are mappings."""
        return (item for item in self if isinstance(item, Map))


def read(path: Path, shown: str) -> Map:
    """Read a description; ``shown`` is the file's name in messages.

    Raises:
        DescriptionError: the file can't be read, is no YAML or JSON, or holds no mapping.
    """
    try:
        content = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise _unread(path, shown, error) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise _bad(shown, line, "it is not UTF-8", "save it as UTF-8") from None
    try:
        root = _parse(content, shown, is_json=path.suffix == ".json")
    except RecursionError:
        raise _bad(shown, 1, "it is nested too deeply to read", "flatten it") from None
    if not isinstance(root, Map):
        what = "nothing" if root is None else "a list" if isinstance(root, Seq) else "plain text"
        message = f"there is {what} in it, and not a mapping of keys to values"
        raise _bad(shown, 0, message, "check that this is the file")
    return root


def _unread(path: Path, shown: str, error: OSError) -> DescriptionError:
    if _ADDRESS.match(shown):
        message = "it is on the network, and the generator reads files only"
        return _bad(shown, 0, message, "save it as a file and give that")
    if path.is_dir():
        return _bad(shown, 0, "it is a folder", "give the file in it")
    if not path.exists():
        return _bad(shown, 0, "there is no such file", "check the path")
    return _bad(shown, 0, f"can't read it: {error.strerror}", "check the path")


def _parse(content: str, shown: str, *, is_json: bool) -> Value:
    if is_json:
        return _Json(content, shown).read()
    if content.lstrip()[:1] == "{":
        try:
            return _Json(content, shown).read()
        except DescriptionError:
            return _from_yaml(content, shown)
    return _from_yaml(content, shown)


def _bad(file: str, line: int, message: str, hint: str) -> DescriptionError:
    return DescriptionError([Problem(Location(file, line, ""), "unreadable", message, hint)])


# ------------------------------------------------------------------------------------- YAML


class _Composer(yaml.CBaseLoader):
    """Makes nodes without tags, which nobody reads here and which cost a sixth of the time."""

    def resolve(self, kind: type, value: Any, implicit: Any) -> str:
        return ""

    def descend_resolver(self, current_node: Any, current_index: Any) -> None:
        pass

    def ascend_resolver(self) -> None:
        pass


def _from_yaml(content: str, file: str) -> Value:
    try:
        loader = _Composer(content)
        node = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        text = content.split("\n")[line - 1] if content.count("\n") >= line - 1 else ""
        if "\t" in text[: len(text) - len(text.lstrip())]:
            raise _bad(file, line, "it is not YAML: a tab", "indent with spaces") from None
        raise _bad(file, line, f"it is not YAML: {error.problem or error}", "") from None
    except yaml.YAMLError as error:
        raise _bad(file, 1, f"it is not YAML: {error}", "") from None
    return None if node is None else _Yaml(file).value(node, None, "")


class _Yaml:
    """Turns the nodes that libyaml made into ours. An alias shares the node it stands for.

    ``size`` counts what there is with every alias written out.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.made: dict[int, Value] = {}
        self.sizes: dict[int, int] = {}
        self.size = 0
        self.open: set[int] = set()

    def value(self, node: yaml.Node, parent: Map | Seq | None, key: str) -> Value:
        if isinstance(node, yaml.ScalarNode):
            return self.scalar(node)
        identity = id(node)
        if identity in self.open:
            line = node.start_mark.line + 1
            raise _bad(self.file, line, "an alias contains itself", "use $ref for recursion")
        if identity in self.made:
            self.size += self.sizes[identity]
            return self.made[identity]
        self.open.add(identity)
        before = self.size
        self.size += 1
        if len(self.open) > _MAX_DEPTH:
            raise RecursionError
        made = (
            self.mapping(node, parent, key)
            if isinstance(node, yaml.MappingNode)
            else self.sequence(node, parent, key)
        )
        self.open.discard(identity)
        self.made[identity] = made
        self.sizes[identity] = self.size - before
        if self.size > _MOST_ALIASED + 10 * len(self.made):
            line = node.start_mark.line + 1
            raise _bad(self.file, line, "aliases of aliases make it huge", "use $ref instead")
        return made

    def sequence(self, node: yaml.Node, parent: Map | Seq | None, key: str) -> Seq:
        made = Seq(self.file, node.start_mark.line + 1, parent, key)
        made.extend(self.value(item, made, str(index)) for index, item in enumerate(node.value))
        return made

    def mapping(self, node: yaml.MappingNode, parent: Map | Seq | None, key: str) -> Map:
        made = Map(self.file, node.start_mark.line + 1, parent, key)
        merged: list[Value] = []
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise _bad(self.file, line, "a key must be a plain word", "")
            name = key_node.value
            if name == "<<" and not key_node.style:
                merged.append(self.value(value_node, made, name))
                continue
            if name in made:
                raise _bad(self.file, line, f"the key {name!r} stands twice", "remove one")
            made.lines[name] = line
            made[name] = self.value(value_node, made, name)
        for source in merged:
            for base in source if isinstance(source, Seq) else [source]:
                if not isinstance(base, Map):
                    raise _bad(self.file, made.line, "`<<` takes mappings", "")
                for name, value in base.items():
                    made.setdefault(name, value)
                    made.lines.setdefault(name, base.lines.get(name, base.line))
        return made

    def scalar(self, node: yaml.ScalarNode) -> Value:
        text: str = node.value
        if node.style:
            return text
        if text in _WORDS:
            return _WORDS[text]
        first = text[0]
        if first.isdigit() or first in "+-.":
            return _number(text)
        return text


def _number(text: str) -> Value:
    try:
        if _INT.fullmatch(text):
            return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
        if _FLOAT.fullmatch(text):
            return float(text)
    except ValueError:  # more digits than Python converts
        return text
    return text


# ------------------------------------------------------------------------------------- JSON

_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?")
_CONSTANTS = (("true", True), ("false", False), ("null", None))


class _Json:
    """A JSON reader that keeps lines; the heavy part, strings, is the standard library's."""

    def __init__(self, content: str, file: str) -> None:
        self.text = content
        self.file = file
        self.position = 0
        self.line = 1
        self.counted = 0
        self.depth = 0

    def read(self) -> Value:
        value = self.value(None, "")
        self.space()
        if self.position != len(self.text):
            raise self.bad("there is more after the end of the document")
        return value

    def bad(self, message: str) -> DescriptionError:
        before = self.text[: self.position].rstrip(" \t\n\r")
        there = self.text[self.position : self.position + 1]
        hint = ""
        if before.endswith(",") and there in ("}", "]"):
            hint = "remove the comma before it"
        elif there == "'" or there.isidentifier():
            hint = "JSON has keys and texts in double quotes"
        return _bad(self.file, self.here(), f"it is not JSON: {message}", hint)

    def here(self) -> int:
        self.line += self.text.count("\n", self.counted, self.position)
        self.counted = self.position
        return self.line

    def space(self) -> str:
        match = _SPACE.match(self.text, self.position)
        if match is not None:
            self.position = match.end()
        return self.text[self.position : self.position + 1]

    def value(self, parent: Map | Seq | None, key: str) -> Value:
        char = self.space()
        if char == '"':
            return self.string()
        if char in ("{", "["):
            self.depth += 1
            if self.depth > _MAX_DEPTH:
                raise RecursionError
            made = self.mapping(parent, key) if char == "{" else self.sequence(parent, key)
            self.depth -= 1
            return made
        for word, constant in _CONSTANTS:
            if self.text.startswith(word, self.position):
                self.position += len(word)
                return constant
        match = _NUMBER.match(self.text, self.position)
        if match is None:
            raise self.bad("a value is missing")
        self.position = match.end()
        return _number(match.group())

    def string(self) -> str:
        try:
            text, self.position = scanstring(self.text, self.position + 1, True)
        except json.JSONDecodeError as error:
            raise self.bad(error.msg) from None
        return str(text)

    def mapping(self, parent: Map | Seq | None, key: str) -> Map:
        made = Map(self.file, self.here(), parent, key)
        self.position += 1
        if self.space() == "}":
            self.position += 1
            return made
        while True:
            if self.space() != '"':
                raise self.bad("a key is missing")
            line = self.here()
            name = self.string()
            if name in made:
                raise _bad(self.file, line, f"the key {name!r} stands twice", "remove one")
            if self.space() != ":":
                raise self.bad("a colon is missing")
            self.position += 1
            made.lines[name] = line
            made[name] = self.value(made, name)
            if self.separator("}"):
                return made

    def sequence(self, parent: Map | Seq | None, key: str) -> Seq:
        made = Seq(self.file, self.here(), parent, key)
        self.position += 1
        if self.space() == "]":
            self.position += 1
            return made
        while True:
            made.append(self.value(made, str(len(made))))
            if self.separator("]"):
                return made

    def separator(self, end: str) -> bool:
        char = self.space()
        if char not in (",", end) or not char:
            raise self.bad(f"a comma or {end} is missing")
        self.position += 1
        return char == end
