"""The command ``modelhunter-codegen``."""

from __future__ import annotations

import argparse
import gc
import keyword
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from modelhunter_codegen import inspecting
from modelhunter_codegen._version import __version__
from modelhunter_codegen.build import build
from modelhunter_codegen.diff import command
from modelhunter_codegen.lock_names import Kept
from modelhunter_codegen.problems import WAIVABLE, DescriptionError, Report
from modelhunter_codegen.proven import as_module
from modelhunter_codegen.publish import ToolError, drift, formatted, read_lock, write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from modelhunter_codegen.proven import ModuleName

_SHOWN_LINES = 400


@frozen
class Target:
    """One description and the package that it becomes."""

    spec: Path
    out: Path
    package: ModuleName
    overlay: Path | None = None
    root: Path | None = None
    allow: frozenset[str] = frozenset()


class _UsageError(Exception):
    """The command line or the project's table of targets makes no sense."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Returns:
        0 when all is well, 1 when ``--check`` finds drift or ``--fail-on`` a change, 2 for a bad
        command line, a description that can't be used, or a folder that can't be written.
    """
    options = _parser().parse_args(arguments)
    gc.disable()  # a short run that keeps nearly all it makes
    try:
        if options.command == "diff":
            return command.run(options)
        if options.command == "inspect":
            return inspecting.run(options)
        targets = _targets(options)
        allowed = frozenset(options.allow)
        return max([_run(target, allowed, check=options.check) for target in targets])
    except _UsageError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    finally:
        gc.enable()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="modelhunter-codegen",
        description="Writes typed Python packages from OpenAPI 3.0 and 3.1 descriptions.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True)
    generate = commands.add_parser(
        "generate",
        help="write a package from a description",
        description="Writes a package from SPEC, or, where no SPEC is given, from every target in "
        "[tool.modelhunter-codegen] of ./pyproject.toml.",
    )
    generate.add_argument("spec", nargs="?", type=Path, metavar="SPEC", help="YAML or JSON file")
    generate.add_argument("--out", type=Path, metavar="DIR", help="the package's own folder")
    generate.add_argument("--package", metavar="NAME", help="its dotted name")
    generate.add_argument(
        "--overlay", type=Path, metavar="FILE", help="how the API's lists go on to their next page"
    )
    _add_root(generate)
    generate.add_argument(
        "--check",
        action="store_true",
        help="write nothing; show what would change and exit 1 if anything would",
    )
    _add_allow(generate)
    compare = commands.add_parser(
        "diff",
        help="tell what changed between two descriptions",
        description="Tells what changed from OLD to NEW for users of the generated code, how bad "
        "that is, and which version it calls for.",
    )
    command.add_arguments(compare)
    _add_allow(compare)
    look = commands.add_parser(
        "inspect",
        help="tell as JSON what a description is made of",
        description="Tells as JSON which files SPEC is made of and, where it describes a provider, "
        "which models that has. Nothing is written.",
    )
    look.add_argument("spec", type=Path, metavar="SPEC", help="YAML or JSON file")
    _add_root(look)
    _add_allow(look)
    return parser


def _add_root(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--root",
        type=Path,
        metavar="DIR",
        help="the folder that holds SPEC and all that it refers to; by default SPEC's own",
    )


def _add_allow(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--allow",
        action="append",
        default=[],
        metavar="NAME",
        choices=sorted(WAIVABLE),
        help="let one kind of problem pass and list its places: " + ", ".join(sorted(WAIVABLE)),
    )


def _targets(options: argparse.Namespace) -> list[Target]:
    if options.spec is not None:
        if options.out is None or options.package is None:
            raise _UsageError("SPEC needs --out DIR and --package NAME beside it")
        package = _checked_name(options.package)
        return [Target(options.spec, options.out, package, options.overlay, options.root)]
    if any((options.out, options.package, options.overlay, options.root)):
        raise _UsageError("--out, --package, --overlay and --root need SPEC before them")
    return _project_targets(Path("pyproject.toml"))


def _project_targets(path: Path) -> list[Target]:
    try:
        project = tomllib.loads(path.read_text("utf-8"))
    except OSError:
        raise _UsageError(f"there is no {path} here; give SPEC --out DIR --package NAME") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _UsageError(f"{path}: {error}") from None
    table = project.get("tool", {}).get("modelhunter-codegen", {}).get("targets")
    if not isinstance(table, list) or not table:
        raise _UsageError(f"{path} has no targets in [tool.modelhunter-codegen]")
    targets = []
    for number, entry in enumerate(table):
        try:
            package = _checked_name(entry["package"])
            spec, out = Path(entry["spec"]), Path(entry["out"])
            overlay = Path(entry["overlay"]) if "overlay" in entry else None
            root = Path(entry["root"]) if "root" in entry else None
            allow = _waivers(entry.get("allow", []))
            targets.append(Target(spec, out, package, overlay, root, allow))
        except (KeyError, TypeError):
            raise _UsageError(
                f"{path}: target {number} of [tool.modelhunter-codegen] needs spec, out and "
                "package, each as text; it may have overlay and root, and allow, a list"
            ) from None
    return targets


def _waivers(names: list[str]) -> frozenset[str]:
    unknown = [name for name in names if name not in WAIVABLE]
    if unknown:
        raise _UsageError(
            f"nothing that could be allowed is called {unknown[0]!r}; there are "
            f"{', '.join(sorted(WAIVABLE))}"
        )
    return frozenset(names)


def _checked_name(package: object) -> ModuleName:
    found = as_module(package)
    if found is not None:
        return found
    for part in package.split(".") if isinstance(package, str) else ():
        if keyword.iskeyword(part):
            raise _UsageError(f"{package!r} is no package name: Python has another use for {part}")
    raise _UsageError(
        f"{package!r} is no package name; it is words joined by dots, such as shop.api"
    )


def _run(target: Target, allowed: frozenset[str], *, check: bool) -> int:
    try:
        return _generate(target, allowed, check=check)
    except (ToolError, DescriptionError) as error:
        print(error, file=sys.stderr)
        return 2


def _generate(target: Target, allowed: frozenset[str], *, check: bool) -> int:
    report = Report(allowed=allowed | target.allow)
    kept = Kept.of_lock(read_lock(target.out))
    built = build(target.spec, target.package, report, kept, target.overlay, target.root)
    texts = formatted(built)
    for note in sorted(set(report.notes)):
        print(f"note: {note}", file=sys.stderr)
    if not check:
        changed = write(target.out, texts)
        print(f"{target.out.as_posix()}: {len(texts)} files, {len(changed)} changed")
        return 0
    found = drift(target.out, built, texts)
    if found is None:
        print(f"{target.out.as_posix()}: up to date")
        return 0
    print(f"{target.out.as_posix()}: {len(found.changes)} files differ: {'; '.join(found.reasons)}")
    left = _SHOWN_LINES
    for change in found.changes:
        lines = change.diff.splitlines()
        print("\n".join(lines[:left]))
        left -= len(lines)
        if left <= 0:
            print("(the rest of the differences is left out)")
            break
    return 1
