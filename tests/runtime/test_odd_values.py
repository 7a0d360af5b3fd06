"""Numbers, dates and text at their edges are read, or refused with errors of this library."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelhunter.api.models.task import decode_task
from modelhunter.errors import ModelHunterError, NotFound, UnexpectedResponse, Unsendable
from modelhunter.jobs.error_envelope import read_error
from modelhunter.printable import printable
from modelhunter.runtime import decode
from modelhunter.runtime.auth import Auth, api_key
from modelhunter.runtime.call import (
    Call,
    FormBody,
    JsonBody,
    MultipartBody,
    Operation,
    Part,
    ResponseDecoder,
)
from modelhunter.runtime.decode import WireError, instant
from modelhunter.runtime.drivers.blocking import Driver
from modelhunter.runtime.header_values import http_date, natural, seconds_to_wait
from modelhunter.runtime.message import Headers, Request, Response
from modelhunter.runtime.send import send
from modelhunter.runtime.session import Session

NOW = datetime(2026, 3, 2, 8, 15, tzinfo=UTC)


def at(*parts: int, **options: int) -> datetime:
    return datetime(*parts, tzinfo=UTC, **options)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-02T08:15:00Z", at(2026, 3, 2, 8, 15)),
        ("2026-03-02t08:15:00z", at(2026, 3, 2, 8, 15)),
        ("2026-03-02 08:15:00Z", at(2026, 3, 2, 8, 15)),
        ("2026-03-02T08:15:00.5z", at(2026, 3, 2, 8, 15, 0, 500_000)),
        ("2026-03-02T08:15:00.123456789Z", at(2026, 3, 2, 8, 15, 0, 123_456)),
        ("2026-03-02T10:15:00+02:00", at(2026, 3, 2, 8, 15)),
        ("2026-03-02T08:15:00-00:00", at(2026, 3, 2, 8, 15)),
        ("2026-03-02T08:15:00", at(2026, 3, 2, 8, 15)),
        ("2016-12-31T23:59:60Z", at(2017, 1, 1)),
        ("1990-12-31T15:59:60-08:00", at(1991, 1, 1)),
        ("2016-12-31t23:59:60.25z", at(2017, 1, 1, 0, 0, 0, 250_000)),
    ],
)
def test_times_as_rfc_3339_writes_them(text, moment):
    assert instant(text) == moment
    assert instant(text).tzinfo is not None
    task = {"id": "t", "type": "video", "status": "running", "provider": "p", "model": "m"}
    assert decode_task({**task, "created_at": text}).created_at == moment


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-02T08:15:61Z",
        "2026-13-02T08:15:00Z",
        "9999-12-31T23:59:60Z",
        "9999-12-31T23:59:59-14:00",
        "0001-01-01T00:00:00+14:00",
        "0000-01-01T00:00:00Z",
        "2026-03-02T08:15:00+99:00",
        "\ud800",
        "",
        5,
        None,
        [],
    ],
)
def test_what_is_no_moment_is_said_with_its_place(value):
    with pytest.raises(WireError, match="RFC 3339"):
        instant(value)
    task = {"id": "t", "type": "video", "status": "running", "provider": "p", "model": "m"}
    with pytest.raises(WireError) as caught:
        decode_task({**task, "created_at": value})
    assert caught.value.path == "$.created_at"


@given(st.datetimes(timezones=st.timezones() | st.just(UTC)), st.sampled_from("Tt "))
def test_every_moment_comes_back(moment: datetime, separator: str):
    text = moment.isoformat(separator)
    try:
        expected = moment.astimezone(UTC)
    except OverflowError:
        with pytest.raises(WireError):
            instant(text)
    else:
        offset = moment.utcoffset() or timedelta()
        if offset.total_seconds() % 60 == 0:
            assert instant(text) == expected
            assert instant(text.replace("+00:00", "z")) == expected


# ------------------------------------------------------------------------- headers


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Mon, 02 Mar 2026 08:15:00 GMT", NOW),
        ("Monday, 02-Mar-26 08:15:00 GMT", NOW),
        ("Mon Mar  2 08:15:00 2026", NOW),
        ("Mon, 02 Mar 2026 10:15:00 +0200", NOW),
        ("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", None),
        ("Mon, 01 Jan 2026 00:00:00 +99999999999999999999", None),
        ("Mon, 01 Jan 2026 00:00:00 +9999", None),
        ("Mon, 99 Jan 2026 00:00:00 GMT", None),
        ("Mon, 01 Jan 1601 00:00:00 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", None),
        ("9" * 400, None),
        ("\ud800", None),
        ("", None),
    ],
)
def test_dates_in_headers(text, moment):
    assert http_date(text) == moment


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        (" 0.5 ", 0.5),
        ("Mon, 02 Mar 2026 08:16:30 GMT", 90.0),
        ("Mon, 02 Mar 2026 08:14:00 GMT", 0.0),
        ("9" * 400, None),
        ("1" * 5000, None),
        ("-5", None),
        ("1e3", None),
        ("٣", None),
        ("NaN", None),
    ],
)
def test_how_long_to_wait(text, seconds):
    assert seconds_to_wait(text, NOW) == seconds


@given(st.text(max_size=40) | st.integers().map(str) | st.from_regex(r"[0-9.,: A-Za-z+-]*"))
def test_no_header_breaks_anything(text: str):
    moment = http_date(text)
    assert moment is None or moment.tzinfo is UTC
    seconds = seconds_to_wait(text, NOW)
    assert seconds is None or seconds >= 0
    assert natural(text) is None or natural(text) == int(text)


def test_whole_numbers():
    assert natural("0012") == 12
    assert [natural(text) for text in ("²", "٣", "-1", "+1", "1_0", " 1", "", "9" * 5000)] == [
        None
    ] * 8


# ------------------------------------------------------------------------- answers


class Answers:
    def __init__(self, content: bytes, status: int = 200, **headers: str) -> None:
        self.sent = 0
        named = [(name.replace("_", "-"), value) for name, value in headers.items()]
        self.response = Response(status, Headers(named), content)

    def send(self, request: Request) -> Response:
        self.sent += 1
        return self.response


def get(read=decode.anything, *, exact: bool = False, **parts) -> Call[object]:
    answer = ResponseDecoder("json", read, exact)
    return Call(Operation("get", "GET", "/x/{id}", "safe", {"200": answer}), {"id": "1"}, **parts)


def ask(transport: Answers, call: Call[object], clock, **settings):
    session = Session(origin="http://x", clock=clock, read_error=read_error, **settings)
    session.retry = type(session.retry)(attempts=1)
    return Driver(transport, clock).run(send(call, session))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "content",
    [
        b"9" * 5000,
        b"[" * 100_000,
        b"1e99999999999999999999",
        b"\xff\xfe",
        b'{"a": 1e-99999999999999999999}',
    ],
)
@pytest.mark.parametrize("exact", [False, True])
def test_numbers_beyond_all_bounds_are_read_or_refused(clock, content, exact):
    try:
        ask(Answers(content), get(exact=exact), clock)
    except ModelHunterError as error:
        assert isinstance(error, UnexpectedResponse)


def test_half_of_a_surrogate_pair_is_read_and_can_be_shown(clock, capsys):
    content = json.dumps({"success": False, "error": {"code": "X", "message": "no \ud800 \x1b[2J"}})
    with pytest.raises(NotFound) as caught:
        ask(Answers(content.encode(), 404), get(), clock)
    print(caught.value)
    assert "no \\ud800 \\x1b[2J" in capsys.readouterr().out
    assert caught.value.message == "no \ud800 \x1b[2J"


@pytest.mark.parametrize(
    "parts",
    [
        {"path_params": {"id": "\ud800"}},
        {"path_params": {"id": ""}},
        {"path_params": {"id": ".."}},
        {"query": [("a", "\ud800")]},
        {"query": [("\udcff", "a")]},
        {"body": FormBody([("a", "\ud800")])},
        {"body": JsonBody({"a": "\ud800"})},
        {"body": MultipartBody([Part("\ud800", b"")])},
        {"body": MultipartBody([Part("a", b"", filename="\udce9.png")])},
    ],
)
def test_what_can_not_be_sent_is_refused_before(clock, parts):
    transport = Answers(b"{}")
    call = get()
    for name, value in parts.items():
        setattr(call, name, value)
    with pytest.raises(Unsendable):
        ask(transport, call, clock)
    assert transport.sent == 0


def test_a_secret_that_can_not_be_sent_is_not_shown(clock):
    auth = Auth({"key": api_key("query", "key", "5ecret\ud800")})
    with pytest.raises(Unsendable) as caught:
        ask(Answers(b"{}"), get(), clock, auth=auth)
    assert "5ecret" not in str(caught.value)
    assert caught.value.__cause__ is caught.value.__context__ is None


# ------------------------------------------------------------------------- shown


def test_debug_output_obeys_nothing_that_a_server_sent(clock, caplog):
    caplog.set_level(logging.DEBUG, "modelhunter")
    ask(Answers(b"{}", X_Request_ID="r\x1b[2J\u202e1"), get(), clock)
    (line,) = [record.getMessage() for record in caplog.records]
    assert "[request r\\x1b[2J\\u202e1]" in line


def test_no_error_of_this_library_obeys_what_it_quotes():
    error = ModelHunterError("a\x1b[2J\r\nb\u2028c\ud800é日")
    assert str(error) == "a\\x1b[2J\\r\nb\\u2028c\\ud800é日"
    assert error.args == ("a\x1b[2J\r\nb\u2028c\ud800é日",)


@given(st.text(st.characters(codec=None)))
def test_what_is_printable_can_be_printed(text: str):
    shown = printable(text)
    shown.encode()
    assert not {"\n", "\r", "\x1b", "\x9b", "\u202e"} & set(shown)
