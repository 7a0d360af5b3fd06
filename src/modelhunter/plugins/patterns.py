r"""Patterns of plugins and descriptions, matched in bounded time.

Python's own matcher tries the ways through a pattern one after the other, and ``^(\w+\s?)+$`` has
more of them than there are atoms in the world. Here a pattern of which it can be seen that there
are few ways goes to Python, and any other to a matcher that takes each step at each place of the
text once. Engines that do the same (RE2) are not part of a bare install, and have no lookahead.

Patterns are those of :mod:`re` and match anywhere in a text, as in JSON Schema. What would need
more than that is refused when the plugin is loaded: references to groups, possessive and atomic
parts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from typing import Any

from attrs import frozen

_parser: Any = import_module("re._parser")
_MAXREPEAT: int = import_module("re._constants").MAXREPEAT

_LONGEST = 10_000
"""Characters of a pattern."""
_MOST_STEPS = 20_000
"""Steps of a program; counted repetitions are written out."""
_MOST_TAKEN = 1_000_000
"""Steps that are taken for one text: some two seconds."""
_FEW = 64
"""So many ways through a pattern are few."""
_EMPTY_HAS_NO_BOUNDARY = re.search(r"\B", "") is not None
r"""Whether ``\B`` is found in an empty text, as it is since Python 3.14."""
_FLAGS = re.UNICODE | re.IGNORECASE | re.DOTALL | re.MULTILINE | re.VERBOSE

CharTest = Callable[[str], bool]


class BadPattern(ValueError):
    """A pattern that is none, or that can't be matched in bounded time; the text says why."""


class TextTooLong(ValueError):
    """A text is too long for its pattern: to match it would take too many steps."""


@lru_cache(maxsize=256)
def compiled(source: str) -> Pattern:
    """A pattern, compiled once.

    Raises:
        BadPattern: it is none that can be used.
    """
    if len(source) > _LONGEST:
        raise BadPattern(f"it has {len(source):,} characters, and {_LONGEST:,} are the most")
    try:
        parsed = _parser.parse(source)
        plain = re.compile(source)
        ways = _Ways.of(parsed)
        if parsed.state.flags & re.MULTILINE == 0 and ways.are_few():
            return Pattern(source, plain, ())
        return Pattern(source, None, _Writer(parsed.state.flags).whole(parsed))
    except re.error as error:
        raise BadPattern(f"Python does not understand it: {error}") from None
    except (RecursionError, OverflowError, MemoryError):
        raise BadPattern("it is nested too deeply or repeats too often") from None


@frozen
class Pattern:
    """A compiled pattern: Python's own where that is quick for sure, else a program."""

    source: str
    _plain: re.Pattern[str] | None
    _program: tuple[_Step, ...]

    def finds(self, text: str) -> bool:
        """Whether the pattern matches anywhere in the text.

        Raises:
            TextTooLong: that would take too many steps.
        """
        if self._plain is not None:
            return self._plain.search(text) is not None
        run = _Run(text)
        tried: set[int] = set()
        return any(run.matches(self._program, at, tried) for at in range(len(text) + 1))


class _Ways:
    """How many ways Python may try: by parts without end, and by choices among the rest."""

    def __init__(self) -> None:
        self.endless = 0
        self.choices = 1
        self.anchored = False
        self.odd = False

    @classmethod
    def of(cls, parsed: Any) -> _Ways:
        made = cls()
        items = list(parsed)
        made.anchored = bool(items) and str(items[0][0]) == "AT" and _is_start(items[0][1])
        made.look(parsed, repeated=False)
        return made

    def are_few(self) -> bool:
        if self.odd or self.choices > _FEW:
            return False
        return self.endless == 0 or (self.endless == 1 and self.anchored)

    def look(self, parsed: Any, *, repeated: bool) -> None:
        for kind, argument in parsed:
            match str(kind):
                case "LITERAL" | "NOT_LITERAL" | "ANY" | "IN" | "AT":
                    pass
                case "SUBPATTERN":
                    self.look(argument[3], repeated=repeated)
                case "BRANCH":
                    self.choices *= len(argument[1])
                    for branch in argument[1]:
                        self.look(branch, repeated=repeated)
                case "MAX_REPEAT" | "MIN_REPEAT":
                    self._repeat(argument, repeated=repeated)
                case _:
                    self.odd = True

    def _repeat(self, argument: Any, *, repeated: bool) -> None:
        least, most, inner = argument
        within = len(inner) != 1 or str(inner[0][0]) not in ("LITERAL", "NOT_LITERAL", "ANY", "IN")
        if most == least == 1 or (most - least <= 1 and most == 1):
            self.choices *= 2
        elif most - least == 0 and not within:
            pass
        elif within or repeated:
            self.odd = True
        else:
            self.endless += 1
        self.look(inner, repeated=most > 1)


def _is_start(code: Any) -> bool:
    return str(code) in ("AT_BEGINNING", "AT_BEGINNING_STRING")


@frozen
class _Step:
    """One step of a program: ``then`` is the next, ``other`` another way on."""

    kind: str
    then: int = 0
    other: int = 0
    test: CharTest | None = None
    at: str = ""
    inner: tuple[_Step, ...] = ()
    wanted: bool = True
    back: int = 0


class _Writer:
    """Writes the program of a pattern."""

    def __init__(self, flags: int) -> None:
        if flags & ~_FLAGS:
            raise BadPattern("of flags it may have i, m, s and x")
        self.flags = flags
        self.steps: list[_Step] = []

    def whole(self, parsed: Any) -> tuple[_Step, ...]:
        self.all(parsed)
        self.add(_Step("found"))
        return tuple(self.steps)

    def add(self, step: _Step) -> int:
        if len(self.steps) >= _MOST_STEPS:
            raise BadPattern("with its repetitions written out it is too long")
        self.steps.append(step)
        return len(self.steps) - 1

    def all(self, parsed: Any) -> None:
        for kind, argument in parsed:
            self.one(str(kind), argument)

    def one(self, kind: str, argument: Any) -> None:
        match kind:
            case "LITERAL" | "NOT_LITERAL" | "ANY" | "IN":
                self.add(_Step("char", len(self.steps) + 1, test=self.char(kind, argument)))
            case "AT":
                name = str(argument)
                if self.flags & re.MULTILINE:
                    name = {"AT_BEGINNING": "AT_LINE", "AT_END": "AT_LINE_END"}.get(name, name)
                self.add(_Step("at", len(self.steps) + 1, at=name))
            case "SUBPATTERN":
                _, more, less, inner = argument
                before, self.flags = self.flags, (self.flags | more) & ~less
                if self.flags & ~_FLAGS:
                    raise BadPattern("of flags it may have i, m, s and x")
                self.all(inner)
                self.flags = before
            case "BRANCH":
                self.branch(argument[1])
            case "MAX_REPEAT" | "MIN_REPEAT":
                self.repeat(*argument)
            case "ASSERT" | "ASSERT_NOT":
                self.look(argument, wanted=kind == "ASSERT")
            case _:
                words = kind.lower().replace("_", " ")
                raise BadPattern(f"it has a part ({words}) that can't be matched in bounded time")

    def branch(self, branches: Any) -> None:
        ends = []
        for branch in branches[:-1]:
            split = self.add(_Step("split"))
            self.all(branch)
            ends.append(self.add(_Step("jump")))
            self.steps[split] = _Step("split", split + 1, len(self.steps))
        self.all(branches[-1])
        for end in ends:
            self.steps[end] = _Step("jump", len(self.steps))

    def repeat(self, least: int, most: int, inner: Any) -> None:
        for _ in range(least):
            self.all(inner)
        if most == _MAXREPEAT:
            split = self.add(_Step("split"))
            self.all(inner)
            self.add(_Step("jump", split))
            self.steps[split] = _Step("split", split + 1, len(self.steps))
            return
        splits = []
        for _ in range(most - least):
            splits.append(self.add(_Step("split")))
            self.all(inner)
        for split in splits:
            self.steps[split] = _Step("split", split + 1, len(self.steps))

    def look(self, argument: Any, *, wanted: bool) -> None:
        direction, inner = argument
        writer = _Writer(self.flags)
        writer.all(inner)
        writer.add(_Step("found" if direction > 0 else "here"))
        back = inner.getwidth()[0] if direction < 0 else 0
        program = tuple(writer.steps)
        self.add(_Step("look", len(self.steps) + 1, inner=program, wanted=wanted, back=back))

    def char(self, kind: str, argument: Any) -> CharTest:
        """Whether one character fits."""
        if kind == "ANY":
            return _anything if self.flags & re.DOTALL else _no_line_break
        if kind == "IN":
            test = _set_test(argument)
        elif kind == "LITERAL":
            test = chr(argument).__eq__
        else:
            test = chr(argument).__ne__
        return _in_any_case(test) if self.flags & re.IGNORECASE else test


def _anything(_: str) -> bool:
    return True


def _no_line_break(char: str) -> bool:
    return char != "\n"


def _in_any_case(test: CharTest) -> CharTest:
    return lambda char: test(char) or test(char.lower()) or test(char.upper())


def _set_test(members: Any) -> CharTest:
    tests = [_member_test(str(kind), argument) for kind, argument in members]
    negated = str(members[0][0]) == "NEGATE"
    return lambda char: any(test(char) for test in tests) != negated


def _member_test(kind: str, argument: Any) -> CharTest:
    if kind == "LITERAL":
        return chr(argument).__eq__
    if kind == "RANGE":
        low, high = argument
        return lambda char: low <= ord(char) <= high
    return _CATEGORIES.get(str(argument), lambda char: False)


def _is_word(char: str) -> bool:
    return char.isalnum() or char == "_"


_CATEGORIES: dict[str, CharTest] = {
    "CATEGORY_DIGIT": str.isdecimal,
    "CATEGORY_NOT_DIGIT": lambda char: not char.isdecimal(),
    "CATEGORY_SPACE": str.isspace,
    "CATEGORY_NOT_SPACE": lambda char: not char.isspace(),
    "CATEGORY_WORD": _is_word,
    "CATEGORY_NOT_WORD": lambda char: not _is_word(char),
}


class _Run:
    """Takes the steps of a program at the places of a text, and counts them."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.taken = 0

    def matches(
        self,
        program: tuple[_Step, ...],
        start: int,
        tried: set[int],
        end: int | None = None,
    ) -> bool:
        """Whether a program matches from here on.

        A state is a step at a place, as one number; ``tried`` has those that led nowhere before.
        """
        text, size = self.text, len(program)
        waiting = [start * size]
        while waiting:
            state = waiting.pop()
            if state in tried:
                continue
            tried.add(state)
            self.taken += 1
            if self.taken > _MOST_TAKEN:
                raise TextTooLong
            at, number = divmod(state, size)
            step = program[number]
            test = step.test
            if test is not None:
                if at < len(text) and test(text[at]):
                    waiting.append(state + size - number + step.then)
                continue
            kind = step.kind
            if kind == "split":
                waiting.append(state - number + step.other)
            elif kind == "found" or (kind == "here" and at == end):
                return True
            elif kind == "at":
                if not self._is_at(step.at, at):
                    continue
            elif kind == "look":
                begin = at - step.back
                found = begin >= 0 and self.matches(step.inner, begin, set(), at)
                if found != step.wanted:
                    continue
            elif kind != "jump":
                continue
            waiting.append(state - number + step.then)
        return False

    def _is_at(self, name: str, at: int) -> bool:
        text = self.text
        match name:
            case "AT_BEGINNING" | "AT_BEGINNING_STRING":
                return at == 0
            case "AT_LINE":
                return at == 0 or text[at - 1] == "\n"
            case "AT_END":
                return at == len(text) or (at == len(text) - 1 and text[at] == "\n")
            case "AT_LINE_END":
                return at == len(text) or text[at] == "\n"
            case "AT_END_STRING":
                return at == len(text)
        if not text:
            return name == "AT_NON_BOUNDARY" and _EMPTY_HAS_NO_BOUNDARY
        before = at > 0 and _is_word(text[at - 1])
        after = at < len(text) and _is_word(text[at])
        return (before != after) == (name == "AT_BOUNDARY")
