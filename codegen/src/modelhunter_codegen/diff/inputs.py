"""Changes of a capability's inputs as one model has them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from attrs import frozen

from modelhunter_codegen.diff.renames import Rename, find_renames
from modelhunter_codegen.flatten import identity
from modelhunter_codegen.source_literals import literal, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from modelhunter_codegen.diff.changes import Impact
    from modelhunter_codegen.provider.fields import InputField, InputRule

_NONE: Mapping[str, str] = MappingProxyType({})
_LOWER = ("minimum", "min_length", "min_items")
_UPPER = ("maximum", "max_length", "max_items")
_MEDIA_LOWER = ("min_side", "min_ratio", "min_pixels")
_MEDIA_UPPER = ("max_bytes", "max_side", "max_ratio", "max_pixels")
_QUIET = ("documentation-changed", "known-otherwise", "wire-name-changed", "former-names")
"""Changes that leave an input what it is."""


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
    return all(change.kind in _QUIET for change in _field("", old, new))


def rule_changes(
    old: Iterable[InputRule], new: Iterable[InputRule], renamed: Mapping[str, str] = _NONE
) -> Iterator[InputChange]:
    """How the rules across fields changed; ``renamed`` has the inputs with another name now.

    A rule is known by what it demands, and where that changed by its words.
    """
    before = {identity(_under_new_names(rule.schema, renamed)): rule for rule in old}
    after = {identity(rule.schema): rule for rule in new}
    gone = {rule.message: rule for key, rule in before.items() if key not in after}
    for key, rule in after.items():
        known = before.get(key)
        if known is None and rule.message in gone:
            del gone[rule.message]
            yield InputChange("possibly", "rule-changed", f"a rule changed: {rule.message}")
        elif known is None:
            yield InputChange("breaking", "rule-added", f"a new rule: {rule.message}")
        else:
            if known.message != rule.message:
                words = f"a rule is worded otherwise: {rule.message}"
                yield InputChange("safe", "documentation-changed", words)
            if known.unverified != rule.unverified:
                words = f"a rule is {_known(rule.unverified)} now: {rule.message}"
                yield InputChange("safe", "known-otherwise", words)
    for message in gone:
        yield InputChange("safe", "rule-removed", f"a rule is gone: {message}")


def _under_new_names(schema: Any, renamed: Mapping[str, str]) -> Any:
    """A rule with the names that inputs have now."""
    if isinstance(schema, list):
        return [_under_new_names(one, renamed) for one in schema]
    if not isinstance(schema, Mapping):
        return schema
    found: dict[str, Any] = {}
    for keyword, value in schema.items():
        if keyword == "required" and isinstance(value, list):
            found[keyword] = [renamed.get(name, name) for name in value]
        elif keyword in ("properties", "dependentRequired") and isinstance(value, Mapping):
            found[keyword] = {renamed.get(name, name): one for name, one in value.items()}
        elif keyword in ("enum", "const", "default"):
            found[keyword] = value
        else:
            found[keyword] = _under_new_names(value, renamed)
    return found


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
    yield from _step(name, before.get("multiple_of"), after.get("multiple_of"))
    if before.get("pattern") != after.get("pattern"):
        words = f"{name}: the pattern is {_shown(after.get('pattern'))}"
        words += f", was {_shown(before.get('pattern'))}"
        impact: Impact = "safe" if after.get("pattern") is None else "breaking"
        yield InputChange(impact, "limit-changed", words)
    yield from _aside(name, old, new)
    if old.item is not None and new.item is not None:
        yield from _field(f"an item of {name}", old.item, new.item)
    yield from _members(name, old, new)
    yield from _media(name, old, new)


def _aside(name: str, old: InputField, new: InputField) -> Iterator[InputChange]:
    """What leaves an input what it is: its text, its name on the wire, how it became known."""
    if old.values.get("description") != new.values.get("description"):
        words = f"the description of {name} says something else"
        yield InputChange("safe", "documentation-changed", words)
    if old.name != new.name and old.keyword == new.keyword:
        words = f"{name} is {new.name!r} on the wire, was {old.name!r}"
        yield InputChange("safe", "wire-name-changed", words)
    for former in sorted(set(old.values.get("former", ())) - set(new.values.get("former", ()))):
        words = f"{name} can't be given as {former} any more"
        yield InputChange("breaking", "former-names", words)
    for what in sorted({*old.unverified} ^ {*new.unverified}):
        inferred = what in new.unverified
        about = name if what == "field" else f"{what} of {name}"
        closes = not inferred and what in ("field", "choices") and bool(new.values.get("choices"))
        words = f"{about} is {_known(inferred)} now"
        if closes:
            words += ", so other values are refused"
        yield InputChange("possibly" if closes else "safe", "known-otherwise", words)


def _known(inferred: bool) -> str:
    return "inferred" if inferred else "documented"


def _step(name: str, old: Any, new: Any) -> Iterator[InputChange]:
    if old == new:
        return
    wider = new is None or (old is not None and _divides(new, old))
    words = f"{name}: the step is {_shown(new)}, was {_shown(old)}"
    yield InputChange("safe" if wider else "breaking", "limit-changed", words)


def _divides(step: Any, number: Any) -> bool:
    try:
        return Decimal(str(number)) % Decimal(str(step)) == 0
    except ArithmeticError:
        return False


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
    before = dict(old.media.values) if old.media is not None else {}
    after = dict(new.media.values) if new.media is not None else {}
    if old.media is not None and new.media is not None and before.get("kind") != after.get("kind"):
        words = f"{name} takes {after.get('kind')}, was {before.get('kind')}"
        yield InputChange("breaking", "media-changed", words)
    if new.media is not None:
        yield from _media_limits(name, before, after)
    if before.get("data_uri", True) is not after.get("data_uri", True):
        allowed = after.get("data_uri", True)
        words = f"{name} {'may' if allowed else 'must not'} be a data URI"
        yield InputChange("safe" if allowed else "breaking", "media-changed", words)
    marks = (set(one.media.unverified) if one.media is not None else set() for one in (old, new))
    inferred, infers = marks
    for what in sorted(inferred ^ infers):
        words = f"{what.replace('_', ' ')} of {name} is {_known(what in infers)} now"
        yield InputChange("safe", "known-otherwise", words)
    yield from _pixels(name, dict(old.pixels or {}), dict(new.pixels or {}))


def _media_limits(name: str, old: dict[Any, Any], new: dict[Any, Any]) -> Iterator[InputChange]:
    yield from _choices(f"the formats of {name}", old.get("formats"), new.get("formats"))
    for keys, lower in ((_MEDIA_LOWER, True), (_MEDIA_UPPER, False)):
        for key in keys:
            yield from _bound(name, key, old.get(key), new.get(key), lower=lower)


def _pixels(name: str, old: dict[Any, Any], new: dict[Any, Any]) -> Iterator[InputChange]:
    """Which sizes in pixels an input takes."""
    if old == new:
        return
    if bool(old) != bool(new):
        words = f"{name} takes {'sizes of certain forms only' if new else 'any size'} now"
        yield InputChange("breaking" if new else "safe", "size-changed", words)
        return
    yield from _choices(f"sizes: {name}", old.get("presets"), new.get("presets"))
    yield from _step(name, old.get("multiple_of"), new.get("multiple_of"))
    yield from _media_limits(name, old, new)


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
