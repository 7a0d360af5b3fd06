"""From an exception to an exit code, a message, and the facts that a program wants."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click
from attrs import Factory, evolve, frozen

from modelhunter import errors
from modelhunter.cli.codes import Code
from modelhunter.cli.commands import WrongUsage
from modelhunter.cli.quoting import plain
from modelhunter.cli.shell_words import for_shell

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from modelhunter import Task

_CODES: Sequence[tuple[type[BaseException], Code]] = (
    (click.UsageError, Code.WRONG),
    (errors.InvalidInput, Code.WRONG),
    (errors.UnknownName, Code.WRONG),
    (errors.BadToken, Code.WRONG),
    (errors.NoRecord, Code.WRONG),
    (errors.TaskFailed, Code.FAILED),
    (errors.TaskCancelled, Code.CANCELLED),
    (errors.WaitTimeout, Code.UNFINISHED),
    (errors.OverBudget, Code.OVER_LIMIT),
    (click.Abort, Code.INTERRUPTED),
    (KeyboardInterrupt, Code.INTERRUPTED),
    (BrokenPipeError, Code.UNREAD),
)
_FACTS = ("status", "code", "reason", "path", "request_id", "suggestions")
_WITHOUT_KEY = (
    "with a key:     modelhunter login, or export MODELHUNTER_KEY=…   "
    "(https://modelhunter.ai/dashboard/api-keys)",
    "without a key:  modelhunter generate … --sandbox   (or run `modelhunter sandbox`)",
)
_URL_VARIABLE = "MODELHUNTER_BASE_URL"
_PROBLEM = ("field", "message", "given", "allowed", "suggestion")


class Stop(Exception):
    """Ends a command: what happened, and the commands that lead on from here.

    ``error`` is what it came from, ``task`` the one that it concerns, ``token`` what leads back to
    the job where no task is known. Hints that are None are left out.
    """

    def __init__(
        self,
        message: str,
        *,
        error: BaseException | None = None,
        code: Code | None = None,
        hints: Sequence[str | None] = (),
        task: Task | None = None,
        token: str | None = None,
    ) -> None:
        self.error = error
        self.code: Code = code if code is not None else code_of(error)
        self.hints: tuple[str, ...] = tuple(hint for hint in hints if hint is not None)
        self.task = task
        self.token = token
        super().__init__(message)


@frozen(kw_only=True)
class Failure:
    """How a command failed, ready to be shown; ``leads_on``: the message ends in the hints."""

    code: Code
    message: str
    hints: tuple[str, ...] = ()
    leads_on: bool = False
    facts: Mapping[str, Any] = Factory(dict)

    def document(self) -> dict[str, Any]:
        """The failure as JSON."""
        said = {"message": self.message, "exit_code": int(self.code), "hints": list(self.hints)}
        return {"error": {**said, **self.facts}}

    def text(self) -> str:
        """The failure as lines of text."""
        head = self.message if self.code == Code.INTERRUPTED else f"Error: {self.message}"
        if self.hints and self.leads_on and not head.endswith("?"):
            head += ":"
        return "\n".join([head, *(f"  {hint}" for hint in self.hints)])


def code_of(error: BaseException | None) -> Code:
    """The exit code that an exception stands for."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), Code.TROUBLE)


def failure(error: BaseException) -> Failure:
    """What a command that ended with this exception has to say."""
    if isinstance(error, Stop):
        return Failure(
            code=error.code,
            message=for_shell(plain(str(error))),
            hints=error.hints,
            leads_on=True,
            facts=_facts(error.error) | _way_back(error),
        )
    return Failure(
        code=code_of(error),
        message=for_shell(_message(error)),
        hints=_hints(error),
        leads_on=isinstance(error, errors.MissingKey | WrongUsage),
        facts=_facts(error),
    )


def _message(error: BaseException) -> str:
    if isinstance(error, errors.InvalidInput):
        return str(_as_typed(error))
    if isinstance(error, click.BadParameter):
        return plain(_of_parameter(error))
    if isinstance(error, click.ClickException):
        return plain(error.format_message())
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        return "interrupted"
    if isinstance(error, errors.MissingKey):
        return "there is no API key; two ways on"
    if isinstance(error, errors.InsecureAddress):
        return plain(f"{error.address} {error.why.partition('; use https')[0]}")
    if isinstance(error, OSError) and not isinstance(error, errors.ModelHunterError):
        return plain(_of_system(error))
    if isinstance(error, errors.ModelHunterError):
        return plain(str(error))
    return f"this should not have happened: {type(error).__name__}: {plain(str(error))}"


def _as_typed(error: errors.InvalidInput) -> errors.InvalidInput:
    """The same, with every backslash of what was given once, as it was typed."""
    problems = [
        evolve(problem, given=problem.given and problem.given.replace(r"\\", "\\"))
        for problem in error.problems
    ]
    return errors.InvalidInput(problems, model=error.model, capability=error.capability)


def _of_system(error: OSError) -> str:
    """What the system says, without its number, after what it says it of."""
    if error.strerror is None:
        return str(error)
    return f"{error.filename}: {error.strerror}" if error.filename else error.strerror


def _of_parameter(error: click.BadParameter) -> str:
    """What is wrong with a value, after the option or argument that it was given for."""
    if error.param is None:
        return error.message
    options = error.param.opts if isinstance(error.param, click.Option) else ()
    name = max(options, key=len, default=error.param.human_readable_name).rstrip(".")
    return f"{name}: {error.message}"


def _hints(error: BaseException) -> tuple[str, ...]:
    if isinstance(error, WrongUsage):
        return error.hints
    if isinstance(error, click.UsageError):
        return (f"{error.ctx.command_path} --help",) if error.ctx is not None else ()
    if isinstance(error, errors.MissingKey):
        return _WITHOUT_KEY
    if isinstance(error, errors.InvalidInput):
        return (shlex.join(["modelhunter", "models", "show", error.model]),)
    if isinstance(error, errors.OverBudget) and error.estimate is not None:
        return tuple(error.estimate.notes)
    if isinstance(error, errors.UnknownName):
        return "modelhunter models", "pip install modelhunter-PROVIDER, if it is another provider's"
    if isinstance(error, errors.InsecureAddress) and "allow_http" in error.why:
        return ("use https, or add --allow-http if that is what you want",)
    if isinstance(error, errors.ConnectFailed) and _is_from_variable(str(error)):
        return (f"{_URL_VARIABLE} names that address; unset it, or start again what was there",)
    known = (errors.ModelHunterError, click.ClickException, click.Abort, KeyboardInterrupt, OSError)
    if isinstance(error, known):
        return ()
    return ("with --debug it shows where that was; please report it",)


def _is_from_variable(message: str) -> bool:
    host = urlsplit(os.environ.get(_URL_VARIABLE, "")).netloc
    return host != "" and host in message


def _way_back(stop: Stop) -> dict[str, Any]:
    if stop.task is None:
        return {} if stop.token is None else {"token": stop.token}
    from modelhunter import documents

    return {"task": documents.of_task(stop.task), "token": stop.task.resume_token()}


def _facts(error: BaseException | None) -> dict[str, Any]:
    if error is None:
        return {}
    facts: dict[str, Any] = {"type": type(error).__name__}
    if isinstance(error, errors.ModelHunterError):
        values = {name: getattr(error, name, None) for name in _FACTS}
        values["token"] = getattr(error, "token", None) or error.resume_token
        facts |= {name: value for name, value in values.items() if value is not None}
    if isinstance(error, errors.InvalidInput):
        facts["problems"] = [
            {name: getattr(problem, name) for name in _PROBLEM} for problem in error.problems
        ]
    return facts
