"""Sending one call: what is retried, what is raised, and what is told about it."""

from __future__ import annotations

import json
import logging
import re
from datetime import timedelta
from email.utils import format_datetime

import pytest

from modelhunter.errors import (
    APIError,
    BadRequest,
    ConfigurationError,
    ConnectFailed,
    ConnectionLost,
    InsufficientBalance,
    ModelHunterError,
    NotFound,
    RateLimited,
    ServerError,
    TimedOut,
    UnexpectedResponse,
)
from modelhunter.jobs.error_envelope import read_error
from modelhunter.runtime import decode
from modelhunter.runtime.call import Call, JsonBody, Operation, ResponseDecoder
from modelhunter.runtime.drivers.blocking import Driver
from modelhunter.runtime.message import Response
from modelhunter.runtime.retry import Quota, Retry
from modelhunter.runtime.send import send
from modelhunter.runtime.session import Session, Timeouts

KEY = "river_live_secretsecret"


class Script:
    """A transport that answers from a list: responses are returned, exceptions raised."""

    def __init__(self, *outcomes: object) -> None:
        self.outcomes = list(outcomes)
        self.requests = []

    def send(self, request):
        self.requests.append(request)
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def answer(status: int, body: object = None, **headers: str) -> Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status, {k.replace("_", "-"): v for k, v in headers.items()}, content)


def refusal(status: int, code: str, **headers: str) -> Response:
    body = {"success": False, "error": {"code": code, "message": "no"}}
    return answer(status, body, **headers)


OK = answer(200, {"success": True, "data": 7})


def operation(safety: str = "safe") -> Operation[int]:
    read = decode.member("data", decode.integer)
    return Operation("getX", "GET", "/x/{id}", safety, {"200": ResponseDecoder("json", read)})  # type: ignore[arg-type]


def run(script: Script, clock, *, safety: str = "safe", **settings) -> int:
    session = Session(
        origin="https://api.example",
        headers={"Authorization": f"Bearer {KEY}", "User-Agent": "t"},
        clock=clock,
        read_error=read_error,
        **settings,
    )
    call = Call(operation(safety), {"id": "a/b"})
    return Driver(script, clock).run(send(call, session))  # type: ignore[arg-type]


def test_an_answer_is_decoded(clock):
    script = Script(OK)
    assert run(script, clock) == 7
    assert script.requests[0].target == "/x/a%2Fb"


LOST = ConnectionLost("lost", delivered="maybe")
NEVER = ConnectFailed("refused", delivered="no")
SILENT = TimedOut("silent", delivered="maybe")


@pytest.mark.parametrize(
    ("trouble", "safe", "unsafe"),
    [
        (NEVER, True, True),
        (refusal(429, "RATE_LIMITED"), True, True),
        (refusal(503, "PROVIDER_UNAVAILABLE"), True, True),
        (LOST, True, False),
        (SILENT, True, False),
        (answer(503, b"<html>"), True, False),
        (answer(500, b""), True, False),
        (answer(502, b""), True, False),
        (answer(504, b""), True, False),
        (answer(200, b"<html>"), True, False),
        (answer(299, b"<html>"), True, False),
        (answer(300, b""), False, False),
        (answer(302, b""), False, False),
        (refusal(400, "VALIDATION_ERROR"), False, False),
        (refusal(401, "AUTH_REQUIRED"), False, False),
        (refusal(402, "INSUFFICIENT_BALANCE"), False, False),
        (refusal(404, "TASK_NOT_FOUND"), False, False),
        (refusal(409, "CONFLICT"), False, False),
        (refusal(422, "FILE_TOO_LARGE"), False, False),
    ],
    ids=str,
)
def test_what_is_sent_again(clock, trouble, safe, unsafe):
    for safety, again in (("safe", safe), ("unsafe", unsafe)):
        script = Script(trouble, OK)
        if again:
            assert run(script, clock, safety=safety) == 7
        else:
            with pytest.raises(ModelHunterError):
                run(script, clock, safety=safety)
            assert len(script.requests) == 1


def test_waits_grow_and_stay_below_their_ceiling(clock):
    clock.chance = 0.999
    script = Script(*[NEVER] * 5, OK)
    run(script, clock, retry=Retry(attempts=6, base=1, ceiling=5))
    assert clock.slept == [pytest.approx(s * 0.999) for s in (1, 2, 4, 5, 5)]


@pytest.mark.parametrize(
    ("asked", "seconds"), [("7", 7), (" 7\t", 7), ("1.5", 1.5), ("1.2.3", 0.25)]
)
def test_retry_after_is_kept(clock, asked, seconds):
    run(Script(refusal(429, "RATE_LIMITED", Retry_After=asked), OK), clock)
    assert clock.slept == [seconds]


def test_by_default_a_call_is_sent_four_times_and_waits_20_s_at_most(clock):
    clock.chance = 0.999
    script = Script(*[NEVER] * 9)
    with pytest.raises(ConnectFailed):
        run(script, clock)
    assert len(script.requests) == 4
    clock.slept.clear()
    with pytest.raises(ConnectFailed):
        run(Script(*[NEVER] * 9), clock, retry=Retry(attempts=9), timeouts=Timeouts(total=None))
    assert clock.slept == [pytest.approx(s * 0.999) for s in (0.5, 1, 2, 4, 8, 16, 20, 20)]


@pytest.mark.parametrize("attempts", [0, -1, 2.5, True, "3", None])
def test_attempts_are_a_number(attempts):
    with pytest.raises(ConfigurationError, match="attempts"):
        Retry(attempts=attempts)


def test_what_was_turned_away_can_be_left_to_the_caller(clock):
    session = Session(origin="https://api.example", clock=clock, read_error=read_error)

    def once(*outcomes: object) -> int:
        script = Script(*outcomes)
        flow = send(Call(operation(), {"id": "1"}), session, repeat_rejected=False)
        try:
            Driver(script, clock).run(flow)  # type: ignore[arg-type]
        except RateLimited:
            return -len(script.requests)
        return len(script.requests)

    assert once(refusal(429, "RATE_LIMITED"), OK) == -1
    assert once(NEVER, OK) == 2


def test_the_moment_of_sending_is_told_when_all_is_ready(clock):
    session = Session(origin="https://api.example", clock=clock, read_error=read_error)
    script, told = Script(NEVER, OK), []
    flow = send(
        Call(operation(), {"id": "1"}),
        session,
        on_sending=lambda: told.append(len(script.requests)),
    )
    assert Driver(script, clock).run(flow) == 7  # type: ignore[arg-type]
    assert told == [0]
    unwritable = Call(operation(), {"id": "1"}, body=JsonBody(object()))
    with pytest.raises(Exception, match="JSON"):
        Driver(script, clock).run(send(unwritable, session, on_sending=lambda: told.append(-1)))  # type: ignore[arg-type]
    assert told == [0]


def test_the_type_of_a_body_is_said_where_there_is_one(clock):
    session = Session(origin="https://api.example", clock=clock, read_error=read_error)
    script = Script(OK, OK)
    for call in (Call(operation(), {"id": "1"}, body=JsonBody({})), Call(operation(), {"id": "1"})):
        Driver(script, clock).run(send(call, session))  # type: ignore[arg-type]
    assert [r.headers.get("Content-Type") for r in script.requests] == ["application/json", None]


@pytest.mark.parametrize("seconds", [120, 3600])
def test_a_retry_after_may_be_a_date(clock, seconds):
    moment = format_datetime(clock.now() + timedelta(seconds=seconds), usegmt=True)
    unbounded = Timeouts(total=None)
    run(Script(refusal(429, "RATE_LIMITED", Retry_After=moment), OK), clock, timeouts=unbounded)
    assert clock.slept == [seconds]


def test_a_retry_after_that_is_over_asks_for_nothing(clock):
    moment = format_datetime(clock.now() - timedelta(hours=1), usegmt=True)
    run(Script(refusal(429, "RATE_LIMITED", Retry_After=moment), OK), clock)
    assert clock.slept == [0.25]


@pytest.mark.parametrize("asked", ["9" * 500, "99999999999", "Fri, 31 Dec 9999 23:59:59 GMT", "-1"])
def test_a_retry_after_that_means_nothing_is_passed_over(clock, asked):
    unbounded = Timeouts(total=None)
    run(Script(refusal(429, "RATE_LIMITED", Retry_After=asked), OK), clock, timeouts=unbounded)
    assert len(clock.slept) == 1
    assert clock.slept[0] < 10


def test_a_wait_that_would_outlast_the_deadline_is_not_begun(clock):
    script = Script(refusal(429, "RATE_LIMITED", Retry_After="500"), OK)
    with pytest.raises(RateLimited) as caught:
        run(script, clock, timeouts=Timeouts(total=60))
    assert caught.value.retry_after == 500
    assert clock.slept == []
    just_over = refusal(429, "RATE_LIMITED", Retry_After="60")
    with pytest.raises(RateLimited):
        run(Script(just_over, OK), clock, timeouts=Timeouts(total=60))
    assert clock.slept == []


def test_the_deadline_is_one_for_all_attempts(clock, monkeypatch):
    monkeypatch.setattr("modelhunter.runtime.drivers.deadlines.time", clock)
    clock.chance = 0.9
    script = Script(*[NEVER] * 9)
    with pytest.raises(ConnectFailed):
        run(script, clock, timeouts=Timeouts(total=3), retry=Retry(attempts=9, base=1, ceiling=1))
    assert {request.deadline for request in script.requests} == {1003.0}
    assert len(script.requests) == 4


def test_the_quota_stops_a_storm(clock):
    quota = Quota(capacity=10, cost=5)
    with pytest.raises(ConnectFailed):
        run(Script(*[NEVER] * 9), clock, quota=quota, retry=Retry(attempts=9))
    assert len(clock.slept) == 2
    with pytest.raises(ConnectFailed):
        run(Script(NEVER, OK), clock, quota=quota)
    for _ in range(5):
        run(Script(OK), clock, quota=quota)
    assert run(Script(NEVER, OK), clock, quota=quota) == 7


def test_by_default_twenty_retries_are_free(clock):
    quota = Quota()
    for _ in range(30):
        with pytest.raises(ConnectFailed):
            run(Script(NEVER, NEVER), clock, quota=quota, retry=Retry(attempts=2))
    assert len(clock.slept) == 20


def test_the_quota_fills_up_one_by_one_and_never_above_its_capacity(clock):
    quota = Quota(capacity=6, cost=5)
    patient = Retry(attempts=9)
    for _ in range(50):
        run(Script(OK), clock, quota=quota)
    with pytest.raises(ConnectFailed):
        run(Script(*[NEVER] * 9), clock, quota=quota, retry=patient)
    assert len(clock.slept) == 1  # 1 of 6 is left
    for _ in range(3):
        run(Script(OK), clock, quota=quota)
    with pytest.raises(ConnectFailed):
        run(Script(NEVER, OK), clock, quota=quota)  # 4
    run(Script(OK), clock, quota=quota)
    assert run(Script(NEVER, OK), clock, quota=quota) == 7  # 5, and 1 for the success


@pytest.mark.parametrize(
    ("kind", "content", "value"),
    [
        ("text", "déjà".encode(), "déjà"),
        ("text", b"caf\xe9", "caf\ufffd"),
        ("bytes", b"caf\xe9", b"caf\xe9"),
        ("none", b"whatever", None),
    ],
)
def test_answers_that_are_no_json(clock, kind, content, value):
    kinds: Operation[object] = Operation(
        "getX", "GET", "/x", "safe", {"200": ResponseDecoder(kind, lambda read: read)}
    )
    session = Session(origin="https://api.example", clock=clock, read_error=read_error)
    flow = send(Call(kinds), session)
    assert Driver(Script(Response(200, {}, content)), clock).run(flow) == value


def test_an_error_says_everything_there_is_to_say(clock):
    body = {
        "success": False,
        "error": {
            "code": "VALIDATION_ERROR",
            "message": "The request is not valid",
            "details": {"field": "duration", "reason": "must be at most 16"},
        },
    }
    with pytest.raises(BadRequest) as caught:
        run(Script(answer(400, body, X_Request_ID="req_9")), clock)
    error = caught.value
    assert (error.status, error.code, error.request_id) == (400, "VALIDATION_ERROR", "req_9")
    assert error.details == {"field": "duration", "reason": "must be at most 16"}
    assert error.is_own
    for part in (
        *("GET /x/{id}", "400", "VALIDATION_ERROR", "duration", "at most 16", "req_9"),
        "The request is not valid",
    ):
        assert part in str(error)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (402, InsufficientBalance),
        (404, NotFound),
        (418, APIError),
        (500, ServerError),
        (599, ServerError),
    ],
)
@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'{"error": "text"}', b'{"error": {"code": 5}}', b"[" * 100_000]
)
def test_an_error_without_a_readable_body_is_still_that_error(clock, status, kind, body):
    with pytest.raises(kind) as caught:
        run(Script(answer(status, body)), clock, retry=Retry(attempts=1))
    assert caught.value.status == status
    assert caught.value.code is None
    assert caught.value.details is None
    assert not caught.value.is_own
    assert f"(no content type, {len(body)} bytes)" in str(caught.value)


def test_an_error_without_words_says_what_came(clock):
    with pytest.raises(NotFound, match=r"\(text/html, 6 bytes\)"):
        run(Script(answer(404, b"<html>", Content_Type="text/html")), clock)


@pytest.mark.parametrize(
    ("response", "says"),
    [
        (answer(200, b""), "empty"),
        (answer(200, b"<html>", Content_Type="text/html"), "text/html"),
        (answer(200, b'{"data": 7'), "not JSON"),
        (answer(200, {"success": True}), "data"),
        (answer(200, {"success": True, "data": "seven"}), "$.data"),
        (answer(302, b"", Location="https://elsewhere.example/"), "redirects"),
        (answer(204, b""), "its body is empty"),
        (answer(200, b""), "can't be used: its body is empty where JSON was expected$"),
        (answer(302, b""), "knows no such answer$"),
        (answer(300, b"", Location="/"), "redirects"),
        (answer(199, b"", Location="/"), "knows no such answer$"),
        (answer(302, b"", X_Request_ID="req_7"), "knows no such answer [request req_7]"),
    ],
)
def test_an_answer_that_is_not_what_the_description_says(clock, response, says):
    with pytest.raises(UnexpectedResponse, match=in_words(says)) as caught:
        run(Script(response), clock, retry=Retry(attempts=1))
    assert caught.value.status == response.status
    assert caught.value.request_id == response.headers.get("X-Request-ID")


def in_words(says: str) -> str:
    """A pattern for words, which end the message where a ``$`` ends them."""
    return re.escape(says.removesuffix("$")) + ("$" if says.endswith("$") else "")


def test_an_error_envelope_with_a_status_of_success_is_an_error(clock):
    with pytest.raises(APIError) as caught:
        run(Script(refusal(200, "PROVIDER_ERROR")), clock, retry=Retry(attempts=1))
    assert caught.value.code == "PROVIDER_ERROR"


def test_the_log_tells_the_story_and_no_secret(clock, caplog):
    caplog.set_level(logging.DEBUG, logger="modelhunter")
    run(Script(LOST, answer(200, {"data": 7}, X_Request_ID="req_1")), clock)
    first, second = (record.getMessage() for record in caplog.records)
    assert first.startswith("GET /x/{id} -> no answer, attempt 1")
    assert second.startswith("GET /x/{id} -> 200 [request req_1], attempt 2")
    assert "secret" not in caplog.text
    assert "a/b" not in caplog.text


def test_a_session_keeps_its_key_to_itself(clock):
    session = Session(
        origin="https://api.example",
        headers={"Authorization": f"Bearer {KEY}"},
        clock=clock,
        read_error=read_error,
    )
    assert KEY not in repr(session)
