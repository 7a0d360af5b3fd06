"""Changes of a model's price: from which amount to which."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from attrs import frozen

from modelhunter_codegen.flatten import identity
from modelhunter_codegen.provider.marks import Marks
from modelhunter_codegen.provider.quantities import in_words as quantity_in_words
from modelhunter_codegen.source import Map, Seq
from modelhunter_codegen.source_literals import literal, one_line

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from modelhunter_codegen.diff.changes import Impact

_TABLES = (("rates", "amount", "rate", " USD"), ("factors", "factor", "factor", ""))


@frozen
class PriceChange:
    """A change of a price, not yet bound to a model."""

    impact: Impact
    kind: str
    words: str
    adds: bool = False


def price_changes(old: Any, new: Any, renamed: Mapping[str, str]) -> Iterator[PriceChange]:
    """How a price changed; ``renamed`` has the inputs that go by another name now."""
    if not isinstance(old, Map) or not isinstance(new, Map):
        if isinstance(new, Map):
            yield PriceChange(
                "safe", "price-added", f"its price is known now,{in_words(new)}", True
            )
        elif isinstance(old, Map):
            words = "its price is not known any more, so it can't be estimated"
            yield PriceChange("breaking", "price-removed", words)
        return
    yield from _range(old, new, renamed)
    for key, amount, word, unit in _TABLES:
        yield from _table(
            _rows(old.get(key), amount, renamed), _rows(new.get(key), amount, {}), word, unit
        )
    yield from _extra(old.get("extra_quantity"), new.get("extra_quantity"), renamed)
    before = {renamed.get(str(name), str(name)) for name in old.sequence("depends_on") or ()}
    after = {str(name) for name in new.sequence("depends_on") or ()}
    if before != after:
        words = f"its price depends on {_listed(after)}, was {_listed(before)}"
        yield PriceChange("possibly", "price-rule-changed", words)


def in_words(price: Map) -> str:
    """What a price is: `` 0.10 to 0.20 USD a second``."""
    low, high = price.get("low"), price.get("high")
    amount = f"{low} USD" if low == high else f"{low} to {high} USD"
    return f" {amount} a {price.get('unit')}"


def _range(old: Map, new: Map, renamed: Mapping[str, str]) -> Iterator[PriceChange]:
    words = f"its price is{in_words(new)}, was{in_words(old)}"
    if old.get("unit") != new.get("unit"):
        yield PriceChange("possibly", "price-unit-changed", words)
        return
    before, after = quantity_in_words(old, renamed), quantity_in_words(new)
    if before != after:
        told = f"its price is by {after or 'the job'}, was by {before or 'the job'}"
        yield PriceChange("possibly", "price-unit-changed", told)
    if (old.get("low"), old.get("high")) == (new.get("low"), new.get("high")):
        return
    if any(_more(new.get(key), old.get(key)) for key in ("low", "high")):
        words += "; a budget or max_cost may refuse what it let through"
        yield PriceChange("possibly", "price-raised", words)
    else:
        yield PriceChange("safe", "price-lowered", words)


@frozen
class _Row:
    when: str
    amount: Any
    inferred: bool


def _rows(table: Any, amount: str, renamed: Mapping[str, str]) -> dict[Hashable, _Row]:
    """The rows of a table by their condition."""
    found: dict[Hashable, _Row] = {}
    for row in table.maps() if isinstance(table, Seq) else ():
        given = row.get("when")
        when = {renamed.get(k, k): v for k, v in given.items()} if isinstance(given, Map) else {}
        marks = Marks.of(row)
        inferred = marks.has("when") or marks.has(amount)
        found[identity(when)] = _Row(_condition(when), row.get(amount), inferred)
    return found


def _table(
    old: Mapping[Hashable, _Row], new: Mapping[Hashable, _Row], word: str, unit: str
) -> Iterator[PriceChange]:
    for when, row in new.items():
        known = old.get(when)
        if known is None:
            words = f"a new {word} for {row.when}: {row.amount}{unit}"
            yield PriceChange("possibly", "price-rule-changed", words)
            continue
        if known.amount != row.amount:
            words = f"its {word} for {row.when} is {row.amount}{unit}, was {known.amount}{unit}"
            dearer = _more(row.amount, known.amount)
            kind = "price-raised" if dearer else "price-lowered"
            yield PriceChange("possibly" if dearer else "safe", kind, words)
        if known.inferred != row.inferred:
            words = f"its {word} for {row.when} is {_known(row.inferred)} now"
            yield PriceChange("safe", "price-known-otherwise", words)
    for when, row in old.items():
        if when not in new:
            words = f"its {word} for {row.when} is gone, was {row.amount}{unit}"
            yield PriceChange("possibly", "price-rule-changed", words)
    if old.keys() == new.keys() and list(old) != list(new):
        words = f"its {word}s come in another order, of which the first that fits counts"
        yield PriceChange("possibly", "price-rule-changed", words)


def _extra(old: Any, new: Any, renamed: Mapping[str, str]) -> Iterator[PriceChange]:
    before = dict(old) if isinstance(old, Map) else {}
    after = dict(new) if isinstance(new, Map) else {}
    if "field" in before:
        before["field"] = renamed.get(str(before["field"]), before["field"])
    inferred = [bool(one.pop("x-unverified", None)) for one in (before, after)]
    if before == after:
        if inferred[0] != inferred[1]:
            words = f"its further quantity is {_known(inferred[1])} now"
            yield PriceChange("safe", "price-known-otherwise", words)
        return
    words = f"its further quantity is {_quantity(after)}, was {_quantity(before)}"
    falls = before.get("field") == after.get("field") and not any(
        _more(after.get(key), before.get(key)) for key in ("low", "high")
    )
    impact: Impact = "safe" if falls else "possibly"
    yield PriceChange(impact, "price-lowered" if falls else "price-rule-changed", words)


def _quantity(extra: Mapping[str, Any]) -> str:
    if not extra:
        return "none"
    return f"{extra.get('low')} to {extra.get('high')} with {extra.get('field')}"


def _condition(when: Mapping[str, Any]) -> str:
    parts = []
    for name, wanted in when.items():
        if isinstance(wanted, Mapping):
            parts.append(f"{name} {'absent' if wanted.get('present') is False else 'given'}")
        else:
            shown = wanted if isinstance(wanted, str) else literal(wanted)
            parts.append(f"{name} {shown}")
    return one_line(" and ".join(parts)) or "any input"


def _known(inferred: bool) -> str:
    return "inferred" if inferred else "documented"


def _listed(found: set[str]) -> str:
    return ", ".join(sorted(found)) or "nothing"


def _more(one: Any, other: Any) -> bool:
    try:
        return Decimal(str(one)) > Decimal(str(other))
    except InvalidOperation:
        return False
