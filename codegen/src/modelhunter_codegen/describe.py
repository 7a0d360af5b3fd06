"""Documentation of a field or class from what its schema says: text, limits, default, marks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modelhunter_codegen.source import Map, Seq, Value
from modelhunter_codegen.source_literals import literal, one_line, paragraphs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modelhunter_codegen.flatten import Shape


def described(node: Value, shape: Shape | None = None) -> tuple[str, ...]:
    """The lines that document a class or alias."""
    source = shape.annotations if shape is not None else node if isinstance(node, Map) else {}
    lines = _text(source)
    if shape is not None:
        for note in dict.fromkeys(shape.rules.values()):
            lines += ["", *paragraphs(note)]
    if source.get("deprecated") is True:
        lines += ["", "Deprecated."]
    return _trimmed([*lines, *_marks(node)])


def field_doc(node: Value, shape: Shape | None, *, is_type: bool = False) -> tuple[str, ...]:
    """The lines that document one field or parameter whose schema is ``node``."""
    source: Mapping[str, Any] = node if isinstance(node, Map) else {}
    lines = _text(source)
    if not lines and shape is not None and not is_type:
        lines = _text(shape.annotations)
    facts = _new(limits(shape), lines) if shape is not None else []
    default = source.get("default")
    if default is not None:
        facts.append(f"default {_shown(default)}")
    if facts:
        lines += ["", f"{_sentence(facts)}."] if len(lines) > 1 else [f"{_sentence(facts)}."]
    if source.get("readOnly") is True:
        lines.append("Set by the server.")
    if source.get("writeOnly") is True:
        lines.append("Never sent back.")
    if source.get("deprecated") is True:
        lines.append("Deprecated.")
    return _trimmed([*lines, *_marks(source)])


def limits(shape: Shape) -> list[str]:
    """What narrows a value, in words: ``["1 to 100", "at most 20 characters"]``."""
    given = shape.limits
    facts = []
    low, high = given.get("minimum"), given.get("maximum")
    above, below = given.get("exclusiveMinimum"), given.get("exclusiveMaximum")
    if above is True:
        above, low = low, None
    if below is True:
        below, high = high, None
    facts += _range(low, high, "")
    if isinstance(above, (int, float)) and not isinstance(above, bool):
        facts.append(f"above {above}")
    if isinstance(below, (int, float)) and not isinstance(below, bool):
        facts.append(f"below {below}")
    if "multipleOf" in given:
        facts.append(f"a multiple of {given['multipleOf']}")
    facts += _range(given.get("minLength"), given.get("maxLength"), " characters")
    facts += _range(given.get("minItems"), given.get("maxItems"), " items")
    facts += _range(given.get("minProperties"), given.get("maxProperties"), " members")
    if given.get("uniqueItems") is True:
        facts.append("no item twice")
    if isinstance(given.get("pattern"), str):
        facts.append(f"matches {given['pattern']}")
    return [one_line(fact) for fact in facts]


def _new(facts: list[str], lines: list[str]) -> list[str]:
    """The facts that the text does not tell already."""
    told = " ".join(lines).lower()
    return [fact for fact in facts if fact.lower() not in told]


def _range(low: Any, high: Any, unit: str) -> list[str]:
    if low is None and high is None:
        return []
    low, high = _grouped(low), _grouped(high)
    if low == high:
        return [f"exactly {low}{unit}"]
    if low is None:
        return [f"at most {high}{unit}"]
    if high is None:
        return [f"at least {low}{unit}"]
    return [f"{low} to {high}{unit}"]


def _grouped(number: Any) -> Any:
    return f"{number:,}" if isinstance(number, int) else number


def _shown(value: Any) -> str:
    text = literal(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _sentence(facts: list[str]) -> str:
    text = "; ".join(facts)
    return text[:1].upper() + text[1:]


def _text(source: Mapping[str, Any]) -> list[str]:
    text = source.get("description")
    if not isinstance(text, str) or not text.strip():
        text = source.get("title")
    return paragraphs(text) if isinstance(text, str) else []


def _marks(node: Value) -> list[str]:
    """A note on what was inferred rather than documented (``x-unverified``)."""
    mark = node.get("x-unverified") if isinstance(node, Map) else None
    if mark is True:
        return ["Inferred, not documented."]
    if isinstance(mark, Seq) and mark:
        return [f"Inferred, not documented: {', '.join(str(name) for name in mark)}."]
    if isinstance(mark, Map) and mark:
        parts = (
            f"{key} ({', '.join(map(str, value))})" if isinstance(value, Seq) else str(key)
            for key, value in mark.items()
        )
        return [f"Inferred, not documented: {', '.join(parts)}."]
    return []


def _trimmed(lines: list[str]) -> tuple[str, ...]:
    while lines and not lines[0]:
        lines = lines[1:]
    return tuple(lines)
