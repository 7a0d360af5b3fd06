"""The table of errors has every class of the package, and no other."""

from __future__ import annotations

import pkgutil
import re
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import modelhunter
from modelhunter.errors import ModelHunterError

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = (Path(__file__).parents[2] / "docs" / "errors.md").read_text("utf-8")
ROW = re.compile(r"^\| `(\w+)` \| (.+) \| (.+) \|$", re.MULTILINE)


def subclasses(of: type[ModelHunterError]) -> Iterator[type[ModelHunterError]]:
    for each in of.__subclasses__():
        if each.__module__.partition(".")[0] == "modelhunter":
            yield each
            yield from subclasses(each)


def test_every_class_is_in_the_table_once_with_what_to_do() -> None:
    for module in pkgutil.walk_packages(modelhunter.__path__, "modelhunter."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    rows = ROW.findall(PAGE)
    names = [name for name, _, _ in rows]
    assert len(names) == len({*names})
    assert {*names} == {each.__name__ for each in subclasses(ModelHunterError)}
    assert all(len(when) > 8 and len(todo) > 2 for _, when, todo in rows)
