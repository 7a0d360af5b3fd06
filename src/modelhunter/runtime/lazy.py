"""Packages whose names are imported when they are first used.

Such a package lists its names once, for :func:`lazily`; type checkers see ordinary imports instead
(``codegen/facades.py`` makes those from the list), so that they report a misspelt name.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # type checkers take it for true; importing typing takes long

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Lazy = tuple["Callable[[str], object]", "Callable[[], list[str]]", list[str]]


def lazily(
    package: str,
    names: Mapping[str, Sequence[str]],
    *,
    here: Sequence[str] = (),
    renamed: Mapping[str, str] | None = None,
) -> Lazy:
    """What a package needs to load its names later: ``__getattr__``, ``__dir__``, ``__all__``.

    Args:
        package: its ``__name__``.
        names: the modules that have them, each with the names that it has. A module is named in
            full, or from the package on with a dot before it; below the package itself (``"."``)
            names are modules.
        here: names that the package defines by itself.
        renamed: old names and their present ones; the old ones warn.
    """
    homes = {name: home for home, found in names.items() for name in found}
    known = sorted((*homes, *here))

    def get(name: str) -> object:
        if renamed is not None:
            from modelhunter.runtime.renamed import present_name

            name = present_name(package, name, renamed)
        module = sys.modules[package]
        home = homes.get(name)
        if home is None:
            message = f"module {package!r} has no attribute {name!r}"
            raise AttributeError(message, name=name, obj=module)
        from importlib import import_module  # not before: a Ctrl-C at the start should meet little

        if home == ".":
            return import_module(f"{package}.{name}")
        value: object = getattr(import_module(home, package), name)
        module.__dict__[name] = value
        return value

    return get, lambda: [*known], known
