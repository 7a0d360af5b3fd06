"""The command itself: its subcommands, loaded when they are used, and how every run ends."""

from __future__ import annotations

import io
import os
import sys
import warnings
from typing import TYPE_CHECKING, Any, NoReturn

import click

from modelhunter._version import __version__
from modelhunter.cli import options
from modelhunter.cli.codes import MEANINGS, Code
from modelhunter.cli.commands import Group, line, load
from modelhunter.cli.failures import Stop, code_of, failure
from modelhunter.cli.screen import Screen, mute
from modelhunter.printable import STDOUT_IS_TAKEN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

COMPLETION_VARIABLE = "_MODELHUNTER_COMPLETE"
"""What a shell sets when it asks what may follow."""

_COMMANDS: Mapping[str, str] = {
    "generate": "Make something with a model and download it.",
    "batch": "Make many things from a file of jobs, each once.",
    "resume": "Go on with a job that was begun before: wait for it and download it.",
    "models": "List the models, or show one with its inputs and prices.",
    "tasks": "List, read, wait for, cancel and download tasks.",
    "verify": "Hold files against the records of how they were made.",
    "replay": "Start the job once more that made a file.",
    "upload": "Upload a file, to be used as an input.",
    "balance": "Show the account's balance.",
    "plugins": "List the installed provider plugins.",
    "mcp": "Serve agents by the Model Context Protocol.",
    "skills": "Give agents the skill of using this.",
    "login": "Keep an API key on this machine.",
    "logout": "Forget the key that login kept.",
    "config": "Show which settings hold, and where each comes from.",
    "doctor": "Look at what this program needs, and say what is wrong.",
    "completion": "Print what makes a shell complete this command's words.",
    "sandbox": "Run a local server that behaves like the API.",
    "webhooks": "Register addresses for the events of tasks, or see them as they come.",
    "api-keys": "Make keys that may do less than yours, and delete them.",
}
"""Each is a command in the module of its name, with dashes for underscores."""

_ENVIRONMENT = (
    (
        "MODELHUNTER_KEY",
        "The API key. No option takes it: command lines end up in process lists and histories.",
    ),
    ("MODELHUNTER_BASE_URL", "Where the API is, if not at its public address."),
    ("MODELHUNTER_PROFILE", "The profile that is used where no --profile says."),
    ("NO_COLOR", "No colours, if set."),
)


class _Commands(Group):
    """Imports the module of a command only when the command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return load(_COMMANDS, cmd_name)

    def also_meant(self, ctx: click.Context, name: str, rest: Sequence[str]) -> list[str]:
        """A subcommand without its group, a model without `generate`, a task's id alone."""
        found = [
            line(group, name, *rest)
            for group in _COMMANDS
            if isinstance(command := self.get_command(ctx, group), click.Group)
            and name in command.list_commands(ctx)
        ]
        if name.startswith("task_"):
            found.append(line("tasks", "get", name))
        if _is_model(name):
            found.append(line("generate", name, *(rest or ["A sunset over the ocean"])))
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_epilog(ctx, formatter)
        with formatter.section("Environment"):
            formatter.write_dl(_ENVIRONMENT)
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(int(code)), meaning) for code, meaning in MEANINGS.items()])

    def main(  # type: ignore[override]
        self, args: Sequence[str] | None = None, **settings: Any
    ) -> NoReturn:
        """Run, show what went wrong, and exit with the code that says so."""
        settings["standalone_mode"] = False
        if COMPLETION_VARIABLE in os.environ:
            from modelhunter.cli import completion as _completion  # noqa: F401 - teaches click bash
        screen = settings.setdefault("obj", Screen())
        run = super().main
        arguments = sys.argv[1:] if args is None else args
        sys.exit(_exit_code(lambda: run(args, **settings), screen, arguments))

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand; click would answer these two exceptions in ways of its own."""
        taken = STDOUT_IS_TAKEN.set(True)
        try:
            return super().invoke(ctx)
        except (KeyboardInterrupt, BrokenPipeError) as error:
            raise Stop("interrupted", error=error) from error
        finally:
            STDOUT_IS_TAKEN.reset(taken)


@click.group(
    cls=_Commands,
    invoke_without_command=True,
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    examples=(
        'modelhunter generate MODEL "A sunset over the ocean" --sandbox',
        "modelhunter models",
        "modelhunter tasks list --status running",
    ),
)
@click.version_option(__version__, message="%(prog)s %(version)s")
@options.output
@click.pass_context
def cli(ctx: click.Context) -> None:
    """ModelHunter.AI on the command line: generative media models behind one key.

    Without a key, `generate … --sandbox` shows what it does, on this machine and at no cost.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def _is_model(name: str) -> bool:
    from modelhunter.errors import ModelHunterError
    from modelhunter.plugins.registry import default_registry

    try:
        default_registry().model(name)
    except ModelHunterError:
        return False
    return True


def _exit_code(run: Callable[[], Any], screen: Screen, arguments: Sequence[str]) -> int:
    """Run, show what went wrong, and say how it ended."""
    _ready_streams()
    try:
        with warnings.catch_warnings():
            # Python hides these from everyone but programmers; who types an old name is told
            warnings.filterwarnings("default", ".* is called .* now;", DeprecationWarning)
            warnings.filterwarnings("default", "no installed plugin lists", UserWarning)
            warnings.showwarning = lambda message, *_: screen.note(f"Warning: {message}")
            try:
                code = run()
            except Exception as error:
                code = _shown(error, screen, arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        code = Code.UNREAD
    if code == Code.UNREAD:
        mute(sys.stdout)
        mute(sys.stderr)
    return code if isinstance(code, int) else Code.DONE


def _ready_streams() -> None:
    """Let nothing that is written fail: a closed stream takes it all, letters that it lacks too."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115 - for the life of the process
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _shown(error: Exception, screen: Screen, arguments: Sequence[str]) -> Code:
    code = error.code if isinstance(error, Stop) else code_of(error)
    if code == Code.UNREAD:
        return code
    if screen.debug:
        screen.trace(error)
    if isinstance(error, click.UsageError) and "--json" in arguments:
        screen.json = True
    screen.failed(failure(error))
    return code
