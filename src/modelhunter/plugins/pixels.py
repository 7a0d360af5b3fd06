"""Sizes in pixels against what a model draws.

JSON Schema can't look into ``"2048x3072"``, nor multiply a width by a height.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from modelhunter.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from modelhunter.plugins.catalogue import Capability
    from modelhunter.plugins.limits import Pixels


_SIZE = re.compile(r"([0-9]{1,6})x([0-9]{1,6})")


def size_problems(rule: Pixels, value: str, path: str) -> Iterator[Problem]:
    """What is wrong with a size in text; nothing where it is no size in pixels."""
    sides = _SIZE.fullmatch(value)
    if sides is None or value in rule.presets:
        return
    width, height = int(sides[1]), int(sides[2])
    if not width * height:
        yield Problem(path, "a side has no length", repr(value))
        return
    yield from _problems_of_sides(rule, width, height, path)
    yield from _problems_of_area(rule, width, height, path, repr(value))


def side_problems(capability: Capability, values: Mapping[str, Any]) -> Iterator[Problem]:
    """What is wrong with width and height where they are given in place of a size.

    They are the inputs that decide the width and the height of the output. Each by itself is held
    to the limits of its own input.
    """
    rule = next((one.pixels for one in capability.fields if one.pixels is not None), None)
    names = (capability.output.width.field, capability.output.height.field)
    width, height = (values.get(name) if name else None for name in names)
    if rule is None or not isinstance(width, int) or not isinstance(height, int):
        return
    if width * height:
        yield from _problems_of_area(rule, width, height, None, None)


def _problems_of_sides(rule: Pixels, width: int, height: int, path: str) -> Iterator[Problem]:
    given, sides = f"'{width}x{height}'", (width, height)
    step = rule.multiple_of or 1
    if any(side % step for side in sides):
        near = [max(step, round(side / step) * step) for side in sides]
        text = f"{near[0]}x{near[1]}"
        fits = not any(size_problems(rule, text, path))
        message = f"a side is not a multiple of {step} pixels"
        yield Problem(path, message, given, suggestion=text if fits else None)
    if _outside(min(sides), rule.min_side, None) or _outside(max(sides), None, rule.max_side):
        allowed = f"{_span(rule.min_side, rule.max_side)} pixels"
        yield Problem(path, "a side is too short or too long", given, allowed)


def _problems_of_area(
    rule: Pixels, width: int, height: int, path: str | None, given: str | None
) -> Iterator[Problem]:
    area = width * height
    if _outside(area, rule.min_pixels, rule.max_pixels):
        allowed = _span(rule.min_pixels, rule.max_pixels)
        yield Problem(path, f"{width}x{height} has {area:,} pixels", given, allowed)
    low, high = rule.min_ratio, rule.max_ratio
    if (low is not None and width < low * height) or (high is not None and width > high * height):
        yield Problem(path, "one side is too long for the other", given, _ratio(low, high))


def in_words(rule: Pixels) -> str:
    """What sizes in pixels are taken, for a list of limits."""
    words = [] if rule.multiple_of is None else [f"sides in steps of {rule.multiple_of} px"]
    if rule.min_side is not None or rule.max_side is not None:
        words.append(f"sides of {_span(rule.min_side, rule.max_side)} px")
    if rule.min_pixels is not None or rule.max_pixels is not None:
        words.append(f"{_span(rule.min_pixels, rule.max_pixels)} pixels in all")
    if rule.min_ratio is not None or rule.max_ratio is not None:
        words.append(f"one side {_ratio(rule.min_ratio, rule.max_ratio)}")
    presets = f"always {', '.join(rule.presets)}; else " if rule.presets else ""
    return f"{presets}{', '.join(words)}"


def _outside(number: float, least: float | None, most: float | None) -> bool:
    return (least is not None and number < least) or (most is not None and number > most)


def _span(least: int | None, most: int | None) -> str:
    if least is None:
        return f"at most {most:,}"
    return f"at least {least:,}" if most is None else f"{least:,} to {most:,}"


def _ratio(low: float | None, high: float | None) -> str:
    if low is not None and high is not None and low * high == 1:
        return f"at most {high:g} times as long as the other"
    words = [f"at least {low:g}" if low is not None else ""]
    words += [f"at most {high:g}" if high is not None else ""]
    return f"width / height {' and '.join(word for word in words if word)}"
