"""What real descriptions do that few expect: it works, or is a problem with a name and a place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml
from sample_package import description, save

from modelhunter.runtime import bodies
from modelhunter.runtime.decode import WireError
from modelhunter_codegen.build import build
from modelhunter_codegen.problems import Report

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sample_package import Make

    Problems = Callable[..., list[str]]

STRING = {"type": "string"}
INTEGER = {"type": "integer"}


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def answer(schema: Any) -> dict[str, Any]:
    return {"200": {"description": "", "content": {"application/json": {"schema": schema}}}}


def operation(name: str, **more: Any) -> dict[str, Any]:
    return {"operationId": name, "tags": ["x"], "responses": answer(STRING), **more}


def parameter(name: str, place: str = "query", schema: Any = STRING) -> dict[str, Any]:
    return {"name": name, "in": place, "required": place == "path", "schema": schema}


# ------------------------------------------------------------------------------- paths


def test_what_stands_beside_the_reference_of_a_path_belongs_to_it(make: Make) -> None:
    item = {"parameters": [parameter("a"), parameter("b")], "get": operation("one")}
    more = {
        "parameters": [parameter("b", schema=INTEGER), parameter("c")],
        "post": operation("two"),
    }
    made = make(
        {},
        {"/x": {"$ref": "#/components/pathItems/Item", **more}, "/y": {"$ref": "#/paths/~1x"}},
        components={"pathItems": {"Item": item}},
    )
    module = made.module("x")
    assert module.one_get_x(a="1", b=2, c="3").target == "/x?a=1&b=2&c=3"
    assert module.two_post_x(c="3").target == "/x?c=3"
    assert "b: int | None" in (made.folder / "x.py").read_text()


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/sp ace/ü/{id}.{ext}", "/sp%20ace/%C3%BC/1.a%2Fb"),
        ("plain/{id}/{ext}", "/plain/1/a%2Fb"),
        ("/{id}:{ext}?z=1", "/1:a%2Fb?z=1"),
        ("/{id}/{ext}#post", "/1/a%2Fb"),
        ("/50%25/{id}/{ext}", "/50%25/1/a%2Fb"),
    ],
)
def test_a_path_becomes_part_of_a_url(make: Make, path: str, target: str) -> None:
    parameters = [parameter("id", "path"), parameter("ext", "path")]
    made = make({}, {path: {"get": operation("read", parameters=parameters)}})
    assert made.module("x").read("1", "a/b").target == target


def test_a_parameter_of_the_path_that_is_not_declared_is_text(make: Make) -> None:
    made = make(
        {}, {"/a/{id}/{n}": {"get": operation("read", parameters=[parameter("n", "path")])}}
    )
    assert made.module("x").read("1", "2").target == "/a/1/2"
    assert [note.name for note in made.report.notes] == ["undeclared-path-parameter"]


def test_one_name_in_four_places(make: Make) -> None:
    places = [parameter("id", place) for place in ("path", "query", "header", "cookie")]
    made = make({}, {"/{id}": {"get": operation("read", parameters=places)}})
    call = made.module("x").read("1", id_query="2", id_header="3", id_cookie="4")
    assert (call.target, call.headers) == ("/1?id=2", {"id": "3", "Cookie": "id=4"})


@pytest.mark.parametrize(
    ("place", "name"),
    [("header", "X-A\r\nX-B"), ("header", "a b"), ("cookie", "a; b"), ("cookie", "")],
)
def test_names_that_would_be_part_of_a_value(problems: Problems, place: str, name: str) -> None:
    spec = description({}, {"/a": {"get": operation("a", parameters=[parameter(name, place)])}})
    assert problems(spec) == ["malformed /paths/~1a/get/parameters/0/name"]


def test_a_scheme_that_is_not_there_is_told(make: Make, problems: Problems) -> None:
    paths = {"/a": {"get": operation("read", security=[{"nope": []}])}}
    made = make({}, paths)
    assert [(note.name, note.location.pointer) for note in set(made.report.notes)] == [
        ("unsupported-security-scheme", "/paths/~1a/get/security")
    ]
    spec = description({}, paths, components={"securitySchemes": {"key": 3}}, security="key")
    wrong = ["malformed /components/securitySchemes/key", "malformed /security"]
    assert sorted(problems(spec)) == wrong


def test_a_body_that_its_media_type_can_not_carry_is_refused(make: Make) -> None:
    record = {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
    kinds = dict.fromkeys(("application/json", "multipart/form-data"), ref("Record"))
    content = {kind: {"schema": schema} for kind, schema in kinds.items()}
    form = {"application/x-www-form-urlencoded": {"schema": STRING}}
    made = make(
        {"Record": record},
        {
            "/a": {"post": operation("store", requestBody={"content": content})},
            "/b": {"post": operation("fill", requestBody={"content": form})},
        },
    )
    module = made.module("x")
    call = module.store(file=b"x")
    with pytest.raises(WireError, match="a file can only be part of a form"):
        bodies.body(call.body)
    with pytest.raises(WireError, match="a model or a dict"):
        module.fill(body="x")


# ------------------------------------------------------------------------------- schemas


def test_what_looks_like_a_reference_in_an_example_is_left_alone(
    make: Make, tmp_path: Path
) -> None:
    (tmp_path / "picture.png").write_bytes(b"\xff\xd8")
    example = {"$ref": "picture.png", "and": {"$ref": "#/nowhere"}}
    made = make({"T": {"type": "object", "example": example, "properties": {"a": STRING}}})
    assert made.report.notes == []
    assert made.decode("T", {"a": "x"}).a == "x"


def test_named_schemas_that_are_true_or_false_have_a_name(make: Make) -> None:
    made = make({"Anything": True, "Nothing": False})
    assert made.decode("Anything", [1]) == [1]
    with pytest.raises(WireError):
        made.decode("Nothing", 1)


def test_an_empty_enum_rules_nothing_out(make: Make) -> None:
    assert make({"Thing": {"type": "string", "enum": []}}).decode("Thing", "x") == "x"


def test_places_of_an_array_the_old_way(make: Make) -> None:
    pair = {"type": "array", "items": [STRING, INTEGER], "additionalItems": False}
    made = make({"Pair": pair, "Row": {"type": "array", "items": [STRING]}})
    assert made.decode("Pair", ["a", 1]) == ("a", 1)
    assert made.decode("Row", ["a", None]) == ["a", None]
    with pytest.raises(WireError):
        made.decode("Pair", ["a", "b"])


def test_a_string_of_an_image_is_a_file_in_a_form(make: Make) -> None:
    parts = {
        "photo": {"type": "string", "contentMediaType": "image/png"},
        "page": {"type": "string", "contentMediaType": "text/html"},
        "text": {"type": "string", "contentMediaType": "image/png", "contentEncoding": "base64"},
    }
    body = {"content": {"multipart/form-data": {"schema": {"type": "object", "properties": parts}}}}
    made = make({}, {"/x": {"post": operation("send", requestBody=body)}})
    text = (made.folder / "x.py").read_text()
    assert "photo: FileContent | None" in text
    assert "page: str | None" in text
    assert "text: bytes | None" in text


def test_lists_of_files_are_clean_for_checkers(make: Make) -> None:
    files = {"type": "array", "items": {"type": "string", "format": "binary"}}
    schema = {"type": "object", "required": ["files"], "properties": {"files": files}}
    body = {"content": {"multipart/form-data": {"schema": schema}}}
    made = make({}, {"/x": {"post": operation("send", requestBody=body)}})
    assert ": Reader[FileContent] = binary" in (made.folder / "inline" / "send.py").read_text()


def test_references_by_id(make: Make) -> None:
    whole = {
        "$id": "https://schemas.example/v1/whole.json",
        "type": "object",
        "properties": {
            "own": {"$ref": "#/$defs/part"},
            "near": {"$ref": "near.json"},
            "usual": ref("Usual"),
        },
        "$defs": {"part": {"type": "object", "required": ["n"], "properties": {"n": INTEGER}}},
    }
    made = make(
        {
            "Whole": whole,
            "Near": {"$id": "https://schemas.example/v1/near.json", "type": "boolean"},
            "ByAddress": {"$ref": "https://schemas.example/v1/whole.json#/$defs/part"},
            "Usual": STRING,
        }
    )
    read = made.decode("Whole", {"own": {"n": 1}, "near": True, "usual": "x"})
    assert (read.own.n, read.near, read.usual) == (1, True, "x")
    assert made.decode("ByAddress", {"n": 2}).n == 2


def test_null_without_quotes_is_null_in_yaml(make: Make, tmp_path: Path) -> None:
    spec = description({"A": "_A", "B": "_B"}, {})
    text = yaml.safe_dump(spec).replace("_A", "{type: [string, null]}")
    path = save(tmp_path, text.replace("_B", "{oneOf: [{type: null}, {type: integer}]}"), "s.yaml")
    made = make(spec=path)
    for name, value in (("A", "x"), ("B", 1)):
        assert (made.decode(name, None), made.decode(name, value)) == (None, value)


def test_a_named_schema_by_an_alias_has_its_own_name(make: Make, tmp_path: Path) -> None:
    text = yaml.safe_dump(description({"A": "_A", "B": "_B", "C": "_C"}))
    text = text.replace("_A", "&a {type: object, properties: {x: {type: string}}}")
    made = make(spec=save(tmp_path, text.replace("_B", "*a").replace("_C", "*a"), "s.yaml"))
    assert made.module("models").__all__ == ["A", "B", "C"]
    for name in "ABC":
        assert made.decode(name, {"x": "1"}) == made.A(x="1")


def test_aliases_of_aliases_are_no_way_to_fill_the_memory(problems: Problems) -> None:
    levels = ["x0: &x0 {type: object}"]
    levels += [f"x{n}: &x{n} {{properties: {{a: *x{n - 1}, b: *x{n - 1}}}}}" for n in range(1, 40)]
    assert problems("openapi: 3.1.0\n" + "\n".join(levels), "s.yaml") == ["unreadable "]


def test_a_reference_to_all_of_a_file(make: Make, tmp_path: Path) -> None:
    save(tmp_path, {"type": "object", "properties": {"a": STRING}}, "thing.json")
    made = make({"A": {"$ref": "thing.json#/"}, "B": {"$ref": "thing.json"}})
    assert made.decode("A", {"a": "x"}) == made.decode("B", {"a": "x"})


@pytest.mark.parametrize("index", ["9" * 5000, "-1", "01", "²", "1"])
def test_a_pointer_past_the_end_of_a_list(problems: Problems, index: str) -> None:
    spec = description({"A": {"$ref": f"#/x-list/{index}"}})
    assert problems({**spec, "x-list": [STRING]}) == ["dangling-ref /components/schemas/A/$ref"]


@pytest.mark.parametrize(
    ("kind", "schema", "pointer"),
    [
        ("unknown-type", {"type": "file"}, "/type"),
        ("dangling-ref", ref("Nowhere"), "/$ref"),
        ("remote-ref", {"$ref": "https://schemas.example/a.json"}, "/$ref"),
    ],
)
def test_what_has_no_meaning_can_be_anything_where_that_is_allowed(
    make: Make, problems: Problems, kind: str, schema: Any, pointer: str
) -> None:
    thing = {"type": "object", "properties": {"a": schema, "b": INTEGER}}
    assert problems(description({"T": thing})) == [
        f"{kind} /components/schemas/T/properties/a{pointer}"
    ]
    made = make({"T": thing}, allow={kind})
    assert {note.name for note in made.report.notes} == {kind}
    read = made.decode("T", {"a": [1], "b": 2})
    assert (read.a, read.b) == ([1], 2)


def test_choices_that_have_themselves_among_them(make: Make, problems: Problems) -> None:
    schemas = {"A": {"anyOf": [ref("B"), STRING]}, "B": {"anyOf": [ref("A"), INTEGER]}}
    found = ["cyclic-ref /components/schemas/A", "cyclic-ref /components/schemas/B"]
    assert problems(description(schemas)) == found
    assert make(schemas, allow={"cyclic-ref"}).decode("A", {"any": "thing"}) == {"any": "thing"}
    tree = {"anyOf": [{"type": "array", "items": ref("T")}, STRING]}
    assert problems(description({"T": tree})) == []


@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        ({"properties": {"a": "string"}}, "/properties/a"),
        ({"properties": []}, "/properties"),
        ({"required": "a"}, "/required"),
        ({"enum": "a"}, "/enum"),
        ({"items": 1}, "/items"),
        ({"oneOf": STRING}, "/oneOf"),
        ({"anyOf": [STRING, "x"]}, "/anyOf/1"),
        ({"additionalProperties": "no"}, "/additionalProperties"),
        ({"oneOf": [STRING], "discriminator": "kind"}, "/discriminator"),
        (
            {"oneOf": [STRING], "discriminator": {"propertyName": "k", "mapping": {"a": 1}}},
            "/discriminator/mapping/a",
        ),
    ],
)
def test_keywords_with_values_of_the_wrong_form(
    problems: Problems, schema: Any, pointer: str
) -> None:
    assert problems(description({"T": schema})) == [f"malformed /components/schemas/T{pointer}"]


def test_a_property_that_calls_itself_required_is_told(make: Make) -> None:
    made = make(
        {"T": {"type": "object", "properties": {"a": {"type": "string", "required": True}}}}
    )
    assert made.decode("T", {}).a is None
    assert [(note.name, note.location.pointer) for note in made.report.notes] == [
        ("unknown-keyword", "/components/schemas/T/properties/a/required")
    ]


def test_choices_that_multiply(make: Make, problems: Problems) -> None:
    def choice(name: str) -> dict[str, Any]:
        kinds = [{"required": [f"{name}{n}"], "properties": {f"{name}{n}": STRING}} for n in "123"]
        return {"oneOf": [{"type": "object", **kind} for kind in kinds]}

    few = {"allOf": [choice(name) for name in "ab"]}
    read = make({"T": few}).decode("T", {"a2": "x", "b3": "y"})
    assert (read.a2, read.b3) == ("x", "y")
    many = {"T": {"allOf": [choice(name) for name in "abcdefghijklmnopqrst"]}}
    assert problems(description(many)) == ["too-many-combinations /components/schemas/T"]
    assert make(many, allow={"too-many-combinations"}).decode("T", {"a1": 1}) == {"a1": 1}


@pytest.mark.parametrize(
    "schema",
    [
        {"anyOf": [{"type": "string", "enum": ["a", "b"]}, {"type": "object", "properties": {}}]},
        {"anyOf": [{"type": "string", "enum": [word, "z"]} for word in "ab"]},
        {"type": ["object", "string"], "properties": {"a": STRING}},
        {"type": ["array", "null"], "items": {"type": "string", "enum": ["a", "b"]}},
    ],
)
def test_a_second_run_keeps_every_name(tmp_path: Path, schema: Any) -> None:
    path = save(tmp_path, description({"Thing": schema}))
    made = build(path, "made", Report())
    assert build(path, "made", Report(), made.package.kept).files == made.files
