"""The client of one run, and the commands that lead on from it."""

from __future__ import annotations

import os
import shlex
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
from attrs import frozen

from modelhunter.cli.codes import Code
from modelhunter.cli.failures import Stop
from modelhunter.client.settings import KEY_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modelhunter import ModelHunter


@frozen
class Link:
    """A client, and where it leads: ``one_off`` is a server that ends with this command."""

    client: ModelHunter
    base_url: str | None
    one_off: bool

    def command(self, *words: str) -> str | None:
        """A command line for later that reaches the same server; None where there is none."""
        if self.one_off:
            return None
        at = ["--base-url", self.base_url] if self.base_url is not None else []
        return shlex.join(["modelhunter", *words, *at])


@contextmanager
def connected(base_url: str | None, *, sandbox: bool = False) -> Iterator[Link]:
    """A link to the API, or to a sandbox of its own.

    Raises:
        Stop: there is no key.
        ConfigurationError: a setting can't work.
    """
    if sandbox and base_url is not None:
        raise click.UsageError("--sandbox brings its own address; leave --base-url out")
    if not sandbox and not os.environ.get(KEY_VARIABLE, "").strip():
        raise Stop(
            "there is no API key. Two ways on:",
            code=Code.TROUBLE,
            hints=(
                f"with a key:     export {KEY_VARIABLE}=…   (https://modelhunter.ai/dashboard/api-keys)",
                "without a key:  modelhunter generate … --sandbox   (or run `modelhunter sandbox`)",
            ),
        )
    from modelhunter import ModelHunter

    with ModelHunter(base_url=base_url, sandbox=sandbox) as client:
        yield Link(client, base_url, sandbox)
