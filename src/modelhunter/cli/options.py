"""The options and arguments that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

import click

from modelhunter.cli.link import Server, is_token
from modelhunter.cli.quoting import quoted
from modelhunter.cli.screen import Screen
from modelhunter.cli.values import OneOf, Positive

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_CANDIDATES = "modelhunter.cli.candidates"
Command = TypeVar("Command", bound=Callable[..., Any])


class Decorator(Protocol):
    """What adds an option or an argument to a command."""

    def __call__(self, command: Command, /) -> Command:
        """The command with it."""
        ...


def pass_screen(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the :class:`Screen` of this run as its first argument."""
    return click.make_pass_decorator(Screen, ensure=True)(command)


def _set_json(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    ctx.ensure_object(Screen).json |= value


def _set_debug(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    ctx.ensure_object(Screen).debug |= value


def _set_opens(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    ctx.ensure_object(Screen).opens |= value


def output(command: Command) -> Command:
    """``--json`` and ``--debug``, which every command has."""
    as_json = click.option(
        "--json",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_set_json,
        help="Print one JSON document instead of text.",
    )
    debug = click.option(
        "--debug",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_set_debug,
        help="Show where an error came from.",
    )
    return as_json(debug(command))


def completed(kind: str) -> Callable[..., list[CompletionItem]]:
    """What a shell offers for a word: a function of ``candidates``, imported when one asks."""

    def offered(*asked: Any) -> list[CompletionItem]:
        found: list[CompletionItem] = getattr(import_module(_CANDIDATES), kind)(*asked)
        return found

    return offered


profile: Decorator = click.option(
    "--profile",
    metavar="NAME",
    help="The profile whose key and address are used; by default MODELHUNTER_PROFILE, then "
    "default.",
    shell_complete=completed("profiles"),
)


def address(command: Command) -> Command:
    """``--base-url`` and its like, which the command gets as one ``server``."""

    @wraps(command)
    def with_server(
        *arguments: Any,
        base_url: str | None,
        allow_http: bool,
        profile: str | None,
        no_hooks: bool,
        sandbox: bool = False,
        **rest: Any,
    ) -> Any:
        where = Server(base_url, allow_http, sandbox, profile, not no_hooks)
        return command(*arguments, server=where, **rest)

    where = click.option(
        "--base-url",
        metavar="URL",
        help="Where the API is; by default MODELHUNTER_BASE_URL, then its public address.",
    )
    openly = click.option(
        "--allow-http",
        is_flag=True,
        help="Allow an address that is not https, though the key can be read on the way.",
    )
    bare = click.option(
        "--no-hooks",
        is_flag=True,
        help="Leave out the observers and gates that are installed (modelhunter plugins lists "
        "them).",
    )
    return cast("Command", where(openly(profile(bare(with_server)))))


def server(command: Command) -> Command:
    """The same, and ``--sandbox``."""
    sandbox = click.option(
        "--sandbox",
        is_flag=True,
        help="Use a local stand-in for the API that lives as long as this command: no key, no "
        "cost.",
    )
    return sandbox(address(command))


to: Decorator = click.option(
    "-o",
    "--output",
    "to",
    default=".",
    metavar="PATH",
    help="File or folder for the result; by default a name of its own in this folder.",
)

provenance: Decorator = click.option(
    "--provenance",
    type=OneOf("sidecar", "embedded"),
    help="Write how each file was made: beside it, or in it too where its format has room.",
)

force: Decorator = click.option("--force", is_flag=True, help="Overwrite files that exist.")


def _name_of_task(_: click.Context, __: click.Parameter, value: str) -> str:
    if value.strip(".") == "":
        raise click.BadParameter(
            f"{quoted(value)} is no task's id; `modelhunter tasks list` shows them"
        )
    if is_token(value):
        from modelhunter.jobs.tokens import TaskToken, read

        if not isinstance(read(value), TaskToken):
            raise click.BadParameter(
                "this token leads to a submission, of which no task is known yet; "
                "`modelhunter resume` looks for it"
            )
    return value


task: Decorator = click.argument(
    "name", metavar="ID", callback=_name_of_task, shell_complete=completed("tasks")
)


opened: Decorator = click.option(
    "--open",
    is_flag=True,
    expose_value=False,
    callback=_set_opens,
    help="Show the results with the programs that this machine has for them.",
)


timeout: Decorator = click.option(
    "--timeout",
    type=Positive(),
    metavar="S",
    help="Seconds to wait at most; by default 1200.",
)
