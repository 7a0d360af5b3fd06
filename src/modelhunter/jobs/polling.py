"""The rhythm and the length of waiting for a task."""

from __future__ import annotations

from attrs import field, frozen

from modelhunter.runtime.argument_checks import some_seconds

DEFAULT_WAIT = 20 * 60.0
"""Seconds that waiting for a task may last unless a call says otherwise."""
LOOK_FOR = 17.0
"""Seconds for which a job whose submission went unanswered is looked for, unless a call says
otherwise."""


@frozen
class Polling:
    """The rhythm of waiting: a look every ``first`` seconds, every ``then`` once ``after`` passed.

    The defaults are what the documentation page "async tasks" recommends.
    """

    first: float = field(default=2.0, validator=some_seconds)
    then: float = field(default=5.0, validator=some_seconds)
    after: float = field(default=30.0, validator=some_seconds)

    def pause(self, waited: float) -> float:
        """Seconds until the next look, after having waited so long."""
        return self.first if waited < self.after else self.then
