"""Changes of a capability's inputs as one model has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen

from modelhunter_codegen.diff.renames import Rename, find_renames
from modelhunter_codegen.source_literals import literal, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from modelhunter_codegen.diff.changes import Impact
    from modelhunter_codegen.provider.fields import InputField, InputRule

_LOWER = ("minimum", "min_length", "min_items")
_UPPER = ("maximum", "max_length", "max_items")
_MEDIA_LOWER = ("min_side", "min_ratio")
_MEDIA_UPPER = ("max_bytes", "max_side", "max_ratio")


@frozen
class InputChange:
    """A change of one input, not yet bound to a model."""

    impact: Impact
    kind: str
    words: str
    adds: bool = False


def input_changes(old: Iterable[InputField], new: Iterable[InputField]) -> Iterator[InputChange]:
    """How the fields of an input changed."""
    before: dict[str, InputField] = {one.keyword: one for one in old}
    after: dict[str, InputField] = {one.keyword: one for one in new}
    renames = input_renames(before, after)
    gone = {name: one for name, one in before.items() if name not in after}
    for rename in renames:
        words = f"the input {rename.old} is called {rename.new} now"
        words += "; the old name works for one release and warns" if rename.declared else ""
        yield InputChange("possibly" if rename.declared else "breaking", "input-renamed", words)
        yield from _field(rename.new, gone.pop(rename.old), after.pop(rename.new))
    for name in gone:
        yield InputChange("breaking", "input-removed", f"the input {name} is gone")
    for name, one in after.items():
        if name in before:
            yield from _field(name, before[name], one)
        elif one.values.get("required") is True:
            words = f"the new input {name} must be given"
            yield InputChange("breaking", "required-input-added", words)
        else:
            yield InputChange("safe", "input-added", f"the input {name} is new", adds=True)


def input_renames(
    before: Mapping[str, InputField], after: Mapping[str, InputField]
) -> list[Rename]:
    """The inputs that are the same under another keyword."""
    return find_renames(
        {name: one for name, one in before.items() if name not in after},
        {name: one for name, one in after.items() if name not in before},
        former=lambda one: one.values.get("former", ()),
        equal=_alike,
        telling=lambda one: one.media is not None,
    )


def _alike(old: InputField, new: InputField) -> bool:
    """Whether two inputs take the same."""
    return not list(_field("", old, new))


def rule_changes(old: Iterable[InputRule], new: Iterable[InputRule]) -> Iterator[InputChange]:
    """How the rules across fields changed; a rule is known by what it says."""
    before = {rule.message: rule for rule in old}
    after = {rule.message: rule for rule in new}
    for message, rule in after.items():
        if message not in before:
            yield InputChange("breaking", "rule-added", f"a new rule: {message}")
        elif dict(rule.schema) != dict(before[message].schema):
            yield InputChange("possibly", "rule-changed", f"a rule changed: {message}")
    for message in before.keys() - after.keys():
        yield InputChange("safe", "rule-removed", f"a rule is gone: {message}")


def _field(name: str, old: InputField, new: InputField) -> Iterator[InputChange]:
    before, after = dict(old.values), dict(new.values)
    if before.get("type") != after.get("type"):
        words = f"{name} is of type {after.get('type')}, was {before.get('type')}"
        yield InputChange("breaking", "type-changed", words)
    needed = after.get("required") is True
    if needed != (before.get("required") is True):
        words = f"{name} {'must be given' if needed else 'can be left out'} now"
        kind = "now-required" if needed else "no-longer-required"
        yield InputChange("breaking" if needed else "safe", kind, words, adds=not needed)
    if before.get("default") != after.get("default"):
        words = f"{name}: the default is {_shown(after.get('default'))}"
        words += f", was {_shown(before.get('default'))}"
        yield InputChange("possibly", "default-changed", words)
    yield from _choices(name, before.get("choices"), after.get("choices"))
    for keys, lower in ((_LOWER, True), (_UPPER, False)):
        for key in keys:
            yield from _bound(name, key, before.get(key), after.get(key), lower=lower)
    for key in ("multiple_of", "pattern"):
        if before.get(key) != after.get(key):
            words = f"{name}: {key} is {_shown(after.get(key))}, was {_shown(before.get(key))}"
            impact: Impact = "safe" if after.get(key) is None else "breaking"
            yield InputChange(impact, "limit-changed", words)
    if old.item is not None and new.item is not None:
        yield from _field(f"an item of {name}", old.item, new.item)
    yield from _members(name, old, new)
    yield from _media(name, old, new)


def _members(name: str, old: InputField, new: InputField) -> Iterator[InputChange]:
    if not old.properties or not new.properties:
        return
    for change in input_changes(old.properties, new.properties):
        yield InputChange(change.impact, change.kind, f"in {name}, {change.words}", change.adds)


def _media(name: str, old: InputField, new: InputField) -> Iterator[InputChange]:
    if (old.media is None) != (new.media is None):
        takes = "takes media now" if new.media is not None else "takes no media any more"
        impact: Impact = "safe" if new.media is not None else "breaking"
        yield InputChange(impact, "media-changed", f"{name} {takes}")
    if old.media is None or new.media is None:
        return
    before, after = dict(old.media.values), dict(new.media.values)
    if before.get("kind") != after.get("kind"):
        words = f"{name} takes {after.get('kind')}, was {before.get('kind')}"
        yield InputChange("breaking", "media-changed", words)
    yield from _choices(f"the formats of {name}", before.get("formats"), after.get("formats"))
    for keys, lower in ((_MEDIA_LOWER, True), (_MEDIA_UPPER, False)):
        for key in keys:
            yield from _bound(name, key, before.get(key), after.get(key), lower=lower)
    if before.get("data_uri", True) is not after.get("data_uri", True):
        allowed = after.get("data_uri", True)
        words = f"{name} {'may' if allowed else 'must not'} be a data URI"
        yield InputChange("safe" if allowed else "possibly", "media-changed", words)


def _choices(name: str, old: Any, new: Any) -> Iterator[InputChange]:
    before, after = list(old or ()), list(new or ())
    if before and not after:
        yield InputChange("safe", "choices-removed", f"{name} takes any value now", adds=True)
    elif after and not before:
        words = f"{name} takes only {', '.join(map(_shown, after))}"
        yield InputChange("breaking", "choices-added", words)
    else:
        gone = [value for value in before if value not in after]
        come = [value for value in after if value not in before]
        if gone:
            words = f"{name} takes no {', '.join(map(_shown, gone))} any more"
            yield InputChange("breaking", "choice-removed", words)
        if come:
            words = f"{name} takes {', '.join(map(_shown, come))} now"
            yield InputChange("safe", "choice-added", words, adds=True)


def _bound(name: str, key: str, old: Any, new: Any, *, lower: bool) -> Iterator[InputChange]:
    if old == new:
        return
    narrower = old is None or (new is not None and (new > old) == lower)
    words = f"{name}: {key.replace('_', ' ')} is {_shown(new)}, was {_shown(old)}"
    kind = "limit-narrower" if narrower else "limit-wider"
    yield InputChange("breaking" if narrower else "safe", kind, words)


def _shown(value: Any) -> str:
    return "none" if value is None else one_line(literal(value))
