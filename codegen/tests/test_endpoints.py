from __future__ import annotations

import datetime as dt
import io
from typing import TYPE_CHECKING, Any

import pytest

from modelhunter.runtime.call import FormBody, JsonBody, MultipartBody, RawBody
from modelhunter.runtime.decode import WireError
from modelhunter.runtime.encode import Upload

if TYPE_CHECKING:
    from sample_package import Make

DONE: dict[str, Any] = {"204": {"description": "done"}}
STRING = {"type": "string"}
STRINGS = {"type": "array", "items": STRING}
OBJECT = {"type": "object", "properties": {"role": STRING, "firstName": STRING}}


def ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def content(schema: Any, kind: str = "application/json", **more: Any) -> dict[str, Any]:
    return {"content": {kind: {"schema": schema, **more}}}


def operation(**more: Any) -> dict[str, Any]:
    return {"operationId": "go", "tags": ["x"], "responses": DONE, **more}


def param(name: str, place: str, schema: Any, **more: Any) -> dict[str, Any]:
    needed = {"required": True} if place == "path" else {}
    return {"name": name, "in": place, "schema": schema, **needed, **more}


@pytest.mark.parametrize(
    ("style", "explode", "schema", "value", "target"),
    [
        ("simple", False, STRING, "a/b c", "/p/a%2Fb%20c"),
        ("simple", False, STRINGS, ["a,b", "c"], "/p/a%2Cb,c"),
        (
            "simple",
            False,
            OBJECT,
            {"role": "admin", "firstName": "Al"},
            "/p/role,admin,firstName,Al",
        ),
        (
            "simple",
            True,
            OBJECT,
            {"role": "admin", "firstName": "Al"},
            "/p/role=admin,firstName=Al",
        ),
        ("label", False, STRING, "5", "/p/.5"),
        ("label", False, STRINGS, ["3", "4"], "/p/.3,4"),
        ("label", True, STRINGS, ["3", "4"], "/p/.3.4"),
        (
            "label",
            True,
            OBJECT,
            {"role": "admin", "firstName": "Al"},
            "/p/.role=admin.firstName=Al",
        ),
        ("matrix", False, STRING, "5", "/p/;id=5"),
        ("matrix", False, STRINGS, ["3", "4"], "/p/;id=3,4"),
        ("matrix", True, STRINGS, ["3", "4"], "/p/;id=3;id=4"),
        ("matrix", False, OBJECT, {"role": "r", "firstName": "A"}, "/p/;id=role,r,firstName,A"),
        ("matrix", True, OBJECT, {"role": "r", "firstName": "A"}, "/p/;role=r;firstName=A"),
    ],
)
def test_path_styles(
    make: Make, style: str, explode: bool, schema: Any, value: Any, target: str
) -> None:
    parameter = param("id", "path", schema, style=style, explode=explode)
    made = make({}, {"/p/{id}": {"parameters": [parameter], "get": operation()}})
    if isinstance(value, dict):
        value = made.module("inline.go").GoId(role=value["role"], first_name=value["firstName"])
    assert made.module("x").go(value).target == target


@pytest.mark.parametrize(
    ("more", "schema", "value", "query"),
    [
        ({}, STRING, "a b&c", "q=a%20b%26c"),
        ({}, STRINGS, ["a", "b"], "q=a&q=b"),
        ({"explode": False}, STRINGS, ["a,b", "c"], "q=a%2Cb,c"),
        ({"style": "spaceDelimited", "explode": False}, STRINGS, ["a", "b"], "q=a%20b"),
        ({"style": "pipeDelimited", "explode": False}, STRINGS, ["a", "b"], "q=a%7Cb"),
        ({"style": "deepObject"}, OBJECT, {"role": "r"}, "q%5Brole%5D=r"),
        ({}, OBJECT, {"role": "r"}, "role=r"),
        ({"explode": False}, OBJECT, {"role": "r"}, "q=role,r"),
        ({"allowReserved": True}, STRING, "a/b?c d", "q=a/b?c%20d"),
        ({}, {"type": "boolean"}, True, "q=true"),
        ({}, {"type": "integer"}, 0, "q=0"),
        ({}, {"type": "number"}, 2.5, "q=2.5"),
    ],
)
def test_query_styles(make: Make, more: Any, schema: Any, value: Any, query: str) -> None:
    parameter = param("q", "query", schema, **more)
    made = make({}, {"/p": {"get": operation(parameters=[parameter])}})
    if isinstance(value, dict):
        value = made.module("inline.go").GoQ(role=value["role"])
    assert made.module("x").go(q=value).target == f"/p?{query}"
    assert made.module("x").go().target == "/p"


def test_times_headers_cookies_json_and_names(make: Make) -> None:
    parameters = [
        param("startDate", "query", {"type": "string", "format": "date-time"}),
        param("filter", "query", None, content={"application/json": {"schema": STRINGS}}),
        param("id", "query", STRING),
        param("id", "path", STRING),
        param("X-Trace", "header", STRING),
        param("session", "cookie", STRING, required=True),
        param("Authorization", "header", STRING),
    ]
    del parameters[1]["schema"]
    made = make({}, {"/p/{id}?fixed=1": {"get": operation(parameters=parameters)}})
    go = made.module("x").go
    moment = dt.datetime(2026, 3, 1, 12, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    call = go("7", start_date=moment, filter=["a"], id_query="8", x_trace="t", session="s;1")
    assert call.target == (
        "/p/7?fixed=1&startDate=2026-03-01T12%3A00%3A00%2B02%3A00&filter=%5B%22a%22%5D&id=8"
    )
    assert call.headers == {"X-Trace": "t", "Cookie": "session=s%3B1"}
    with pytest.raises(ValueError, match="line breaks"):
        go("7", session="s", x_trace="a\r\nX: y")
    with pytest.raises(ValueError, match="cannot be part of a path"):
        _ = go("..", session="s").target


def test_a_json_body_is_given_by_keywords(make: Make) -> None:
    schema = {
        "type": "object",
        "required": ["fileName"],
        "properties": {"fileName": STRING, "note": {"type": ["string", "null"]}},
    }
    body = {"required": True, **content(ref("Upload_"))}
    made = make({"Upload_": schema}, {"/f": {"post": operation(requestBody=body)}})
    go = made.module("x").go
    assert go(file_name="a").body == JsonBody({"fileName": "a"})
    assert go(file_name="a", note=None).body == JsonBody({"fileName": "a", "note": None})
    with pytest.raises(TypeError):
        go()


def test_an_optional_body_is_left_out_when_nothing_is_given(make: Make) -> None:
    schema = {"type": "object", "properties": {"a": STRING}}
    made = make({"S": schema}, {"/f": {"post": operation(requestBody=content(ref("S")))}})
    go = made.module("x").go
    assert go().body is None
    assert go(a="b").body == JsonBody({"a": "b"})


def test_other_bodies(make: Make) -> None:
    def path(kind: str, schema: Any, **more: Any) -> dict[str, Any]:
        return {"post": operation(requestBody={"required": True, **content(schema, kind, **more)})}

    form = {
        "type": "object",
        "properties": {"name": STRING, "tags": STRINGS, "meta": OBJECT, "n": {"type": "integer"}},
    }
    file = {
        "type": "object",
        "required": ["file"],
        "properties": {
            "file": {"type": "string", "format": "binary"},
            "purpose": STRING,
            "meta": OBJECT,
            "more": {"type": "array", "items": {"type": "string", "format": "binary"}},
        },
    }
    made = make(
        {"Form": form, "File": file},
        {
            "/form": path("application/x-www-form-urlencoded", ref("Form")),
            "/deep": path(
                "application/x-www-form-urlencoded",
                ref("Form"),
                encoding={"meta": {"style": "deepObject"}, "tags": {"explode": False}},
            ),
            "/file": path(
                "multipart/form-data", ref("File"), encoding={"file": {"contentType": "image/png"}}
            ),
            "/text": path("text/plain", STRING),
            "/raw": path("application/octet-stream", {"type": "string", "format": "binary"}),
            "/list": path("application/json", {"type": "array", "items": {"type": "integer"}}),
            "/merge": path("application/merge-patch+json", OBJECT),
        },
    )
    x = made.module("x")
    meta = made.module("models.form").FormMeta(role="r")
    call = x.go_post_form(name="a b", tags=["x", "y"], meta=meta, n=1)
    assert call.body == FormBody(
        [("name", "a b"), ("tags", "x"), ("tags", "y"), ("meta", '{"role":"r"}'), ("n", "1")]
    )
    call = x.go_post_deep(tags=["x", "y"], meta=meta)
    assert call.body.pairs == [("tags", "x,y"), ("meta[role]", "r")]
    stream = io.BytesIO(b"png")
    parts = x.go_post_file(file=stream, purpose="p", more=[b"1", Upload(b"2", "two.txt", "text/x")])
    assert isinstance(parts.body, MultipartBody)
    shown = [(p.name, p.content, p.filename, p.content_type) for p in parts.body.parts]
    assert shown == [
        ("file", stream, "file", "image/png"),
        ("purpose", b"p", None, None),
        ("more", b"1", "more", "application/octet-stream"),
        ("more", b"2", "two.txt", "text/x"),
    ]
    assert x.go_post_text(body="hé").body == RawBody("hé".encode(), "text/plain; charset=utf-8")
    assert x.go_post_raw(body=b"\0").body == RawBody(b"\0", "application/octet-stream")
    assert x.go_post_list(body=[1]).body == JsonBody([1])
    assert x.go_post_merge(role="r").body == JsonBody({"role": "r"}, "application/merge-patch+json")


def test_several_media_types_become_several_functions(make: Make) -> None:
    body = {
        "required": True,
        "content": {
            "multipart/form-data": {"schema": {"type": "object", "properties": {"f": STRING}}},
            "application/json": {"schema": OBJECT},
        },
    }
    responses = {
        "200": {
            "description": "ok",
            "content": {
                "text/event-stream": {"schema": OBJECT},
                "application/json": {"schema": OBJECT},
            },
        }
    }
    made = make({}, {"/p": {"post": operation(requestBody=body, responses=responses)}})
    x = made.module("x")
    assert isinstance(x.go(role="r").body, JsonBody)
    assert isinstance(x.go_multipart(f="a").body, MultipartBody)
    events = x.go_as_events(role="r")
    assert events.headers == {"Accept": "text/event-stream"}
    answer = events.operation.answer(200)
    text = ': hi\r\n\r\ndata: {"role": "a"}\r\n\r\nevent: x\n'
    text += 'data: {"role":\ndata: "b"}\n\ndata: [DONE]\n\n'
    assert [item.role for item in answer.decode(text)] == ["a", "b"]
    with pytest.raises(WireError, match=r"\$\[1\]\.role"):
        answer.decode('data: {}\n\ndata: {"role": 1}\n\n')


def test_answers_by_status(make: Make) -> None:
    responses = {
        "200": {"description": "page", "x-unwrap": "data", **content(ref("Envelope"))},
        "202": {"description": "later"},
        "4XX": {"description": "refused", **content(ref("Problem"))},
        "default": {"description": "other", **content({"type": "string"}, "text/plain")},
    }
    made = make(
        {
            "Envelope": {
                "type": "object",
                "required": ["data"],
                "properties": {"data": {"type": "array", "items": ref("Item")}},
            },
            "Item": {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}},
            "Problem": {"type": "object", "properties": {"title": STRING}},
        },
        {"/p": {"delete": operation(responses=responses)}},
    )
    go = made.module("x").go().operation
    assert [item.n for item in go.answer(200).decode({"data": [{"n": 1}]})] == [1]
    assert go.answer(202).kind == "empty"
    assert go.error(404).decode({"title": "t"}).title == "t"
    assert go.error(500).kind == "text"
    assert go.answer(500) is None
    with pytest.raises(WireError, match=r"\$\.data\[0\]\.n"):
        go.answer(200).decode({"data": [{}]})


@pytest.mark.parametrize(
    ("method", "retry", "safety"),
    [
        ("get", None, "safe"),
        ("delete", None, "idempotent"),
        ("put", None, "idempotent"),
        ("post", None, "unsafe"),
        ("patch", None, "unsafe"),
        ("post", "idempotent", "idempotent"),
        ("get", "unsafe", "unsafe"),
    ],
)
def test_safety(make: Make, method: str, retry: str | None, safety: str) -> None:
    more = {"x-retry": retry} if retry else {}
    made = make({}, {"/p": {method: operation(**more)}})
    assert made.module("x").go().safety == safety


def test_functions_have_names_and_modules_without_help_from_the_description(make: Make) -> None:
    bare: dict[str, Any] = {"responses": DONE}
    made = make(
        {},
        {
            "/v1/users/{id}": {"parameters": [param("id", "path", STRING)], "get": bare},
            "/": {"get": bare},
            "/a": {"get": {**bare, "operationId": "list", "tags": ["models"]}},
            "/b": {"get": {**bare, "operationId": "import", "tags": ["models"]}},
        },
    )
    assert made.module("users").get_v1_users_id("7").target == "/v1/users/7"
    assert made.module("default").get().target == "/"
    assert made.module("models_").list().target == "/a"
    assert made.module("models_").import_().target == "/b"
    assert set(made.module().__all__) == {
        "SERVERS",
        "client",
        "default",
        "models",
        "models_",
        "users",
    }


def test_importing_endpoints_imports_no_model(make: Make) -> None:
    import sys

    made = make(
        {"A": OBJECT},
        {"/p": {"get": operation(responses={"200": {"description": "", **content(ref("A"))}})}},
    )
    call = made.module("x").go()
    assert f"{made.name}.models.a" not in sys.modules
    assert call.operation.answer(200).decode({"role": "r"}).role == "r"


def test_webhooks_and_callbacks_have_types(make: Make) -> None:
    hook = {"post": {"operationId": "paid", "requestBody": content(OBJECT), "responses": DONE}}
    called = {
        "requestBody": content({"type": "object", "properties": {"n": STRING}}),
        "responses": DONE,
    }
    made = make(
        {},
        {
            "/p": {
                "post": operation(
                    callbacks={
                        "onData": {
                            "{$request.body#/url}": {"post": {**called, "operationId": "data"}}
                        }
                    }
                )
            }
        },
        webhooks={"paid": hook},
    )
    assert made.module("inline.paid_webhook").PaidBody(role="r").role == "r"
    assert made.module("inline.data_callback").DataBody(n="1").n == "1"


def test_documentation_says_what_matters(make: Make) -> None:
    number = {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}
    parameter = param("limit", "query", number,
                      description="Tasks per page.", **{"x-unverified": ["name"]})  # fmt: skip
    made = make(
        {},
        {
            "/p": {
                "get": operation(
                    summary="List tasks",
                    description="Newest first.",
                    parameters=[parameter],
                    responses={
                        "200": {
                            "description": "A page.",
                            "headers": {"X-Left": {"description": "Calls left."}},
                        },
                        "404": {"description": "Nothing there."},
                    },
                    externalDocs={"url": "https://example.com/doc"},
                )
            }
        },
    )
    doc = made.module("x").go.__doc__
    for words in (
        "List tasks.", "Newest first.", "limit: Tasks per page. 1 to 100; default 20.",
        "Inferred, not documented: name.", "A page.", "X-Left: Calls left.", "404: Nothing there.",
        "https://example.com/doc",
    ):  # fmt: skip
        assert words in doc
