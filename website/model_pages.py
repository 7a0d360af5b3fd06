"""A page for each provider and each model, made from what the installed plugins say of them."""

from __future__ import annotations

import shlex
from itertools import pairwise
from json import dumps
from typing import TYPE_CHECKING, Any

from modelhunter.cli.describe import example, field_rows, price_lines, rule_line
from modelhunter.plugins.model_list import price_in_short
from modelhunter.plugins.registry import Registry, default_registry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modelhunter.plugins.catalogue import Capability, Field, Model, Provider


def pages(registry: Registry | None = None) -> dict[str, str]:
    """The Markdown of each page by its path below ``docs/``."""
    found: dict[str, str] = {}
    providers: dict[str, Provider] = {}
    for provider, model in (registry or default_registry()).models():
        providers[provider.name] = provider
        found[address(provider, model)] = "\n".join(_model(provider, model)) + "\n"
    for provider in providers.values():
        found[f"models/{provider.name}.md"] = "\n".join(_provider(provider)) + "\n"
    return found


def address(provider: Provider, model: Model) -> str:
    """The path of a model's page."""
    return f"models/{provider.name}/{model.id.replace('/', '-')}.md"


def overview(registry: Registry | None = None) -> str:
    """The part of the page of all models that lists them."""
    lines: list[str] = []
    last = None
    for provider, model in (registry or default_registry()).models():
        if provider is not last:
            lines += ["", f"## [{_safe(provider.title)}](models/{provider.name}.md)", ""]
            lines += _HEAD
            last = provider
        lines.append(_entry(provider, model, ""))
    return "\n".join(lines) + "\n"


_HEAD = ("| model | does | price |", "|---|---|---|")


def _entry(provider: Provider, model: Model, up: str) -> str:
    does = ", ".join(capability.name for capability in model.capabilities)
    legacy = "" if model.status == "current" else f" ({model.status})"
    link = f"[`{model.id}`]({up}{address(provider, model)}){legacy}"
    return f"| {link} | {does} | {_cell(price_in_short(model))} |"


def _provider(provider: Provider) -> Iterator[str]:
    yield f"# {_safe(provider.title)}"
    if provider.description:
        yield f"\n{_safe(provider.description)}"
    if provider.documentation:
        yield f"\nDocumentation of the API: <{provider.documentation}>"
    yield f"\nInstall it from a clone with `pip install ./plugins/{provider.name}`.\n"
    yield from _HEAD
    yield from (_entry(provider, model, "../") for model in provider.models)


def _model(provider: Provider, model: Model) -> Iterator[str]:
    yield f"# {_safe(model.title)}"
    yield f"\n`{model.id}`, by [{_safe(provider.title)}](../{provider.name}.md)."
    if model.description:
        yield f"{_safe(model.description)}"
    if model.status != "current":
        yield f"It is {model.status}: still accepted, no longer documented."
    if model.aliases:
        yield f"Also called {', '.join(f'`{alias}`' for alias in model.aliases)}."
    yield "\n## Price\n"
    if model.price is None:
        yield "Not known. `max_cost` and `budget` refuse it, as they could not be kept."
    else:
        head, *rest = price_lines(model.price)
        yield f"{_safe(head)}\n"
        yield from (f"- {_safe(line.strip())}" for line in rest)
    for capability in model.capabilities:
        yield from _capability(model, capability)
    yield "\n[What (inferred) means](../../models.md)."


def _capability(model: Model, capability: Capability) -> Iterator[str]:
    seconds = capability.typical_seconds
    time = "" if seconds is None else f", in about {seconds:g} s"
    yield f"\n## {capability.name}\n"
    yield f"Makes {capability.output.media}{time}.\n"
    if capability.documentation:
        yield f"Documentation of the API: <{capability.documentation}>\n"
    yield "| input | limits | what |"
    yield "|---|---|---|"
    name, limits = "", ""
    for left, right in field_rows(capability.fields):
        if left:
            if name:
                yield f"| `{name}` | {limits} | |"
            name, limits = left, _cell(right)
        else:
            yield f"| `{name}` | {limits} | {_cell(right)} |"
            name = ""
    if name:
        yield f"| `{name}` | {limits} | |"
    if capability.rules:
        yield ""
        yield from (_safe(rule_line(rule)) for rule in capability.rules)
    words = example(model, capability)
    priced = [] if model.price is None else [shlex.join([*words, "--estimate"])]
    yield "\n".join(["\n```sh", *priced, shlex.join(words), "```\n"])
    yield f"```python\n{program(model, capability, words)}```"


def program(model: Model, capability: Capability, words: list[str]) -> str:
    """The same example in Python."""
    arguments = [dumps(model.id)]
    if "--capability" in words:
        arguments.append(dumps(capability.name))
    rest = words[3:]
    if rest and not rest[0].startswith("-"):
        arguments.append(f"prompt={dumps(rest[0])}")
    for option, word in pairwise(rest):
        if option == "-i":
            name, _, text = word.partition("=")
            field = capability.field(name)
            assert field is not None
            arguments.append(f"{name}={dumps(_value(field, text))}")
    call = ", ".join(arguments)
    price = "" if model.price is None else f"    print(mh.estimate({call}))\n"
    return f"""from modelhunter import ModelHunter

with ModelHunter() as mh:
{price}\
    task = mh.generate({call})
    print(task.download("results/"))
"""


def _value(field: Field, text: str) -> Any:
    if field.type == "array" and field.item is not None:
        return [_value(field.item, text)]
    if field.type == "integer":
        return int(text)
    return float(text) if field.type == "number" else text


def _safe(text: str) -> str:
    """Text as it is, where Markdown might see markup in it."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    return "".join(f"\\{sign}" if sign in "*[]" else sign for sign in escaped)


def _cell(text: str) -> str:
    return _safe(text).replace("|", "\\|").replace("\n", " ")
