"""What is wrong with an input, as data and as a sentence."""

from __future__ import annotations

from attrs import frozen


@frozen
class Problem:
    """One thing that is wrong with the inputs of a job.

    ``field`` is the input by its name on the wire, with the place inside it
    (``multi_prompt[1].duration``); None where the problem lies between several. ``given`` shows
    what was given, shortened and without content; ``allowed`` says what this model takes;
    ``suggestion`` is the nearest right name or value.
    """

    field: str | None
    message: str
    given: str | None = None
    allowed: str | None = None
    suggestion: str | None = None

    def __str__(self) -> str:
        subject = self.field or ""
        if self.given is not None:
            subject = f"{subject}={self.given}"
        text = f"{subject}: {self.message}" if subject else self.message
        if self.allowed is not None:
            text += f"; allowed: {self.allowed}"
        if self.suggestion is not None:
            text += f"; did you mean {self.suggestion}?"
        return text
