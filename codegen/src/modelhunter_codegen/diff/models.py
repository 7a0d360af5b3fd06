"""Changes of models, enumerations and aliases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, field

from modelhunter_codegen import ir
from modelhunter_codegen.deprecated_names import former_names, former_values
from modelhunter_codegen.diff.changes import Impact, narrowing, widening
from modelhunter_codegen.diff.facts import plain_changes
from modelhunter_codegen.diff.limits import Facts, differences, facts_of, facts_of_model, same_facts
from modelhunter_codegen.diff.reading import location
from modelhunter_codegen.diff.renames import find_renames
from modelhunter_codegen.diff.variants import closed, tags
from modelhunter_codegen.diff.words import in_words
from modelhunter_codegen.render.reading import is_required, keeps_null

if TYPE_CHECKING:
    from modelhunter_codegen.diff.changes import Changes
    from modelhunter_codegen.diff.fitting import Fitting
    from modelhunter_codegen.diff.reading import Description
    from modelhunter_codegen.problems import Location

Places = tuple["Location | None", "Location | None"]


@define(eq=False)
class ModelComparison:
    """Compares pairs of definitions of an old and a new description."""

    old: Description
    new: Description
    fitting: Fitting
    changes: Changes
    arguments: dict[str, list[str]] = field(factory=dict)
    """By key of a model: the functions that take its fields as arguments."""

    def compare(self, old: ir.Definition, new: ir.Definition) -> None:
        """Record how a definition changed."""
        if isinstance(old, ir.Model) and isinstance(new, ir.Model):
            _Models(self, old, new).compare()
        elif isinstance(old, ir.Enumeration) and isinstance(new, ir.Enumeration):
            self._enumerations(old, new)
        elif isinstance(old, ir.Alias) and isinstance(new, ir.Alias):
            self._aliases(old, new)
        else:
            self.changes.add(
                "breaking",
                "kind-changed",
                subject(new),
                f"it is {_KINDS[type(new)]}, was {_KINDS[type(old)]}",
                (location(old.node), location(new.node)),
            )

    def subject_of(self, definition: ir.Definition) -> str:
        """What users write for a definition, with the functions that take it apart."""
        functions = self.arguments.get(definition.key)
        taken = f" (arguments of {', '.join(functions)})" if functions else ""
        return f"{subject(definition)}{taken}"

    def _enumerations(self, old: ir.Enumeration, new: ir.Enumeration) -> None:
        _, received = directions(new)
        before = {value: member for member, value in old.members}
        after = {value: member for member, value in new.members}
        at = (location(old.node, "enum"), location(new.node, "enum"))
        about = subject(new)
        former = former_values(new.node)
        for value, member in before.items():
            if value in after:
                if after[value] != member:
                    words = f"{new.name}.{member} is called {after[value]} now"
                    self.changes.add("breaking", "member-renamed", about, words, at)
            elif value in former:
                words = (
                    f"{value!r} is {former[value]!r} now; the old value works for one release and "
                    "warns"
                )
                self.changes.add("possibly", "value-renamed", about, words, at)
            else:
                words = f"the value {value!r} is gone, and {new.name}.{member} with it"
                self.changes.add("breaking", "value-removed", about, words, at)
        for value, member in after.items():
            if value not in before and value not in former.values():
                words = f"{new.name}.{member} ({value!r}) is new"
                impact = widening(received=received)
                self.changes.add(impact, "value-added", about, words, at, adds=True)

    def _aliases(self, old: ir.Alias, new: ir.Alias) -> None:
        sent, received = directions(new)
        at = (location(old.node), location(new.node))
        self.compare_type(old.type, new.type, subject(new), "it", at, sent=sent, received=received)
        self.compare_limits(
            old.node, new.node, subject(new), "it", at, sent=sent, received=received
        )

    # ------------------------------------------------------------------------ values

    def compare_type(
        self,
        old: ir.Type,
        new: ir.Type,
        about: str,
        name: str,
        at: Places,
        *,
        sent: bool,
        received: bool,
    ) -> None:
        """Record a change of type, judged by the ways that values travel."""
        relation = self.fitting.relation(old, new)
        if relation == "same":
            self._compare_variants(old, new, about, name, at, sent=sent, received=received)
            return
        impact: Impact = "breaking"
        if relation == "wider" and not received:
            impact = "safe"
        elif relation == "wider" and self._is_open(old):
            impact = "possibly"
        elif relation == "narrower" and not sent:
            impact = "safe"
        before = in_words(old, self.old.package.definitions)
        after = in_words(new, self.new.package.definitions)
        words = f"{name} is {after}, was {before}"
        kind = "type-changed" if relation == "different" else f"type-{relation}"
        self.changes.add(impact, kind, about, words, at)

    def _compare_variants(
        self,
        old: ir.Type,
        new: ir.Type,
        about: str,
        name: str,
        at: Places,
        *,
        sent: bool,
        received: bool,
    ) -> None:
        """Record how the variants of a type are told apart, which leaves its values as they are."""
        before = tags(old, self.old.package.definitions)
        after = tags(new, self.new.package.definitions)
        for word, meant in before.items():
            if word not in after:
                words = f"{name}: no variant is told by {word} any more, it was {meant}"
                self.changes.add("breaking", "tag-removed", about, words, at)
            elif self._other_class(meant, after[word]):
                words = f"{name}: {word} tells {after[word]}, it was {meant}"
                self.changes.add("breaking", "tag-changed", about, words, at)
        for word, meant in after.items():
            if word not in before:
                words = f"{name}: {meant} is told by {word} now"
                self.changes.add(widening(received=received), "tag-added", about, words, at)
        if closed(old) != closed(new):
            now = any(closed(new))
            words = f"{name} takes {'no other values any more' if now else 'other values too'}"
            impact = narrowing(sent=sent) if now else widening(received=received)
            self.changes.add(impact, "constant-changed", about, words, at)

    def _other_class(self, old: str, new: str) -> bool:
        """Whether two words for types mean different ones, renamed classes taken into account."""
        if old == new:
            return False
        definitions, others = self.old.package.definitions, self.new.package.definitions
        renamed = {definitions[k].name: others[v].name for k, v in self.fitting.pairs.items()}
        return renamed.get(old, old) != new  # type: ignore[call-overload, no-any-return]

    def _is_open(self, made: ir.Type) -> bool:
        """Whether a type lets other strings through already, as enumerations do."""
        if isinstance(made, ir.Literals):
            return not made.closed
        return isinstance(made, ir.Named) and isinstance(
            self.old.package.definitions.get(made.key), ir.Enumeration
        )

    def compare_limits(
        self,
        old: object,
        new: object,
        about: str,
        name: str,
        at: Places,
        *,
        sent: bool,
        received: bool,
    ) -> None:
        """Record changes of limits and defaults."""
        before, after = facts_of(self.old.lowerer, old), facts_of(self.new.lowerer, new)
        self.compare_facts(before, after, about, name, at, sent=sent, received=received)

    def compare_facts(
        self,
        before: Facts,
        after: Facts,
        about: str,
        name: str,
        at: Places,
        *,
        sent: bool,
        received: bool,
    ) -> None:
        """Record changes of what schemas say about values."""
        for direction, words in differences(before, after):
            impact: Impact = "possibly"
            if direction == "narrower":
                impact = narrowing(sent=sent)
            elif direction == "wider":
                impact = widening(received=received)
            kind = "default-changed" if direction == "default" else f"limit-{direction}"
            self.changes.add(impact, kind, about, f"{name}: {words}", at)


_KINDS = {ir.Model: "a class", ir.Enumeration: "an enumeration", ir.Alias: "an alias of a type"}


def subject(definition: ir.Definition) -> str:
    """What users write for a definition: ``models.Task``."""
    home = definition.home.module
    return f"{home.partition('.')[0]}.{definition.name}" if "." in home else definition.name


def directions(definition: ir.Definition) -> tuple[bool, bool]:
    """Whether users send it, and whether they receive it; what no call has comes by a webhook."""
    return definition.in_request, definition.in_response or not definition.in_request


@define(eq=False)
class _Models:
    """One pair of models."""

    comparison: ModelComparison
    old: ir.Model
    new: ir.Model

    @property
    def about(self) -> str:
        return self.comparison.subject_of(self.new)

    def compare(self) -> None:
        before = {prop.wire: prop for prop in self.old.properties}
        after = {prop.wire: prop for prop in self.new.properties}
        gone = {wire: prop for wire, prop in before.items() if wire not in after}
        come = {wire: prop for wire, prop in after.items() if wire not in before}
        self._respelled(gone, come)
        renames = find_renames(
            gone,
            come,
            former=lambda prop: former_names(prop.node),
            equal=self._equal,
            telling=lambda prop: not isinstance(prop.type, ir.Scalar),
        )
        for rename in renames:
            old, new = gone.pop(rename.old), come.pop(rename.new)
            self._renamed(old, new, declared=rename.declared)
        for prop in gone.values():
            words = f"the field {prop.python} is gone"
            self._add("breaking", "field-removed", words, self._at(prop, None))
        for prop in come.values():
            self._came(prop)
        for wire in before.keys() & after.keys():
            self._property(before[wire], after[wire])
        self._extra()
        self._subtypes()
        self._as_a_whole()

    def _add(
        self, impact: Impact, kind: str, words: str, at: Places, *, adds: bool = False
    ) -> None:
        self.comparison.changes.add(impact, kind, self.about, words, at, adds=adds)

    def _at(self, old: ir.Property | None, new: ir.Property | None) -> Places:
        return (
            location(old.node) or location(self.old.node) if old else location(self.old.node),
            location(new.node) or location(self.new.node) if new else location(self.new.node),
        )

    # ------------------------------------------------------------------------ names

    def _respelled(self, gone: dict[str, ir.Property], come: dict[str, ir.Property]) -> None:
        """Fields that go by the same Python name as before and by another on the wire."""
        for wire, prop in list(gone.items()):
            twin = next((one for one in come.values() if one.python == prop.python), None)
            if twin is not None:
                del gone[wire], come[twin.wire]
                words = f"{twin.python} is {twin.wire!r} on the wire, was {prop.wire!r}"
                self._add("safe", "wire-name-changed", words, self._at(prop, twin))
                self._property(prop, twin)

    def _equal(self, old: ir.Property, new: ir.Property) -> bool:
        comparison = self.comparison
        facts = facts_of(comparison.old.lowerer, old.node)
        return (
            comparison.fitting.relation(old.type, new.type) == "same"
            and is_required(old, self.old) == is_required(new, self.new)
            and old.nullable == new.nullable
            and same_facts(facts, facts_of(comparison.new.lowerer, new.node))
        )

    def _renamed(self, old: ir.Property, new: ir.Property, *, declared: bool) -> None:
        words = f"the field {old.python} is called {new.python} now"
        if declared:
            words += "; the old name works for one release and warns"
        self._add(
            "possibly" if declared else "breaking", "field-renamed", words, self._at(old, new)
        )
        self._property(old, new)

    def _came(self, prop: ir.Property) -> None:
        at = self._at(None, prop)
        sent, _ = directions(self.new)
        if sent and self._needed(prop, self.new):
            words = f"the new field {prop.python} must be given"
            self._add("breaking", "required-field-added", words, at)
        else:
            words = f"the field {prop.python} is new"
            self._add("safe", "field-added", words, at, adds=True)

    # ------------------------------------------------------------------------ one field

    def _needed(self, prop: ir.Property, model: ir.Model) -> bool:
        return is_required(prop, model) and not (prop.has_default and not prop.nullable)

    def _property(self, old: ir.Property, new: ir.Property) -> None:
        at = self._at(old, new)
        sent, received = directions(self.new)
        if old.wire == new.wire and old.python != new.python:
            words = f"the field {old.python} is called {new.python} now"
            self._add("breaking", "field-renamed", words, at)
        if sent:
            self._given(old, new, at)
        if received:
            self._read(old, new, at)
        compare = self.comparison
        ways = {"sent": sent and not new.read_only, "received": received and not new.write_only}
        compare.compare_type(old.type, new.type, self.about, new.python, at, **ways)
        compare.compare_limits(old.node, new.node, self.about, new.python, at, **ways)
        for impact, kind, words in plain_changes(old, new, new.python):
            self._add(impact, kind, words, at)
        if _deprecated(new) and not _deprecated(old):
            self._add("safe", "deprecated", f"{new.python} is deprecated", at)
        elif _deprecated(old) and not _deprecated(new):
            words = f"{new.python} is not deprecated any more"
            self._add("safe", "no-longer-deprecated", words, at)

    def _given(self, old: ir.Property, new: ir.Property, at: Places) -> None:
        """What changed for those who make an object."""
        name = new.python
        if new.read_only and not old.read_only:
            self._add("breaking", "read-only", f"{name} is set by the server only", at)
            return
        if old.read_only and not new.read_only:
            self._add("safe", "no-longer-read-only", f"{name} can be given now", at, adds=True)
        before, after = self._needed(old, self.old), self._needed(new, self.new)
        if after and not before:
            self._add("breaking", "now-required", f"{name} must be given now", at)
        elif before and not after:
            self._add("safe", "no-longer-required", f"{name} can be left out now", at, adds=True)
        null_before, null_after = _takes_null(old), _takes_null(new)
        if null_before and not null_after:
            self._add("breaking", "null-refused", f"{name} can't be null any more", at)
        elif null_after and not null_before:
            leaves_out = not is_required(old, self.old) and keeps_null(new, self.new)
            words = f"{name} may be null now"
            if leaves_out:
                words += ", which None says; leave it out where None meant nothing"
            impact: Impact = "possibly" if leaves_out else "safe"
            self._add(impact, "null-allowed", words, at, adds=True)

    def _read(self, old: ir.Property, new: ir.Property, at: Places) -> None:
        """What changed for those who read an object."""
        before, after = _blanks(old, self.old), _blanks(new, self.new)
        if after - before:
            words = f"{new.python} may be {' or '.join(sorted(after - before))} now"
            self._add("breaking", "may-be-absent", words, at)
        elif before - after:
            words = f"{new.python} is never {' or '.join(sorted(before - after))} any more"
            self._add("safe", "always-there", words, at)

    # ------------------------------------------------------------------------ the rest

    def _extra(self) -> None:
        old, new = self.old.extra, self.new.extra
        at = (location(self.old.node), location(self.new.node))
        sent, received = directions(self.new)
        if old is not None and new is None:
            self._add("breaking", "extra-removed", "it takes no further members any more", at)
        elif old is None and new is not None:
            self._add("safe", "extra-added", "it takes further members now", at, adds=True)
        elif old is not None and new is not None:
            self.comparison.compare_type(
                old, new, self.about, "its further members", at, sent=sent, received=received
            )

    def _as_a_whole(self) -> None:
        """What an object must fulfil beside its fields, and what is compared as it is."""
        comparison = self.comparison
        at = (location(self.old.node), location(self.new.node))
        sent, received = directions(self.new)
        before = facts_of_model(comparison.old.lowerer, self.old.node)
        after = facts_of_model(comparison.new.lowerer, self.new.node)
        comparison.compare_facts(before, after, self.about, "it", at, sent=sent, received=received)
        for impact, kind, words in plain_changes(self.old, self.new):
            self._add(impact, kind, words, at)

    def _subtypes(self) -> None:
        at = (location(self.old.node), location(self.new.node))
        before, after = dict(self.old.subtypes), dict(self.new.subtypes)
        if self.old.tag != self.new.tag:
            words = f"its kinds are told apart by {self.new.tag}, was {self.old.tag}"
            self._add("breaking", "tag-changed", words, at)
        _, received = directions(self.new)
        for value in before.keys() - after.keys():
            self._add("breaking", "kind-removed", f"its kind {value!r} is gone", at)
        for value in before.keys() & after.keys():
            if self.comparison.fitting.relation(before[value], after[value]) != "same":
                words = f"its kind {value!r} is another class"
                self._add("breaking", "kind-changed", words, at)
        for value in after.keys() - before.keys():
            words = f"its kind {value!r} is new"
            self._add(widening(received=received), "kind-added", words, at, adds=True)


def _deprecated(prop: ir.Property) -> bool:
    return prop.node is not None and prop.node.get("deprecated") is True


def _takes_null(prop: ir.Property) -> bool:
    return prop.nullable or prop.type in (ir.ANY, ir.NULL)


def _blanks(prop: ir.Property, model: ir.Model) -> set[str]:
    """What stands in a field that has no value."""
    blanks = {"None"} if prop.nullable else set()
    if not is_required(prop, model):
        blanks.add("UNSET" if keeps_null(prop, model) else "None")
    return blanks
