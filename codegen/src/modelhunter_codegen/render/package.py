"""The ``__init__`` modules: names are imported when they are first used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelhunter_codegen.render.module import HEADER
from modelhunter_codegen.source_literals import docstring, literal, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from modelhunter_codegen import ir
    from modelhunter_codegen.proven import Code, Name


LAZY: Code = "modelhunter.runtime.lazy"


def _listed(names: Iterable[Code]) -> Code:
    return "[" + "".join(f"{literal(name)}, " for name in names) + "]"


def render_plain_init(doc: str) -> Code:
    """An ``__init__`` with nothing but documentation."""
    return f"{HEADER}\n{docstring((doc,))}\n"


def render_models_init(
    homes: dict[ir.Home, list[ir.Definition]], renamed: Mapping[Name, Name]
) -> Code:
    """``models/__init__.py``: every component schema by name, also by those that it had before."""
    modules: dict[Name, Code] = {}
    for home, found in homes.items():
        if home.module.startswith("models."):
            modules[found_name(home, found)] = home.module.removeprefix("models.")
    names: dict[Code, Sequence[Code]] = {
        f".{module}": (name,) for name, module in sorted(modules.items())
    }
    doc = docstring(("The models, each imported when it is first used.",))
    return "\n".join([HEADER, doc, "", *_imports(), "", *_lazily(names, renamed=renamed), ""])


def _imports() -> list[Code]:
    return [
        "from typing import TYPE_CHECKING",
        "",
        f"from {LAZY} import lazily as _lazily",
    ]


def _lazily(
    names: Mapping[Code, Sequence[Code]],
    *,
    here: Sequence[Code] = (),
    renamed: Mapping[Name, Name] | None = None,
) -> list[Code]:
    """The names of a package: for type checkers as imports, and as a list to load them from."""
    if not any(names.values()):
        return [f"__all__ = {_listed(here)}"]
    lines: list[Code] = ["if TYPE_CHECKING:"]
    for home, found in names.items():
        lines.extend([f"    from {home} import {name} as {name}" for name in found])
    lines.extend(("else:", "    __getattr__, __dir__, __all__ = _lazily(", "        __name__,"))
    lines.append("        {")
    lines.extend(
        [f"            {literal(home)}: {_tuple(found)}," for home, found in names.items()]
    )
    lines.append("        },")
    if here:
        lines.append(f"        here={_tuple(here)},")
    if renamed:
        lines.append(f"        renamed={literal(dict(renamed))},")
    lines.append("    )")
    return lines


def _tuple(values: Iterable[str]) -> Code:
    return "(" + "".join(f"{literal(value)}, " for value in values) + ")"


def _builtins(modules: Iterable[Code]) -> Code:
    """What goes before built-in names where a module of the package has one of them."""
    used = {"str", "tuple"}
    return "" if used.isdisjoint(modules) else "_builtins."


def found_name(home: ir.Home, found: Sequence[ir.Definition]) -> Name:
    """The name of the component schema that a module is for; its parts come after it."""
    from modelhunter_codegen.names import snake

    last = home.module.rpartition(".")[2]
    same = (one for one in found if snake(one.name) == last)
    return next(same, found[0]).name


def render_init(package: ir.Package, others: Iterable[Code] = ()) -> Code:
    """``__init__.py`` of the package: its endpoint modules, models and ``others``."""
    modules: list[Code] = sorted({*package.endpoints, *others})
    of = _builtins(modules)
    lines: list[Code] = [
        HEADER,
        docstring([*package.doc, "", f"Version {one_line(package.version)} of the API."]),
        "",
        "import builtins as _builtins" if of else "",
        *_imports(),
        "",
        *_lazily({".": modules}, here=["SERVERS"]),
        "",
        f"SERVERS: {of}tuple[{of}str, ...] = {_tuple(package.servers)}",
        docstring(("Where the API is served, by its description.",)),
        "",
    ]
    return "\n".join(lines)
