"""What commands write: results on stdout, everything else on stderr.

With ``--json`` stdout gets one JSON document, and every line on stderr is one too. Text that came
from elsewhere can't control the terminal: control characters are shown, not obeyed, and nothing
is read as rich's markup.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import sys
import traceback
from typing import TYPE_CHECKING, Any

import click

from modelhunter.cli.quoting import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from modelhunter.cli.failures import Failure

_WIDEST = 10_000
"""Columns of a table that no terminal shows: enough for every line to stay one."""


class Screen:
    """Where one run of the command writes, and how."""

    def __init__(self) -> None:
        self.json = False
        self.debug = False
        self.opens = False

    @property
    def live(self) -> bool:
        """Whether somebody watches stderr who can be shown a moving bar."""
        return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"

    def note(self, text: str, **facts: Any) -> None:
        """Say something beside the result, on stderr; ``facts`` go with it in JSON."""
        if self.json:
            _err(json.dumps({"note": text, **facts}))
        else:
            _err(plain(text, lines=True))

    def failed(self, failure: Failure) -> None:
        """Say on stderr how the command failed."""
        text = json.dumps(failure.document()) if self.json else plain(failure.text(), lines=True)
        _err(text)

    def trace(self, error: BaseException) -> None:
        """Say on stderr where an error came from; what a server sent in it controls nothing."""
        text = "".join(traceback.format_exception(error)).rstrip()
        _err(json.dumps({"traceback": text}) if self.json else plain(text, lines=True))

    def document(self, value: Any) -> None:
        """The result as JSON, on stdout."""
        _out(json.dumps(value, indent=2) + "\n")

    def lines(self, lines: Iterable[str]) -> None:
        """The result as text, on stdout."""
        for line in lines:
            _out(f"{plain(line)}\n")

    def definitions(self, rows: Iterable[tuple[str, str]]) -> None:
        """Words and what they mean, on stdout, wrapped to the width of the terminal."""
        formatter = click.HelpFormatter(width=min(shutil.get_terminal_size().columns, 100))
        with formatter.indentation():
            formatter.write_dl([(plain(word), plain(meaning)) for word, meaning in rows])
        _out(formatter.getvalue())

    def table(self, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """The result as a table, on stdout: as wide as the terminal, or as needed elsewhere.

        No word is broken, as ids are there to be copied: at worst a table is wider than a terminal.
        """
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        terminal = sys.stdout.isatty()
        width = shutil.get_terminal_size().columns if terminal else _WIDEST
        cells = [[plain(cell) for cell in row] for row in rows]
        columns = [*zip(headings, *cells, strict=True)]
        # Padding on one side: how the edges count differs between versions of rich.
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
        for heading, taken in zip(headings, _widths(columns, width), strict=True):
            table.add_column(Text(heading), width=taken)
        for row in cells:
            table.add_row(*map(Text, row))
        written = io.StringIO()
        console = Console(
            file=written,
            force_terminal=terminal,
            markup=False,
            emoji=False,
            highlight=False,
            width=_WIDEST,
        )
        console.print(table, crop=False)
        for line in written.getvalue().splitlines():
            _out(f"{line.rstrip()}\n")


def _widths(columns: Sequence[Sequence[str]], most: int) -> list[int]:
    """How wide each column of a table is, so that the table fits and no word is broken."""
    from rich.cells import cell_len

    widths = [max(map(cell_len, column)) for column in columns]
    least = [
        max(cell_len(w) for cell in column for w in cell.split() or [""]) for column in columns
    ]
    excess = sum(widths) + 2 * (len(widths) - 1) - most
    while excess > 0 and widths != least:
        widest = max(range(len(widths)), key=lambda n: widths[n] if widths[n] > least[n] else 0)
        widths[widest] -= 1
        excess -= 1
    return widths


def mute(stream: Any) -> None:
    """Let what is written from now on, and what is still buffered, go nowhere."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _err(text: str) -> None:
    try:
        click.echo(text, err=True)
    except OSError:  # a job that was paid for does not end because nobody listens
        mute(sys.stderr)


def _out(text: str) -> None:
    try:
        click.echo(text, nl=False)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise click.ClickException(f"stdout can't be written: {error.strerror}") from error
