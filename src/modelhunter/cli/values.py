"""What options take: numbers, statuses, providers, moments, each refused in a user's words."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from modelhunter.cli.quoting import quoted

if TYPE_CHECKING:
    from decimal import Decimal

    from click.shell_completion import CompletionItem

    _Kind = click.ParamType[Any]
else:  # which older releases can't be asked for
    _Kind = click.ParamType

_OTHER_STATUSES = {
    "completed": "succeeded",
    "complete": "succeeded",
    "done": "succeeded",
    "success": "succeeded",
    "finished": "succeeded",
    "processing": "running",
    "active": "running",
    "in_progress": "running",
    "waiting": "queued",
    "error": "failed",
    "failure": "failed",
    "canceled": "cancelled",
    "aborted": "cancelled",
}
"""Words of other APIs for a task's states."""


class Whole(_Kind):
    """A whole number within bounds."""

    name = "number"

    def __init__(self, least: int, most: int | None = None) -> None:
        self._least = least
        self._most = most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read the number."""
        text = str(value).strip()
        bare = text.removeprefix("-")
        number = int(text) if bare.isdigit() and bare.isascii() and len(bare) < 20 else None
        if number is None or number < self._least or (self._most or number) < number:
            bounds = f"from {self._least}" + ("" if self._most is None else f" to {self._most}")
            self.fail(f"{quoted(text)} is no whole number {bounds}", param, ctx)
        return number


class Positive(_Kind):
    """A number above 0."""

    name = "number"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read the number."""
        try:
            number = float(value)
        except ValueError:
            self.fail(f"{quoted(str(value))} is no number", param, ctx)
        if not number > 0:
            self.fail(f"{quoted(str(value))} is not above 0", param, ctx)
        return number


class OneOf(_Kind):
    """One of a few words; help and completion show them."""

    name = "word"

    def __init__(self, *words: str) -> None:
        self._words = words

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """What stands for the value in help."""
        return f"[{'|'.join(self._words)}]"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """The words that begin like this."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(word) for word in self._words if word.startswith(incomplete)]

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read the word."""
        from modelhunter.plugins.messages import listed

        word = str(value).strip().lower()
        if word not in self._words:
            offered = listed(self._words, "and")
            self.fail(f"{quoted(str(value))} is not known here; there are {offered}", param, ctx)
        return word


class Dollars(_Kind):
    """An amount of USD."""

    name = "USD"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Decimal:
        """Read the amount."""
        from modelhunter.errors import ConfigurationError
        from modelhunter.jobs.budget import amount

        try:
            found = amount(str(value).strip().removeprefix("$"), "it")
        except ConfigurationError:
            found = None
        if found is None:
            self.fail(f"{quoted(str(value))} is no amount of USD, such as 2.50", param, ctx)
        return found


class ExistingFile(_Kind):
    """A file that is there and can be read."""

    name = "file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Find the file."""
        path = Path(value)
        if path.is_dir():
            self.fail(f"{quoted(str(value))} is a folder; name a file", param, ctx)
        if not path.exists():
            self.fail(f"{quoted(str(value))} is no file that is there", param, ctx)
        if not os.access(path, os.R_OK):
            self.fail(f"{quoted(str(value))} may not be read", param, ctx)
        return path


class Status(_Kind):
    """A state of tasks."""

    name = "status"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read the state."""
        from modelhunter.api.models import TaskStatus
        from modelhunter.plugins.messages import hint, listed, nearest

        known = [str(status) for status in TaskStatus]
        word = str(value).strip().lower()
        if word in known:
            return word
        near = nearest(word.replace("-", "_"), [*known, *_OTHER_STATUSES])
        meant = [_OTHER_STATUSES.get(found, found) for found in near]
        offered = hint(meant) or f"; there are {listed(known, 'and')}"
        return self.fail(f"{quoted(str(value))} is no status of tasks{offered}", param, ctx)


class ProviderName(_Kind):
    """A provider whose plugin is installed."""

    name = "provider"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read the name."""
        from modelhunter.plugins.messages import hint, listed, nearest
        from modelhunter.plugins.registry import default_registry

        known = list(default_registry().providers())
        word = str(value).strip()
        if word in known:
            return word
        meant = nearest(word, known)
        offered = hint(meant) or (f"; installed are {listed(known, 'and')}" if known else "")
        return self.fail(f"{quoted(word)} is no provider that is installed{offered}", param, ctx)


class Moment(_Kind):
    """A date, or a date and time, in this machine's zone unless it names one."""

    name = "date"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Read the moment."""
        try:
            return datetime.fromisoformat(str(value)).astimezone()
        except (ValueError, OverflowError):
            self.fail(
                f"{quoted(str(value))} is no date; give one such as 2026-05-31 or 2026-05-31T18:30",
                param,
                ctx,
            )


class Network(_Kind):
    """An IP address, or a network of them."""

    name = "address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read the address."""
        import ipaddress

        text = str(value).strip()
        try:
            ipaddress.ip_network(text, strict=False)
        except ValueError:
            self.fail(
                f"{quoted(text)} is no address; give one such as 192.0.2.7 or 192.0.2.0/24",
                param,
                ctx,
            )
        return text


class WebAddress(_Kind):
    """An http or https address."""

    name = "URL"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read the address."""
        from modelhunter.jobs.metadata import webhook_url_problems

        text = str(value).strip()
        if webhook_url_problems(text):
            self.fail(
                f"{quoted(text)} is no http or https address, such as "
                "https://shop.example/hooks/modelhunter",
                param,
                ctx,
            )
        return text


class Event(_Kind):
    """A kind of event that webhooks tell of."""

    name = "event"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read the kind."""
        from modelhunter.api.models import WebhookEventType
        from modelhunter.plugins.messages import hint, listed, nearest

        known = [str(event) for event in WebhookEventType]
        word = str(value).strip().lower()
        if word in known:
            return word
        short = [event for event in known if event.endswith(f".{word}")]
        offered = hint(short or nearest(word, known)) or f"; there are {listed(known, 'and')}"
        return self.fail(f"{quoted(str(value))} is no event of webhooks{offered}", param, ctx)
