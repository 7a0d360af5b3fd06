"""What of a capability's inputs differs by model, put together as ``only_for`` has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import define, field

from modelhunter_codegen.flatten import same
from modelhunter_codegen.source_literals import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from modelhunter_codegen.proven import Code
    from modelhunter_codegen.provider.annotations import Annotations
    from modelhunter_codegen.provider.fields import InputField, InputRule, Inputs

_LIMITS: tuple[Code, ...] = (
    *("minimum", "maximum", "multiple_of", "min_length", "max_length", "pattern"),
    *("min_items", "max_items"),
)


@define(eq=False)
class Differences:
    """The differences of one capability; ``rules`` are those of all models, as source."""

    annotations: Annotations
    inputs: Inputs
    models: Sequence[str]
    rules: list[Code] = field(factory=list)
    _said: dict[tuple[Code, Code], list[str]] = field(factory=dict)
    """The models of which something is said: by keyword and marks, or by "" and a rule."""

    def __attrs_post_init__(self) -> None:
        for model in self.models:
            fields, own = self.inputs.narrowed(model)
            for name, one in self.inputs.base.items():
                self._compare(model, one, fields.get(name))
            for rule in own:
                self._say(model, "", self.rule(rule))
        everybody = list(self.models)
        rules = [said for said in self._said if not said[0]]
        shared = [said for said in rules if self._said[said] == everybody]
        self.rules.extend(text for _, text in shared)
        self.rules.extend(self.rule(rule) for rule in self.inputs.rules())
        for said in shared:
            del self._said[said]

    def source(self) -> list[Code]:
        """A call of ``only_for`` for each group of models, as source."""
        groups: dict[tuple[str, ...], list[tuple[Code, Code]]] = {}
        for said, models in self._said.items():
            groups.setdefault(tuple(models), []).append(said)
        return [self._only_for(models, said) for models, said in groups.items()]

    def _only_for(self, models: Iterable[str], said: Sequence[tuple[Code, Code]]) -> Code:
        given: list[Code] = [literal(model) for model in models]
        given.extend(text for keyword, text in said if not keyword)
        given.extend(f"{keyword}={text}" for keyword, text in said if keyword)
        return f"{self.annotations.name('only_for')}({', '.join(given)})"

    def _say(self, model: str, keyword: Code, text: Code) -> None:
        self._said.setdefault((keyword, text), []).append(model)

    def rule(self, rule: InputRule) -> Code:
        """A rule as source."""
        mark: Code = ", unverified=True" if rule.unverified else ""
        name = self.annotations.name("Rule")
        return f"{name}(schema={literal(rule.schema)}, message={literal(rule.message)}{mark})"

    def _compare(self, model: str, old: InputField, new: InputField | None) -> None:
        if new is None:
            self._say(model, old.keyword, self.annotations.name("Absent"))
            return
        marks = self._marks(old, new)
        if marks:
            text = marks[0] if len(marks) == 1 else f"({', '.join(marks)})"
            self._say(model, old.keyword, text)

    def _marks(self, old: InputField, new: InputField) -> list[Code]:
        """The marks that make one field of another."""
        write = self.annotations
        changed = _changed(old, new)
        found: list[Code] = []
        if new.media is not None and new.media != old.media:
            found.append(write.media(new.media))
        if "choices" in changed:
            found.append(write.one_of(new.values["choices"]))
        limits: dict[Code, Any] = {n: new.values[n] for n in _LIMITS if n in changed}
        found += write.limits(new, limits)
        if new.pixels is not None and new.pixels != old.pixels:
            found.append(write.pixels(new.pixels))
        if "default" in changed:
            found.append(write.default(new.values["default"]))
        if "required" in changed:
            found.append(write.name("Required"))
        if "description" in changed:
            found.append(literal(new.values["description"]))
        if old.item is not None and new.item is not None and old.item != new.item:
            inner = self._marks(old.item, new.item)
            if inner:
                found.append(f"{write.name('Each')}({', '.join(inner)})")
        marked = [one for one in new.unverified if one in changed or one not in old.unverified]
        return [*found, *write.inferred(marked)]


def _changed(old: InputField, new: InputField) -> set[str]:
    """The attributes that are another, or known in another way; what is said anew is documented."""
    found: set[str] = {
        name
        for name, value in new.values.items()
        if name not in old.values or not _equal(value, old.values[name])
    }
    known_otherwise = set(old.unverified) ^ set(new.unverified)
    return found | {name for name in known_otherwise if name in new.values}


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(same(one, other))
