"""The one place where text from a description becomes Python source.

Nothing else in the generator may put such text between quotes. :func:`literal` gives an
expression that evaluates to the value and is printable ASCII plus ordinary letters;
:func:`docstring` gives a string literal for documentation.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from typing import TYPE_CHECKING

from modelhunter_codegen.proven import escaped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from modelhunter_codegen.proven import Code

WIDTH = 100

_RISKY_QUOTE = re.compile(r'"(?="|$)')
"""A quote before another or at the end of a line: together they could end the docstring."""

_SPACES = re.compile(r"[ \t\r\n\f\v]+")


def _escaped(char: str) -> str:
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _is_plain(char: str) -> bool:
    """Whether a character may stand in source as it is: visible, and without effect on others."""
    return " " <= char < "\x7f" or (char > "\xa0" and unicodedata.category(char)[0] in "LNPS")


def _string(value: str) -> Code:
    quote = "'" if '"' in value and "'" not in value else '"'
    if value.isascii() and value.isprintable() and "\\" not in value and quote not in value:
        return escaped(quote + value + quote)
    out = []
    for char in value:
        if char in ("\\", quote):
            out.append("\\" + char)
        elif char == "\n":
            out.append("\\n")
        elif _is_plain(char):
            out.append(char)
        else:
            out.append(_escaped(char))
    return escaped(quote + "".join(out) + quote)


def literal(value: object) -> Code:
    """A Python expression for a JSON value (dicts, lists and tuples included).

    Raises:
        TypeError: the value is none that JSON knows.
    """
    if isinstance(value, str):
        return _string(value)
    if value is None or isinstance(value, bool):
        return escaped(repr(value))
    if isinstance(value, int):
        return escaped(repr(int(value)))
    if isinstance(value, float):
        shown = escaped(repr(float(value)))
        return shown if shown[-1].isdigit() else f'float("{shown}")'
    if isinstance(value, dict):
        members: list[Code] = [f"{literal(str(k))}: {literal(v)}" for k, v in value.items()]
        return "{" + ", ".join(members) + "}"
    if isinstance(value, tuple):
        return "(" + "".join(f"{literal(item)}, " for item in value) + ")"
    if isinstance(value, list):
        return "[" + ", ".join(literal(item) for item in value) + "]"
    raise TypeError(f"no literal for {type(value).__name__}")


def one_line(text: str) -> str:
    """The text without line breaks, for messages and single-line documentation."""
    return _SPACES.sub(" ", text).strip()


def paragraphs(text: str) -> list[str]:
    """The text as lines; blank ones separate paragraphs, trailing space is gone."""
    lines = [line.rstrip() for line in re.split(r"\r\n|[\n\r\v\f\x85\u2028\u2029]", text)]
    while lines and not lines[0]:
        del lines[0]
    while lines and not lines[-1]:
        del lines[-1]
    return lines


def docstring(lines: Sequence[str], indent: Code = "") -> Code:
    """A docstring of these lines, each wrapped; ``indent`` is that of the statement."""
    wrapped = [part for line in lines for part in _wrap(line, WIDTH - len(indent) - 4)]
    body: list[Code] = [_line_in_docstring(line) for line in wrapped] or [""]
    if len(body) == 1:
        return f'{indent}"""{body[0]}"""'
    rest = "\n".join(f"{indent}{line}" if line else "" for line in body[1:])
    return f'{indent}"""{body[0]}\n{rest}\n{indent}"""'


def _wrap(line: str, width: int) -> list[str]:
    if len(line) <= width and "\t" not in line:
        return [line.rstrip(" ")]
    text = line.lstrip(" ")
    lead = line[: len(line) - len(text)]
    hanging = lead + "    " if lead else ""
    parts = textwrap.wrap(
        text,
        max(40, width),
        initial_indent=lead,
        subsequent_indent=hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return parts or [""]


def _line_in_docstring(line: str) -> Code:
    if not (line.isascii() and line.isprintable() and "\\" not in line):
        line = "".join(_in_docstring(char) for char in line)
    return escaped(_RISKY_QUOTE.sub('\\\\"', line))


def _in_docstring(char: str) -> str:
    if char == "\\":
        return "\\\\"
    return char if _is_plain(char) else _escaped(char)


_IN_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>|#&~])")


def markdown(text: str) -> Code:
    """Text for one line of Markdown, in which nothing of it is markup."""
    return escaped(_IN_MARKDOWN.sub(r"\\\1", _shown(text)))


def markdown_code(text: str) -> Code:
    """Text as code in one line of Markdown."""
    return escaped(f"`{_shown(text).replace('`', chr(39))}`")


def _shown(text: str) -> str:
    return "".join(char if char.isprintable() else "\ufffd" for char in one_line(text))
