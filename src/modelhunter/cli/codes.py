"""What the exit codes mean."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Code(IntEnum):
    """How a command ended."""

    DONE = 0
    TROUBLE = 1
    WRONG = 2
    FAILED = 3
    CANCELLED = 4
    UNFINISHED = 5
    OVER_LIMIT = 6
    INTERRUPTED = 130
    UNREAD = 141


MEANINGS: Mapping[Code, str] = {
    Code.DONE: "done",
    Code.TROUBLE: "a problem with the environment, the network or the server, or a refusal",
    Code.WRONG: "wrong command line or inputs; nothing was sent",
    Code.FAILED: "the task failed",
    Code.CANCELLED: "the task was cancelled",
    Code.UNFINISHED: "the task has not finished in time; it goes on: modelhunter resume ID",
    Code.OVER_LIMIT: "it may cost more than --max-cost allows; nothing was sent",
    Code.INTERRUPTED: "interrupted (Ctrl-C)",
    Code.UNREAD: "whatever read the output went away (as in | head)",
}
