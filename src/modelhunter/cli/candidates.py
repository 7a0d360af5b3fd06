"""What a shell offers for a word that is not finished: models, inputs, their values, task ids.

Nothing here may fail or say anything: a shell would show it in the middle of a command line.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from collections.abc import Iterator

    import click

    from modelhunter.plugins.catalogue import Field, Model

_SECONDS = 2.0
"""What the API may take to list tasks."""


def models(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The ids of models that begin like this."""
    with suppress(Exception):
        return [
            CompletionItem(model.id, help=model.title)
            for model in _models()
            if model.id.startswith(incomplete)
        ]
    return []


def inputs(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of the inputs of the model that was named, or the values that one takes."""
    with suppress(Exception):
        # an option that lacks its value keeps click from giving arguments their names
        fields = _fields(ctx.params.get("model") or next(iter(ctx.args)))
        name, equals, begun = incomplete.partition("=")
        if not equals:
            return [
                CompletionItem(f"{field.keyword}=", help=field.description)
                for field in fields.values()
                if field.keyword.startswith(name)
            ]
        values = [*_values(fields[name])]
        found = [value for value in values if value.startswith(begun)]
        return [CompletionItem(f"{name}={value}") for value in found] or [
            CompletionItem(begun, type="file")
        ]
    return []


def tasks(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Ids of tasks: of jobs that were left here, and the account's latest."""
    known: dict[str, str] = {}
    with suppress(Exception):
        known |= _left()
    with suppress(Exception):
        known |= _latest(ctx)
    return [
        CompletionItem(name, help=about)
        for name, about in known.items()
        if name.startswith(incomplete)
    ]


def profiles(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The names of profiles."""
    from modelhunter.cli.profiles import read

    with suppress(Exception):
        return [CompletionItem(name) for name in read() if name.startswith(incomplete)]
    return []


def _models() -> list[Model]:
    from modelhunter.plugins.registry import default_registry

    return [model for _, model in default_registry().models()]


def _fields(name: str) -> dict[str, Field]:
    from modelhunter.plugins.registry import default_registry

    model = default_registry().model(name)[1]
    return {field.keyword: field for one in model.capabilities for field in one.fields}


def _values(field: Field) -> Iterator[str]:
    if field.type == "boolean":
        yield from ("true", "false")
    for choice in field.choices:
        yield choice if isinstance(choice, str) else json.dumps(choice)


def _left() -> dict[str, str]:
    from modelhunter.cli import left

    tokens = [json.loads(one.token) for one in left.found()]
    return {token["id"]: "left unfinished" for token in tokens if "id" in token}


def _latest(ctx: click.Context) -> dict[str, str]:
    from modelhunter.cli.link import Server, connected
    from modelhunter.flows.pages import Pages, read_row

    given: dict[str, Any] = ctx.params
    where = given.get("base_url"), given.get("allow_http") or False
    server = Server(*where, profile=given.get("profile"))
    with connected(server) as link:
        rows = link.client.run(Pages(link.client.context, limit=20).rows(seconds=_SECONDS)) or []
    found = [task for row in rows if (task := read_row(row)) is not None]
    return {task.id: f"{task.model}, {task.status}" for task in found}
