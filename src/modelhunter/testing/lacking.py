"""What an answer lacks, member by member, for somebody who writes one by hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from modelhunter.runtime.decode import MISSING, WireError

if TYPE_CHECKING:
    from modelhunter.runtime.call import Call
    from modelhunter.runtime.message import Response


def lacking(call: Call[Any], response: Response) -> list[str]:
    """The places of the members that are missing, such as ``$.data.created_at``.

    Reading stops at the first, so each is put there as null and the answer is read once more;
    another mistake than a missing member ends the list.
    """
    answer = call.operation.answer(response.status)
    if answer is None or answer.kind != "json":
        return []
    try:
        content = json.loads(response.content)
    except ValueError:
        return []
    found: list[str] = []
    while True:
        try:
            answer.decode(content)
        except WireError as error:
            if error.value is not MISSING or error.path in found:
                return found
            found.append(error.path)
            _place(content, error.steps)
        else:
            return found


def _place(content: Any, steps: tuple[str | int, ...]) -> None:
    for step in steps[:-1]:
        content = content[step]
    content[steps[-1]] = None
