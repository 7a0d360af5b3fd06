"""Saying whose plugin it is, where a plugin's own function fails."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from modelhunter.errors import ModelHunterError, PluginError
from modelhunter.plugins.messages import summary
from modelhunter.runtime.call import Call

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from modelhunter.plugins.catalogue import Capability, Submission
    from modelhunter.plugins.registry import Registry


@contextmanager
def blamed(registry: Registry, model: str) -> Iterator[None]:
    """Name the plugin that brings ``model`` in a :class:`PluginError` that says what failed."""
    try:
        yield
    except PluginError as error:
        raise PluginError(f"{registry.label(model)}: {error}") from error.__cause__


def call_of(registry: Registry, capability: Capability, submission: Submission) -> Call[Any]:
    """The call that starts a job, made by the capability's own function.

    Raises:
        PluginError: the function failed, or returned no call. Nothing was sent.
        ModelHunterError: what the function says of the inputs.
    """
    with blamed(registry, submission.model):
        try:
            call: object = capability.call(submission)
        except ModelHunterError:
            raise
        except Exception as error:
            raise PluginError(
                f"the call for {capability.name} failed: {summary(error)}. Nothing was sent"
            ) from error
        if not isinstance(call, Call):
            raise PluginError(
                f"the call for {capability.name} is {type(call).__name__}, not a Call. "
                "Nothing was sent"
            )
        return call
