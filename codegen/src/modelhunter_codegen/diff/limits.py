"""What narrows a value beside its type, and how that changed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from attrs import field, frozen

from modelhunter_codegen.flatten import same
from modelhunter_codegen.kinds import STRING_FORMATS
from modelhunter_codegen.source import Map
from modelhunter_codegen.source_literals import literal, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from modelhunter_codegen.lower import Lowerer

Direction = Literal["narrower", "wider", "other", "default"]

_LOWER = {
    "minimum": "the minimum",
    "minLength": "the shortest length",
    "minItems": "the least number of items",
    "minProperties": "the least number of members",
    "minContains": "the least number of items of the kind that it must contain",
}
_UPPER = {
    "maximum": "the maximum",
    "maxLength": "the greatest length",
    "maxItems": "the greatest number of items",
    "maxProperties": "the greatest number of members",
    "maxContains": "the greatest number of items of the kind that it must contain",
}
_TEXTS = {
    "pattern": "the pattern",
    "format": "the format",
    "contentEncoding": "the encoding of its text",
    "contentMediaType": "the media type of its text",
    "contentSchema": "the schema of its text",
    "propertyNames": "the rule for the names of its members",
}
_EXCLUSIVE = {"minimum": "exclusiveMinimum", "maximum": "exclusiveMaximum"}
_ABSENT = object()

KEYWORDS = frozenset((*_LOWER, *_UPPER, *_EXCLUSIVE.values(), *_TEXTS, "multipleOf", "uniqueItems"))
"""The keywords that are compared here: all of ``keywords.LIMITS``."""


@frozen(eq=False)
class Facts:
    """The limits of a value and its default, with those of its ``parts`` (items, variants).

    Parts are shared where a schema is: what leads to one from many sides is compared once.
    ``rules`` are those across the members of an object, as JSON, with their words.
    """

    limits: Mapping[str, Any]
    default: Any
    parts: Mapping[str, Facts]
    rules: Mapping[str, str] = field(factory=dict)


NOTHING = Facts({}, _ABSENT, {})


def facts_of_model(lowerer: Lowerer, node: Any) -> Facts:
    """What a schema says about an object as a whole."""
    if not isinstance(node, Map):
        return NOTHING
    shape = lowerer.shape(node)
    return Facts(shape.limits, _ABSENT, {}, shape.rules)


def facts_of(lowerer: Lowerer, node: Any, known: dict[int, Facts] | None = None) -> Facts:
    """What a schema says about its values; objects with members say it where their class is.

    ``known`` are those of schemas around and before this one, by the identity of their nodes.
    """
    known = {} if known is None else known
    if not isinstance(node, Map):
        return NOTHING
    if id(node) in known:
        return known[id(node)]
    known[id(node)] = NOTHING  # what a schema says of itself within itself
    shape = lowerer.shape(node)
    default = node.get("default", shape.annotations.get("default", _ABSENT))
    if shape.properties:
        known[id(node)] = Facts({}, default, {})
        return known[id(node)]
    limits = dict(shape.limits)
    if shape.format is not None and shape.format not in STRING_FORMATS:
        limits["format"] = shape.format
    if shape.encoding is not None and shape.encoding not in STRING_FORMATS:
        limits["contentEncoding"] = shape.encoding
    parts: dict[str, Facts] = {}
    for word, found in (("items", shape.items), ("values", shape.additional)):
        if found:
            parts[word] = facts_of(lowerer, found[0], known)
    for number, part in enumerate(shape.prefix or ()):
        parts[f"item {number}"] = facts_of(lowerer, part, known)
    for group in shape.groups:
        for number, variant in enumerate(group.variants):
            parts[f"{group.keyword} {number}"] = facts_of(lowerer, variant, known)
    known[id(node)] = Facts(limits, default, parts, shape.rules)
    return known[id(node)]


def same_facts(old: Facts, new: Facts) -> bool:
    """Whether two schemas say the same."""
    return all(
        one.limits == other.limits
        and one.rules == other.rules
        and one.parts.keys() == other.parts.keys()
        and _equal(one.default, other.default)
        for _, one, other in _pairs(old, new)
    )


def differences(old: Facts, new: Facts) -> Iterator[tuple[Direction, str]]:
    """How the limits changed, each in words."""
    for place, one, other in _pairs(old, new):
        yield from _own_differences(one, other, f" of its {place}" if place else "")


def _pairs(old: Facts, new: Facts) -> Iterator[tuple[str, Facts, Facts]]:
    """The facts of two values and of their parts, with the place of these; each pair once."""
    seen: set[tuple[int, int]] = set()
    waiting = [("", old, new)]
    while waiting:
        place, one, other = waiting.pop()
        if (id(one), id(other)) in seen:
            continue
        seen.add((id(one), id(other)))
        yield place, one, other
        for word in sorted(one.parts.keys() & other.parts.keys(), reverse=True):
            inner = place if " " in word else word  # a variant is the value itself
            waiting.append((inner, one.parts[word], other.parts[word]))


def _own_differences(old: Facts, new: Facts, of: str) -> Iterator[tuple[Direction, str]]:
    for keyword, words in _LOWER.items():
        yield from _bound(old, new, keyword, f"{words}{of}", lower=True)
    for keyword, words in _UPPER.items():
        yield from _bound(old, new, keyword, f"{words}{of}", lower=False)
    yield from _step(old, new, of)
    yield from _unique(old, new, of)
    for keyword, said in _TEXTS.items():
        yield from _text(old, new, keyword, said, of)
    yield from _rules(old, new, of)
    if not _equal(old.default, new.default):
        yield "default", f"the default{of} is {_shown(new.default)}, was {_shown(old.default)}"


def _equal(one: Any, other: Any) -> bool:
    if one is _ABSENT or other is _ABSENT:
        return one is other
    return same(one, other)


def _shown(value: Any) -> str:
    return "none" if value is _ABSENT else one_line(literal(value))


def _limit(facts: Facts, keyword: str) -> tuple[float, bool] | None:
    """A bound, and whether it is excluded itself; both ways to write that are read."""
    limit = facts.limits.get(keyword)
    exclusive = facts.limits.get(_EXCLUSIVE.get(keyword, ""))
    if exclusive is True:
        return None if limit is None else (limit, True)
    if isinstance(exclusive, (int, float)) and not isinstance(exclusive, bool):
        return exclusive, True
    return None if not isinstance(limit, (int, float)) else (limit, False)


def _bound(
    old: Facts, new: Facts, keyword: str, words: str, *, lower: bool
) -> Iterator[tuple[Direction, str]]:
    before, after = _limit(old, keyword), _limit(new, keyword)
    if before == after:
        return
    if after is None:
        yield "wider", f"{words} is gone, was {_bounded(before)}"
        return
    if before is None:
        yield "narrower", f"{words} is {_bounded(after)}, was none"
        return
    rises = after > before if lower else (after[0], not after[1]) > (before[0], not before[1])
    yield (
        "narrower" if rises == lower else "wider",
        f"{words} is {_bounded(after)}, was {_bounded(before)}",
    )


def _bounded(bound: tuple[float, bool] | None) -> str:
    if bound is None:
        return "none"
    return f"{bound[0]}, excluded" if bound[1] else str(bound[0])


def _step(old: Facts, new: Facts, of: str) -> Iterator[tuple[Direction, str]]:
    before, after = old.limits.get("multipleOf"), new.limits.get("multipleOf")
    if before == after:
        return
    words = f"the step{of} is {after or 'gone'}, was {before or 'none'}"
    if after is None or (before is not None and _divides(after, before)):
        yield "wider", words
    elif before is None or _divides(before, after):
        yield "narrower", words
    else:
        yield "other", words


def _divides(step: Any, number: Any) -> bool:
    """Whether a number is a multiple of a step, as it is written and not as floats have it."""
    try:
        return Decimal(str(number)) % Decimal(str(step)) == 0
    except ArithmeticError:
        return False


def _unique(old: Facts, new: Facts, of: str) -> Iterator[tuple[Direction, str]]:
    if bool(old.limits.get("uniqueItems")) != bool(new.limits.get("uniqueItems")):
        if new.limits.get("uniqueItems"):
            yield "narrower", f"no item{of} may stand twice"
        else:
            yield "wider", f"items{of} may stand twice"


def _text(
    old: Facts, new: Facts, keyword: str, said: str, of: str
) -> Iterator[tuple[Direction, str]]:
    """A keyword whose values are compared as they are."""
    before, after = old.limits.get(keyword, _ABSENT), new.limits.get(keyword, _ABSENT)
    if _equal(before, after):
        return
    words = f"{said}{of} is {_shown(after)}, was {_shown(before)}"
    if after is _ABSENT:
        yield "wider", words
    else:
        yield "narrower" if before is _ABSENT else "other", words


def _rules(old: Facts, new: Facts, of: str) -> Iterator[tuple[Direction, str]]:
    for rule, words in new.rules.items():
        if rule not in old.rules:
            yield "narrower", f"a new rule{of}: {_sentence(words)}"
    for rule, words in old.rules.items():
        if rule not in new.rules:
            yield "wider", f"a rule{of} is gone: {_sentence(words)}"


def _sentence(words: str) -> str:
    return one_line(words).removesuffix(".")
