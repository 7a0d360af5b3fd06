"""YAML as nodes that know their lines.

It is read as version 1.2 says: ``on``, ``off``, ``yes``, ``no`` and dates stay strings. Keys are
always strings, as in JSON.
"""

from __future__ import annotations

from typing import Any

import yaml

from modelhunter_codegen.numbers import HALF, MAX_DEPTH, TOO_LARGE, has_half, number
from modelhunter_codegen.problems import unreadable
from modelhunter_codegen.source import Map, Seq, Value

_WORDS: dict[str, Value] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_MOST_ALIASED = 100_000
"""So many mappings and lists may stand in a file by aliases alone."""


class _Composer(yaml.CBaseLoader):
    """Makes nodes without tags, which nobody reads here and which cost a sixth of the time.

    It counts how deep they nest: PyYAML before 6.0.4 overflows the C stack on what is deep enough.
    """

    def __init__(self, content: str) -> None:
        super().__init__(content)
        self.depth = 0

    def resolve(self, kind: type, value: Any, implicit: Any) -> str:
        return ""

    def descend_resolver(self, current_node: Any, current_index: Any) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH + 1:  # the last may be a plain word
            raise RecursionError

    def ascend_resolver(self) -> None:
        self.depth -= 1


def read_yaml(content: str, file: str) -> Value:
    """The value that YAML holds; ``file`` is its name in messages.

    Raises:
        DescriptionError: it is no YAML, a key stands twice, or an alias contains itself.
        RecursionError: it is nested too deeply.
    """
    try:
        loader = _Composer(content)
        node = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        if "nesting depth" in (error.problem or ""):  # PyYAML from 6.0.4 on, while reading ahead
            raise RecursionError from None
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        text = content.split("\n")[line - 1] if content.count("\n") >= line - 1 else ""
        if "\t" in text[: len(text) - len(text.lstrip())]:
            raise unreadable(file, line, "it is not YAML: a tab", "indent with spaces") from None
        raise unreadable(file, line, f"it is not YAML: {error.problem or error}", "") from None
    except yaml.YAMLError as error:
        raise unreadable(file, 1, f"it is not YAML: {error}", "") from None
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
            raise unreadable(self.file, line, "an alias contains itself", "use $ref for recursion")
        if identity in self.made:
            self.size += self.sizes[identity]
            return self.made[identity]
        self.open.add(identity)
        before = self.size
        self.size += 1
        if len(self.open) > MAX_DEPTH:
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
            raise unreadable(self.file, line, "aliases of aliases make it huge", "use $ref instead")
        return made

    def sequence(self, node: yaml.Node, parent: Map | Seq | None, key: str) -> Seq:
        made = Seq(self.file, node.start_mark.line + 1, parent, key)
        for index, item in enumerate(node.value):  # a generator takes a frame more per level
            made.append(self.value(item, made, str(index)))
        return made

    def mapping(self, node: yaml.MappingNode, parent: Map | Seq | None, key: str) -> Map:
        made = Map(self.file, node.start_mark.line + 1, parent, key)
        merged: list[Value] = []
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise unreadable(self.file, line, "a key must be a plain word", "")
            name = key_node.value
            if has_half(name):
                raise unreadable(self.file, line, *HALF)
            if name == "<<" and not key_node.style:
                merged.append(self.value(value_node, made, name))
                continue
            if name in made:
                raise unreadable(self.file, line, f"the key {name!r} stands twice", "remove one")
            made.lines[name] = line
            made[name] = self.value(value_node, made, name)
        for source in merged:
            for base in source if isinstance(source, Seq) else [source]:
                if not isinstance(base, Map):
                    raise unreadable(self.file, made.line, "`<<` takes mappings", "")
                for name, value in base.items():
                    made.setdefault(name, value)
                    made.lines.setdefault(name, base.lines.get(name, base.line))
        return made

    def scalar(self, node: yaml.ScalarNode) -> Value:
        text: str = node.value
        if node.style:
            if has_half(text):
                raise unreadable(self.file, node.start_mark.line + 1, *HALF)
            return text
        if text in _WORDS:
            return _WORDS[text]
        first = text[0]
        if first.isdigit() or first in "+-.":
            try:
                return number(text)
            except OverflowError:
                line = node.start_mark.line + 1
                raise unreadable(self.file, line, *TOO_LARGE) from None
        return text
