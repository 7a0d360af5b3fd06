"""How two types relate, as users of the generated code see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attrs import field, frozen

from modelhunter_codegen import ir

if TYPE_CHECKING:
    from collections.abc import Mapping

Relation = Literal["same", "wider", "narrower", "different"]


@frozen
class Fitting:
    """Compares types of two descriptions.

    ``pairs`` has, for each old definition, the key of the new one that took its place; what changed
    inside of such a pair is told once, there, and not wherever it is used.
    """

    old: Mapping[str, ir.Definition]
    new: Mapping[str, ir.Definition]
    pairs: Mapping[str, str]
    _back: dict[str, str] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        self._back.update({new: old for old, new in self.pairs.items()})

    def relation(self, old: ir.Type, new: ir.Type) -> Relation:
        """Whether the new type takes the same values, more, fewer or others."""
        forth = self._fits(old, self.old, new, self.new, self.pairs, {})
        back = self._fits(new, self.new, old, self.old, self._back, {})
        if forth and back:
            return "same"
        if forth:
            return "wider"
        return "narrower" if back else "different"

    def _fits(
        self,
        one: ir.Type,
        ones: Mapping[str, ir.Definition],
        other: ir.Type,
        others: Mapping[str, ir.Definition],
        pairs: Mapping[str, str],
        known: dict[tuple[int, int], bool],
    ) -> bool:
        """Whether every value of ``one`` is one of ``other``.

        ``known`` are pairs that were asked before, by their identity. One that is being asked is
        taken to fit; should it not, what was found to fit on that ground is forgotten.
        """

        def within(a: ir.Type, b: ir.Type) -> bool:
            pair, before = (id(a), id(b)), len(known)
            if pair in known:
                return known[pair]
            known[pair] = True
            if not self._fits(a, ones, b, others, pairs, known):
                for later in [*known][before:]:
                    if known[later]:
                        del known[later]
                known[pair] = False
            return known[pair]

        if other == ir.ANY:
            return True
        if (
            isinstance(one, ir.Named)
            and isinstance(other, ir.Named)
            and pairs.get(one.key, one.key) == other.key
        ):
            return True
        if isinstance(one, ir.Nullable):
            return within(ir.NULL, other) and within(one.inner, other)
        if isinstance(one, ir.Union):
            return all(within(variant, other) for variant in one.variants)
        if isinstance(one, ir.Named) and isinstance(ones.get(one.key), ir.Alias):
            return within(_meaning(one, ones), other)
        if isinstance(other, ir.Nullable):
            return one == ir.NULL or within(one, other.inner)
        if isinstance(other, ir.Union):
            return any(within(one, variant) for variant in other.variants)
        if isinstance(other, ir.Named) and isinstance(others.get(other.key), ir.Alias):
            return within(one, _meaning(other, others))
        if isinstance(one, ir.ListOf) and isinstance(other, ir.ListOf):
            return within(one.item, other.item)
        if isinstance(one, ir.MapOf) and isinstance(other, ir.MapOf):
            return within(one.value, other.value)
        if isinstance(one, ir.TupleOf) and isinstance(other, ir.TupleOf):
            return len(one.items) == len(other.items) and all(
                within(a, b) for a, b in zip(one.items, other.items, strict=True)
            )
        return _values_fit(one, ones, other, others)


def _meaning(made: ir.Named, definitions: Mapping[str, ir.Definition]) -> ir.Type:
    definition = definitions[made.key]
    return definition.type if isinstance(definition, ir.Alias) else made


def _values_fit(
    one: ir.Type,
    ones: Mapping[str, ir.Definition],
    other: ir.Type,
    others: Mapping[str, ir.Definition],
) -> bool:
    """The same for types without parts: scalars, constants and enumerations."""
    values, allowed = _listed(one, ones), _listed(other, others)
    if values is not None:
        if allowed is not None:
            return all(any(_same(v, a) for a in allowed) for v in values)
        return isinstance(other, ir.Scalar) and all(other.kind in _kinds(v) for v in values)
    if isinstance(one, ir.Scalar) and isinstance(other, ir.Scalar):
        return one == other or (one.kind, other.kind) == ("integer", "number")
    return False


def _listed(made: ir.Type, definitions: Mapping[str, ir.Definition]) -> tuple[object, ...] | None:
    if isinstance(made, ir.Literals):
        return made.values
    definition = definitions.get(made.key) if isinstance(made, ir.Named) else None
    if isinstance(definition, ir.Enumeration):
        return tuple(value for _, value in definition.members)
    return None


def _kinds(value: object) -> tuple[str, ...]:
    if isinstance(value, bool):
        return ("boolean",)
    if isinstance(value, str):
        return ("string",)
    return ("integer", "number") if isinstance(value, int) else ("number",)


def _same(one: object, other: object) -> bool:
    return isinstance(one, bool) == isinstance(other, bool) and one == other
