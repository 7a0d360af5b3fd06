"""The hooks of the seedance plugin, and what the description of the API can't say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from modelhunter.plugins import Problem, Provider, hookimpl
from modelhunter_seedance.api.catalogue import PROVIDER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MENTION = re.compile(r"\[图([0-9]{1,3})\]")


@hookimpl
def modelhunter_provider() -> Provider:
    """Seedance and its models."""
    return PROVIDER.refine(
        "image-to-video", model="seedance-1-0-lite-i2v", check=check_mentioned_pictures
    )


def check_mentioned_pictures(inputs: Mapping[str, Any]) -> Iterator[Problem]:
    """A prompt speaks of reference pictures as ``[图1]``, ``[图2]``, …: they must be there."""
    pictures, prompt = inputs.get("reference_images", ()), inputs.get("prompt", "")
    mentioned = {int(number) for number in _MENTION.findall(prompt)}
    missing = sorted(number for number in mentioned if not 1 <= number <= len(pictures))
    if missing:
        names = ", ".join(f"[图{number}]" for number in missing)
        count = len(pictures)
        yield Problem("prompt", f"it speaks of {names}, and reference_images has {count}")
