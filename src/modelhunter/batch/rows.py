"""Jobs from a file or an iterable: what each row asks for, and everything that is wrong with it."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import string
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from modelhunter.errors import ConfigurationError, ModelHunterError

OWN_COLUMNS = ("model", "capability", "key")
"""Columns that are no inputs. ``provider``, of a model that no plugin lists, goes with them."""


@frozen
class Mistake:
    """Something that is wrong with one row; ``line`` counts from 1, as an editor does."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"


class BadRows(ModelHunterError):
    """Rows that can't be jobs; nothing was sent. ``mistakes`` has them all."""

    def __init__(self, mistakes: list[Mistake], source: str) -> None:
        super().__init__(mistakes, source)
        self.mistakes: list[Mistake] = mistakes
        self.source: str = source

    def __str__(self) -> str:
        count = len(self.mistakes)
        head = f"{count} mistake{'s' * (count > 1)} in {self.source}; nothing was sent"
        return "\n  ".join([head, *map(str, self.mistakes)])


@frozen
class Row:
    """One job as it was asked for. ``index`` counts from 1, ``key`` names it for good."""

    index: int
    line: int
    key: str
    model: str
    capability: str | None
    inputs: Mapping[str, Any]


@frozen(kw_only=True)
class Defaults:
    """What holds for every row that does not say otherwise.

    ``templates`` make inputs of a row's other columns, as ``{"prompt": "{title}, in oil"}`` does;
    columns that only templates use are no inputs.
    """

    model: str | None = None
    capability: str | None = None
    inputs: Mapping[str, Any] = {}
    templates: Mapping[str, str] = {}
    folder: Path | None = None
    """Where relative paths of media are looked for first."""


def read_rows(
    source: str | os.PathLike[str] | Iterable[Mapping[str, Any]],
    defaults: Defaults = Defaults(),
) -> list[Row]:
    """The rows of a ``.jsonl``, ``.csv`` or ``.parquet`` file, or of dicts.

    Raises:
        BadRows: some can't be jobs; ConfigurationError: the file can't be read at all.
    """
    if isinstance(source, (str, os.PathLike)):
        path = Path(source).expanduser()
        found, named = _reader(path)(path), str(source)
        if defaults.folder is None:
            defaults = evolve(defaults, folder=path.parent)
    else:
        found, named = enumerate(source, 1), "the rows"
    return _rows(found, defaults, named)


def _rows(found: Iterable[tuple[int, Any]], defaults: Defaults, named: str) -> list[Row]:
    rows: list[Row] = []
    mistakes: list[Mistake] = []
    keys: dict[str, int] = {}
    hashes: Counter[str] = Counter()
    for line, given in found:
        if isinstance(given, Mistake):
            mistakes.append(given)
            continue
        try:
            row = _row(len(rows) + 1, line, given, defaults)
        except _Wrong as wrong:
            mistakes += [Mistake(line, text) for text in wrong.args]
            continue
        if row.key in keys and "key" in given:
            mistakes.append(Mistake(line, f"key {row.key!r} stands in line {keys[row.key]} too"))
            continue
        if "key" not in given:
            hashes[row.key] += 1
            if hashes[row.key] > 1:  # the same job asked for again is another job
                row = evolve(row, key=f"{row.key}-{hashes[row.key]}")
        keys[row.key] = line
        rows.append(row)
    if mistakes:
        raise BadRows(mistakes, named)
    if not rows:
        raise BadRows([Mistake(1, "there are no rows")], named)
    return rows


class _Wrong(Exception):
    """What is wrong with a row, a text each."""


def _row(index: int, line: int, given: Any, defaults: Defaults) -> Row:
    if not isinstance(given, Mapping):
        raise _Wrong(f"a row is an object with inputs, not {_kind(given)}")
    columns = {str(name).strip(): value for name, value in given.items()}
    wrong: list[str] = []
    inputs = {name: value for name, value in columns.items() if name not in OWN_COLUMNS}
    inner = inputs.pop("inputs", None)
    if inner is not None and not isinstance(inner, Mapping):
        wrong.append(f"'inputs' is an object of inputs, not {_kind(inner)}")
        inner = None
    inputs |= inner or {}
    used: set[str] = set()
    made: dict[str, Any] = {}
    for name, template in defaults.templates.items():
        try:
            made[name] = _filled(template, {**columns, **inputs}, used)
        except _Wrong as error:
            wrong += error.args
    kept = {name: value for name, value in inputs.items() if name not in used or name in made}
    model, capability = columns.get("model", defaults.model), columns.get("capability")
    if not isinstance(model, str) or not model.strip():
        wrong.append("no model; give the row a column 'model', or all of them one by --model")
    capability = defaults.capability if capability in (None, "") else capability
    if capability is not None and not isinstance(capability, str):
        wrong.append(f"'capability' is a text, not {_kind(capability)}")
    key = columns.get("key")
    if "key" in columns and (not isinstance(key, (str, int)) or not str(key).strip()):
        wrong.append("'key' is a text that names the row")
    if kept.get("provider") == "":
        del kept["provider"]
    whole = {**defaults.inputs, **kept, **made}
    plain: dict[str, Any] = {}
    for name, value in whole.items():
        if value is not None:
            try:
                plain[name] = _plain(value, defaults.folder)
                json.dumps(plain[name], ensure_ascii=False, allow_nan=False).encode()
            except (TypeError, ValueError, RecursionError):
                wrong.append(
                    f"{name} can't be kept in a ledger: give a file by its path, and numbers that "
                    "JSON has"
                )
    if wrong:
        raise _Wrong(*wrong)
    model = str(model).strip()
    name = _hash(model, capability, plain) if key is None else str(key).strip()
    return Row(index, line, name, model, capability, plain)


def _plain(value: Any, folder: Path | None) -> Any:
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    if isinstance(value, str) and folder is not None and _may_be_path(value):
        beside = folder / value
        if beside.is_file():
            return str(beside)
    if isinstance(value, Mapping):
        return {str(name): _plain(part, folder) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part, folder) for part in value]
    return value


def _may_be_path(text: str) -> bool:
    return len(text) < 500 and "\n" not in text and "\0" not in text and not os.path.isabs(text)


def _filled(template: str, columns: Mapping[str, Any], used: set[str]) -> str:
    """A template with a row's columns in it."""
    made = []
    for text, name, layout, conversion in _pieces(template):
        made.append(text)
        if name is None:
            continue
        if not name.isidentifier() and name not in columns:
            raise _Wrong(f"{{{name}}} in a template is no column")
        if name not in columns:
            have = ", ".join(sorted(columns)) or "none"
            raise _Wrong(f"a template uses the column {name!r}, which is missing; there is: {have}")
        used.add(name)
        try:
            value = columns[name]
            made.append(format(str(value) if conversion or not layout else value, layout or ""))
        except (ValueError, TypeError) as error:
            raise _Wrong(f"{{{name}:{layout}}} does not fit {columns[name]!r}: {error}") from None
    return "".join(made)


def _pieces(template: str) -> list[tuple[str, str | None, str | None, str | None]]:
    try:
        return list(string.Formatter().parse(template))
    except ValueError as error:
        raise ConfigurationError(f"the template {template!r} can't be read: {error}") from None


def _hash(model: str, capability: str | None, inputs: Mapping[str, Any]) -> str:
    text = json.dumps([model, capability, inputs], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false"}
    return "nothing" if value is None else names.get(type(value), "a number")


# ------------------------------------------------------------------------- files

_Found = Iterator[tuple[int, Any]]


def _reader(path: Path) -> Callable[[Path], _Found]:
    kinds: dict[str, Callable[[Path], _Found]] = {
        ".jsonl": _json_lines,
        ".ndjson": _json_lines,
        ".csv": _csv,
        ".parquet": _parquet,
    }
    reader = kinds.get(path.suffix.lower())
    if reader is None:
        raise ConfigurationError(
            f"{path} is none of the files that jobs are read from: {', '.join(sorted(kinds))}"
        )
    if not path.is_file():
        raise ConfigurationError(f"there is no file {path}")
    return reader


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise ConfigurationError(f"{path}, line {line}: it is not UTF-8; save it as that") from None
    except OSError as error:
        raise ConfigurationError(f"{path} can't be read: {error.strerror}") from None


def _json_lines(path: Path) -> _Found:
    for number, line in enumerate(_text(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            yield number, json.loads(line, object_pairs_hook=_no_doubles)
        except _Wrong as error:
            yield number, Mistake(number, error.args[0])
        except (ValueError, RecursionError) as error:
            where = f" (column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
            yield number, Mistake(number, f"it is no JSON object{where}")


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    double = [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]
    if double:
        raise _Wrong(f"{double[0]!r} stands there twice")
    return dict(pairs)


def _csv(path: Path) -> _Found:
    lines = csv.reader(_text(path).splitlines(keepends=True), strict=True)
    head: list[str] | None = None
    line = 1
    while True:
        try:
            cells = next(lines, None)
        except csv.Error as error:
            yield line, Mistake(line, f"it is no CSV: {error}")
            return
        if cells is None:
            return
        if head is None:
            head = [name.strip() for name in cells]
            double = [name for name, count in Counter(head).items() if count > 1]
            if double or not all(head):
                what = f"the column {double[0]!r} stands there twice" if double else "no name"
                yield line, Mistake(line, f"the head of the table: {what or 'an empty name'}")
                return
        elif any(cell.strip() for cell in cells):
            if len(cells) != len(head):
                yield line, Mistake(line, f"{len(cells)} cells under {len(head)} columns")
            else:
                row = {n: cell_value(c) for n, c in zip(head, cells, strict=True) if c.strip()}
                yield line, row
        line = lines.line_num + 1


def cell_value(text: str) -> Any:
    """A cell of a table: a number, true, false, a list or an object where it is JSON of one."""
    stripped = text.strip()
    if stripped in ("true", "false") or stripped[:1] in '-0123456789[{"':
        try:
            return json.loads(stripped)
        except ValueError:
            return text
    return text


def _parquet(path: Path) -> _Found:
    try:
        import pyarrow.parquet  # pyright: ignore[reportMissingImports]
    except ImportError:
        raise ConfigurationError(
            "Parquet needs pyarrow: pip install 'modelhunter[batch]' pyarrow"
        ) from None
    try:
        table = pyarrow.parquet.read_table(path)
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path} can't be read as Parquet: {error}") from None
    for number, row in enumerate(table.to_pylist(), 1):
        yield number, {name: value for name, value in row.items() if value is not None}
