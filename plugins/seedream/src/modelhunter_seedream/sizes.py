"""Sizes in pixels against what a model draws.

JSON Schema can't look into ``"2048x3072"``, so the description gives the limits of such sizes as
``x-size`` beside the pattern: ``presets`` (always right), ``multiple_of``, ``min_side`` and
``max_side`` for each side in pixels, ``min_pixels`` and ``max_pixels`` for their product,
``min_ratio`` and ``max_ratio`` for width / height. Source: the model pages of the documentation.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from modelhunter.plugins import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_PIXELS = re.compile(r"([0-9]{1,6})x([0-9]{1,6})")


def check_size(
    schema: Callable[[], Mapping[str, Any]] | None, model: str, inputs: Mapping[str, Any]
) -> Iterator[Problem]:
    """What is wrong with ``size``, or with ``width`` and ``height``, for this model."""
    size, width, height = (inputs.get(name) for name in ("size", "width", "height"))
    limits = size_limits(schema(), model) if schema else {}
    if isinstance(size, str) and size not in limits.get("presets", ()):
        sides = _PIXELS.fullmatch(size)
        if sides:
            yield from _problems(limits, int(sides[1]), int(sides[2]), "size", repr(size))
    elif isinstance(width, int) and isinstance(height, int):
        # each side by itself is checked by the limits of its own field
        area = {name: limit for name, limit in limits.items() if name not in _OF_A_SIDE}
        yield from _problems(area, width, height, None, None)


def size_limits(schema: Mapping[str, Any], model: str) -> Mapping[str, Any]:
    """The ``x-size`` of a model in the schema of a request; empty where there is none."""
    for element in schema.get("allOf", ()):
        if element["if"]["properties"]["model"].get("const") == model:
            inputs = element["then"]["properties"]["input"].get("properties", {})
            limits: Mapping[str, Any] | None = inputs.get("size", {}).get("x-size")
            if limits is not None:
                return limits
    return {}


_OF_A_SIDE = ("multiple_of", "min_side", "max_side")


def _problems(
    limits: Mapping[str, Any], width: int, height: int, field: str | None, given: str | None
) -> Iterator[Problem]:
    area, sides = width * height, (width, height)
    if not area:
        yield Problem(field, "a side has no length", given)
        return
    step = limits.get("multiple_of", 1)
    if any(side % step for side in sides):
        near = [max(step, round(side / step) * step) for side in sides]
        fits = not any(_problems(limits, near[0], near[1], None, None))
        suggestion = f"{near[0]}x{near[1]}" if fits else None
        yield Problem(
            field, f"a side is not a multiple of {step} pixels", given, suggestion=suggestion
        )
    if min(sides) < limits.get("min_side", 0) or max(sides) > limits.get("max_side", area):
        allowed = f"{limits['min_side']:,} to {limits['max_side']:,} pixels"
        yield Problem(field, "a side is too short or too long", given, allowed)
    if not limits.get("min_pixels", 0) <= area <= limits.get("max_pixels", area):
        allowed = f"{limits['min_pixels']:,} to {limits['max_pixels']:,}"
        yield Problem(field, f"{width}x{height} has {area:,} pixels", given, allowed)
    ratio = width / height
    if not limits.get("min_ratio", 0) <= ratio <= limits.get("max_ratio", ratio):
        allowed = f"at most {limits['max_ratio']:g} times as long as the other"
        yield Problem(field, "one side is too long for the other", given, allowed)
