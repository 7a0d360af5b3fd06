"""Models as functions that a language model may call.

>>> from modelhunter.integrations.tools import toolbox
>>> tools = toolbox(mh, ["some-model"], out="clips", max_cost=1)          # doctest: +SKIP
>>> chat(messages, tools=tools.definitions)                               # doctest: +SKIP
>>> tools.call("some-model_text-to-video", '{"prompt": "a sunset"}')      # doctest: +SKIP

A definition is what OpenAI's API takes as a tool, which many others take too.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from attrs import frozen

from modelhunter import documents
from modelhunter.errors import InvalidArgument, ModelHunterError, UnknownName
from modelhunter.integrations.schemas import input_schema

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Mapping

    from modelhunter import ModelHunter
    from modelhunter.client.base import Amount
    from modelhunter.plugins.catalogue import Capability, Model

_MOST = 64
"""Characters that the name of a function may have."""


@frozen
class Function:
    """A capability of a model as a function.

    ``parameters`` is the JSON Schema of its arguments; called with them by keyword, it makes the
    thing, waits, downloads, and returns the task with its ``files``, as plain data.
    """

    name: str
    description: str
    parameters: Mapping[str, Any]
    call: Callable[..., dict[str, Any]]

    def __call__(self, **inputs: Any) -> dict[str, Any]:
        """Call it."""
        return self.call(**inputs)

    @property
    def definition(self) -> dict[str, Any]:
        """The function as OpenAI's API takes it."""
        function = {
            "name": self.name,
            "description": self.description,
            "parameters": dict(self.parameters),
        }
        return {"type": "function", "function": function}


class Toolbox:
    """Functions by name."""

    def __init__(self, functions: Iterable[Function]) -> None:
        self.functions: dict[str, Function] = {each.name: each for each in functions}

    @property
    def definitions(self) -> list[dict[str, Any]]:
        """All of them, for ``tools=`` of a request."""
        return [function.definition for function in self.functions.values()]

    def call(self, name: str, arguments: str | Mapping[str, Any]) -> str:
        """Do what a language model asked for; returns JSON for it, also of what went wrong.

        ``arguments`` are those of the call, as JSON or read already.
        """
        try:
            function = self.functions.get(name)
            if function is None:
                known = ", ".join(self.functions)
                raise UnknownName(f"there is no function {name!r}; there are: {known}", name=name)
            answer = function(**_read(arguments))
        except ModelHunterError as error:
            answer = {"error": str(error)}
        return json.dumps(answer, ensure_ascii=False)


def toolbox(
    client: ModelHunter,
    models: Iterable[str] | None = None,
    *,
    out: str | os.PathLike[str] = ".",
    max_cost: Amount | None = None,
) -> Toolbox:
    """Functions for a set of models, by their ids; none: all that are installed.

    Files are saved in the folder ``out``; ``max_cost`` is in USD for each call (the client's
    ``budget`` holds for all). Local files are read where a language model names them, so give the
    functions to one that you would let read files, or check its arguments.

    Raises:
        UnknownModel: one is not installed.
    """
    registry = client.context.registry()
    found: list[Model] = (
        [model for _, model in registry.models()]
        if models is None
        else [registry.model(name)[1] for name in models]
    )
    names: set[str] = set()
    functions = []
    for model in found:
        for capability in model.capabilities:
            name = _free(f"{model.id}_{capability.name}", names)
            names.add(name)
            functions.append(_function(client, name, model, capability, out, max_cost))
    return Toolbox(functions)


def _function(
    client: ModelHunter,
    name: str,
    model: Model,
    capability: Capability,
    out: str | os.PathLike[str],
    max_cost: Amount | None,
) -> Function:
    schema = input_schema(capability)

    def make(**inputs: Any) -> dict[str, Any]:
        strange = sorted(inputs.keys() - schema["properties"].keys())
        if strange:
            raise InvalidArgument(f"{name} takes no {', '.join(strange)}")
        task = client.generate(model.id, capability.name, max_cost=max_cost, **inputs)
        paths = task.download(f"{out}/")
        return documents.of_task(task) | {"files": [str(path) for path in paths]}

    price = "" if model.price is None else f" Costs money, by the {model.price.unit}."
    title = f"{capability.name} with {model.title or model.id}. {model.description}".strip()
    return Function(name, f"{title}{price}", schema, make)


def _free(wanted: str, taken: set[str]) -> str:
    """A name of the characters and length that are allowed, and that no other function has."""
    name = re.sub(r"[^A-Za-z0-9_-]", "-", wanted)[:_MOST]
    number = 2
    while name in taken:
        end = f"-{number}"
        name = name[: _MOST - len(end)] + end
        number += 1
    return name


def _read(arguments: str | Mapping[str, Any]) -> dict[str, Any]:
    try:
        found = json.loads(arguments) if isinstance(arguments, str) else dict(arguments)
    except ValueError as error:
        raise InvalidArgument(f"the arguments are no JSON: {error}") from None
    if not isinstance(found, dict):
        raise InvalidArgument("the arguments are no JSON object")
    return found
