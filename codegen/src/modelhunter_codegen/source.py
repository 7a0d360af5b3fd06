"""The nodes of a description: every one knows its file, its line and its JSON pointer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from modelhunter_codegen.problems import Location

if TYPE_CHECKING:
    from collections.abc import Iterator

Value: TypeAlias = object
"""A node: :class:`Map`, :class:`Seq`, or a plain scalar. Nobody knows which before looking."""


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

    def text(self, key: str) -> str | None:
        """The member under ``key`` where it is text, else None."""
        value = self.get(key)
        return value if isinstance(value, str) else None

    def mapping(self, key: str) -> Map | None:
        """The member under ``key`` where it is a mapping, else None."""
        value = self.get(key)
        return value if isinstance(value, Map) else None

    def sequence(self, key: str) -> Seq | None:
        """The member under ``key`` where it is a list, else None."""
        value = self.get(key)
        return value if isinstance(value, Seq) else None

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
