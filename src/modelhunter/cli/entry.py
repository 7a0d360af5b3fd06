"""The entry point: looks whether the command line is installed, and hands over to it."""

from __future__ import annotations

import sys
from importlib.util import find_spec

_NEEDED = ("click", "rich")
_INTERRUPTED = 130


def main() -> int:
    """Run the command line with the arguments of this process; returns the exit code."""
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        print(
            f"The command line needs {' and '.join(missing)}, not installed here: "
            "pip install 'modelhunter[cli]'",
            file=sys.stderr,
        )
        return 1
    try:
        from modelhunter.cli.app import cli

        cli.main(prog_name="modelhunter")
    except KeyboardInterrupt:
        return _INTERRUPTED
