"""Calls: targets that can't be tricked, bodies that are streamed."""

from __future__ import annotations

import io
from email.parser import BytesParser
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelhunter.runtime import bodies
from modelhunter.runtime.call import (
    Call,
    FormBody,
    JsonBody,
    MultipartBody,
    Operation,
    Part,
    RawBody,
    ResponseDecoder,
)
from modelhunter.runtime.escape import Encoded

GET = Operation[None]("getX", "GET", "/tasks/{id}/x", "safe")
text = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@given(text.filter(lambda t: t not in (".", "..")))
def test_an_id_stays_one_segment(value):
    target = Call(GET, {"id": value}).target
    prefix, tasks, segment, x = target.split("/")
    assert (prefix, tasks, x) == ("", "tasks", "x")
    assert unquote(segment) == value
    assert target.isascii()


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_an_id_that_would_change_the_path_is_refused(value):
    with pytest.raises(ValueError, match="id="):
        _ = Call(GET, {"id": value}).target


def test_what_is_encoded_already_stays():
    assert Call(GET, {"id": Encoded("a,b%20c")}).target == "/tasks/a,b%20c/x"


@given(st.lists(st.tuples(text, text)))
def test_a_query_reads_back(pairs):
    target = Call(GET, {"id": "1"}, pairs).target
    assert parse_qsl(urlsplit(target).query, keep_blank_values=True) == pairs


def test_answers_are_found_by_status_range_and_default():
    def answer(n: int) -> ResponseDecoder[int]:
        return ResponseDecoder("empty", lambda _: n)

    operation = Operation(
        "x", "GET", "/", "safe", {"200": answer(1), "2XX": answer(2)}, {"default": answer(3)}
    )
    found = [operation.answer(200), operation.answer(201), operation.error(404)]
    assert [a.decode(None) for a in found if a] == [1, 2, 3]
    assert operation.answer(301) is None


def test_json_is_compact_and_refuses_what_is_no_json():
    assert bodies.body(JsonBody({"a": "ü"})) == ("application/json", b'{"a":"\xc3\xbc"}')
    with pytest.raises(ValueError, match="JSON"):
        bodies.body(JsonBody(float("nan")))


def test_a_form():
    assert bodies.body(FormBody([("a", "1 2")])) == (
        "application/x-www-form-urlencoded",
        b"a=1%202",
    )


def test_a_file_is_sent_from_where_it_stands_each_time():
    file = io.BytesIO(b"skip-content")
    file.seek(5)
    kind, content = bodies.body(RawBody(file, "text/plain"))
    assert kind == "text/plain"
    assert not isinstance(content, bytes | None)
    assert content.size == 7
    assert [content.open().read() for _ in range(2)] == [b"content", b"content"]


@given(
    st.lists(
        st.builds(
            Part, name=text, content=st.binary(), filename=st.none() | text.map(lambda t: t[:50])
        ),
        min_size=1,
    )
)
def test_a_multipart_body_reads_back_whatever_its_names_are(parts):
    kind, content = bodies.body(MultipartBody(parts))
    assert not isinstance(content, bytes | None)
    for _ in range(2):
        raw = content.open().read()
        assert len(raw) == content.size
        message = BytesParser().parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + raw)
        read = message.get_payload()
        assert len(read) == len(parts)
    boundary = kind.partition("boundary=")[2].encode()  # type: ignore[union-attr]
    pieces = raw.split(b"--" + boundary)[1:-1]
    contents = [piece.partition(b"\r\n\r\n")[2][:-2] for piece in pieces]
    assert contents == [part.content for part in parts]
    for piece in pieces:
        assert piece.partition(b"\r\n\r\n")[0].count(b"\r\n") == 1
