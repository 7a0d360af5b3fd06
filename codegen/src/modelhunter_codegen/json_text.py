"""JSON as nodes that know their lines."""

from __future__ import annotations

import json
import re
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import TYPE_CHECKING

from modelhunter_codegen.numbers import HALF, MAX_DEPTH, TOO_LARGE, has_half, number
from modelhunter_codegen.problems import unreadable
from modelhunter_codegen.source import Map, Seq, Value

if TYPE_CHECKING:
    from modelhunter_codegen.problems import DescriptionError

_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?")
_CONSTANTS = (("true", True), ("false", False), ("null", None))


def read_json(content: str, file: str) -> Value:
    """The value that JSON holds; ``file`` is its name in messages.

    Raises:
        DescriptionError: it is no JSON, or a key stands twice.
        RecursionError: it is nested too deeply.
    """
    return _Json(content, file).read()


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
        return unreadable(self.file, self.here(), f"it is not JSON: {message}", hint)

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
            if self.depth > MAX_DEPTH:
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
        try:
            return number(match.group())
        except OverflowError:
            raise unreadable(self.file, self.here(), *TOO_LARGE) from None

    def string(self) -> str:
        try:
            text, self.position = scanstring(self.text, self.position + 1, True)
        except json.JSONDecodeError as error:
            raise self.bad(error.msg) from None
        if has_half(text):
            raise unreadable(self.file, self.here(), *HALF)
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
                raise unreadable(self.file, line, f"the key {name!r} stands twice", "remove one")
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
