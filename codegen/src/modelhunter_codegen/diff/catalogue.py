"""Changes of a provider's catalogue: models, capabilities, inputs by model, prices."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from attrs import define, field

from modelhunter_codegen.diff.inputs import (
    InputChange,
    input_changes,
    input_renames,
    rule_changes,
)
from modelhunter_codegen.diff.reading import location
from modelhunter_codegen.source import Map, Seq
from modelhunter_codegen.source_literals import one_line

if TYPE_CHECKING:
    from modelhunter_codegen.diff.changes import Impact
    from modelhunter_codegen.diff.models import ModelComparison, Places
    from modelhunter_codegen.provider.facts import CapabilityFacts, ModelFacts, ProviderFacts
    from modelhunter_codegen.provider.fields import InputField


def compare_catalogues(models: ModelComparison, old: ProviderFacts, new: ProviderFacts) -> None:
    """Record how a catalogue changed."""
    _Catalogues(models, old, new).compare()


@define(eq=False)
class _Catalogues:
    models: ModelComparison
    old: ProviderFacts
    new: ProviderFacts
    _shared: dict[str, set[InputChange]] = field(factory=dict)
    """By capability: the changes of inputs that the schemas tell already."""

    def compare(self) -> None:
        at = (location(self.old.node, "provider"), location(self.new.node, "provider"))
        if self.old.name != self.new.name:
            words = f"the provider is called {self.new.name} now"
            self._add("breaking", "provider-renamed", self.old.name, words, at)
        self._capabilities()
        before = {model.id: model for model in self.old.models}
        after = {model.id: model for model in self.new.models}
        moved = {old: new for new, one in after.items() for old in _aliases(one)}
        for name, model in before.items():
            if name in after:
                self._model(model, after[name])
            elif name in moved:
                words = f"the model is called {moved[name]} now; the old name is an alias"
                at = (location(model.node), location(after[moved[name]].node))
                self._add("safe", "model-renamed", name, words, at)
                self._model(model, after[moved[name]])
            else:
                at = (location(model.node), None)
                self._add("breaking", "model-removed", name, "the model is gone", at)
        for name, model in after.items():
            if name not in before and not _aliases(model) & before.keys():
                words = f"the model is new: {', '.join(model.capabilities)}{_price_words(model)}"
                at = (None, location(model.node))
                self._add("safe", "model-added", name, words, at, adds=True)

    def _add(
        self, impact: Impact, kind: str, about: str, words: str, at: Places, *, adds: bool = False
    ) -> None:
        self.models.changes.add(impact, kind, about, words, at, adds=adds)

    # ------------------------------------------------------------------------ capabilities

    def _capabilities(self) -> None:
        before, after = self.old.capabilities, self.new.capabilities
        for name in before:
            about = f"{self.new.name} {name}"
            if name not in after:
                at = (_capability_at(self.old, name), None)
                self._add("breaking", "capability-removed", about, "the capability is gone", at)
                continue
            self._capability(about, name, before[name], after[name])
        for name in after:
            if name not in before:
                at = (None, _capability_at(self.new, name))
                about, words = f"{self.new.name} {name}", "the capability is new"
                self._add("safe", "capability-added", about, words, at, adds=True)

    def _capability(
        self, about: str, name: str, old: CapabilityFacts, new: CapabilityFacts
    ) -> None:
        self._shared[name] = set(input_changes(old.inputs.base.values(), new.inputs.base.values()))
        at = (location(old.output), location(new.output))
        before: dict[str, InputField] = {one.keyword: one for one in old.inputs.base.values()}
        after: dict[str, InputField] = {one.keyword: one for one in new.inputs.base.values()}
        renamed = {
            before[one.old].name: after[one.new].name for one in input_renames(before, after)
        }
        for role in dict.fromkeys((*old.output, *new.output)):
            had = _under_new_names(old.output.get(role), renamed)
            if role.startswith("x-") or had == new.output.get(role):
                continue
            words = f"the {role} of the result comes from {_role(new.output.get(role))}"
            words += f", was {_role(old.output.get(role))}"
            self._add("possibly", "output-changed", about, words, at)
        if old.typical_seconds != new.typical_seconds:
            at = (_capability_at(self.old, name), _capability_at(self.new, name))
            words = f"it takes about {new.typical_seconds} s, was {old.typical_seconds} s"
            self._add("safe", "duration-changed", about, words, at)

    # ------------------------------------------------------------------------ models

    def _model(self, old: ModelFacts, new: ModelFacts) -> None:
        at = (location(old.node), location(new.node))
        for name in sorted(_aliases(old) - _aliases(new) - {new.id}):
            words = f"the alias {name} is gone"
            self._add("breaking", "alias-removed", new.id, words, at)
        for name in sorted(_aliases(new) - _aliases(old) - {old.id}):
            words = f"the alias {name} is new"
            self._add("safe", "alias-added", new.id, words, at, adds=True)
        if old.node.get("status") != new.node.get("status"):
            words = f"its status is {new.node.get('status')}, was {old.node.get('status')}"
            places = (location(old.node, "status"), location(new.node, "status"))
            self._add("safe", "status-changed", new.id, words, places)
        listed = (location(old.node, "capabilities"), location(new.node, "capabilities"))
        for name in old.capabilities:
            if name in new.capabilities:
                self._inputs(name, old, new)
            else:
                words = f"it has no {name} any more"
                self._add("breaking", "model-lost-capability", new.id, words, listed)
        for name in new.capabilities:
            if name not in old.capabilities:
                words = f"it has {name} now"
                self._add("safe", "model-gained-capability", new.id, words, listed, adds=True)
        self._price(old, new)

    def _inputs(self, capability: str, old: ModelFacts, new: ModelFacts) -> None:
        fields, rules = old.capabilities[capability]
        new_fields, new_rules = new.capabilities[capability]
        at = (
            location(self.old.capabilities[capability].inputs.request),
            location(self.new.capabilities[capability].inputs.request),
        )
        told = self._shared.get(capability, set())
        for change in input_changes(fields, new_fields):
            if change not in told:
                words = f"{capability}: {change.words}"
                self._add(change.impact, change.kind, new.id, words, at, adds=change.adds)
        for change in rule_changes(rules, new_rules):
            words = f"{capability}: {change.words}"
            self._add(change.impact, change.kind, new.id, words, at, adds=change.adds)

    # ------------------------------------------------------------------------ prices

    def _price(self, old: ModelFacts, new: ModelFacts) -> None:
        before, after = old.node.get("price"), new.node.get("price")
        at = (location(old.node, "price"), location(new.node, "price"))
        if not isinstance(before, Map) or not isinstance(after, Map):
            if isinstance(after, Map):
                words = f"its price is known now{_price_words(new)}"
                self._add("safe", "price-added", new.id, words, at, adds=True)
            elif isinstance(before, Map):
                words = "its price is not known any more, so it can't be estimated"
                self._add("breaking", "price-removed", new.id, words, at)
            return
        if _without_marks(before) == _without_marks(after):
            return
        if before.get("unit") != after.get("unit") or before.get("quantity") != after.get(
            "quantity"
        ):
            words = f"its price is{_range(after)}, was{_range(before)}"
            self._add("possibly", "price-unit-changed", new.id, words, at)
            return
        dearer = any(_more(after.get(key), before.get(key)) for key in ("low", "high"))
        if (before.get("low"), before.get("high")) != (after.get("low"), after.get("high")):
            words = f"its price is{_range(after)}, was{_range(before)}"
            if dearer:
                words += "; a budget or max_cost may refuse what it let through"
            impact: Impact = "possibly" if dearer else "safe"
            self._add(impact, "price-raised" if dearer else "price-lowered", new.id, words, at)
        for key in ("rates", "factors", "extra_quantity", "depends_on"):
            if _without_marks(before.get(key)) != _without_marks(after.get(key)):
                words = f"its price is made up otherwise ({key.replace('_', ' ')})"
                self._add("possibly", "price-rule-changed", new.id, words, at)


def _aliases(model: ModelFacts) -> set[str]:
    given = model.node.get("aliases")
    return {str(name) for name in given} if isinstance(given, Seq) else set()


def _capability_at(facts: ProviderFacts, name: str) -> Any:
    return location(facts.node["capabilities"], name)


def _under_new_names(role: Any, renamed: Mapping[str, str]) -> Any:
    """A role whose input goes by another name now, which is told elsewhere."""
    if isinstance(role, Mapping) and "field" in role:
        return {**role, "field": renamed.get(role["field"], role["field"])}
    return renamed.get(role, role) if isinstance(role, str) else role


def _role(given: Any) -> str:
    if isinstance(given, Mapping):
        told = f"the input {given['field']}" if "field" in given else repr(given.get("value"))
        return f"{told}, translated" if given.get("values") else told
    return "nothing" if given is None else one_line(str(given))


def _more(one: Any, other: Any) -> bool:
    try:
        return Decimal(str(one)) > Decimal(str(other))
    except InvalidOperation:
        return False


def _range(price: Map) -> str:
    low, high = price.get("low"), price.get("high")
    amount = f"{low} USD" if low == high else f"{low} to {high} USD"
    return f" {amount} a {price.get('unit')}"


def _price_words(model: ModelFacts) -> str:
    price = model.node.get("price")
    return f",{_range(price)}" if isinstance(price, Map) else ""


def _without_marks(value: Any) -> Any:
    """A value without what says how it became known."""
    if isinstance(value, Mapping):
        return {k: _without_marks(v) for k, v in value.items() if k != "x-unverified"}
    return [_without_marks(item) for item in value] if isinstance(value, list) else value
