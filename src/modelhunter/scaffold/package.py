"""Writing a plugin package: all of it or nothing, and never over what is there."""

from __future__ import annotations

import keyword
import re
import shutil
import tempfile
from datetime import date
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from attrs import Factory, asdict, frozen

from modelhunter._version import __version__
from modelhunter.scaffold.quoting import (
    Plain,
    Python,
    ScaffoldError,
    Shell,
    Toml,
    entry_point,
    plain,
    python_arguments,
    python_names,
    shell_word,
    toml_text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


@frozen(kw_only=True)
class Content:
    """What a package is about: names of models, typed inputs, and inputs of a first example.

    ``targets`` are descriptions of which a part was generated, as paths within the package.
    """

    names: Sequence[str]
    classes: Sequence[str]
    model: str
    inputs: Mapping[str, object]
    targets: Sequence[str] = Factory(tuple)
    allow: Sequence[str] = Factory(tuple)


@frozen(kw_only=True)
class _Words:
    """What the templates ask for, each by the kind of file in which it stands."""

    name: Plain
    title: Plain
    distribution: Plain
    package: Plain
    version: Plain
    today: Python
    index: Toml
    targets: Toml
    call: Python
    imports: Python
    exports: Python
    first: Shell
    regenerate: str
    """Our own words about how to regenerate; nothing where nothing is generated."""


def write_package(
    name: str,
    into: Path,
    spec: Path | None = None,
    root: Path | None = None,
    allow: Sequence[str] = (),
) -> Path:
    """Write the package ``modelhunter-NAME`` into a folder; returns the package's own folder.

    With ``spec`` the models are those of an API description with an ``x-catalogue``, which is
    copied into the package with the files that it refers to; those must be in the folder ``root``,
    by default its own. ``allow`` are kinds of problems that the generator lets pass. Without a
    description the package has one model in plain Python to start from.

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
            if spec is None:
                content = _plain_content(name)
            else:
                from modelhunter.scaffold.generated import generate  # only with a description

                content = generate(made, name, spec, root, allow)
            _fill(made, name, distribution, content)
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


def _plain_content(name: str) -> Content:
    return Content(
        names=[f"{name}-1"],
        classes=["TextToVideo"],
        model=f"{name}-1",
        inputs={"prompt": "A lighthouse in a storm", "duration": 4},
    )


def _fill(made: Path, name: str, distribution: str, content: Content) -> None:
    package = f"modelhunter_{name}"
    source = made / "src" / package
    source.mkdir(parents=True, exist_ok=True)
    kind = "spec" if content.targets else "plain"
    words = _words(name, distribution, package, content)
    for template, path in (
        ("pyproject.toml", made / "pyproject.toml"),
        ("README.md", made / "README.md"),
        ("test.py", made / "tests" / f"test_{name}.py"),
        (f"{kind}_plugin.py", source / "plugin.py"),
        (f"{kind}_init.py", source / "__init__.py"),
    ):
        path.parent.mkdir(exist_ok=True)
        text = (
            files("modelhunter.scaffold")
            .joinpath("templates", f"{template}.txt")
            .read_text("utf-8")
        )
        path.write_text(Template(text).substitute(asdict(words)).rstrip() + "\n", "utf-8")
    (source / "py.typed").touch()


def _words(name: str, distribution: str, package: str, content: Content) -> _Words:
    plugin = plain(f"{package}.plugin")
    index = "\n".join(entry_point(one, plugin) for one in content.names)
    today = date.today()
    return _Words(
        name=plain(name),
        title=plain("".join(word.capitalize() for word in name.split("_"))),
        distribution=plain(distribution),
        package=plain(package),
        version=plain(".".join(__version__.split(".")[:2])),
        today=Python(f"{today.year}, {today.month}, {today.day}"),
        index=Toml(index),
        targets=_targets(package, content.targets, content.allow),
        call=python_arguments(content.model, content.inputs),
        imports=python_names(content.classes),
        exports=python_names(content.classes, quoted=True),
        first=shell_word(content.model),
        regenerate=_HOW_TO_REGENERATE if content.targets else "",
    )


def _targets(package: str, paths: Sequence[str], allow: Sequence[str]) -> Toml:
    if not paths:
        return Toml("")
    out, api = toml_text(f"src/{package}/api"), toml_text(f"{package}.api")
    waivers = f", allow = [{', '.join(map(toml_text, allow))}]" if allow else ""
    lines = [
        f'  {{ spec = {toml_text(path)}, root = "spec", out = {out}, package = {api}{waivers} }},'
        for path in paths
    ]
    return Toml("\n".join(["", "[tool.modelhunter-codegen]", "targets = [", *lines, "]"]))


_HOW_TO_REGENERATE = """
The `api` folder is generated from `spec/`. After a change there run `modelhunter-codegen generate`,
and keep the model ids in `pyproject.toml` in step (the tests compare them).
"""


def copied(documents: Sequence[Path], to: Path) -> Path:
    """Copy files in the arrangement that they have; returns where the first of them went."""
    top = Path(*_common_parts([path.parent.parts for path in documents]))
    for path in documents:
        place = to / path.relative_to(top)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
    return to / documents[0].relative_to(top)


def _common_parts(paths: Sequence[tuple[str, ...]]) -> list[str]:
    common = []
    for parts in zip(*paths, strict=False):
        if len(set(parts)) > 1:
            break
        common.append(parts[0])
    return common
