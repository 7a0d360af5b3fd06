"""Writing a plugin package: all of it or nothing, and never over what is there."""

from __future__ import annotations

import json
import keyword
import re
import shutil
import tempfile
from datetime import date
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from attrs import Factory, frozen

from modelhunter._version import __version__
from modelhunter.errors import ModelHunterError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_INDEXED = re.compile(r"[^\s\[\]=#;][^=\r\n]*")


class ScaffoldError(ModelHunterError):
    """The package could not be written; nothing was left behind."""


@frozen(kw_only=True)
class Content:
    """What a package is about: names of models, typed inputs, and inputs of a first example.

    ``targets`` are descriptions of which a part was generated, as paths within the package.
    """

    names: Sequence[str]
    classes: Sequence[str]
    model: str
    inputs: Mapping[str, Any]
    targets: Sequence[str] = Factory(tuple)


def write_package(name: str, into: Path, spec: Path | None = None) -> Path:
    """Write the package ``modelhunter-NAME`` into a folder; returns the package's own folder.

    With ``spec`` the models are those of an API description with an ``x-catalogue``, which is
    copied into the package; without, the package has one model in plain Python to start from.

    Raises:
        ScaffoldError: the name can't be one, the folder is there, or the description can't be used.
    """
    if (why := _unfit(name)) is not None:
        raise ScaffoldError(f"{name!r} can't be a provider's name: {why}")
    distribution = f"modelhunter-{name.replace('_', '-')}"
    target = into / distribution
    if target.exists():
        raise ScaffoldError(
            f"{target} exists, and nothing is overwritten; move it away, or give another folder"
        )
    try:
        into.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{distribution}.", dir=into) as folder:
            made = Path(folder) / distribution
            _fill(made, name, distribution, spec)
            made.rename(target)
    except OSError as error:
        raise ScaffoldError(f"{target} could not be written: {error}") from error
    return target


def _unfit(name: str) -> str | None:
    """Why a name can't be a provider's; None where it can."""
    if not _NAME.fullmatch(name):
        nearest = re.sub("[^a-z0-9]+", "_", name.lower()).strip("_0123456789")
        return (
            "it becomes an attribute of the client, so it is made of small letters, digits and "
            f"single underscores, such as {nearest if _NAME.fullmatch(nearest) else 'acme_labs'}"
        )
    if keyword.iskeyword(name):
        return f"{name} is a word of Python, and client.{name} would be no code"
    from modelhunter import ModelHunter  # here, as writing a package is all that needs the client

    if hasattr(ModelHunter, name):
        return f"client.{name} is something else already"
    return None


def _fill(root: Path, name: str, distribution: str, spec: Path | None) -> None:
    package = f"modelhunter_{name}"
    source = root / "src" / package
    source.mkdir(parents=True)
    if spec is None:
        kind = "plain"
        content = Content(
            names=[f"{name}-1"],
            classes=["TextToVideo"],
            model=f"{name}-1",
            inputs={"prompt": "A lighthouse in a storm", "duration": 4},
        )
    else:
        from modelhunter.scaffold.generated import generate  # only with a description

        kind = "spec"
        content = generate(root, name, package, spec)
    words = _words(name, distribution, package, content)
    for template, path in (
        ("pyproject.toml", root / "pyproject.toml"),
        ("README.md", root / "README.md"),
        ("test.py", root / "tests" / f"test_{name}.py"),
        (f"{kind}_plugin.py", source / "plugin.py"),
        (f"{kind}_init.py", source / "__init__.py"),
    ):
        path.parent.mkdir(exist_ok=True)
        text = (
            files("modelhunter.scaffold")
            .joinpath("templates", f"{template}.txt")
            .read_text("utf-8")
        )
        path.write_text(Template(text).substitute(words).rstrip() + "\n", "utf-8")
    (source / "py.typed").touch()


def _words(name: str, distribution: str, package: str, content: Content) -> dict[str, str]:
    """What the templates ask for. Text from a description is always quoted."""
    for one in content.names:
        if not _INDEXED.fullmatch(one):
            raise ScaffoldError(f"the model {one!r} can't stand in entry points; rename it")
    given = "".join(f", {key}={value!r}" for key, value in content.inputs.items())
    return {
        "name": name,
        "title": "".join(word.capitalize() for word in name.split("_")),
        "distribution": distribution,
        "package": package,
        "version": ".".join(__version__.split(".")[:2]),
        "today": "{0.year}, {0.month}, {0.day}".format(date.today()),
        "index": "\n".join(f'{json.dumps(one)} = "{package}.plugin"' for one in content.names),
        "call": f"{content.model!r}{given}",
        "first": content.model,
        "imports": ", ".join(content.classes),
        "exports": ", ".join(f'"{cls}"' for cls in content.classes),
        "targets": _targets(package, content.targets),
        "regenerate": _HOW_TO_REGENERATE if content.targets else "",
    }


def _targets(package: str, paths: Sequence[str]) -> str:
    out = f"src/{package}/api"
    lines = [
        f'  {{ spec = {json.dumps(path)}, out = "{out}", package = "{package}.api" }},'
        for path in paths
    ]
    return (
        "\n".join(["", "[tool.modelhunter-codegen]", "targets = [", *lines, "]"]) if lines else ""
    )


_HOW_TO_REGENERATE = """
The `api` folder is generated from `spec/`. After a change there run `modelhunter-codegen generate`,
and keep the model ids in `pyproject.toml` in step (the tests compare them).
"""


def copied(spec: Path, to: Path) -> Path:
    """Copy a description, with every file that it refers to, in the same arrangement.

    Returns where the description itself went.
    """
    found: list[Path] = []
    waiting = [spec.resolve()]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.append(path)
            text = path.read_text("utf-8")
            names = {name for name in _REFERENCE.findall(text) if "://" not in name}
            waiting += [(path.parent / name).resolve() for name in names]
    top = Path(*_common_parts([path.parent.parts for path in found]))
    for path in found:
        place = to / path.relative_to(top)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
    return to / found[0].relative_to(top)


_REFERENCE = re.compile(r"""\$ref["']?\s*:\s*["']?([^"'#\s,}][^"'#\s,}]*)""")


def _common_parts(paths: Sequence[tuple[str, ...]]) -> list[str]:
    common = []
    for parts in zip(*paths, strict=False):
        if len(set(parts)) > 1:
            break
        common.append(parts[0])
    return common
