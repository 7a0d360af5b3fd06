"""A model in words: inputs, limits, prices, and a command line to start from."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from modelhunter.errors import InvalidInput
from modelhunter.estimates import in_usd
from modelhunter.plugins.checking import choose_capability
from modelhunter.plugins.doubts import inferred
from modelhunter.plugins.field_validation import allowed
from modelhunter.plugins.messages import listed, shown
from modelhunter.plugins.pixels import in_words
from modelhunter.plugins.prices import Present
from modelhunter.plugins.quantities import in_words as counted_by

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from modelhunter.cli.screen import Screen
    from modelhunter.plugins.catalogue import Capability, Field, Model, Provider, Rule
    from modelhunter.plugins.media import MediaRule
    from modelhunter.plugins.prices import Price, When

_SAMPLES = {"image": "cat.png", "video": "clip.mp4", "audio": "sound.mp3"}
_PROMPT = "A sunset over the ocean"
_INFERRED = "(inferred)"


def describe(screen: Screen, provider: Provider, model: Model, notes: Sequence[str] = ()) -> None:
    """Everything about a model that helps to use it, as text.

    ``notes`` say what others than its provider's own plugin have changed.
    """
    screen.lines(_head(provider, model))
    screen.lines(f"It is {note}." for note in notes)
    if model.price is not None:
        screen.lines(["", *price_lines(model.price)])
    for capability in model.capabilities:
        seconds = capability.typical_seconds
        time = "" if seconds is None else f", in about {seconds:g} s"
        screen.lines(["", f"{capability.name} (makes {capability.output.media}{time})"])
        screen.lines([*filter(None, [capability.documentation]), ""])
        screen.definitions(field_rows(capability.fields))
        if capability.rules:
            screen.lines(["", *(rule_line(rule) for rule in capability.rules)])
        screen.lines(["", f"  {shlex.join(example(model, capability))}"])


def _head(provider: Provider, model: Model) -> Iterator[str]:
    yield f"{model.id}: {model.title}, by {provider.title}"
    if model.description:
        yield model.description
    if model.status != "current":
        yield f"It is {model.status}."
    if model.aliases:
        yield f"Also called {listed(model.aliases, 'and')}."
    if provider.documentation and not any(one.documentation for one in model.capabilities):
        yield provider.documentation


def rule_line(rule: Rule) -> str:
    """What holds across inputs, as an item of a list."""
    return f"- {rule.message}" + (f" {_INFERRED}" if rule.unverified else "")


def price_lines(price: Price) -> Iterator[str]:
    """What a unit costs, then what that hangs on, a line for each."""
    span = in_usd(price.low)
    if price.high != price.low:
        span += f" to {in_usd(price.high)}"
    counted = "" if price.quantity is None else f", counted by {counted_by(price.quantity)}"
    yield f"{span} per {price.unit}{counted} (read {price.as_of})"
    if price.cost is not None:
        yield "  what a job costs is worked out from all of its inputs"
    for rate in price.rates:
        yield _row(in_usd(rate.amount), rate.when, rate.unverified)
    for factor in price.factors:
        yield _row(f"times {factor.factor}", factor.when, factor.unverified)
    extra = price.extra_quantity
    if extra is not None:
        more = str(extra.low) if extra.low == extra.high else f"{extra.low} to {extra.high}"
        what = f"{more} {price.unit}s more are counted"
        yield _row(what, {extra.field: Present()}, extra.unverified)


def _row(what: str, when: When, unverified: bool) -> str:
    conditions = ", ".join(_condition(name, wanted) for name, wanted in when.items())
    return f"  {what} {conditions}".rstrip() + (f" {_INFERRED}" if unverified else "")


def _condition(name: str, wanted: Any) -> str:
    if isinstance(wanted, Present):
        return f"{'with' if wanted.given else 'without'} {name}"
    return f"with {name}={_text(wanted)}"


def field_rows(
    fields: tuple[Field, ...], within: str = "", *, is_inferred: bool = False
) -> Iterator[tuple[str, str]]:
    """The inputs, and below each of them what it is; inferred with what they are part of."""
    for field in fields:
        whole = is_inferred or "field" in field.unverified
        name = f"{within}{field.keyword}"
        facts = "; ".join([_type(field), *_need(field), *_allowed(field)])
        yield name, inferred(facts, whole and not facts.endswith(inferred("", True)))
        if field.description:
            yield "", _marked(field.description, field, "description")
        item = field if field.item is None else field.item
        if item.properties:
            inner = f"{name}{'' if item is field else '[]'}."
            doubtful = whole or "field" in item.unverified
            yield from field_rows(item.properties, inner, is_inferred=doubtful)


def _marked(text: str, field: Field, *facts: str) -> str:
    return text if field.unverified.isdisjoint(facts) else f"{text} {_INFERRED}"


def _need(field: Field) -> Iterator[str]:
    if field.required:
        yield _marked("needed", field, "required")
    elif field.default is not None:
        yield _marked(f"by default {_text(field.default)}", field, "default")


def _type(field: Field) -> str:
    if field.type == "array" and field.item is not None:
        return f"list of {_type(field.item)}"
    if field.media is not None:
        return field.media.kind
    return listed([field.type, *field.other_types])


def _allowed(field: Field) -> Iterator[str]:
    own = allowed(field)
    if own is not None:
        yield own
    if field.pattern is not None and field.media is None:
        yield inferred(f"matches {field.pattern}", "pattern" in field.unverified)
    if field.media is not None:
        yield from _media(field.media)
    if field.pixels is not None:
        yield in_words(field.pixels)
    if field.item is not None:
        yield from _allowed(field.item)


def _media(rule: MediaRule) -> Iterator[str]:
    def limit(text: str, *names: str) -> str:
        return inferred(text, not rule.unverified.isdisjoint(names))

    if rule.formats:
        kinds = listed([kind.partition("/")[2] for kind in rule.formats])
        yield limit(kinds, "formats")
    if rule.max_bytes is not None:
        yield limit(f"at most {_size(rule.max_bytes)}", "max_bytes")
    if rule.min_side is not None:
        yield limit(f"sides of at least {rule.min_side} px", "min_side")
    if rule.max_side is not None:
        yield limit(f"sides of at most {rule.max_side} px", "max_side")
    if rule.min_ratio is not None and rule.max_ratio is not None:
        ratio = f"width / height from {rule.min_ratio:g} to {rule.max_ratio:g}"
        yield limit(ratio, "min_ratio", "max_ratio")


def _size(size: int) -> str:
    return f"{size / 2**20:g} MiB" if size % 2**20 == 0 else f"{size / 1_000_000:g} MB"


def _text(value: Any) -> str:
    """A value as ``-i`` takes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else shown(value)


def example(model: Model, capability: Capability) -> list[str]:
    """A command line that gives the capability what it needs, as words."""
    words = ["modelhunter", "generate", model.id]
    prompt = capability.field("prompt")
    if prompt is not None:
        words.append(_PROMPT)
    needed = [field for field in capability.fields if field.required and field is not prompt]
    for field in needed:
        words += ["-i", f"{field.keyword}={_sample(field)}"]
    given = [field.keyword for field in needed] + ([] if prompt is None else ["prompt"])
    try:
        meant = choose_capability(model, dict.fromkeys(given, ""))
    except InvalidInput:
        meant = None
    return words if meant is capability else [*words, "--capability", capability.name]


def _sample(field: Field) -> str:
    if field.type == "array" and field.item is not None:
        return _sample(field.item)
    if field.media is not None:
        return _SAMPLES.get(field.media.kind, "file")
    known = [field.default, *field.choices, field.minimum]
    return next((_text(value) for value in known if value is not None), "…")
