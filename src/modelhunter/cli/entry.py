"""The entry point: looks whether the command line is installed, and hands over to it.

Importing takes longer than a hasty Ctrl-C does. Until the command itself runs, and once it has run,
that ends the process without a word.
"""

from __future__ import annotations

import os
import sys

try:  # what `signal` is made of, and there at once: a Ctrl-C may come while that is imported
    import _signal as signal  # type: ignore[import-not-found]
except ImportError:
    import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_NEEDED = ("click", "rich")
_INTERRUPTED = 130


def main() -> int:
    """Run the command line with the arguments of this process; returns the exit code."""
    _on_interrupt(_leave)
    from importlib.util import find_spec

    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        print(
            f"The command line needs {' and '.join(missing)}, not installed here: "
            "pip install 'modelhunter[cli]'",
            file=sys.stderr,
        )
        return 1
    from modelhunter.cli.app import cli

    try:
        _on_interrupt(signal.default_int_handler)
        cli.main(prog_name="modelhunter")
    except KeyboardInterrupt:
        return _INTERRUPTED
    finally:
        _on_interrupt(_leave)


def _on_interrupt(handler: Any) -> None:
    """What Ctrl-C does from now on, unless whoever started this process wants it to be ignored."""
    if signal.getsignal(signal.SIGINT) != signal.SIG_IGN:
        signal.signal(signal.SIGINT, handler)


def _leave(*_: object) -> None:
    os._exit(_INTERRUPTED)
