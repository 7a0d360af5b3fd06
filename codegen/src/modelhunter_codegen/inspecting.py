"""The subcommand ``inspect``: what a description is made of, as JSON.

For programs that copy a description or write something beside what is generated from it. Nothing of
it is run, and no file is named that the generator itself did not read.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from modelhunter_codegen.build import describe
from modelhunter_codegen.problems import DescriptionError, Report
from modelhunter_codegen.provider.summary import summary

if TYPE_CHECKING:
    import argparse
    from pathlib import Path


def run(options: argparse.Namespace) -> int:
    """Print what a description is made of; returns the exit code."""
    try:
        found = contents(options.spec, Report(allowed=set(options.allow)), options.root)
    except DescriptionError as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(found, indent=1))
    return 0


def contents(spec: Path, report: Report, root: Path | None = None) -> dict[str, Any]:
    """The files of a description, the root document first, and the facts of its provider.

    Raises:
        DescriptionError: it can't be used.
    """
    described = describe(spec, None, report, root=root)
    provider = None if described.provider is None else summary(described.provider)
    documents = described.workspace.documents
    return {"documents": [str(path) for path in documents], "provider": provider}
