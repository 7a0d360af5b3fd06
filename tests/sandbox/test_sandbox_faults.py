"""Faults: each goes wrong as it says, strikes as often as it says, and is on record."""

from __future__ import annotations

import json
import socket
import time
from decimal import Decimal

import pytest
import urllib3

from modelhunter.sandbox import Fault, Faults, ManualClock
from modelhunter.sandbox.app import ROUTES
from modelhunter.sandbox.faults import OPERATIONS, PLACES
from modelhunter.sandbox.guard import is_control


def total(api):
    return api.send("GET", "/tasks").json()["pagination"]["total"]


def struck(api):
    return [(strike.kind, strike.at) for strike in api.sandbox.faults.strikes]


# --------------------------------------------------------------------------- connections


def received(api, path="/api/v1/balance"):
    """The pieces in which an answer arrives, from a raw socket."""
    host, port = api.sandbox.url.removeprefix("http://").split(":")
    pieces = []
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        while piece := connection.recv(65536):
            pieces.append(piece)
    return pieces


@pytest.mark.parametrize(("at", "tasks"), [("before", 0), ("after", 1), ("body", 1)])
def test_dropped_connections(api, at, tasks):
    api.sandbox.faults.add(Fault("drop", at, operation="submit"))
    with pytest.raises(urllib3.exceptions.ProtocolError):
        api.submit()
    assert total(api) == tasks
    assert struck(api) == [("drop", at)]
    assert api.sandbox.requests[0].status == (202 if at == "body" else None)


def test_a_drop_before_the_request_is_read_does_not_wait_for_its_body(api):
    api.sandbox.faults.add(Fault("drop", operation="submit"))
    host, port = api.sandbox.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(
            b"POST /api/v1/acme/text-to-video HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Length: 9999\r\n\r\n{"
        )
        assert connection.recv(1) == b""


def test_a_client_that_goes_away_in_the_middle_of_a_request_never_made_it(api, caplog):
    host, port = api.sandbox.url.removeprefix("http://").split(":")
    head = (
        "POST /api/v1/acme/text-to-video HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999\r\n"
        f"Authorization: Bearer {api.sandbox.key}\r\n\r\n{{"
    )
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(head.encode())
    assert total(api) == 0
    api.sandbox.stop()
    assert not caplog.records


def test_a_connection_dropped_in_the_body_after_so_many_bytes(api):
    api.sandbox.faults.add(Fault("drop", "body", size=10))
    head, _, body = b"".join(received(api)).partition(b"\r\n\r\n")
    assert b"content-length: 98" in head
    assert body == b'{"success"'


def test_a_cut_download(api):
    item = api.finished()["result"][0]
    api.sandbox.faults.add(Fault("drop", "body", operation="downloadResult", size=100))
    with pytest.raises(urllib3.exceptions.ProtocolError):
        api.http.request("GET", item["url"])
    rest = api.http.request("GET", item["url"], headers={"Range": "bytes=100-"})
    assert len(rest.data) == item["size_bytes"] - 100


@pytest.mark.parametrize(("at", "whole_head"), [("body", True), ("headers", False)])
def test_an_answer_that_drips(api, at, whole_head):
    api.sandbox.faults.add(Fault("drip", at, seconds=0.001))
    pieces = received(api)
    assert (b"\r\n\r\n" in pieces[0]) is whole_head
    assert len(pieces) > 20  # of about 100 bytes; what comes close together is read together
    head, _, body = b"".join(pieces).partition(b"\r\n\r\n")
    assert json.loads(body)["error"]["code"] == "AUTH_REQUIRED"
    assert b"connection: close" in head
    assert b"x-request-id: req_" in head
    assert b"\r\ndate: " in head


@pytest.mark.parametrize("at", ["before", "after"])
def test_latency(api, at):
    api.sandbox.faults.add(Fault("latency", at, operation="submit", seconds=0.2))
    began = time.monotonic()
    assert api.submit().status == 202
    assert time.monotonic() - began >= 0.2


def test_a_request_given_up_while_its_answer_was_delayed_was_acted_on(api):
    api.sandbox.faults.add(Fault("latency", "after", operation="submit", seconds=30))
    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        api.send(
            "POST",
            "/acme/text-to-video",
            {"model": "acme-video", "input": {"prompt": "a cat"}},
            timeout=0.2,
        )
    assert total(api) == 1


# --------------------------------------------------------------------------- answers


@pytest.mark.parametrize("status", [429, 500, 502, 503])
@pytest.mark.parametrize(("at", "tasks"), [("before", 0), ("after", 1)])
def test_statuses_before_and_after_acting(api, status, at, tasks):
    api.sandbox.faults.add(Fault("status", at, status=status, operation="submit"))
    answer = api.submit()
    assert answer.status == status
    error = answer.json()["error"]
    assert error["code"] in {
        "RATE_LIMITED",
        "INTERNAL_ERROR",
        "PROVIDER_ERROR",
        "PROVIDER_UNAVAILABLE",
    }
    assert total(api) == tasks
    assert api.submit().status == 202


@pytest.mark.parametrize("retry_after", [2, 0.5, "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_too_many_requests(api, retry_after):
    api.sandbox.faults.add(Fault("status", status=429, retry_after=retry_after))
    answer = api.send("GET", "/tasks")
    assert (answer.status, answer.headers["Retry-After"]) == (429, str(retry_after))


def test_an_error_of_ones_own(api):
    api.sandbox.faults.add(Fault("status", status=403, code="KEY_EXPIRED", message="too old"))
    error = api.send("GET", "/tasks").json()["error"]
    assert error == {"code": "KEY_EXPIRED", "message": "too old"}


@pytest.mark.parametrize("content", ["html", "empty", "truncated", "envelope", "text"])
@pytest.mark.parametrize(("at", "tasks"), [("after", 1), ("before", 0)])
def test_answers_that_can_not_be_read(api, content, at, tasks):
    api.sandbox.faults.add(Fault("unreadable", at, content=content, operation="submit"))
    answer = api.submit()
    assert answer.status == (202 if at == "after" else 200)
    assert answer.headers["X-Request-ID"]
    if content == "envelope":
        assert "success" not in answer.json()
    else:
        with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
            answer.json()
    assert total(api) == tasks


def test_an_unreadable_answer_with_a_status_of_its_own(api):
    api.sandbox.faults.add(Fault("unreadable", status=502))
    answer = api.send("GET", "/tasks")
    assert (answer.status, answer.headers["Content-Type"]) == (502, "text/html; charset=utf-8")


def test_an_expired_link(api):
    task = api.finished()
    api.sandbox.faults.add(Fault("expired_link", operation="downloadResult"))
    url = task["result"][0]["url"]
    assert [api.http.request("GET", url).status for _ in range(2)] == [403, 200]


def test_a_wrong_size(api):
    task = api.finished()
    right = task["result"][0]["size_bytes"]
    api.sandbox.faults.add(Fault("wrong_size", operation="getTask", size=7))
    sizes = [api.task(task["id"])["result"][0]["size_bytes"] for _ in range(2)]
    assert sizes == [right + 7, right]
    api.sandbox.faults.add(Fault("wrong_size", operation="listTasks"))
    assert total(api) == 1


def test_an_upload_that_is_dropped_is_not_stored(api):
    ticket = api.send(
        "POST",
        "/files/upload-url",
        {"filename": "a.png", "contentType": "image/png", "sizeBytes": 3},
    ).json()["data"]
    api.sandbox.faults.add(Fault("drop", operation="uploadContent"))
    headers = {"Content-Type": "image/png"}
    with pytest.raises(urllib3.exceptions.ProtocolError):
        api.http.request("PUT", ticket["upload_url"], body=b"abc", headers=headers)
    complete = f"/files/{ticket['file_id']}/complete"
    assert api.send("POST", complete).status == 409
    assert api.http.request("PUT", ticket["upload_url"], body=b"abc", headers=headers).status == 200
    assert api.send("POST", complete).status == 200


def test_several_faults_on_one_request(api):
    for fault in (
        Fault("latency", seconds=0),
        Fault("status", status=503),
        Fault("drip", seconds=0),
    ):
        api.sandbox.faults.add(fault)
    answer = api.send("GET", "/balance")
    assert (answer.status, answer.json()["error"]["code"]) == (503, "PROVIDER_UNAVAILABLE")
    assert struck(api) == [("latency", "before"), ("status", "before"), ("drip", "body")]


# --------------------------------------------------------------------------- which requests


@pytest.mark.parametrize(
    ("match", "hits"),
    [
        ({"operation": "listTasks"}, [True, False, False]),
        ({"method": "get"}, [True, True, False]),
        ({"path": "/api/v1/*/text-to-*"}, [False, False, True]),
        ({"method": "GET", "path": "*/balance"}, [False, True, False]),
        ({}, [True, True, True]),
    ],
)
def test_a_fault_strikes_what_it_matches(api, match, hits):
    api.sandbox.faults.add(Fault("status", status=500, times=None, **match))
    answers = [api.send("GET", "/tasks"), api.send("GET", "/balance"), api.submit()]
    assert [answer.status == 500 for answer in answers] == hits


def test_a_fault_strikes_so_many_times(api):
    id_ = api.sandbox.faults.add(Fault("status", status=500, times=2))
    assert [api.send("GET", "/balance").status for _ in range(3)] == [500, 500, 200]
    (planted,) = api.sandbox.faults.planted
    assert (planted.id, planted.left, planted.struck) == (id_, 0, 2)


def test_a_fault_strikes_by_chance(start):
    chances = iter([0.1, 0.9, 0.29, 0.3])
    api = start(faults=Faults(lambda: next(chances)))
    api.sandbox.faults.add(Fault("status", status=500, times=None, probability=0.3))
    assert [api.send("GET", "/balance").status for _ in range(4)] == [500, 200, 500, 200]


def test_a_fault_that_was_taken_out(api):
    id_ = api.sandbox.faults.add(Fault("status", times=None))
    assert api.sandbox.faults.remove(id_)
    assert not api.sandbox.faults.remove(id_)
    assert api.send("GET", "/balance").status == 200


def test_a_request_that_is_not_acted_on_makes_no_failed_task(api):
    api.sandbox.faults.add(Fault("status", status=503, operation="submit"))
    api.sandbox.faults.add(Fault("failed_task"))
    assert api.submit().status == 503
    assert api.finished()["status"] == "failed"


def test_a_submission_without_money_makes_no_failed_task(api):
    api.sandbox.balance = Decimal(0)
    api.sandbox.faults.add(Fault("failed_task"))
    assert api.submit().status == 402
    api.sandbox.balance = Decimal(10)
    assert api.finished()["status"] == "failed"


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "explode"},
        {"kind": "drop", "at": "headers"},
        {"kind": "unreadable", "content": "poem"},
        {"kind": "drop", "operation": "getTasks"},
    ],
)
def test_faults_that_do_not_exist(wrong):
    with pytest.raises(ValueError, match="one of"):
        Fault(**wrong)


def test_every_operation_of_the_api_can_be_aimed_at():
    names = {name for _, path, name, _ in ROUTES if not is_control(path)}
    assert set(OPERATIONS) == {*names, "submit"}


# --------------------------------------------------------------------------- over HTTP


def control(api, method, path, body=None):
    answer = api.http.request(method, f"{api.sandbox.url}/_sandbox{path}", json=body)
    return answer.status, answer.json()


@pytest.mark.parametrize("kind", PLACES)
def test_every_fault_can_be_added_over_http(api, kind):
    for at in PLACES[kind]:
        status, _ = control(api, "POST", "/faults", {"kind": kind, "at": at, "times": 3})
        assert status == 201
    _, answer = control(api, "GET", "/faults")
    assert [planted["at"] for planted in answer["data"]["faults"]] == [*PLACES[kind]]


def test_the_control_endpoint_of_faults(api):
    status, answer = control(api, "POST", "/faults", {"kind": "status", "status": 500})
    assert status == 201
    assert api.send("GET", "/balance").status == 500
    _, listed = control(api, "GET", "/faults")
    assert listed["data"]["faults"][0] | {"struck": 1, "left": 0} == listed["data"]["faults"][0]
    assert listed["data"]["strikes"][0]["path"] == "/api/v1/balance"
    assert control(api, "DELETE", f"/faults/{answer['data']['id']}")[0] == 200
    assert control(api, "DELETE", "/faults/fault_99")[0] == 404
    assert control(api, "DELETE", "/faults")[0] == 200
    assert control(api, "GET", "/faults")[1]["data"] == {"faults": [], "strikes": []}


@pytest.mark.parametrize(
    "body", [{}, [], {"kind": "explode"}, {"kind": "drop", "how": 1}, {"kind": ["drop"]}]
)
def test_what_the_control_endpoint_refuses(api, body):
    status, answer = control(api, "POST", "/faults", body)
    assert (status, answer["error"]["code"]) == (400, "VALIDATION_ERROR")


def test_control_requests_are_neither_recorded_nor_struck(api):
    api.sandbox.faults.add(Fault("drop", times=None))
    assert control(api, "GET", "/state")[0] == 200
    assert not api.sandbox.requests


def test_the_state_over_http(api):
    api.task_id(metadata={"marker": "m1"}, input={"prompt": "first"})
    api.task_id(metadata={"marker": "m1"})
    api.sandbox.settle()
    _, state = control(api, "GET", "/state?marker=marker")
    assert state == json.loads(json.dumps(api.sandbox.state("marker")))
    assert state["counts"] == {"succeeded": 2}
    assert state["duplicates"] == {"m1": 2}
    assert state["tasks"][0]["input"] == {"prompt": "first"}
    assert [r["operation"] for r in state["requests"]] == ["submit", "submit"]
    assert control(api, "POST", "/reset")[0] == 200
    assert control(api, "GET", "/state")[1]["tasks"] == []


def test_time_over_http(api, start):
    manual = start(speed=1, clock=ManualClock())
    id_ = manual.task_id()
    assert control(manual, "POST", "/advance", {"seconds": 60})[0] == 200
    assert manual.task(id_)["status"] == "succeeded"
    assert control(manual, "POST", "/advance", {"seconds": -1})[0] == 400
    assert control(manual, "POST", "/advance", {})[0] == 400
    assert control(api, "POST", "/advance", {"seconds": 1})[0] == 400
