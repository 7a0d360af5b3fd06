"""Rows of every kind of file, and forty ways of getting them wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from modelhunter.batch import BadRows, Defaults, read_rows
from modelhunter.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

MODEL = "viduq3-turbo"


def written(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_json_lines_and_tables_say_the_same(tmp_path: Path) -> None:
    lines = written(
        tmp_path,
        "a.jsonl",
        '{"model": "m", "key": "x", "prompt": "a, b", "duration": 4, "audio": true}\n\n'
        '{"model": "m", "key": "y", "capability": "c", "inputs": {"prompt": "3", "seed": 1.5}}\n',
    )
    table = written(
        tmp_path,
        "a.csv",
        "\ufeffmodel,key,capability,prompt,duration,audio,seed\n"
        'm,x,,"a, b",4,true,\n'
        ',,,,,,\nm,y,c,"""3""",,,1.5\n',
    )
    first, second = read_rows(lines)
    assert (first.key, first.inputs) == ("x", {"prompt": "a, b", "duration": 4, "audio": True})
    assert (second.line, second.capability) == (3, "c")
    assert second.inputs == {"prompt": "3", "seed": 1.5}
    assert [(r.key, r.inputs) for r in read_rows(table)] == [
        (r.key, r.inputs) for r in (first, second)
    ]


def test_templates_fill_inputs_and_their_columns_are_none(tmp_path: Path) -> None:
    table = written(tmp_path, "a.csv", "title,style,n\nA cat,oil,7\n")
    defaults = Defaults(
        model="m", templates={"prompt": "{title} in {style}, {n:03}"}, inputs={"n": 2}
    )
    (row,) = read_rows(table, defaults)
    assert row.inputs == {"prompt": "A cat in oil, 007", "n": 2}


def test_keys_of_rows_without_one_stay_when_rows_are_added(tmp_path: Path) -> None:
    one, two = {"model": "m", "prompt": "a"}, {"model": "m", "prompt": "b"}
    before = read_rows([one, two])
    after = read_rows([{"model": "m", "prompt": "new"}, one, one, two])
    assert [r.key for r in before] == [after[1].key, after[3].key]
    assert after[2].key == f"{after[1].key}-2"


def test_a_file_beside_the_rows_is_found(tmp_path: Path) -> None:
    (tmp_path / "cat.png").write_bytes(b"x")
    table = written(tmp_path, "a.csv", "model,image,prompt\nm,cat.png,cat.jpg\n")
    (row,) = read_rows(table)
    assert row.inputs == {"image": str(tmp_path / "cat.png"), "prompt": "cat.jpg"}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("[1]", "a row is an object with inputs, not a list"),
        ('"x"', "not a text"),
        ("3", "not a number"),
        ("null", "not nothing"),
        ("true", "not true or false"),
        ("{", "it is no JSON object (column 2)"),
        ("{'a': 1}", "it is no JSON object"),
        ('{"model": "m"', "it is no JSON object"),
        ('{"model": "m", "model": "n"}', "'model' stands there twice"),
        ('{"model": "m", "x": NaN}', "x can't be kept in a ledger"),
        ('{"model": "m", "x": 1e999}', "x can't be kept in a ledger"),
        ('{"model": "m", "x": "\\ud800"}', "x can't be kept in a ledger"),
        ('{"prompt": "a"}', "no model; give the row a column 'model'"),
        ('{"model": ""}', "no model"),
        ('{"model": " "}', "no model"),
        ('{"model": null}', "no model"),
        ('{"model": 3}', "no model"),
        ('{"model": ["m"]}', "no model"),
        ('{"model": "m", "capability": 3}', "'capability' is a text, not a number"),
        ('{"model": "m", "capability": {}}', "'capability' is a text, not an object"),
        ('{"model": "m", "key": ""}', "'key' is a text that names the row"),
        ('{"model": "m", "key": null}', "'key' is a text that names the row"),
        ('{"model": "m", "key": []}', "'key' is a text that names the row"),
        ('{"model": "m", "inputs": 3}', "'inputs' is an object of inputs, not a number"),
        ('{"model": "m", "inputs": "a"}', "'inputs' is an object of inputs, not a text"),
        ('{"model": "m", "inputs": []}', "'inputs' is an object of inputs, not a list"),
    ],
)
def test_a_wrong_line_is_told_with_its_number(tmp_path: Path, line: str, said: str) -> None:
    path = written(tmp_path, "a.jsonl", f'{{"model": "m", "prompt": "fine"}}\n{line}\n')
    with pytest.raises(BadRows) as caught:
        read_rows(path)
    (mistake,) = caught.value.mistakes
    assert (mistake.line, said in mistake.message) == (2, True), mistake.message
    assert "nothing was sent" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("model,prompt\nm\n", 2, "1 cells under 2 columns"),
        ("model,prompt\nm,a,b\n", 2, "3 cells under 2 columns"),
        ("model,model\nm,a\n", 1, "the column 'model' stands there twice"),
        ("model,\nm,a\n", 1, "the head of the table"),
        ('model,prompt\nm,"a\n', 2, "it is no CSV"),
        ('model,prompt\nm,"a"b\n', 2, "it is no CSV"),
        ("model,prompt\n", 1, "there are no rows"),
        ("", 1, "there are no rows"),
        ("model,key\nm,a\nm,a\n", 3, "key 'a' stands in line 2 too"),
    ],
)
def test_a_wrong_table_is_told_with_its_line(
    tmp_path: Path, text: str, line: int, said: str
) -> None:
    with pytest.raises(BadRows) as caught:
        read_rows(written(tmp_path, "a.csv", text))
    assert [(m.line, said in m.message) for m in caught.value.mistakes] == [(line, True)]


@pytest.mark.parametrize(
    ("template", "said"),
    [("{missing}", "'missing'"), ("{title:9x}", "does not fit"), ("{0}", "is no column")],
)
def test_a_template_that_does_not_fit_is_told_for_each_row(template: str, said: str) -> None:
    given = [{"model": "m", "title": "a"}, {"model": "m", "title": "b"}]
    with pytest.raises(BadRows) as caught:
        read_rows(given, Defaults(templates={"prompt": template}))
    assert [m.line for m in caught.value.mistakes] == [1, 2]
    assert all(said in m.message for m in caught.value.mistakes)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.txt", "", "none of the files that jobs are read from"),
        ("a.xlsx", "", "none of the files"),
        ("a.csv", b"model\n\xff\n", "line 2: it is not UTF-8"),
    ],
)
def test_a_file_that_is_none_is_told(tmp_path: Path, name: str, content: Any, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        read_rows(written(tmp_path, name, content))
    with pytest.raises(ConfigurationError, match="there is no file"):
        read_rows(tmp_path / "missing.csv")


def test_all_mistakes_come_at_once(tmp_path: Path) -> None:
    lines = [json.dumps({"prompt": n}) if n % 2 else "{" for n in range(40)]
    with pytest.raises(BadRows, match="40 mistakes") as caught:
        read_rows(written(tmp_path, "a.jsonl", "\n".join(lines)))
    assert [m.line for m in caught.value.mistakes] == list(range(1, 41))
