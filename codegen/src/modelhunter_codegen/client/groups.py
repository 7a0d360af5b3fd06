"""The operations that a client has by the names of their modules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelhunter_codegen import names, proven
from modelhunter_codegen.source_literals import docstring, literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from modelhunter_codegen import ir
    from modelhunter_codegen.proven import Code, Name
    from modelhunter_codegen.render.module import Module

_TAKEN = frozenset(
    {"send", "exchange", "stream", "pages", "items", "close", "aclose", "property", "str", "tuple"}
)
"""What clients have already, and what their own annotations say."""


def groups_of(package: ir.Package) -> dict[Name, Name]:
    """The modules of endpoint functions, by the name that the client has for each."""
    taken: set[str] = {*_TAKEN, *package.endpoints}
    found: dict[Name, Name] = {}
    for module in package.endpoints:
        name = module
        while name in _TAKEN or (name != module and name in taken):
            name = names.longer(name, "_")
        found[name] = module
    return found


def _classes(modules: Iterable[Name]) -> dict[Name, Name]:
    found: dict[Name, Name] = {}
    for module in modules:
        name = proven.name(f"{names.pascal(module)}Operations")
        while name in found.values():
            name = names.longer(name, "_")
        found[module] = name
    return found


def group_classes(module: Module, package: ir.Package, groups: Mapping[Name, Name]) -> list[Code]:
    """A class for each module: its operations, seen by type checkers alone."""
    if not groups:
        return []
    module.use_module("modelhunter.runtime.groups", "_groups")
    module.use("typing", "TYPE_CHECKING")
    classes = _classes(groups.values())
    lines: list[Code] = ["", "if TYPE_CHECKING:"]
    for name in groups.values():
        lines.append(f"    from . import {name} as _of_{name}")
    for name in groups.values():
        lines.extend(
            (
                "",
                "",
                f"class {classes[name]}(_groups.Group[_groups.World]):",
                docstring((f"The operations of {name}, sent as they are called.",), "    "),
                "",
                f"    _module = {literal(f'{package.name}.{name}')}",
                "    if TYPE_CHECKING:",
            )
        )
        for one in package.endpoints[name]:
            lines.append(f"        {one.python} = _groups.Sent(_of_{name}.{one.python})")
    return [*lines, ""]


def properties(groups: Mapping[Name, Name], world: Code) -> list[Code]:
    """The properties of a client."""
    classes = _classes(groups.values())
    lines: list[Code] = []
    for name, module in groups.items():
        lines.extend(
            (
                "    @property",
                f"    def {name}(self) -> {classes[module]}[_groups.{world}]:",
                docstring((f"The operations of {module}.",), "        "),
                f"        return {classes[module]}(self)",
                "",
            )
        )
    return lines
