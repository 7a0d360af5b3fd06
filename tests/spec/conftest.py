"""The description's files, loaded once, with validation across them."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jsonschema.exceptions import ValidationError

ROOT = Path(__file__).resolve().parents[2] / "spec"
CORE = "openapi.yaml"


def _token(key: object) -> str:
    return str(key).replace("~", "~0").replace("/", "~1")


class Spec:
    """All documents by their path below ``spec/``; pointers are JSON pointers into one of them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        paths = [root / CORE, *sorted((root / "providers").glob("*.yaml"))]
        self.documents: dict[str, dict[str, Any]] = {
            str(path.relative_to(root)): yaml.safe_load(path.read_text(encoding="utf-8"))
            for path in paths
        }

    @cached_property
    def _registry(self) -> Registry[Any]:
        return Registry().with_resources(
            (self.uri(name), DRAFT202012.create_resource(document))
            for name, document in self.documents.items()
        )

    @property
    def providers(self) -> dict[str, dict[str, Any]]:
        """Each provider's document by the provider's name."""
        return {Path(name).stem: doc for name, doc in self.documents.items() if name != CORE}

    def path(self, document: str) -> Path:
        return self.root / document

    def uri(self, document: str) -> str:
        return f"https://spec.invalid/{document}"

    def at(self, document: str, pointer: str) -> Any:
        """The node at a pointer."""
        node: Any = self.documents[document]
        for token in pointer.split("/")[1:]:
            key = token.replace("~1", "/").replace("~0", "~")
            node = node[int(key)] if isinstance(node, list) else node[key]
        return node

    def errors(self, document: str, pointer: str, value: Any) -> list[ValidationError]:
        """Why ``value`` does not fit the schema at a pointer, `$ref`s followed across files."""
        schema = {"$ref": f"{self.uri(document)}#{pointer}"}
        validator = Draft202012Validator(schema, registry=self._registry)
        return list(validator.iter_errors(value))

    def walk(self, document: str) -> Iterator[tuple[str, Any]]:
        """Every node of a document with its pointer, payloads of examples left out."""

        def visit(pointer: str, node: Any) -> Iterator[tuple[str, Any]]:
            yield pointer, node
            if isinstance(node, dict):
                for key, value in node.items():
                    if key not in ("example", "value") and not (
                        key == "examples" and isinstance(value, list)
                    ):
                        yield from visit(f"{pointer}/{_token(key)}", value)
            elif isinstance(node, list):
                for index, value in enumerate(node):
                    yield from visit(f"{pointer}/{index}", value)

        return visit("", self.documents[document])

    def operations(self, document: str) -> dict[str, tuple[str, dict[str, Any]]]:
        """Operations and webhooks by operationId: the pointer of each and the node itself."""
        return {
            node["operationId"]: (pointer, node)
            for pointer, node in self.walk(document)
            if isinstance(node, dict) and "operationId" in node
        }


@pytest.fixture(scope="session")
def spec() -> Spec:
    return Spec(ROOT)
