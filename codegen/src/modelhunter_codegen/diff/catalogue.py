"""Changes of a provider's catalogue: models, capabilities, inputs by model, prices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from attrs import define, field

from modelhunter_codegen.diff.inputs import (
    InputChange,
    input_changes,
    input_renames,
    rule_changes,
)
from modelhunter_codegen.diff.prices import in_words, price_changes
from modelhunter_codegen.diff.reading import location
from modelhunter_codegen.provider.facts import ROLES
from modelhunter_codegen.provider.inputs import class_names
from modelhunter_codegen.source import Map, Seq
from modelhunter_codegen.source_literals import one_line

if TYPE_CHECKING:
    from modelhunter_codegen.diff.changes import Impact
    from modelhunter_codegen.diff.models import ModelComparison, Places
    from modelhunter_codegen.proven import Name
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
    _classes: tuple[Mapping[str, Name], Mapping[str, Name]] = field(init=False)
    """The typed inputs by capability, old and new."""
    _renamed: dict[str, dict[str, str]] = field(factory=dict)
    """By capability: the inputs that go by another name now."""

    def __attrs_post_init__(self) -> None:
        self._classes = (class_names(self.old), class_names(self.new))

    def compare(self) -> None:
        at = (location(self.old.node, "provider"), location(self.new.node, "provider"))
        if self.old.name != self.new.name:
            words = f"the provider is called {self.new.name} now"
            self._add("breaking", "provider-renamed", self.old.name, words, at)
        for key in ("title", "description", "documentation"):
            self._text(key, self.new.name, self.old.node, self.new.node)
        if self.old.prices_read != self.new.prices_read:
            words = f"its prices were read on {self.new.prices_read}, was {self.old.prices_read}"
            places = tuple(location(one.node, "prices_read") for one in (self.old, self.new))
            self._add("safe", "prices-read", self.new.name, words, (places[0], places[1]))
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

    def _text(self, key: str, about: str, old: Map, new: Map) -> None:
        """A text for readers."""
        if old.text(key) != new.text(key):
            words = f"its {key} says something else"
            at = (location(old, key), location(new, key))
            self._add("safe", "documentation-changed", about, words, at)

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
        before: dict[str, InputField] = {one.keyword: one for one in old.inputs.base.values()}
        after: dict[str, InputField] = {one.keyword: one for one in new.inputs.base.values()}
        for one in input_renames(before, after):
            self._renamed.setdefault(name, {})[before[one.old].name] = after[one.new].name
        self._class(name, old, new)
        self._inputs(name, old, new)
        at = (location(old.output), location(new.output))
        renamed = self._renamed.get(name, {})
        for role in ("media", *ROLES):
            had = _under_new_names(old.output.get(role), renamed)
            if had == new.output.get(role):
                continue
            words = f"the {role} of the result comes from {_role(new.output.get(role))}"
            words += f", was {_role(old.output.get(role))}"
            if role == "media":
                words = f"it makes {new.output.get(role)}, was {old.output.get(role)}"
            self._add("possibly", "output-changed", about, words, at)
        at = (_capability_at(self.old, name), _capability_at(self.new, name))
        if old.typical_seconds != new.typical_seconds:
            words = f"it takes about {_seconds(new)}, was {_seconds(old)}"
            self._add("safe", "duration-changed", about, words, at)
        if old.endpoint.operation_id != new.endpoint.operation_id:
            words = f"it is started by {new.endpoint.operation_id}"
            words += f", was {old.endpoint.operation_id}"
            self._add("safe", "operation-changed", about, words, at)

    def _class(self, name: str, old: CapabilityFacts, new: CapabilityFacts) -> None:
        """The name of the typed input."""
        before, after = self._classes[0][name], self._classes[1][name]
        if before != after:
            words = f"the class is called inputs.{after} now"
            at = (location(old.inputs.input), location(new.inputs.input))
            self._add("breaking", "class-renamed", f"inputs.{before}", words, at)

    # ------------------------------------------------------------------------ inputs

    def _inputs(self, name: str, old: CapabilityFacts, new: CapabilityFacts) -> None:
        """What changed for all models is told of the class, the rest of the models."""
        told = list(input_changes(old.inputs.base.values(), new.inputs.base.values()))
        by_change: dict[InputChange, list[str]] = {}
        models = {
            one.id: other
            for one in self.old.models
            for other in self.new.models
            if one.id == other.id or one.id in _aliases(other)
        }
        common = [
            (one, models[one.id])
            for one in self.old.models
            if one.id in models and name in one.capabilities and name in models[one.id].capabilities
        ]
        renamed = self._renamed.get(name, {})
        for model, later in common:
            fields, rules = model.capabilities[name]
            new_fields, new_rules = later.capabilities[name]
            changes = [*input_changes(fields, new_fields), *rule_changes(rules, new_rules, renamed)]
            for change in changes:
                by_change.setdefault(change, []).append(later.id)
        told += [
            change
            for change, ids in by_change.items()
            if len(ids) == len(common) and change not in told
        ]
        about = f"inputs.{self._classes[1][name]}"
        at = (location(old.inputs.input), location(new.inputs.input))
        for change in told:
            self._add(change.impact, change.kind, about, change.words, at, adds=change.adds)
        at = (location(old.inputs.request), location(new.inputs.request))
        for change, ids in by_change.items():
            if change not in told:
                for model_id in ids:
                    words = f"{name}: {change.words}"
                    self._add(change.impact, change.kind, model_id, words, at, adds=change.adds)

    # ------------------------------------------------------------------------ models

    def _model(self, old: ModelFacts, new: ModelFacts) -> None:
        at = (location(old.node), location(new.node))
        for name in sorted(_aliases(old) - _aliases(new) - {new.id}):
            words = f"the alias {name} is gone"
            self._add("breaking", "alias-removed", new.id, words, at)
        for name in sorted(_aliases(new) - _aliases(old) - {old.id}):
            words = f"the alias {name} is new"
            self._add("safe", "alias-added", new.id, words, at, adds=True)
        for key in ("title", "description"):
            self._text(key, new.id, old.node, new.node)
        if old.node.get("status") != new.node.get("status"):
            words = f"its status is {new.node.get('status')}, was {old.node.get('status')}"
            places = (location(old.node, "status"), location(new.node, "status"))
            self._add("safe", "status-changed", new.id, words, places)
        listed = (location(old.node, "capabilities"), location(new.node, "capabilities"))
        for name in old.capabilities:
            if name not in new.capabilities:
                words = f"it has no {name} any more"
                self._add("breaking", "model-lost-capability", new.id, words, listed)
        for name in new.capabilities:
            if name not in old.capabilities:
                words = f"it has {name} now"
                self._add("safe", "model-gained-capability", new.id, words, listed, adds=True)
        self._price(old, new)

    # ------------------------------------------------------------------------ prices

    def _price(self, old: ModelFacts, new: ModelFacts) -> None:
        at = (location(old.node, "price"), location(new.node, "price"))
        renamed: dict[str, str] = {}
        for name in old.capabilities:
            renamed |= self._renamed.get(name, {})
        for one in price_changes(old.node.get("price"), new.node.get("price"), renamed):
            self._add(one.impact, one.kind, new.id, one.words, at, adds=one.adds)


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


def _seconds(facts: CapabilityFacts) -> str:
    return "no known time" if facts.typical_seconds is None else f"{facts.typical_seconds} s"


def _price_words(model: ModelFacts) -> str:
    price = model.node.get("price")
    return f",{in_words(price)}" if isinstance(price, Map) else ""
