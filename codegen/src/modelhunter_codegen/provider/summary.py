"""The facts of a provider as JSON, for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modelhunter_codegen import names

if TYPE_CHECKING:
    from modelhunter_codegen.provider.facts import ProviderFacts
    from modelhunter_codegen.provider.fields import InputField


def summary(facts: ProviderFacts) -> dict[str, Any]:
    """Its models with their names, and the inputs of each model's capabilities.

    The attributes of fields are those of ``modelhunter.plugins.Field``.
    """
    classes = names.resolve(facts.capabilities, names.pascal)
    return {
        "name": facts.name,
        "models": [
            {
                "id": model.id,
                "aliases": [str(name) for name in model.node.sequence("aliases") or ()],
                "capabilities": [
                    {
                        "name": name,
                        "class": classes[name],
                        "output": str(facts.capabilities[name].output.get("media")),
                        "fields": [_field(one) for one in fields],
                        "rules": [
                            {"schema": rule.schema, "message": rule.message} for rule in rules
                        ],
                    }
                    for name, (fields, rules) in model.capabilities.items()
                ],
            }
            for model in facts.models
        ],
    }


def _field(one: InputField) -> dict[str, Any]:
    return {
        **one.values,
        "name": one.name,
        "keyword": one.keyword,
        "item": None if one.item is None else _field(one.item),
        "properties": [_field(part) for part in one.properties],
        "media": None if one.media is None else dict(one.media.values),
    }
