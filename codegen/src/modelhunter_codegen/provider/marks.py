"""What was inferred and not read in documentation: the three forms of ``x-unverified``."""

from __future__ import annotations

from typing import Any

from attrs import frozen


@frozen
class Marks:
    """What of a node is inferred: the ``whole``, some keywords, or some members of keywords."""

    whole: bool = False
    keywords: tuple[str, ...] = ()
    members: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def of(cls, node: Any) -> Marks:
        """The marks of a schema or another node."""
        given = node.get("x-unverified") if isinstance(node, dict) else None
        if isinstance(given, list):
            return cls(keywords=tuple(map(str, given)))
        if isinstance(given, dict):
            members = (
                (keyword, str(member))
                for keyword, listed in given.items()
                for member in (listed if isinstance(listed, list) else ())
            )
            return cls(members=frozenset(members))
        return cls(whole=given is True)

    @classmethod
    def of_rule(cls, element: Any) -> Marks:
        """The marks of a rule: its own, and those of what it leads to, down to the inputs."""
        found = cls.of(element)
        if not isinstance(element, dict):
            return found
        inner = [element.get("then"), element.get("else"), *(element.get("allOf") or ())]
        properties = element.get("properties")
        if isinstance(properties, dict):
            inner.append(properties.get("input"))
        for part in inner:
            marks = cls.of_rule(part)
            found = cls(
                found.whole or marks.whole,
                found.keywords + marks.keywords,
                found.members | marks.members,
            )
        return found

    def has(self, keyword: str, member: str | None = None) -> bool:
        """Whether a keyword, or at least what it says of one member, is inferred."""
        return self.whole or keyword in self.keywords or (keyword, member) in self.members
