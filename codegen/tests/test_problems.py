from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sample_package import description, save

from modelhunter_codegen.build import build
from modelhunter_codegen.problems import DescriptionError, Report

Problems = Callable[..., list[str]]

MANY = """\
openapi: 3.1.0
info: {title: Wrong, version: "1"}
paths:
  /things/{id}/{other}:
    get:
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
        - {name: id2, in: path, required: true, schema: {type: string}}
        - {name: q, in: query, style: matrix, schema: {type: string}}
      responses:
        "200": {$ref: '#/components/responses/Gone'}
        oops: {description: x}
components:
  schemas:
    A:
      type: object
      properties:
        n: {not: {type: string}}
        m: {type: strin}
        r: {$ref: '#/components/schemas/Missing'}
        f: {$ref: 'other.yaml#/X'}
        w: {$ref: 'https://example.com/x.yaml'}
      if: {required: [n]}
      then: {required: [m]}
    B:
      allOf:
        - {type: string}
        - {type: integer}
    C:
      allOf:
        - {$ref: '#/components/schemas/C'}
    D:
      allOf:
        - {$ref: '#/components/schemas/D'}
        - {type: object, properties: {x: {type: string}}}
"""

GOLDEN = """\
many.yaml:8: /paths/~1things~1{id}~1{other}/get/parameters/1: unused-path-parameter: no {id2} in \
the path /things/{id}/{other}
    change the description, or waive this kind with --allow unused-path-parameter
many.yaml:9: /paths/~1things~1{id}~1{other}/get/parameters/2/style: malformed: 'matrix' is no \
style for a query parameter
    it can be form, spaceDelimited, pipeDelimited, deepObject
many.yaml:11: /paths/~1things~1{id}~1{other}/get/responses/200/$ref: dangling-ref: nothing stands \
at '#/components/responses/Gone'
    correct the $ref, or add what it points at, or waive this kind with --allow dangling-ref
many.yaml:12: /paths/~1things~1{id}~1{other}/get/responses/oops: malformed: 'oops' is no status
    it can be a number such as 404, a range such as 4XX, or default
many.yaml:18: /components/schemas/A/properties/n/not: unsupported-not: `not` can't become a type
    change the description, or waive this kind with --allow unsupported-not
many.yaml:19: /components/schemas/A/properties/m/type: unknown-type: 'strin' is no type; JSON \
Schema has null, boolean, integer, number, string, array, object
    change the description, or waive this kind with --allow unknown-type
many.yaml:20: /components/schemas/A/properties/r/$ref: dangling-ref: nothing stands at \
'#/components/schemas/Missing'
    correct the $ref, or add what it points at, or waive this kind with --allow dangling-ref
many.yaml:21: /components/schemas/A/properties/f/$ref: dangling-ref: there is no file other.yaml
    correct the $ref, or waive this kind with --allow dangling-ref
many.yaml:22: /components/schemas/A/properties/w/$ref: remote-ref: 'https://example.com/x.yaml' \
is on the network, and the generator reads files only
    save it beside the description and refer to the file, or waive this kind with --allow \
remote-ref
many.yaml:23: /components/schemas/A/if: unsupported-if: `if` can't become a type
    change the description, or waive this kind with --allow unsupported-if
many.yaml:28: /components/schemas/B/allOf/1/type: contradiction: no value is both string and \
integer
    change the description, or waive this kind with --allow contradiction
many.yaml:29: /components/schemas/C: cyclic-ref: this $ref leads back to itself
    break the circle, or waive this kind with --allow cyclic-ref
many.yaml:32: /components/schemas/D: cyclic-all-of: this allOf leads back to itself
    break the circle, or waive this kind with --allow cyclic-all-of"""


def test_everything_wrong_is_told_at_once_with_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    save(tmp_path, MANY, "many.yaml")
    with pytest.raises(DescriptionError) as caught:
        build(Path("many.yaml"), "made", Report())
    assert str(caught.value) == GOLDEN


@pytest.mark.parametrize(
    ("schema", "name"),
    [
        ({"not": {"type": "string"}}, "unsupported-not"),
        ({"if": {}, "then": {}}, "unsupported-if"),
        ({"dependentSchemas": {"a": {}}}, "unsupported-dependent-schemas"),
        ({"type": "array", "contains": {"type": "string"}}, "unsupported-contains"),
        ({"allOf": [{"enum": ["a"]}, {"enum": ["b"]}]}, "contradiction"),
        ({"type": "string", "enum": [1, 2]}, "contradiction"),
        ({"type": "string", "enum": ["1", 2]}, "contradiction"),
        ({"type": "string", "const": 5}, "contradiction"),
        ({"type": "boolean", "enum": ["true"]}, "contradiction"),
        ({"type": "integer", "enum": [1, 2.5]}, "contradiction"),
        ({"type": "array", "const": {"a": 1}}, "contradiction"),
        ({"allOf": [{"type": "integer"}, {"enum": ["a"]}]}, "contradiction"),
    ],
)
def test_a_kind_can_be_waived_by_name_and_its_places_are_listed(
    tmp_path: Path, schema: dict[str, Any], name: str
) -> None:
    spec = save(tmp_path, description({"A": schema}))
    with pytest.raises(DescriptionError) as caught:
        build(spec, "made", Report())
    assert [problem.name for problem in caught.value.problems] == [name]
    report = Report(allowed={name})
    build(spec, "made", report)
    assert {note.name for note in report.notes} == {name}


def test_what_is_only_told_does_not_stop_the_generator(tmp_path: Path) -> None:
    schemas = {"A": {"type": "object", "properties": {"a": {"typ": "string"}}, "required": ["b"]}}
    report = Report()
    build(save(tmp_path, description(schemas)), "made", report)
    assert {(note.name, note.location.pointer) for note in report.notes} == {
        ("unknown-keyword", "/components/schemas/A/properties/a/typ"),
        ("undeclared-required", "/components/schemas/A/required"),
    }


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "enum": ["1", None], "nullable": True},
        {"type": ["string", "null"], "enum": ["1", None]},
        {"type": "integer", "const": 1.0},
        {"type": "number", "enum": [1, 2.5]},
        {"type": ["integer", "string"], "enum": [1, "auto"], "default": "auto"},
        {"type": "integer", "default": 1.0},
        {"enum": [1, "a"], "default": 1},
    ],
)
def test_values_of_the_type_are_no_contradiction(
    problems: Problems, tmp_path: Path, schema: dict[str, Any]
) -> None:
    report = Report()
    build(save(tmp_path, description({"A": schema})), "made", report)
    assert report.notes == []


@pytest.mark.parametrize(
    ("schema", "says"),
    [
        ({"type": "string", "default": 5}, "the type is string, and the default 5 can't be one"),
        ({"type": "integer", "default": "5"}, "the default '5' can't be one"),
        ({"enum": ["a", "b"], "default": "c"}, "the default 'c' is none of the values"),
        ({"type": "boolean", "default": "true"}, "the default 'true' can't be one"),
    ],
)
def test_a_default_that_can_not_be_one_is_told(
    tmp_path: Path, schema: dict[str, Any], says: str
) -> None:
    report = Report()
    build(save(tmp_path, description({"A": schema})), "made", report)
    (note,) = set(report.notes)
    assert (note.name, note.location.pointer) == ("unfit-default", "/components/schemas/A/default")
    assert says in note.message


def test_with_the_waiver_the_type_decides(tmp_path: Path) -> None:
    """The values that the type excludes are left out; what then comes is read."""
    properties = {
        "v": {"type": "string", "enum": [1, 2]},
        "w": {"type": "string", "enum": ["a", 1]},
    }
    spec = save(tmp_path, description({"A": {"type": "object", "properties": properties}}))
    source = build(spec, "made", Report(allowed={"contradiction"})).files
    (text,) = [content for name, content in source.items() if name.endswith("models/a.py")]
    assert "v: str" in text
    assert "Literal[1" not in text


@pytest.mark.parametrize("suffix", ["json", "yaml"])
@pytest.mark.parametrize("place", ["title", "enum", "property"])
def test_half_of_a_surrogate_pair_is_told_with_its_line(
    tmp_path: Path, suffix: str, place: str
) -> None:
    half = '"\\ud800"'
    schema = {"title": '{"title": %s}', "enum": '{"enum": [%s]}', "property": '{%s: {"x": 1}}'}
    text = '{"openapi": "3.1.0",\n"info": {"title": "t", "version": "1"},\n"paths": {},\n'
    text += '"components": {"schemas": {"A":\n' + schema[place] % half + "}}}"
    path = tmp_path / f"api.{suffix}"
    path.write_text(text)
    with pytest.raises(DescriptionError) as caught:
        build(path, "made", Report())
    (problem,) = caught.value.problems
    assert (problem.name, problem.location.line) == ("unreadable", 5)
    # newer versions of PyYAML refuse the escape before we see the text
    words = ("half of a surrogate pair", "invalid Unicode character")
    assert any(one in problem.message for one in words)


@pytest.mark.parametrize("version", ["2.0", "3.2.0", "3.10.0", "3.1x", "4", None])
def test_other_versions_are_refused(problems: Problems, version: str | None) -> None:
    content = description()
    if version is None:
        del content["openapi"]
    else:
        content["openapi"] = version
    assert [found.split()[0] for found in problems(content)] == ["unsupported-version"]


@pytest.mark.parametrize(
    "content",
    [
        description(paths={"/a": "x"}),
        description(paths={"/a": {"get": "x", "post": {"parameters": "y", "responses": []}}}),
        description(paths={"/a": {"get": {"parameters": [3, {}], "responses": {"200": 4}}}}),
        description({"A": 3, "B": [], "C": None, "D": {"properties": []}, "E": {"allOf": {}}}),
        description({"A": {"enum": {}}, "B": {"enum": []}, "C": {"required": {"a": 1}}}),
        description({"A": {"items": []}, "B": {"oneOf": [3]}, "C": {"oneOf": []}}),
        description({"A": {"oneOf": [{"type": "object"}], "discriminator": {"mapping": {"a": 3}}}}),
        {"openapi": "3.1.0"},
        {"openapi": "3.1.0", "paths": [], "components": [], "info": 3, "servers": {}, "tags": 4},
    ],
    ids=range(9),
)
def test_nonsense_is_refused_or_ignored_but_never_a_crash(
    problems: Problems, content: dict[str, Any]
) -> None:
    problems(content)


def test_what_has_the_wrong_form_is_a_problem(problems: Problems) -> None:
    paths = {"/a": "x", "/b": {"get": "y", "post": {"parameters": 3, "responses": 4}}}
    assert problems(description({"A": 3}, paths)) == [
        "malformed /paths/~1a",
        "malformed /paths/~1b/get",
        "malformed /paths/~1b/post/parameters",
        "malformed /paths/~1b/post/responses",
        "malformed /components/schemas/A",
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("paths", []), ("webhooks", "x"), ("components", []), ("info", 3)),
        *(("servers", {}), ("tags", 4), ("security", {"key": []})),
    ],
)
def test_what_the_whole_has_in_the_wrong_form_is_a_problem(
    problems: Problems, name: str, value: object
) -> None:
    assert problems({**description(), name: value}) == [f"malformed /{name}"]


def test_references_across_files(tmp_path: Path) -> None:
    save(tmp_path, description({"Shared": {"type": "string", "enum": ["a", "b"]}}), "lib/x.json")
    root = description(
        {
            "A": {
                "type": "object",
                "properties": {
                    "s": {"$ref": "lib/x.json#/components/schemas/Shared"},
                    "bad": {"$ref": "lib/x.json#/no"},
                },
            }
        }
    )
    with pytest.raises(DescriptionError) as caught:
        build(save(tmp_path, root), "made", Report())
    (problem,) = caught.value.problems
    assert problem.location.pointer == "/components/schemas/A/properties/bad/$ref"
    del root["components"]["schemas"]["A"]["properties"]["bad"]
    built = build(save(tmp_path, root), "made", Report())
    assert "class Shared(StrEnum)" in built.files["models/shared.py"]
