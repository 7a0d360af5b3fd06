"""Tokens: what is needed to find a task, or a submission, again in another process.

A token is one line of JSON with a version. It holds neither a key nor a signed link; the token of
a submission holds its inputs, so that it can be submitted again knowingly.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from attrs import Attribute, asdict, field, fields, frozen
from attrs.validators import instance_of, optional

from modelhunter.errors import BadToken

_VERSION = 1


def _some_text(_: object, attribute: Attribute[str], value: object) -> None:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{attribute.name} must be text")
    value.encode()  # half a surrogate pair can't be sent


def _aware(_: object, __: object, value: str) -> None:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None or not 1970 < moment.year < 9999:
        raise ValueError("a time without its zone, or at the edge of the calendar")


@frozen(kw_only=True)
class TaskToken:
    """Leads back to a task.

    Where it runs on an API of its provider's own, ``via`` names the provider, and what that API
    does not keep stands here: model, kind of media, and when it was submitted (ISO 8601).
    """

    id: str = field(validator=_some_text)
    via: str | None = field(default=None, validator=optional(_some_text))
    model: str = field(default="", validator=instance_of(str))
    type: str = field(default="", validator=instance_of(str))
    since: str | None = field(default=None, validator=optional(_aware))


@frozen(kw_only=True)
class SubmissionToken:
    """Leads back to a submission, whether or not a task came of it.

    ``marker`` is what its task carries in its metadata, ``since`` when the submission began
    (ISO 8601), ``input`` what it is sent with (None in a token that may be shown to anybody, with
    which it can be looked for and not sent again), ``via`` the provider on whose own API it was
    begun (None: on ModelHunter's).
    """

    marker: str = field(validator=_some_text)
    since: str = field(validator=_aware)
    provider: str = field(validator=_some_text)
    model: str = field(validator=_some_text)
    capability: str = field(validator=_some_text)
    input: dict[str, Any] | None = field(
        default=None, validator=optional(instance_of(dict)), repr=False
    )
    webhook_url: str | None = field(default=None, validator=optional(instance_of(str)))
    metadata: dict[str, Any] | None = field(default=None, validator=optional(instance_of(dict)))
    via: str | None = field(default=None, validator=optional(_some_text))

    @property
    def began(self) -> datetime:
        """When the submission began."""
        return datetime.fromisoformat(self.since)


_KINDS: dict[str, type[TaskToken | SubmissionToken]] = {
    "task": TaskToken,
    "submission": SubmissionToken,
}


def is_token(text: str) -> bool:
    """Whether text is meant as a token, and not as the name of a model."""
    return text.lstrip().startswith("{")


def write(token: TaskToken | SubmissionToken) -> str:
    """A token as text, on one line."""
    kind = next(name for name, cls in _KINDS.items() if isinstance(token, cls))
    given = {name: value for name, value in asdict(token).items() if value not in (None, "")}
    return json.dumps({"modelhunter": _VERSION, "kind": kind, **given}, separators=(",", ":"))


def read(text: str) -> TaskToken | SubmissionToken:
    """A token from its text.

    Raises:
        BadToken: it is none, or one of a later version.
    """
    try:
        content = json.loads(text)
    except (ValueError, RecursionError, TypeError):
        content = None
    if not isinstance(content, dict) or "modelhunter" not in content:
        raise BadToken("this is no resume token; give the text as task.resume_token() returned it")
    if content["modelhunter"] != _VERSION:
        raise BadToken(
            f"this resume token has version {content['modelhunter']!r} and this library reads "
            f"version {_VERSION}; use the version of modelhunter that wrote it, or a later one"
        )
    kind = content.get("kind")
    cls = _KINDS.get(kind) if isinstance(kind, str) else None
    names = {attribute.name for attribute in fields(cls)} if cls else set()
    try:
        if cls is None:
            raise TypeError
        return cls(**{name: content[name] for name in names & content.keys()})
    except (TypeError, ValueError):
        raise BadToken("this resume token is damaged: a part is missing or wrong") from None
