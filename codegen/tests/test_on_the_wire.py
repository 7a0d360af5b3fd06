"""What generated code sends and reads, where a simpler reading of the standard goes wrong."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from modelhunter.runtime import bodies, contents
from modelhunter.runtime.decode import WireError
from modelhunter.runtime.encode import Upload
from modelhunter.runtime.message import Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from sample_package import Generated, Make

TEXT, WHOLE = {"type": "string"}, {"type": "integer"}
DECIMAL = {"type": "string", "format": "decimal"}
BINARY = {"type": "string", "format": "binary"}


def obj(*required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": properties}


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def op(answer: Any = None, body: Any = None, **more: Any) -> dict[str, Any]:
    """An operation ``op`` of the tag ``t`` with contents by media type."""
    response = {"description": "d"} | ({"content": answer} if answer else {})
    sent = {"requestBody": {"required": True, "content": body}} if body else {}
    return {"operationId": "op", "tags": ["t"], "responses": {"200": response}, **sent, **more}


def as_json(schema: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def called(made: Generated, *args: Any, function: str = "op", **kwargs: Any) -> Any:
    return getattr(made.module("t"), function)(*args, **kwargs)


def read(call: Any, content: bytes, kind: str = "application/json") -> Any:
    """What an answer of 200 with this content is read as."""
    decoder = call.operation.answer(200)
    return decoder.decode(contents.content(decoder, Response(200, {"Content-Type": kind}, content)))


def sent(call: Any) -> bytes:
    body = bodies.body(call.body)[1]
    if body is None or isinstance(body, bytes):
        return body or b""
    with body.open() as file:
        return file.read()


# ------------------------------------------------------------------------------- families


@pytest.fixture
def family(make: Make) -> Generated:
    base = obj("kind", kind=TEXT) | {
        "discriminator": {
            "propertyName": "kind",
            "mapping": {n.lower(): f"#/components/schemas/{n}" for n in ("Mid", "Leaf", "Apart")},
        }
    }
    schemas = {
        "Base": base,
        "Mid": {"allOf": [ref("Base"), obj(m=WHOLE)]},
        "Leaf": {"allOf": [{"allOf": [ref("Mid")]}, obj(l=WHOLE)]},
        "Apart": obj("kind", kind=TEXT, a=WHOLE),
    }
    return make(schemas, {"/t": {"get": op(as_json(ref("Base")))}, "/m": {}})


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ({"kind": "mid", "m": 1}, "Mid"),
        ({"kind": "leaf", "m": 1, "l": 2}, "Leaf"),
        ({"kind": "apart", "a": 3}, "Apart"),
        ({"kind": "new"}, "Base"),
    ],
)
def test_subtypes_are_found_through_chains_and_mappings(
    family: Generated, value: dict[str, Any], kind: str
) -> None:
    got = read(called(family), json.dumps(value).encode())
    assert type(got).__name__ == kind
    assert {name: getattr(got, name) for name in value} == value


def test_a_subtype_of_a_subtype_is_read_as_one(family: Generated) -> None:
    assert type(family.decode("Mid", {"kind": "leaf", "l": 2})).__name__ == "Leaf"
    assert type(family.decode("Mid", {"kind": "mid"})).__name__ == "Mid"


def test_an_enum_that_a_subtype_inherits_is_not_its_tag(make: Make) -> None:
    limit = obj("kind", "seconds", kind={**TEXT, "enum": ["daily", "weekly"]}, seconds=WHOLE)
    narrow = obj("day", kind={"enum": ["weekly"]}, day=WHOLE)
    for child, tags in ((obj("day", day=WHOLE), {"Weekly"}), (narrow, {"weekly"})):
        made = make(
            {
                "Limit": limit | {"discriminator": {"propertyName": "kind"}},
                "Weekly": {"allOf": [ref("Limit"), child]},
            }
        )
        (model,) = (d for d in made.built.package.definitions.values() if d.name == "Limit")
        assert {tag for tag, _ in model.subtypes} == tags
        assert made.decode("Limit", {"kind": "daily", "seconds": 2}).seconds == 2


def test_a_tag_that_no_variant_declares_is_sent(make: Make) -> None:
    union = {
        "oneOf": [ref("Cat"), ref("Dog")],
        "discriminator": {"propertyName": "kind", "mapping": {"c": "Cat", "d": "Dog"}},
    }
    made = make(
        {"Cat": obj(a=WHOLE), "Dog": obj(a=WHOLE), "Pet": union},
        {
            "/t": {
                "post": op(
                    body=as_json(
                        obj("pet", "more", pet=ref("Pet"), more={"type": "array", "items": union})
                    )
                )
            }
        },
    )
    call = called(made, pet=made.Dog(a=1), more=[made.Cat(a=2)])
    assert json.loads(sent(call)) == {
        "pet": {"kind": "d", "a": 1},
        "more": [{"kind": "c", "a": 2}],
    }


# ------------------------------------------------------------------------------- objects whole


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"anyOf": [obj(a=TEXT), obj(b=TEXT)]}, {"a": "1", "b": "2"}),
        ({"anyOf": [obj(a=TEXT), obj(b=TEXT)]}, {"b": "2"}),
        ({"anyOf": [obj(a=TEXT), {"type": "object", "additionalProperties": WHOLE}]}, {"z": 1}),
        (
            {"anyOf": [obj("a", a=TEXT), {"type": "object", "additionalProperties": WHOLE}]},
            {"a": "1"},
        ),
    ],
)
def test_a_union_of_objects_loses_no_member(make: Make, schema: Any, value: Any) -> None:
    inner = as_json(obj("v", v=schema))
    made = make(paths={"/t": {"get": op(inner), "post": op(body=inner) | {"operationId": "write"}}})
    got = read(called(made), json.dumps({"v": value}).encode())
    assert json.loads(sent(called(made, v=got.v, function="write"))) == {"v": value}


def test_what_is_read_changed_and_sent_keeps_unknown_members(make: Make) -> None:
    paths = {
        "/t": {
            "get": op(as_json(ref("Pet"))),
            "put": op(body=as_json({"type": "array", "items": ref("Pet")}))
            | {"operationId": "write"},
        }
    }
    made = make({"Pet": obj("id", id=WHOLE, name=TEXT)}, paths)
    pet = read(called(made), b'{"id": 1, "name": "a", "new": [1]}')
    assert pet == made.Pet(id=1, name="a")
    pet.name = "b"
    for one in (pet, attrs.evolve(pet)):
        call = called(made, body=[one], function="write")
        assert json.loads(sent(call)) == [{"id": 1, "name": "b", "new": [1]}]


# ------------------------------------------------------------------------------- numbers, text


def test_decimals_keep_every_digit(make: Make) -> None:
    number = {"type": "number", "format": "decimal"}
    answer = obj(
        n=number, f={"type": "number"}, i=WHOLE, any={}, map={"type": "object"}, c={"const": 1}
    )
    body = obj(
        u={"oneOf": [DECIMAL, WHOLE]},
        l={"type": "array", "items": {"anyOf": [DECIMAL, {"type": "boolean"}]}},
        n=number,
    )
    made = make(paths={"/t": {"post": op(as_json(answer), as_json(body))}})
    call = called(
        made, u=Decimal("1.50"), l=[Decimal("2.00"), True], n=Decimal("12345678901234567890.125")
    )
    assert sent(call) == b'{"u":"1.50","l":["2.00",true],"n":12345678901234567890.125}'
    got = read(
        call,
        b'{"n": 0.10000000000000000001, "f": 1.5, "i": 2.0, "any": [1.5], '
        b'"map": {"x": 2.5}, "c": 1.0}',
    )
    assert str(got.n) == "0.10000000000000000001"
    assert (got.f, got.i, got.any, got.map, got.c) == (1.5, 2, [1.5], {"x": 2.5}, 1)
    assert {type(got.f), type(got.any[0]), type(got.map["x"])} == {float}
    assert json.dumps(got.any) == "[1.5]"


@pytest.mark.parametrize(
    ("formats", "text", "kind"),
    [
        (("date-time", "date"), "2026-01-02", "date"),
        (("date-time", None), "20260102", "str"),
        (("date-time", None), "2026-W01-1", "str"),
        (("date", None), "20260102", "str"),
        (("date-time", "date"), "2026-01-02T03:04:05Z", "datetime"),
    ],
)
def test_a_text_becomes_a_time_only_if_it_is_one(
    make: Make, formats: tuple[str | None, ...], text: str, kind: str
) -> None:
    schema = {"anyOf": [{**TEXT, "format": f} if f else TEXT for f in formats]}
    made = make(paths={"/t": {"post": op(as_json(schema), as_json(schema))}})
    got = read(called(made, body="x"), json.dumps(text).encode())
    assert type(got).__name__ == kind
    assert json.loads(sent(called(made, body=got))) == text


@pytest.mark.parametrize(
    ("described", "kind", "data", "text"),
    [
        ("text/plain", "text/plain", "é".encode(), "é"),
        ("text/plain", "text/plain; charset=iso-8859-1", b"\xe9", "é"),
        ("text/plain", 'text/plain; Charset="UTF-16"', "é".encode("utf-16"), "é"),
        ("text/plain; charset=latin-1", "text/plain", b"\xe9", "é"),
        ("text/plain", "text/plain", b"\xef\xbb\xbf\xc3\xa9", "é"),
        (
            "application/xml",
            "application/xml",
            b"<?xml version='1.0' encoding='latin-1'?>\xe9",
            None,
        ),
        ("text/plain", "text/plain; charset=nobody-knows", "é".encode(), "é"),
        ("text/plain", "text/plain; charset=base64", "é".encode(), "é"),
    ],
)
def test_text_is_read_in_its_charset(
    make: Make, described: str, kind: str, data: bytes, text: str | None
) -> None:
    made = make(paths={"/t": {"get": op({described: {"schema": TEXT}})}})
    got = read(called(made), data, kind)
    assert got == text if text else got.endswith("é")


def test_text_is_sent_in_the_charset_that_is_declared(make: Make) -> None:
    made = make(paths={"/t": {"post": op(body={"text/plain; charset=latin-1": {"schema": TEXT}})}})
    call = called(made, body="é")
    assert (sent(call), call.body.content_type) == (b"\xe9", "text/plain; charset=latin-1")
    with pytest.raises(WireError, match="latin-1"):
        called(made, body="日")


def test_a_text_that_is_declared_as_binary_is_its_bytes(make: Make) -> None:
    table = {"text/csv": {"schema": BINARY}}
    made = make(paths={"/t": {"post": op(table, table)}})
    assert read(called(made, body=b"\xe9"), b"\xe9;1\n", "text/csv") == b"\xe9;1\n"
    assert sent(called(made, body=b"\xe9")) == b"\xe9"


def test_json_lines_end_at_line_feeds_alone(make: Make) -> None:
    made = make(paths={"/t": {"get": op({"application/jsonl": {"schema": TEXT}})}})
    assert read(called(made), '"a\u2028b"\r\n"c\x85d"\n'.encode()) == ["a\u2028b", "c\x85d"]


STREAM = {"text/event-stream": {"schema": {"type": "object", "properties": {
    "event": {"type": "string"}, "data": obj("n", n={"type": "integer"}),
}}}}  # fmt: skip


def test_events_are_described_by_their_data_or_whole(make: Make) -> None:
    made = make(paths={"/t": {"get": op(STREAM)}})
    body = b'event: e\ndata: {"n": 1}\n\n'
    (event,) = read(called(made), body, "text/event-stream")
    assert (event.event, event.data.n) == ("e", 1)
    plain = {"text/event-stream": {"schema": obj("n", n={"type": "integer"})}}
    made = make(paths={"/t": {"get": op(plain)}})
    assert [one.n for one in read(called(made), body, "text/event-stream")] == [1]


def test_events_beside_json_are_known_to_the_function_for_json(make: Make) -> None:
    made = make(paths={"/t": {"post": op({"application/json": {"schema": TEXT}, **STREAM})}})
    accept, reader = called(made).operation.stream
    assert accept == "text/event-stream"
    assert reader(b'data: {"n": 1}\n\n')[0].data.n == 1


def test_an_array_in_parts_has_its_items_as_parts(make: Make) -> None:
    items = {"type": "array", "items": obj("n", n={"type": "integer"})}
    made = make(paths={"/t": {"get": op({"multipart/mixed": {"schema": items}})}})
    body = b'--b\r\n\r\n{"n": 1}\r\n--b\r\n\r\n{"n": 2}\r\n--b--'
    assert [one.n for one in read(called(made), body, "multipart/mixed; boundary=b")] == [1, 2]


def test_base64url_is_base64url_when_it_is_sent(make: Make) -> None:
    url = {**TEXT, "contentEncoding": "base64url"}
    made = make({"A": obj("u", u=url, b={**TEXT, "contentEncoding": "base64"})})
    value = made.decode("A", {"u": "-_8", "b": "+/8="})
    assert value.u == value.b == b"\xfb\xff"
    assert made.encode("A", value) == {"u": "-_8", "b": "+/8="}


# ------------------------------------------------------------------------------- negotiation


@pytest.mark.parametrize(
    ("content", "accept"),
    [
        (("audio/*",), "audio/*"),
        (("*/*",), "*/*"),
        (("audio/mpeg",), "audio/mpeg"),
        (("application/json",), None),
        ((), None),
    ],
)
def test_accept_names_what_can_be_answered(
    make: Make, content: tuple[str, ...], accept: str
) -> None:
    made = make(paths={"/t": {"get": op({kind: {"schema": BINARY} for kind in content})}})
    assert called(made).headers.get("Accept") == accept


def test_accept_names_the_types_of_all_statuses(make: Make) -> None:
    operation = op({"audio/mpeg": {"schema": BINARY}})
    operation["responses"]["202"] = {"description": "d", "content": as_json(WHOLE)}
    made = make(paths={"/t": {"get": operation}})
    assert called(made).headers["Accept"] == "audio/mpeg, application/json"


def test_media_types_that_a_parameter_tells_apart_are_all_there(make: Make) -> None:
    content = {f"application/json; version={n}": {"schema": s} for n, s in ((1, WHOLE), (2, TEXT))}
    made = make(paths={"/t": {"get": op(content)}})
    first, second = called(made), called(made, function="op_as_json_version_2")
    assert read(first, b"1") == 1
    assert read(second, b'"x"') == "x"
    assert second.headers["Accept"] == "application/json; version=2"


def test_an_answer_to_head_has_no_content(make: Make) -> None:
    made = make(paths={"/t": {"head": op(as_json(obj("a", a=TEXT)))}})
    assert read(called(made), b"") is None


# ------------------------------------------------------------------------------- multipart


def parts(call: Any) -> list[tuple[str, bytes]]:
    """The heads and the contents of a multipart body."""
    pieces = sent(call)
    mark = pieces.partition(b"\r\n")[0]
    found = []
    for piece in pieces.split(mark)[1:-1]:
        head, _, content = piece.strip(b"\r\n").partition(b"\r\n\r\n")
        found.append((head.decode(), content))
    return found


@pytest.fixture
def form(make: Make) -> Callable[..., Any]:
    def made(encoding: Any, kind: str = "multipart/form-data", **properties: Any) -> Any:
        body = {kind: {"schema": obj(**properties), "encoding": encoding}}
        package = make(paths={"/t": {"post": op(body=body)}})
        return lambda **values: parts(called(package, **values))

    return made


def test_parts_that_are_json_hold_json(form: Callable[..., Any]) -> None:
    encoding = {name: {"contentType": "application/json"} for name in ("s", "l")}
    send = form(encoding, s=TEXT, l={"type": "array", "items": TEXT}, o={"type": "object"})
    found = send(s="hi", l=["a"], o={"a": 1})
    assert [content for _, content in found] == [b'"hi"', b'"a"', b'{"a":1}']
    assert all("Content-Type: application/json" in head for head, _ in found)


@pytest.mark.parametrize(
    ("described", "file", "kind"),
    [
        (None, b"x", "application/octet-stream"),
        (None, Upload(b"x", "a.png"), "image/png"),
        ("image/*", b"x", "application/octet-stream"),
        ("image/*", Upload(b"x", "a.png"), "image/png"),
        ("image/jpeg, image/png", Upload(b"x", "a.png"), "image/png"),
        ("image/jpeg, image/png", b"x", "image/jpeg"),
        ("image/jpeg", Upload(b"x", "a.png", "image/x"), "image/x"),
    ],
)
def test_a_file_says_its_type(
    form: Callable[..., Any], described: Any, file: Any, kind: str
) -> None:
    send = form({"f": {"contentType": described}} if described else {}, f=BINARY)
    assert f"Content-Type: {kind}" in send(f=file)[0][0].split("\r\n")


def test_styles_of_parts(form: Callable[..., Any]) -> None:
    encoding = {
        "c": {"style": "form", "explode": False},
        "s": {"style": "spaceDelimited", "explode": False},
        "d": {"style": "deepObject"},
        "e": {"explode": True},
    }
    texts = {"type": "array", "items": TEXT}
    send = form(encoding, c=texts, s=texts, d={"type": "object"}, e=texts)
    found = send(c=["a", "b"], s=["a", "b&"], d={"x": 1}, e=["a", "b"])
    assert [content for _, content in found] == [b"a,b", b"a b&", b"1", b"a", b"b"]
    assert 'name="d[x]"' in found[2][0]


def test_headers_that_a_description_fixes_are_sent(form: Callable[..., Any]) -> None:
    headers = {"X-Kind": {"schema": {"const": "a"}}, "X-Any": {"schema": TEXT}}
    send = form({"f": {"headers": headers}}, f=BINARY)
    head = send(f=Upload(b"x", headers={"X-Any": "mine"}))[0][0].split("\r\n")
    assert {"X-Kind: a", "X-Any: mine"} <= set(head)


@pytest.mark.parametrize("kind", ["multipart/mixed", "multipart/related"])
def test_other_multipart_types_are_sent_as_such(
    form: Callable[..., Any], make: Make, kind: str
) -> None:
    made = make(paths={"/t": {"post": op(body={kind: {"schema": obj(a=TEXT, f=BINARY)}})}})
    call = called(made, a="1", f=b"x")
    assert bodies.body(call.body)[0].startswith(f"{kind}; ")  # type: ignore[union-attr]
    assert [content for _, content in parts(call)] == [b"1", b"x"]


def test_an_object_that_is_to_be_xml_is_told(
    problems: Callable[..., list[str]], make: Make
) -> None:
    body = {
        "multipart/form-data": {
            "schema": obj(o={"type": "object"}),
            "encoding": {"o": {"contentType": "application/xml"}},
        }
    }
    paths = {"/t": {"post": op(body=body)}}
    content = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths}
    assert [problem.partition(" ")[0] for problem in problems(content)] == ["unsupported-xml"]
    made = make(paths=paths, allow={"unsupported-xml"})
    with pytest.raises(WireError, match="XML in a string"):
        called(made, o={"a": "1"})
