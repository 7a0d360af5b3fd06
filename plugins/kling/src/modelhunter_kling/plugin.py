"""The hooks of the kling plugin, and what the description of the API can't say.

The fields of shots are not documented; their meaning is the maker's own (inferred).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from modelhunter.plugins import Problem, Provider, hookimpl
from modelhunter_kling.api.catalogue import PROVIDER


@hookimpl
def modelhunter_provider() -> Provider:
    """Kling and its models."""
    provider = PROVIDER
    for capability in ("text-to-video", "image-to-video"):
        provider = provider.refine(
            capability, model="kling-v3", prepare=prepare_shots, check=check_shots
        )
    return provider


def prepare_shots(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Accept ``multi_shot=True`` and False; let the shots' lengths give the duration."""
    prepared = dict(inputs)
    if prepared.get("multi_shot") is True:
        prepared["multi_shot"] = "true"
    elif prepared.get("multi_shot") is False:
        del prepared["multi_shot"]
    seconds = _seconds(prepared)
    known = [length for length in seconds if length is not None]
    if "duration" not in prepared and known and len(known) == len(seconds):
        prepared["duration"] = sum(known)
    return prepared


def check_shots(inputs: Mapping[str, Any]) -> Iterator[Problem]:
    """Shots must last as long as the video in all, and each has its own index."""
    seconds = _seconds(inputs)
    known = [length for length in seconds if length is not None]
    duration = inputs.get("duration")
    if known and duration is not None:
        total = sum(known)
        if len(known) < len(seconds) and total >= duration:
            yield _misfit(f"the shots with a length leave none of the {duration} seconds over")
        elif len(known) == len(seconds) and total != duration:
            yield _misfit(f"the shots last {total:g} seconds in all, but duration is {duration:g}")
    indexes = [shot["index"] for shot in inputs.get("multi_prompt", ()) if "index" in shot]
    for index in sorted({index for index in indexes if indexes.count(index) > 1}):
        yield Problem("multi_prompt", f"several shots have the index {index}")


def _seconds(inputs: Mapping[str, Any]) -> list[float | None]:
    """The length of each shot, None where it has none that is a number."""
    shots = inputs.get("multi_prompt")
    if not isinstance(shots, list) or not all(isinstance(shot, Mapping) for shot in shots):
        return []
    lengths = [shot.get("duration") for shot in shots]
    return [length if type(length) in (int, float) else None for length in lengths]


def _misfit(message: str) -> Problem:
    return Problem("multi_prompt", f"{message} (inferred, not documented)")
