"""The inputs of ``-i name=value``, read by the types of the model's fields.

What can't be read as its field's type is left as text, for the library to object to together with
everything else that is wrong.
"""

from __future__ import annotations

import json
import os
import re
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from modelhunter.cli.quoting import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from modelhunter.plugins.catalogue import Capability, Field, Model

_WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_OPENS = {"array": "[", "object": "{"}


def pairs(
    ctx: click.Context, param: click.Parameter, values: tuple[str, ...]
) -> list[tuple[str, str]]:
    """The names and values of ``name=value``, as text: the callback of an option."""
    return [_pair(ctx, param, value) for value in values]


def _pair(ctx: click.Context, param: click.Parameter, value: str) -> tuple[str, str]:
    name, equals, text = value.partition("=")
    if not name.strip() or not equals:
        message = f"{quoted(value)} has not the form name=value, such as duration=4"
        raise click.BadParameter(message, ctx, param)
    return name.strip(), text


class Piped(str):
    """A text that was read from stdin: it is meant as it is."""

    __slots__ = ()


def text_of(given: str, name: str) -> str:
    """A text as it is meant: ``-`` is what stdin has, ``@file`` what a file has, ``@@`` is ``@``.

    Raises:
        click.UsageError: it can't be read, is no text, or is empty.
    """
    what = f"the {name}"
    if isinstance(given, Piped):
        return given
    if given == "-":
        return _read_whole(what, "stdin", _stdin)
    if given.startswith("@@"):
        return given[1:]
    if given.startswith("@"):
        name = os.path.expanduser(given[1:])
        return _read_whole(what, given[1:] or "@", lambda: Path(name).read_bytes())
    return given


def with_piped_prompt(
    model: Model, texts: Mapping[str, Sequence[str]], capability: str | None
) -> Mapping[str, Sequence[str]]:
    """The texts, with what is piped into the command as the prompt, where one is needed."""
    if "prompt" in texts or not _lacks_prompt(model, texts, capability):
        return texts
    piped = _piped()
    return texts if piped is None else {**texts, "prompt": [piped]}


def _lacks_prompt(model: Model, texts: Mapping[str, Sequence[str]], capability: str | None) -> bool:
    from modelhunter.errors import InvalidInput
    from modelhunter.plugins.checking import choose_capability

    try:
        chosen = choose_capability(model, texts, capability)
    except InvalidInput:  # a prompt may be what decides
        return capability is None
    field = chosen.field(chosen.output.prompt.field or "")
    return field is not None and field.required and not {field.name, field.keyword} & texts.keys()


def _piped() -> Piped | None:
    """What is piped into this command; None where nothing is."""
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (AttributeError, OSError, ValueError):  # closed, or not of the system
        return None
    if not (stat.S_ISFIFO(mode) or stat.S_ISREG(mode)):
        return None
    try:
        return Piped(_stdin().decode("utf-8-sig").strip()) or None
    except ValueError:
        raise click.UsageError("what is piped into this command as the prompt is no text") from None


def _stdin() -> bytes:
    if sys.stdin is None:
        return b""
    binary = getattr(sys.stdin, "buffer", None)
    return binary.read() if binary is not None else sys.stdin.read().encode()


def _read_whole(what: str, source: str, read: Callable[[], bytes]) -> str:
    try:
        text = read().decode("utf-8-sig").strip()
    except OSError as error:
        message = f"{what} is to be read from {source}, which can't be: {error.strerror}"
        if source != "stdin":
            message += "; for a text that begins with @, write @@"
        raise click.UsageError(message) from None
    except ValueError:
        raise click.UsageError(f"{what} is to be read from {source}, which is no text") from None
    if not text:
        raise click.UsageError(f"{what} is to be read from {source}, where there is none")
    return text


def collect(prompt: str | None, given: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """The texts given for each name, in their order; a name may come several times.

    Raises:
        click.UsageError: the prompt was given twice, or is empty.
    """
    texts: dict[str, list[str]] = {}
    for name, text in given:
        texts.setdefault(name, []).append(text)
    if prompt is not None:
        if not prompt.strip():
            raise click.UsageError("the prompt is empty; leave it out if that is meant")
        if "prompt" in texts:
            raise click.UsageError("the prompt is given twice: as PROMPT and as -i prompt=…")
        texts["prompt"] = [prompt]
    return texts


def with_own_prompt(
    model: Model, texts: Mapping[str, Sequence[str]]
) -> Mapping[str, Sequence[str]]:
    """The texts, with the prompt under the name that the model has for it, such as ``lyrics``."""
    if "prompt" not in texts or any(one.field("prompt") for one in model.capabilities):
        return texts
    own = {one.output.prompt.field for one in model.capabilities if one.output.prompt.field}
    own -= {"prompt", *texts}
    if len(own) != 1:
        return texts
    return {own.pop() if name == "prompt" else name: given for name, given in texts.items()}


def read_inputs(capability: Capability, texts: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The inputs as values; those that the capability doesn't know stay text.

    Raises:
        click.UsageError: a value that starts like JSON is none, or several are given for no list.
    """
    return {name: _value(capability.field(name), name, given) for name, given in texts.items()}


def _value(field: Field | None, name: str, texts: Sequence[str]) -> Any:
    if field is not None and field.type == "array":
        return _list(field, name, texts)
    if field is None:
        return texts[0] if len(texts) == 1 else list(texts)
    if len(texts) > 1:
        raise click.UsageError(f"-i {name}=… is given {len(texts)} times, and {name} is no list")
    return _one(field, name, texts[0])


def _list(field: Field, name: str, texts: Sequence[str]) -> list[Any]:
    if len(texts) == 1 and texts[0].lstrip().startswith("["):
        value = _json(name, texts[0])
        if isinstance(value, list):
            return value
    return [text if field.item is None else _one(field.item, name, text) for text in texts]


def _one(field: Field, name: str, text: str) -> Any:
    stripped = text.strip()
    if field.type == "integer":
        return int(stripped) if re.fullmatch(r"[+-]?[0-9]{1,30}", stripped) else text
    if field.type == "number":
        return _number(stripped, text)
    if field.type == "boolean":
        return _WORDS.get(stripped.lower(), text)
    opens = _OPENS.get(field.type)
    if opens is not None and stripped.startswith(opens):
        return _json(name, text)
    if field.type == "string" and field.media is None and not field.choices:
        return text_of(text, name)
    return text


def _number(stripped: str, text: str) -> Any:
    if not re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?", stripped):
        return text
    return int(stripped) if re.fullmatch(r"[+-]?[0-9]{1,30}", stripped) else float(stripped)


def _json(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise click.UsageError(f"-i {name}=… looks like JSON and is none: {error}") from None
