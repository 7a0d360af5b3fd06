"""Hostile text at every place of every document that the generator reads, one after the other.

The places are found by watching the reader: every text and every key that the documents have, and
every extension (``x-``) that the reader asks for, whether it is there or not.
"""

from __future__ import annotations

import ast
import copy
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hostile_text import HOSTILE

import modelhunter_codegen
from modelhunter_codegen.build import Built, build
from modelhunter_codegen.problems import WAIVABLE, DescriptionError, Report
from modelhunter_codegen.proven import as_module, module
from modelhunter_codegen.source import Map

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = Path(__file__).parent / "data"
Documents = dict[str, Any]
Place = tuple[str, tuple[str, ...]]
"""A document, and the steps to something in it."""


def loaded(*paths: Path) -> Documents:
    return {path.name: yaml.safe_load(path.read_text("utf-8")) for path in paths}


FOREIGN = loaded(*sorted((DATA / "hostile").iterdir()))
PROVIDER = loaded(DATA / "acme.yaml", DATA / "hostile" / "shared.yaml")
PROVIDER["acme.yaml"]["components"]["schemas"]["Elsewhere"] = {
    "$ref": "shared.yaml#/components/schemas/Taken"
}
SETS = {"foreign.yaml": FOREIGN, "acme.yaml": PROVIDER}


def generated(folder: Path, root: str, documents: Documents) -> Built:
    for name, content in documents.items():
        (folder / name).write_text(json.dumps(content), "utf-8")
    overlay = folder / "paging.yaml" if "paging.yaml" in documents else None
    report = Report(allowed=set(WAIVABLE))
    return build(folder / root, module("made"), report, overlay=overlay)


def extensions_in_the_code() -> set[str]:
    """The extensions that the reader knows, by its source."""
    folder = Path(modelhunter_codegen.__file__).parent
    nodes = (n for path in folder.rglob("*.py") for n in ast.walk(ast.parse(path.read_text())))
    texts = (n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str))
    return {text for text in texts if re.fullmatch(r"x-[a-z]+(-[a-z]+)*", text)}


def asked(monkeypatch: pytest.MonkeyPatch, folder: Path, root: str) -> set[tuple[Place, str]]:
    """The places at which the reader asks for extensions, with their names."""
    found: set[tuple[Place, str]] = set()

    def watching(method: Any) -> Any:
        def watched(self: Map, key: Any, *more: Any) -> Any:
            if isinstance(key, str) and key.startswith("x-"):
                steps = self.pointer.split("/")[1:]
                found.add(((self.file, tuple(map(unescaped, steps))), key))
            return method(self, key, *more)

        return watched

    with monkeypatch.context() as patch:
        for name in ("get", "__getitem__", "__contains__"):
            patch.setattr(Map, name, watching(getattr(Map, name)), raising=False)
        generated(folder, root, SETS[root])
    return {((Path(place[0]).name, place[1]), key) for place, key in found}


def unescaped(step: str) -> str:
    return step.replace("~1", "/").replace("~0", "~")


def held(documents: Documents, place: Place) -> Any:
    value = documents[place[0]]
    for step in place[1]:
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


def places(documents: Documents) -> Iterator[Place]:
    """Every place below every document."""

    def below(file: str, steps: tuple[str, ...], value: Any) -> Iterator[Place]:
        if isinstance(value, (dict, list)):
            for key in value if isinstance(value, dict) else map(str, range(len(value))):
                inner = (*steps, key)
                yield file, inner
                yield from below(file, inner, held(documents, (file, inner)))

    for file, content in documents.items():
        yield from below(file, (), content)


def with_value(documents: Documents, place: Place, value: Any) -> Documents:
    changed = copy.deepcopy(documents)
    parent, last = held(changed, (place[0], place[1][:-1])), place[1][-1]
    parent[int(last) if isinstance(parent, list) else last] = value
    return changed


def with_key(documents: Documents, place: Place, key: str) -> Documents:
    changed = copy.deepcopy(documents)
    parent = held(changed, (place[0], place[1][:-1]))
    members = {key if name == place[1][-1] else name: value for name, value in parent.items()}
    parent.clear()
    parent.update(members)
    return changed


def shapes(text: str) -> list[Any]:
    return [text, [text], {text: text}, {text: [text]}, {"field": text, "values": {text: text}}]


def check_harmless(folder: Path, root: str, documents: Documents) -> bool:
    """Whether something was generated; and then nothing in it is code or a path of the text's."""
    try:
        built = generated(folder, root, documents)
    except DescriptionError as error:
        assert all(problem.name and problem.location.file for problem in error.problems)
        return False
    packages = {document.get("x-python-package") for document in documents.values()}
    for path, source in built.files.items():
        assert re.fullmatch(r"(\w+/)*\w+\.py|README\.md", path), path
        assert not set(source) & set("\0\u2028\u2029\u202e\u2066\ufeff\x85\r\x1b"), path
        if not path.endswith(".py"):
            continue
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Name):
                assert node.id != "__import__"
            if isinstance(node, ast.Attribute):
                assert node.attr != "__setitem__"
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                check_import(node, packages)
    return True


def check_import(node: ast.Import | ast.ImportFrom, packages: set[Any]) -> None:
    if isinstance(node, ast.ImportFrom) and node.level:
        return
    found = node.module or "" if isinstance(node, ast.ImportFrom) else node.names[0].name
    own = {package for package in packages if as_module(package) is not None}
    if not any(found.startswith(f"{package}.") for package in own):
        top = found.partition(".")[0]
        assert found.startswith("modelhunter.") or top in {"attrs", *sys.stdlib_module_names}
        assert found not in ("os", "builtins", "sys") or node.names[0].asname == "_builtins"


def test_the_documents_use_every_extension_of_the_reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {key for root in SETS for _, key in asked(monkeypatch, tmp_path, root)}
    known |= {place[-1] for root in SETS for _, place in places(SETS[root])}
    assert extensions_in_the_code() - known == set()
    assert {"x-python-package", "x-python-name", "x-renamed-from"} <= extensions_in_the_code()


@pytest.mark.parametrize("root", SETS)
def test_every_extension_that_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: str
) -> None:
    documents = SETS[root]
    found = asked(monkeypatch, tmp_path, root)
    found |= {((f, p[:-1]), p[-1]) for f, p in places(documents) if p[-1].startswith("x-")}
    files = {place[0] for place, _ in found}
    assert files >= documents.keys() - {"paging.yaml"}
    made = 0
    for number, ((file, steps), key) in enumerate(sorted(found)):
        text = HOSTILE[number % len(HOSTILE)]
        value = shapes(text)[number // 3 % 5]
        made += check_harmless(tmp_path, root, with_value(documents, (file, (*steps, key)), value))
    assert made > len(found) / 5


@pytest.mark.parametrize("root", ["foreign.yaml"])
@pytest.mark.parametrize("what", ["values", "keys"])
def test_every_text_of_every_document(tmp_path: Path, root: str, what: str) -> None:
    documents = SETS[root]
    made = 0
    for number, place in enumerate(places(documents)):
        text = HOSTILE[number % len(HOSTILE)]
        parent = held(documents, (place[0], place[1][:-1]))
        if what == "keys" and isinstance(parent, dict):
            made += check_harmless(tmp_path, root, with_key(documents, place, text))
        elif what == "values" and not isinstance(held(documents, place), (dict, list)):
            made += check_harmless(tmp_path, root, with_value(documents, place, text))
    assert made > 50
