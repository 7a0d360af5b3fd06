"""Commands that know what was meant: misspelt words, words of other tools, inputs as options."""

from __future__ import annotations

import re
import shlex
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from modelhunter.cli.foreign_words import COMMANDS, KEY_OPTIONS, OPTIONS
from modelhunter.cli.quoting import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

PROGRAM = "modelhunter"
_LISTS = {"MODEL": "modelhunter models", "ID": "modelhunter tasks list"}
"""What lists the things that an argument names."""


class WrongUsage(click.UsageError):
    """A wrong command line; ``hints`` are what would be right."""

    def __init__(
        self, message: str, ctx: click.Context | None = None, *, hints: Iterable[str] = ()
    ) -> None:
        self.hints: tuple[str, ...] = tuple(dict.fromkeys(hints))
        super().__init__(message, ctx)


class Command(click.Command):
    """A command whose mistakes are explained; ``examples`` are shown below its help."""

    def __init__(self, *arguments: Any, examples: Sequence[str] = (), **settings: Any) -> None:
        self.examples: tuple[str, ...] = tuple(examples)
        super().__init__(*arguments, **settings)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments.

        Raises:
            WrongUsage: they can't be meant so.
        """
        given = [*args]
        ctx.allow_extra_args = True
        with explained(self, ctx, given):
            further = super().parse_args(ctx, args)
        if further and not ctx.resilient_parsing:
            raise self.too_many(ctx, further)
        return further

    def too_many(self, ctx: click.Context, further: Sequence[str]) -> WrongUsage:
        """What to say of words that are left over."""
        words = " ".join(quoted(word) for word in further)
        return WrongUsage(f"{words} is too much here", ctx, hints=[usage(ctx)])

    def unknown_option(
        self, ctx: click.Context, option: str, value: str | None, given: Sequence[str]
    ) -> WrongUsage:
        """What to say of an option that there is not."""
        return no_such_option(self, ctx, option)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples below the help."""
        write_examples(formatter, self.examples)
        super().format_epilog(ctx, formatter)


class Group(click.Group):
    """A group of commands that says which one may be meant."""

    command_class: type[click.Command] | None = Command

    def __init__(self, *arguments: Any, examples: Sequence[str] = (), **settings: Any) -> None:
        self.examples: tuple[str, ...] = tuple(examples)
        super().__init__(*arguments, **settings)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments up to the command.

        Raises:
            WrongUsage: they can't be meant so.
        """
        with explained(self, ctx, [*args]):
            return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command.

        Raises:
            WrongUsage: there is none of that name.
        """
        name, *rest = args
        command = self.get_command(ctx, name)
        if command is not None:
            return name, command, rest
        if ctx.resilient_parsing:
            return None, None, rest
        raise self.unknown_command(ctx, name, rest)

    def unknown_command(self, ctx: click.Context, name: str, rest: Sequence[str]) -> WrongUsage:
        """What to say of a command that there is not."""
        path = ctx.command_path.split()[1:]
        meant = [_filled(words, rest) for words in COMMANDS.get((*path, name.lower()), ())]
        meant = meant or self.also_meant(ctx, name, rest)
        if not meant:
            near = _nearest(name.lower(), self.list_commands(ctx))
            meant = [line(*path, word, *rest) for word in near]
        where = f"of {ctx.command_path}" if path else f"of {PROGRAM}"
        help_for_all = line(*path, "--help")
        return WrongUsage(
            f"{quoted(name)} is no command {where}" + ("; this may be meant" if meant else ""),
            ctx,
            hints=[*meant, help_for_all],
        )

    def also_meant(self, ctx: click.Context, name: str, rest: Sequence[str]) -> list[str]:
        """Command lines that may be meant by a command that is not merely misspelt."""
        return []

    def unknown_option(
        self, ctx: click.Context, option: str, value: str | None, given: Sequence[str]
    ) -> WrongUsage:
        """What to say of an option that there is not."""
        return no_such_option(self, ctx, option)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples below the help."""
        write_examples(formatter, self.examples)
        super().format_epilog(ctx, formatter)


class explained:  # noqa: N801 - used as a function is
    """Turns click's own errors about a command line into ours, which say what would be right."""

    def __init__(self, command: Command | Group, ctx: click.Context, given: Sequence[str]) -> None:
        self._command = command
        self._ctx = ctx
        self._given = given

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, click.NoSuchOption):
            option, value = _as_typed(error.option_name, self._given)
            raise self._command.unknown_option(self._ctx, option, value, self._given) from None
        if isinstance(error, click.MissingParameter):
            raise _missing(self._ctx, error) from None
        if isinstance(error, click.BadOptionUsage):
            takes_none = any(
                isinstance(parameter, click.Option)
                and parameter.is_flag
                and error.option_name in (*parameter.opts, *parameter.secondary_opts)
                for parameter in self._ctx.command.get_params(self._ctx)
            )
            said = "takes no value; give it alone" if takes_none else "wants a value"
            raise WrongUsage(
                f"{error.option_name} {said}", self._ctx, hints=[usage(self._ctx)]
            ) from None


def no_such_option(command: click.Command, ctx: click.Context, option: str) -> WrongUsage:
    """The error for an option that a command does not have."""
    message = f"{option} is no option of {ctx.command_path}"
    if option in KEY_OPTIONS:
        return WrongUsage(
            f"{message}, nor of any command: command lines end up in process lists and histories",
            ctx,
            hints=["export MODELHUNTER_KEY=…"],
        )
    own = {
        name: parameter
        for parameter in command.get_params(ctx)
        if isinstance(parameter, click.Option)
        for name in (*parameter.opts, *parameter.secondary_opts)
    }
    meant = [name for name in OPTIONS.get(option, ()) if name in own]
    meant = meant or [name for name in _nearest(option, own) if name.startswith("--")]
    if not meant:
        return WrongUsage(message, ctx, hints=[f"{ctx.command_path} --help"])
    said = " or ".join(meant)
    return WrongUsage(f"{message}; did you mean {said}?", ctx, hints=[f"{ctx.command_path} --help"])


def usage(ctx: click.Context) -> str:
    """How a command is used, in one line."""
    pieces = [piece for piece in ctx.command.collect_usage_pieces(ctx) if piece != "[OPTIONS]"]
    return " ".join([ctx.command_path, *pieces])


def line(*words: str) -> str:
    """A command line of this program."""
    return shlex.join([PROGRAM, *words])


def write_examples(formatter: click.HelpFormatter, examples: Sequence[str]) -> None:
    """A section with command lines, each as it is typed.

    In them ``{example}`` stands for a whole command line for a model that is installed, ``{model}``
    and ``{provider}`` for its names.
    """
    if not examples:
        return
    names = _installed() if any("{" in example for example in examples) else {}
    with formatter.section("Examples"):
        for example in examples:
            formatter.write(f"{'':>{formatter.current_indent}}{example.format_map(names)}\n")


def _installed() -> dict[str, str]:
    """The names of a model that is installed, for examples; else what stands for them."""
    from modelhunter.cli.describe import example
    from modelhunter.errors import ModelHunterError
    from modelhunter.plugins.registry import default_registry

    names = {"example": f'{PROGRAM} generate MODEL "PROMPT"', "model": "MODEL", "provider": "NAME"}
    try:
        found = default_registry().models()
    except ModelHunterError:
        return names
    usual = [(owner, model) for owner, model in found if model.status == "current"]
    for owner, model in usual[-1:]:
        words = shlex.join(example(model, model.capabilities[0]))
        return {"example": words, "model": model.id, "provider": owner.name}
    return names


def load(commands: Mapping[str, str], name: str) -> click.Command | None:
    """A command of this package: a member of the module of its name, dashes apart."""
    if name not in commands:
        return None
    member = name.replace("-", "_")
    command: click.Command = getattr(import_module(f"modelhunter.cli.{member}"), member)
    return command


def _filled(words: str, rest: Sequence[str]) -> str:
    """A command line with what was typed, where there is something, in place of its MODEL or ID."""
    placeholder = re.search(r" (MODEL|ID|NAME|COMMAND)\b.*", words)
    if placeholder is None or not rest:
        return words
    return f"{words[: placeholder.start()]} {shlex.join(rest)}"


def _missing(ctx: click.Context, error: click.MissingParameter) -> WrongUsage:
    parameter = error.param
    name = "something" if parameter is None else parameter.human_readable_name
    where = [words for word, words in _LISTS.items() if word == name]
    return WrongUsage(f"{name} is missing", ctx, hints=[usage(ctx), *where])


def _as_typed(option: str, given: Sequence[str]) -> tuple[str, str | None]:
    """An unknown option as it stands on the command line, and the value that goes with it.

    Of ``-duration=4`` click has only looked at ``-d``.
    """
    for place, word in enumerate(given):
        name, equals, value = word.partition("=")
        mine = name == option or (len(option) == 2 and name.startswith(option) and len(name) > 2)
        if not mine:
            continue
        if equals:
            return name, value
        following = given[place + 1] if place + 1 < len(given) else None
        return name, None if following is None or following.startswith("-") else following
    return option, None


def _nearest(word: str, words: Iterable[str]) -> tuple[str, ...]:
    from modelhunter.plugins.messages import nearest

    return nearest(word, words)
