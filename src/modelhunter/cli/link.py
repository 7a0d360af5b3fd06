"""The client of one run, and the commands that lead on from it."""

from __future__ import annotations

import re
import shlex
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click
from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modelhunter import ModelHunter, Task


@frozen
class Server:
    """Where a command goes, as its options say; ``sandbox`` is one that ends with the command.

    Without ``hooks`` installed observers and gates take no part.
    """

    base_url: str | None = None
    allow_http: bool = False
    sandbox: bool = False
    profile: str | None = None
    hooks: bool = True


@frozen
class Link:
    """A client, and the server that it talks to."""

    client: ModelHunter
    server: Server

    @property
    def one_off(self) -> bool:
        """Whether the server ends with this command."""
        return self.server.sandbox

    def task(self, name: str) -> Task:
        """The task that an id or a resume token leads to."""
        return self.client.resume(name) if is_token(name) else self.client.tasks.get(name)

    def first_read(self, name: str, again: str | None) -> Task:
        """The same, for a command that waits; ``again`` is the one that goes on, if this ends here.

        Raises:
            Stop: the task can't be read now.
        """
        from modelhunter.cli.failures import Stop
        from modelhunter.flows.waiting import PASSING

        try:
            return self.task(name)
        except PASSING as error:
            message = f"the task can't be read now: {error}"
            raise Stop(message, error=error, hints=(again,), token=error.resume_token) from error

    def command(self, *words: str) -> str | None:
        """A command line for later that reaches the same server; None where there is none."""
        if self.one_off:
            return None
        at = ["--base-url", self.server.base_url] if self.server.base_url is not None else []
        openly = ["--allow-http"] if self.server.allow_http else []
        whose = ["--profile", self.server.profile] if self.server.profile is not None else []
        bare = [] if self.server.hooks else ["--no-hooks"]
        return shlex.join(["modelhunter", *words, *at, *openly, *whose, *bare])


def name_of(task: Task) -> str:
    """What a later command finds the task by: its id, or a token where an id is not enough."""
    return task.id if task.via is None and is_id(task.id) else task.resume_token()


def is_id(text: str) -> bool:
    """Whether a text looks like a task's id, rather than like a file's name or an option."""
    return re.fullmatch(r"\w[\w-]{0,199}", text, re.ASCII) is not None


def is_token(text: str) -> bool:
    """Whether a text is a resume token rather than an id."""
    return text.lstrip().startswith("{")


@contextmanager
def connected(server: Server) -> Iterator[Link]:
    """A link to the API, or to a sandbox of its own.

    Raises:
        ConfigurationError: a setting can't work.
    """
    from modelhunter import ModelHunter

    with ModelHunter(**client_settings(server)) as client:
        yield Link(client, server)


def client_settings(server: Server) -> dict[str, Any]:
    """What a client is made with: what options, environment, profile and a kept key say.

    Raises:
        ConfigurationError: a profile or a kept key can't be used.
    """
    if server.sandbox and server.base_url is not None:
        raise click.UsageError("--sandbox brings its own address; leave --base-url out")
    if server.sandbox:
        return {"sandbox": True, "installed_hooks": server.hooks}
    from modelhunter.cli import profiles
    from modelhunter.client.settings import KEY_VARIABLE, URL_VARIABLE

    found = profiles.find(server)
    own = {"base_url": found.base_url, "api_key": found.key}
    read_by_the_client = (KEY_VARIABLE, URL_VARIABLE, "by default", "not set")
    given = {name: one.value for name, one in own.items() if one.source not in read_by_the_client}
    return {**given, "allow_http": found.allow_http.value, "installed_hooks": server.hooks}
