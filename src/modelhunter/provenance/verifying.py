"""Reading the record of a file, and holding the file against it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from modelhunter.errors import NoRecord
from modelhunter.provenance.carriers import digest_of, layout_of, with_record
from modelhunter.provenance.record import LONGEST, NOT_OURS, read_record, sidecar_of

if TYPE_CHECKING:
    from typing import BinaryIO

    from modelhunter.provenance.layout import Layout
    from modelhunter.provenance.record import Record


@frozen
class Verification:
    """What was found of a file's record.

    ``sources`` says where one is: ``"file"``, ``"sidecar"`` or both. ``differences`` are sentences
    about what does not agree; without any, the file is as it was made.
    """

    record: Record
    sources: tuple[str, ...]
    differences: tuple[str, ...]

    @property
    def is_intact(self) -> bool:
        """Whether the file is what its record says."""
        return not self.differences


def read(path: str | os.PathLike[str]) -> Record:
    """The record of a file: the one in it, or else the one beside it.

    Raises:
        NoRecord: there is none that can be read. OSError: the file can't be read.
    """
    with _opened(path) as file:
        found, _ = _records(Path(path), layout_of(file))
    return next(iter(found.values()))


def verify(path: str | os.PathLike[str]) -> Verification:
    """Hold a file against its records. A record is not signed: who changes both is not found out.

    Raises:
        NoRecord: there is none that can be read. OSError: the file can't be read.
    """
    with _opened(path) as file:
        layout = layout_of(file)
        found, differences = _records(Path(path), layout)
        sha256, size = digest_of(file, layout)
    record = next(iter(found.values()))
    if len(found) == 2 and found["file"] != found["sidecar"]:
        differences.append("the record in the file and the one beside it are not the same")
    for where, one in found.items():
        if (one.sha256, one.size_bytes) != (sha256, size):
            differences.append(
                f"the file has {size:,} bytes with SHA-256 {sha256[:16]}…, and by the record "
                f"{'in it' if where == 'file' else 'beside it'} {one.size_bytes:,} with "
                f"{one.sha256[:16]}…: it was changed, or is another"
            )
    return Verification(record, tuple(found), tuple(differences))


def _opened(path: str | os.PathLike[str]) -> BinaryIO:
    """A file for reading. ``open`` would take a number for a file that is open, and close that."""
    return open(os.fspath(path), "rb")


def embed(path: str | os.PathLike[str], record: Record) -> bool:
    """Put a record into a file, in place of any that is there; False where none can go.

    Its digest is made that of the file. The file is replaced at once, or stays as it is.

    Raises:
        OSError: the file can't be read or written.
    """
    target = Path(os.path.realpath(path))
    with target.open("rb") as file:
        layout = layout_of(file)
        if layout.place is None:
            return False
        sha256, size = digest_of(file, layout)
        text = evolve(record, sha256=sha256, size_bytes=size).to_text()
        unfinished = target.with_name(f".{target.name[:40]}.{os.urandom(8).hex()}.part")
        try:
            with unfinished.open("xb") as copy:
                with_record(file, layout, text, copy)
                copy.flush()
                os.fsync(copy.fileno())
            unfinished.chmod(target.stat().st_mode & 0o777)
            unfinished.replace(target)
        finally:
            unfinished.unlink(missing_ok=True)
    return True


def _records(path: Path, layout: Layout) -> tuple[dict[str, Record], list[str]]:
    """The records of a file by where they are, and what is wrong with any."""
    texts: dict[str, str | bytes] = {} if layout.text is None else {"file": layout.text}
    sidecar = sidecar_of(path)
    if sidecar.is_file() and sidecar.stat().st_size <= LONGEST:
        texts["sidecar"] = sidecar.read_bytes()
    found: dict[str, Record] = {}
    wrong: list[str] = []
    for where, text in texts.items():
        try:
            found[where] = read_record(text)
        except NoRecord as error:
            if where == "file" or str(error) != NOT_OURS:  # another document may be called so
                wrong.append(f"{'in the file' if where == 'file' else sidecar.name}: {error}")
    if not found:
        why = f" ({'; '.join(wrong)})" if wrong else ""
        raise NoRecord(f"{path} has no record of how it was made, in it or beside it{why}")
    return found, wrong
