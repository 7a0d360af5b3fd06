"""Reading a description from a file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from modelhunter_codegen.json_text import read_json
from modelhunter_codegen.problems import DescriptionError, unreadable
from modelhunter_codegen.source import Map, Seq, Value
from modelhunter_codegen.yaml_text import read_yaml

if TYPE_CHECKING:
    from pathlib import Path

_ADDRESS = re.compile(r"https?:/")


def read(path: Path, shown: str) -> Map:
    """Read a description; ``shown`` is the file's name in messages.

    Raises:
        DescriptionError: the file can't be read, is no YAML or JSON, or holds no mapping.
    """
    try:
        if path.exists() and not path.is_dir() and not path.is_file():
            message = "it is a pipe or a device, and the generator reads files only"
            raise unreadable(shown, 0, message, "save it as a file and give that")
        content = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise _unread(path, shown, error) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise unreadable(shown, line, "it is not UTF-8", "save it as UTF-8") from None
    try:
        root = _parse(content, shown, is_json=path.suffix == ".json")
    except RecursionError:
        raise unreadable(shown, 1, "it is nested too deeply to read", "flatten it") from None
    if not isinstance(root, Map):
        what = "nothing" if root is None else "a list" if isinstance(root, Seq) else "plain text"
        message = f"there is {what} in it, and not a mapping of keys to values"
        raise unreadable(shown, 1, message, "check that this is the file")
    return root


def _unread(path: Path, shown: str, error: OSError) -> DescriptionError:
    if _ADDRESS.match(shown):
        message = "it is on the network, and the generator reads files only"
        return unreadable(shown, 0, message, "save it as a file and give that")
    if path.is_dir():
        return unreadable(shown, 0, "it is a folder", "give the file in it")
    if not path.exists():
        return unreadable(shown, 0, "there is no such file", "check the path")
    return unreadable(shown, 0, f"can't read it: {error.strerror}", "check the path")


def _parse(content: str, shown: str, *, is_json: bool) -> Value:
    if is_json:
        return read_json(content, shown)
    if content.lstrip()[:1] == "{":
        try:
            return read_json(content, shown)
        except DescriptionError:
            return read_yaml(content, shown)
    return read_yaml(content, shown)
