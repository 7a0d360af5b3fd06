"""The ``__init__`` modules: names are imported when they are first used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelhunter_codegen.render.module import HEADER, RENAMED
from modelhunter_codegen.source_literals import docstring, literal, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from modelhunter_codegen import ir


def _listed(names: Iterable[str]) -> str:
    return "[" + "".join(f"{literal(name)}, " for name in names) + "]"


def render_plain_init(doc: str) -> str:
    """An ``__init__`` with nothing but documentation."""
    return f"{HEADER}\n{docstring((doc,))}\n"


def render_models_init(
    homes: dict[ir.Home, list[ir.Definition]], renamed: Mapping[str, str]
) -> str:
    """``models/__init__.py``: every component schema by name, also by those that it had before."""
    modules: dict[str, str] = {}
    for home, found in homes.items():
        if home.module.startswith("models."):
            modules[found_name(home, found)] = home.module.removeprefix("models.")
    ordered = dict(sorted(modules.items()))
    imports = [f"    from .{module} import {name}" for name, module in ordered.items()]
    of = _builtins(ordered.values())
    return "\n".join(
        [
            HEADER,
            docstring(("The models, each imported when it is first used.",)),
            "",
            *(["import builtins as _builtins"] if of else []),
            "from importlib import import_module as _import_module",
            *(["from typing import TYPE_CHECKING"] if imports else []),
            *(["", f"from {RENAMED} import present_name as _present_name"] if renamed else []),
            *(["", "if TYPE_CHECKING:", *imports] if imports else []),
            "",
            f"__all__ = {_listed(ordered)}",
            "",
            *(
                [f"_RENAMED: {of}dict[{of}str, {of}str] = {literal(dict(renamed))}"]
                if renamed
                else []
            ),
            f"_MODULES: {of}dict[{of}str, {of}str] = {{",
            *(f"    {literal(name)}: {literal(module)}," for name, module in ordered.items()),
            "}",
            f"_HERE = {of}globals()",
            "",
            "",
            f"def __getattr__(name: {of}str) -> {of}object:",
            *(["    name = _present_name(__name__, name, _RENAMED)"] if renamed else []),
            "    module = _MODULES.get(name)",
            "    if module is None:",
            '        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")',
            f'    value: {of}object = _import_module(f"{{__name__}}.{{module}}").__dict__[name]',
            "    _HERE[name] = value",
            "    return value",
            "",
            "",
            f"def __dir__() -> {of}list[{of}str]:",
            "    return [*__all__]",
            "",
        ]
    )


def _builtins(modules: Iterable[str]) -> str:
    """What goes before built-in names where a module of the package has one of them."""
    used = {"str", "dict", "tuple", "list", "object", "globals"}
    return "" if used.isdisjoint(modules) else "_builtins."


def found_name(home: ir.Home, found: Sequence[ir.Definition]) -> str:
    """The name of the component schema that a module is for; its parts come after it."""
    from modelhunter_codegen.names import snake

    last = home.module.rpartition(".")[2]
    return next((d.name for d in found if snake(d.name) == last), found[0].name)


def render_init(package: ir.Package, others: Iterable[str] = ()) -> str:
    """``__init__.py`` of the package: its endpoint modules, models and ``others``."""
    modules = sorted({*package.endpoints, "models", *others})
    of = _builtins(modules)
    servers = "(" + "".join(f"{literal(url)}, " for url in package.servers) + ")"
    lines = [
        HEADER,
        docstring([*package.doc, "", f"Version {one_line(package.version)} of the API."]),
        "",
        *(["import builtins as _builtins"] if of else []),
        "from importlib import import_module",
        "from typing import TYPE_CHECKING",
        "",
        "if TYPE_CHECKING:",
        *(f"    from . import {module} as {module}" for module in modules),
        "",
        f"__all__ = {_listed(['SERVERS', *modules])}",
        "",
        f"SERVERS: {of}tuple[{of}str, ...] = {servers}",
        docstring(("Where the API is served, by its description.",)),
        "",
        "",
        f"def __getattr__(name: {of}str) -> {of}object:",
        "    if name not in __all__:",
        '        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")',
        '    return import_module(f"{__name__}.{name}")',
        "",
        "",
        f"def __dir__() -> {of}list[{of}str]:",
        "    return [*__all__]",
        "",
    ]
    return "\n".join(lines)
