from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_package import save

from modelhunter_codegen.files import read
from modelhunter_codegen.numbers import MAX_DEPTH
from modelhunter_codegen.problems import DescriptionError

if TYPE_CHECKING:
    from pathlib import Path

    from modelhunter_codegen.source import Map


def load(tmp_path: Path, text: str, name: str = "a.yaml") -> Map:
    return read(save(tmp_path, text, name), name)


def refused(tmp_path: Path, text: str, name: str = "a.yaml") -> str:
    with pytest.raises(DescriptionError) as caught:
        load(tmp_path, text, name)
    return str(caught.value)


def test_yaml_is_read_as_version_1_2_says(tmp_path: Path) -> None:
    text = """
on: off
yes: no
day: 2026-03-02
at: 2026-03-02T08:15:00Z
ratio: 16:9
octal: 0o17
old: 017
hex: 0xff
int: -3
float: 1e3
dot: .5
quoted: "5"
single: 'true'
true: True
null: ~
empty:
200: ok
under: 1_000
version: 3.1.0
"""
    assert dict(load(tmp_path, text)) == {
        "on": "off", "yes": "no", "day": "2026-03-02", "at": "2026-03-02T08:15:00Z",
        "ratio": "16:9", "octal": 15, "old": 17, "hex": 255, "int": -3, "float": 1000.0,
        "dot": 0.5, "quoted": "5", "single": "true", "true": True, "null": None, "empty": None,
        "200": "ok", "under": "1_000", "version": "3.1.0",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["a.yaml", "a.json", "a.txt"])
def test_every_node_knows_its_line_and_pointer(tmp_path: Path, name: str) -> None:
    text = '{\n  "paths": {\n    "/a/{b~c}": [\n      {"x": 1},\n'
    text += '      {"y": {"z": 2}}\n    ]\n  }\n}\n'
    node = load(tmp_path, text, name)["paths"]["/a/{b~c}"][1]["y"]
    assert str(node.where("z")) == f"{name}:5: /paths/~1a~1{{b~0c}}/1/y/z"
    assert node.line == 5


def test_aliases_and_merge_keys(tmp_path: Path) -> None:
    text = "base: &b {a: 1, b: 2}\nuse: *b\nmerged: {<<: *b, b: 3}\n'<<': plain\n"
    loaded = load(tmp_path, text)
    assert loaded["use"] is loaded["base"]
    assert loaded["merged"] == {"b": 3, "a": 1}
    assert loaded["<<"] == "plain"


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        ("a: 1\nb: 2\na: 3\n", "a.yaml", "a.yaml:3: /: unreadable: the key 'a' stands twice"),
        ('{"a": 1,\n "a": 2}', "a.json", "a.json:2: /: unreadable: the key 'a' stands twice"),
        ("a: [1\nb: 2\n", "a.yaml", "it is not YAML"),
        ('{"a": 1\n "b": 2}', "a.json", "a.json:2: /: unreadable: it is not JSON: a comma or }"),
        ('{"a": }', "a.json", "a value is missing"),
        ('{"a": "x\n"}', "a.json", "it is not JSON"),
        ("{} {}", "a.json", "more after the end"),
        ("- 1\n", "a.yaml", "a mapping"),
        ("", "a.yaml", "a mapping"),
        ("a: &x {b: *x}\n", "a.yaml", "an alias contains itself"),
        ("? [a]\n: 1\n", "a.yaml", "a key must be a plain word"),
        ("[" * 5000, "a.json", "nested too deeply"),
        (
            '{"a":\n ' + "9" * 5000 + "}",
            "a.json",
            "a.json:2: /: unreadable: this number is too large",
        ),
        ('{"a": 1e999}', "a.json", "this number is too large"),
        (
            "a: 1\nb: 0x" + "f" * 20000,
            "a.yaml",
            "a.yaml:2: /: unreadable: this number is too large",
        ),
        ("a: -" + "9" * 5000, "a.yaml", "this number is too large"),
        ("a: " + "[" * 5000 + "]" * 5000, "a.yaml", "nested too deeply"),
        ("a: " + "[" * 500 + "]" * 500, "a.yaml", "nested too deeply"),
        ("a: " + "[\n" * 200_000, "a.yaml", "nested too deeply"),
        ("{a: " * 3000, "a.yaml", "nested too deeply"),
        ("- " * 200_000, "a.yaml", "nested too deeply"),
    ],
)
def test_what_can_not_be_read_is_located(tmp_path: Path, text: str, name: str, words: str) -> None:
    assert words in refused(tmp_path, text, name)


@pytest.mark.parametrize(("form", "name"), [("a: {}", "a.yaml"), ('{{"a": {}}}', "a.json")])
def test_what_nests_as_deep_as_may_be_is_read(tmp_path: Path, form: str, name: str) -> None:
    deepest = MAX_DEPTH - 1  # the document is one too
    value = load(tmp_path, form.format("[" * deepest + "1" + "]" * deepest), name)["a"]
    for _ in range(deepest):
        (value,) = value
    assert value == 1
    deeper = form.format("[" * MAX_DEPTH + "1" + "]" * MAX_DEPTH)
    assert "nested too deeply" in refused(tmp_path, deeper, name)


def test_files_that_are_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(DescriptionError, match="there is no such file"):
        read(tmp_path / "no.yaml", "no.yaml")
    (tmp_path / "b.yaml").write_bytes(b"a: 1\nb: \xff\n")
    with pytest.raises(DescriptionError, match=r"b\.yaml:2: .*not UTF-8"):
        read(tmp_path / "b.yaml", "b.yaml")


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@settings(deadline=None)
@given(value=st.dictionaries(st.text(), json_values), indent=st.sampled_from([None, 2]))
def test_json_is_read_as_the_standard_library_reads_it(
    tmp_path_factory: pytest.TempPathFactory, value: dict[str, Any], indent: int | None
) -> None:
    folder = tmp_path_factory.getbasetemp()
    text = json.dumps(value, indent=indent)
    if "\\ud" in text and not _is_encodable(value):
        return
    assert load(folder, text, "a.json") == value


def _is_encodable(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True
