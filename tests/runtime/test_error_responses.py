"""What an answer that is an error becomes, whatever is in it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from modelhunter.errors import APIError, NotFound, RateLimited
from modelhunter.runtime.call import Call, Operation
from modelhunter.runtime.error_responses import date_of, error_from
from modelhunter.runtime.message import Response

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
GET = Call(Operation[None]("getX", "GET", "/x/{id}", "safe"), path_params={"id": "x_1"})


def words(body: Any) -> tuple[Any, Any, Any]:
    return body["code"], body["message"], body.get("details")


def error(body: Any, status: int = 400, *, proxy: str | None = None, **how: Any) -> APIError:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = how.pop("headers", {})
    return error_from(GET, Response(status, headers, content, proxy=proxy), words, NOW, **how)


def test_the_words_of_the_api() -> None:
    found = error({"code": "NO", "message": "it can't", "details": {"field": "a"}})
    assert (found.code, found.message, found.details) == ("NO", "it can't", {"field": "a"})
    assert str(found).startswith("GET /x/{id}: the API answered 400 NO: it can't (field a:")


@pytest.mark.parametrize("details", [None, [], "x", 5])
def test_details_that_are_none(details: object) -> None:
    assert error({"code": "NO", "message": "m", "details": details}).details is None


@pytest.mark.parametrize(
    ("body", "own"),
    [
        ({"code": "NO", "message": "m"}, True),
        ({"code": "NO", "message": None}, True),
        ({"code": None, "message": "m"}, True),
        ({"code": None, "message": None}, False),
        ({"code": "", "message": ""}, False),
        ({}, False),
        ([], False),
        (b"<html>", False),
        (b"[" * 100_000, False),
    ],
)
def test_who_speaks_is_told_by_a_code_or_a_message(body: object, own: bool) -> None:
    assert error(body).is_own is own


@pytest.mark.parametrize("own", [True, False])
def test_who_speaks_is_what_the_client_knows_of_its_api(own: bool) -> None:
    asked: list[Any] = []
    found = error({"code": "NO", "message": "m"}, is_own=lambda body: asked.append(body) or own)
    assert found.is_own is own
    assert asked == [{"code": "NO", "message": "m"}]


def test_an_error_without_words_says_what_came_and_by_which_proxy() -> None:
    page = error(b"<html>", headers={"Content-Type": "text/html"})
    assert page.message == "it gave no reason that can be read (text/html, 6 bytes)"
    through = error(b"<html>", proxy="http://proxy.example:3128")
    assert through.message == (
        "it gave no reason that can be read (no content type, 6 bytes, through the proxy "
        "http://proxy.example:3128)"
    )


def test_what_is_missing_is_named() -> None:
    found = error({"code": "NO", "message": "m"}, 404)
    assert isinstance(found, NotFound)
    assert found.call == "GET /x/{id} with id='x_1'"
    assert error({"code": "NO", "message": "m"}, 403).call == "GET /x/{id}"
    long = Call(GET.operation, path_params={"id": "x" * 5000})
    told = error_from(long, Response(404, {}, b""), words, NOW)
    assert len(told.call) == len("GET /x/{id} with ") + 100
    nothing = Call(Operation[None]("getX", "GET", "/x", "safe"))
    assert error_from(nothing, Response(404, {}, b""), words, NOW).call == "GET /x"


def test_the_seconds_to_wait() -> None:
    found = error({"code": "SLOW", "message": "m"}, 429, headers={"Retry-After": "7"})
    assert isinstance(found, RateLimited)
    assert found.retry_after == 7
    at = {"Retry-After": "Mon, 02 Mar 2026 08:01:30 GMT"}
    assert error({"code": "SLOW", "message": "m"}, 429, headers=at).retry_after == 90
    assert error({"code": "SLOW", "message": "m"}, 429).retry_after is None


def test_the_time_that_a_server_says() -> None:
    assert date_of(Response(200, {})) is None
    assert date_of(Response(200, {"Date": "Mon, 02 Mar 2026 08:00:00 GMT"})) == NOW
    assert date_of(Response(200, {"Date": "yesterday"})) is None
