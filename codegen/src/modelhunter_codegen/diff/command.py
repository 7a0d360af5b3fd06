"""The subcommand ``diff``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from modelhunter_codegen.diff.changes import IMPACTS, worst
from modelhunter_codegen.diff.compare import compare
from modelhunter_codegen.diff.report import as_changelog, as_json, as_text
from modelhunter_codegen.problems import DescriptionError

if TYPE_CHECKING:
    import argparse

FORMATS = {"text": as_text, "json": as_json, "changelog": as_changelog}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument("old", type=Path, metavar="OLD", help="a description or a folder of them")
    parser.add_argument("new", type=Path, metavar="NEW", help="the same, later")
    parser.add_argument("--format", choices=sorted(FORMATS), default="text")
    parser.add_argument(
        "--fail-on",
        choices=IMPACTS,
        metavar="IMPACT",
        help="exit 1 where a change is as bad as this or worse: " + ", ".join(IMPACTS),
    )


def run(options: argparse.Namespace) -> int:
    """Compare and report; returns the exit code."""
    try:
        changes = compare(options.old, options.new, frozenset(options.allow))
    except DescriptionError as error:
        print(error, file=sys.stderr)
        return 2
    sys.stdout.write(FORMATS[options.format](changes))
    found = worst(changes)
    if options.fail_on is None or found is None:
        return 0
    return int(IMPACTS.index(found) <= IMPACTS.index(options.fail_on))
