"""The inputs of a capability as JSON Schema, for whoever fills them in without having read more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modelhunter.documents import number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from modelhunter.plugins.catalogue import Capability, Field

_LIMITS = {
    "minimum": "minimum",
    "maximum": "maximum",
    "multiple_of": "multipleOf",
    "min_length": "minLength",
    "max_length": "maxLength",
    "pattern": "pattern",
    "min_items": "minItems",
    "max_items": "maxItems",
}


def input_schema(capability: Capability) -> dict[str, Any]:
    """What a capability takes, by the keywords of ``client.submit``, as an object's JSON Schema.

    Lists of values that may have grown are examples rather than an ``enum``; what holds across
    inputs stands in the description, since few programs that read schemas know conditions.
    """
    schema = _object(capability.fields)
    rules = [rule.message for rule in capability.rules]
    if rules:
        schema["description"] = "Also: " + "; ".join(rules)
    return schema


def _object(fields: Iterable[Field]) -> dict[str, Any]:
    known = tuple(fields)
    return {
        "type": "object",
        "properties": {field.keyword: _field(field) for field in known},
        "required": [field.keyword for field in known if field.required],
        "additionalProperties": False,
    }


def _field(field: Field) -> dict[str, Any]:
    schema: dict[str, Any] = _object(field.properties) if field.properties else {"type": field.type}
    if field.other_types:
        schema["type"] = [field.type, *field.other_types]
    schema |= {
        theirs: number(value)
        for ours, theirs in _LIMITS.items()
        if (value := getattr(field, ours)) is not None
    }
    if field.choices:
        open_ended = field.is_inferred("choices") or bool(field.other_types)
        schema["examples" if open_ended else "enum"] = [number(each) for each in field.choices]
    if field.item is not None:
        schema["items"] = _field(field.item)
    if field.default is not None:
        schema["default"] = number(field.default)
    text = _description(field)
    return schema | ({"description": text} if text else {})


def _description(field: Field) -> str:
    parts = [field.description.rstrip(".")] if field.description else []
    if field.media is not None:
        also = ", a data: URI" if field.media.data_uri else ""
        parts.append(f"{_article(field.media.kind)}: an https URL{also} or the path of a file")
        limits = _media_limits(field.media)
        if limits:
            parts.append(limits)
    if field.pixels is not None and field.pixels.presets:
        parts.append("also " + ", ".join(map(str, field.pixels.presets)))
    return ". ".join(parts)


def _article(kind: str) -> str:
    return f"{'An' if kind[:1] in 'aeiou' else 'A'} {kind}"


def _media_limits(media: Any) -> str:
    said: Mapping[str, str] = {
        "formats": ", ".join(media.formats),
        "at most": "" if media.max_bytes is None else f"{media.max_bytes} bytes",
    }
    return "; ".join(f"{name} {value}" for name, value in said.items() if value)
