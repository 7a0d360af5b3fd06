"""The part of a package that the generator writes from an API description."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

from modelhunter.scaffold.package import Content, ScaffoldError, copied

if TYPE_CHECKING:
    from pathlib import Path

_LOOK = """
import json, sys
from importlib import import_module
from modelhunter.testing.examples import example_inputs
provider = import_module(f"{sys.argv[1]}.api.catalogue").PROVIDER
first = provider.models[0]
capability = first.capabilities[0]
offered = [c for model in provider.models for c in model.capabilities]
print(json.dumps({
    "provider": provider.name,
    "names": [name for model in provider.models for name in (model.id, *model.aliases)],
    "classes": sorted({c.load_input_class().__name__ for c in offered if c.input_class}),
    "model": first.id,
    "inputs": example_inputs(first, capability) or {},
}))
"""


def generate(root: Path, name: str, package: str, spec: Path) -> Content:
    """Copy a description into a package and generate from it; returns what came of it.

    Raises:
        ScaffoldError: the generator is missing or refuses, or it is not this provider's.
    """
    if find_spec("modelhunter_codegen") is None:
        raise ScaffoldError(
            "a package from a description needs the generator: pip install modelhunter-codegen"
        )
    try:
        inside = copied(spec, root / "spec").relative_to(root).as_posix()
    except (OSError, UnicodeDecodeError) as error:
        raise ScaffoldError(f"{spec} can't be read: {error}") from error
    api = f"src/{package}/api"
    _run(
        root,
        [
            *("-m", "modelhunter_codegen", "generate", inside),
            *("--out", api, "--package", f"{package}.api"),
        ],
    )
    if not (root / api / "catalogue.py").is_file():
        raise ScaffoldError(
            f"{spec} describes an API but no provider: it lacks x-catalogue, the list of models"
        )
    found = json.loads(_run(root, ["-c", _LOOK, package]))
    described = found.pop("provider")
    if described != name:
        raise ScaffoldError(
            f"{spec} describes the provider {described!r} (x-catalogue, provider), not {name!r}; "
            f"give that name, or change it there"
        )
    return Content(**found, targets=[inside])


def _run(root: Path, arguments: list[str]) -> str:
    """What a Python program prints that is run in the package."""
    environment = os.environ | {"PYTHONPATH": "src", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, *arguments],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ScaffoldError((done.stderr or done.stdout).strip())
    return done.stdout
