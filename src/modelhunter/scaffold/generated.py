"""The part of a package that the generator writes from an API description.

The generator tells what the package needs to know of the description (``inspect``). What it wrote
is not imported here, and nothing of a description is run.
"""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import evolve, fields

from modelhunter.plugins.catalogue import Capability, Field, Model, Output, Rule
from modelhunter.plugins.media import MediaRule
from modelhunter.scaffold.package import Content, copied
from modelhunter.scaffold.quoting import ScaffoldError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from modelhunter.plugins.catalogue import Submission
    from modelhunter.runtime.call import Call


def generate(made: Path, name: str, spec: Path, root: Path | None, allow: Sequence[str]) -> Content:
    """Copy a description into a package and generate from it; returns what came of it.

    Raises:
        ScaffoldError: the generator is missing or refuses, or it is not this provider's.
    """
    if find_spec("modelhunter_codegen") is None:
        raise ScaffoldError(
            "a package from a description needs the generator: pip install modelhunter-codegen"
        )
    within = ("--root", str(root)) if root is not None else ()
    waivers = [f"--allow={one}" for one in allow]
    found = json.loads(_run("inspect", str(spec), *within, *waivers))
    provider = found["provider"]
    if provider is None:
        raise ScaffoldError(
            f"{spec} describes an API but no provider: it lacks x-catalogue, the list of models"
        )
    described = provider["name"]
    if described != name:
        raise ScaffoldError(
            f"{spec} describes the provider {described!r} (x-catalogue, provider), not {name!r}; "
            f"give that name, or change it there"
        )
    copy = copied([Path(path) for path in found["documents"]], made / "spec")
    package = f"modelhunter_{name}"
    api = made / "src" / package / "api"
    api.mkdir(parents=True)
    _run(
        *("generate", str(copy), "--root", str(made / "spec"), *waivers),
        *("--out", str(api), "--package", f"{package}.api"),
    )
    target = copy.relative_to(made).as_posix()
    return evolve(_content(provider), targets=[target], allow=allow)


def _run(*arguments: str) -> str:
    """What the generator prints."""
    done = subprocess.run(  # noqa: S603 - our own words
        # -P: the folder that one happens to be in has no modules for us
        [sys.executable, "-P", "-m", "modelhunter_codegen", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise ScaffoldError((done.stderr or done.stdout).strip())
    return done.stdout


def _content(provider: Mapping[str, Any]) -> Content:
    from modelhunter.testing.examples import example_inputs  # here, as it takes a while

    models = provider["models"]
    offered = [one for model in models for one in model["capabilities"]]
    if not offered:
        raise ScaffoldError("no model in x-catalogue has a capability")
    first = next(model for model in models if model["capabilities"])
    capability = _capability(first["capabilities"][0])
    model = Model(id=first["id"], capabilities=(capability,))
    return Content(
        names=[name for model in models for name in (model["id"], *model["aliases"])],
        classes=sorted({one["class"] for one in offered}),
        model=first["id"],
        inputs=example_inputs(model, capability) or {},
    )


def _capability(given: Mapping[str, Any]) -> Capability:
    """A capability as its checks see it; it makes no call."""
    return Capability(
        name=given["name"],
        fields=tuple(map(_field, given["fields"])),
        rules=tuple(Rule(schema=one["schema"], message=one["message"]) for one in given["rules"]),
        output=Output(media=given["output"]),
        call=_no_call,
    )


def _no_call(given: Submission) -> Call[Any]:
    raise NotImplementedError


def _field(given: Mapping[str, Any]) -> Field:
    known = {one.alias or one.name for one in fields(Field)}
    values = {key: value for key, value in given.items() if key in known}
    for key in ("choices", "former"):
        values[key] = tuple(values.get(key) or ())
    values["properties"] = tuple(map(_field, given["properties"]))
    values["item"] = None if given["item"] is None else _field(given["item"])
    if given["media"] is not None:
        values["media"] = MediaRule(**{k: v for k, v in given["media"].items() if v is not None})
    return Field(**values)
