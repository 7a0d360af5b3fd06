"""Measures what was asked for, prints it, and keeps it where that was asked for too."""

from __future__ import annotations

import argparse
import os
import platform
from datetime import date
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.harness import Figure

_FIGURES = ("imports", "get", "page", "memory", "install", "watching", "plugins", "codegen")
_RESULTS = Path(__file__).with_name("RESULTS.md")
_PACKAGES = (
    *("modelhunter", "urllib3", "pydantic", "fal-client", "stripe"),
    *("replicate", "runwayml", "openai", "google-genai"),
    *("modelhunter-codegen", "openapi-python-client", "datamodel-code-generator", "mypy"),
)


def main() -> None:
    """Run the figures, one after the other."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=main.__doc__)
    parser.add_argument("figures", nargs="*", help=f"which of: {', '.join(_FIGURES)} (all)")
    parser.add_argument("--write", action="store_true", help=f"keep the tables in {_RESULTS.name}")
    parser.add_argument(
        "--specs", type=Path, metavar="DIR", help="API descriptions for the figure codegen"
    )
    asked = parser.parse_args()
    if unknown := set(asked.figures) - set(_FIGURES):
        parser.error(f"no such figure: {', '.join(sorted(unknown))}")
    if asked.write and (asked.figures or asked.specs is None):
        parser.error("--write keeps a whole run: name no figures with it, and give --specs")
    texts = [_machine()]
    print(texts[0], flush=True)
    for name in asked.figures or _FIGURES:
        given = [asked.specs] if name == "codegen" else []
        texts.append(_text(import_module(f"benchmarks.{name}").figure(*given)))
        print(f"\n{texts[-1]}", flush=True)
    if asked.write:
        _RESULTS.write_text("# Results\n\n" + "\n\n".join(texts) + "\n", encoding="utf-8")


def _machine() -> str:
    return (
        f"{date.today()}, Python {platform.python_version()}, {platform.system()} "
        f"{platform.machine()}, {os.cpu_count()} cores. "
        + ", ".join(map(_version, _PACKAGES))
        + "."
    )


def _version(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"no {package}"


def _text(figure: Figure) -> str:
    """A figure in Markdown, aligned so that it reads well as it is."""
    table = [list(figure.columns), *map(list, figure.rows)]
    widths = [max(len(row[n]) for row in table) for n in range(len(figure.columns))]
    lines = ["| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in table]
    lines.insert(1, "|-" + "-|-".join("-" * width for width in widths) + "-|")
    head = f"## {figure.title}\n\n{figure.method}\n**{figure.target}**\n\n"
    return head + "\n".join(lines)


if __name__ == "__main__":
    main()
