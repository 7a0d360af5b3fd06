"""Webhooks: who is told what, with which headers, how often."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from modelhunter.sandbox import Fault, ManualClock
from modelhunter.sandbox.webhooks import is_loopback

START = 1_772_439_300.0


class Receiver:
    """An HTTP server that takes deliveries and answers with the statuses it was given."""

    def __init__(self) -> None:
        self.taken: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.taken.append((dict(self.headers), body))
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 200)
                self.send_header("Content-Length", "0")
                self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?x=1"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def slow(start):
    """A sandbox in which time is the test's own; a text-to-video takes 60 s."""
    return start(speed=1, clock=ManualClock(START))


def configure(api, url, *events):
    events = [*(events or ("task.completed", "task.failed"))]
    answer = api.send("POST", "/webhooks", {"url": url, "events": events})
    assert answer.status == 200
    return answer.json()["data"]


def states(api):
    return [(d.event, d.webhook_id, d.state, len(d.attempts)) for d in api.sandbox.deliveries]


def test_a_configured_webhook_gets_a_signed_event(slow, receiver):
    hook = configure(slow, receiver.url)
    assert hook["id"].startswith("wh_")
    assert (hook["url"], hook["created_at"]) == (receiver.url, "2026-03-02T08:15:00Z")
    id_ = slow.task_id(metadata={"シーン": "12"})
    slow.sandbox.advance(59)
    assert not receiver.taken
    slow.sandbox.advance(1)
    ((headers, body),) = receiver.taken

    event = json.loads(body)
    assert (event["type"], event["created_at"]) == ("task.completed", "2026-03-02T08:16:00Z")
    assert event["id"].startswith("evt_")
    task = event["data"]["task"]
    assert (task["id"], task["type"], task["status"]) == (id_, "video", "succeeded")
    assert task["metadata"] == {"シーン": "12"}
    assert slow.http.request("GET", task["result"][0]["url"]).status == 200

    assert headers["Content-Type"] == "application/json"
    assert headers["X-Webhook-ID"] == event["id"]
    timestamp = headers["X-Webhook-Timestamp"]
    assert timestamp == str(int(START) + 60)
    message = timestamp.encode() + b"." + body
    expected = hmac.new(hook["secret"].encode(), message, hashlib.sha256).hexdigest()
    assert headers["X-Webhook-Signature"] == f"sha256={expected}"
    assert not {"X-Webhook-Event", "X-Job-ID"} & headers.keys()


def test_the_webhook_of_a_job_is_not_signed(slow, receiver):
    id_ = slow.task_id(webhookUrl=receiver.url)
    slow.sandbox.advance(60)
    ((headers, body),) = receiver.taken
    assert headers["X-Webhook-Event"] == "task.completed"
    assert headers["X-Job-ID"] == id_
    assert headers["X-Webhook-ID"] == json.loads(body)["id"]
    assert "X-Webhook-Signature" not in headers


def test_a_failure_is_an_event_of_its_own(slow, receiver):
    configure(slow, receiver.url, "task.failed")
    slow.task_id()
    slow.sandbox.faults.add(Fault("failed_task", message="refused"))
    slow.task_id()
    slow.sandbox.advance(60)
    ((_, body),) = receiver.taken
    event = json.loads(body)
    assert event["type"] == "task.failed"
    task = event["data"]["task"]
    assert (task["status"], task["error"]["message"]) == ("failed", "refused")
    assert "result" not in task


def test_nobody_is_told_of_a_task_that_was_cancelled(slow, receiver):
    configure(slow, receiver.url)
    slow.send("DELETE", f"/tasks/{slow.task_id(webhookUrl=receiver.url)}")
    slow.sandbox.advance(3600)
    assert not receiver.taken


def test_a_webhook_hears_of_tasks_that_end_after_it_was_configured(slow, receiver):
    slow.task_id()
    slow.sandbox.advance(60)
    second = slow.task_id()
    configure(slow, receiver.url)
    slow.sandbox.advance(60)
    ((_, body),) = receiver.taken
    assert json.loads(body)["data"]["task"]["id"] == second


def test_retries_after_one_five_and_thirty_minutes(slow, receiver):
    hook = configure(slow, receiver.url)
    receiver.statuses = [500, 404, 302, 503]
    slow.task_id()
    slow.sandbox.advance(60)
    for delay, taken in ((59, 1), (1, 2), (299, 2), (1, 3), (1799, 3), (1, 4), (100_000, 4)):
        slow.sandbox.advance(delay)
        assert len(receiver.taken) == taken
    assert states(slow) == [("task.completed", hook["id"], "failed", 4)]
    (delivery,) = slow.sandbox.deliveries
    assert [attempt["status"] for attempt in delivery.attempts] == [500, 404, 302, 503]
    bodies = {body for _, body in receiver.taken}
    timestamps = {headers["X-Webhook-Timestamp"] for headers, _ in receiver.taken}
    assert (len(bodies), len(timestamps)) == (1, 4)  # the same event, signed anew


def test_a_retry_that_succeeds_is_the_last(slow, receiver):
    hook = configure(slow, receiver.url)
    receiver.statuses = [500, 204]
    slow.task_id()
    slow.sandbox.advance(60)
    slow.sandbox.advance(10_000)
    assert states(slow) == [("task.completed", hook["id"], "delivered", 2)]


def test_the_webhook_of_a_job_is_not_retried(slow, receiver):
    receiver.statuses = [500]
    slow.task_id(webhookUrl=receiver.url)
    slow.sandbox.advance(60)
    slow.sandbox.advance(10_000)
    assert states(slow) == [("task.completed", None, "failed", 1)]


def test_speed_divides_the_delays_of_retries(start, receiver):
    api = start(speed=60, clock=ManualClock(START))
    configure(api, receiver.url)
    receiver.statuses = [500]
    api.task_id()
    api.sandbox.advance(1)
    api.sandbox.advance(1)
    assert len(receiver.taken) == 2


def test_an_address_where_nobody_listens(slow):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/"
    slow.task_id(webhookUrl=url)
    slow.sandbox.advance(60)
    (delivery,) = slow.sandbox.deliveries
    assert delivery.state == "failed"
    assert "refused" in delivery.attempts[0]["error"]


@pytest.mark.parametrize(
    "url",
    [
        "http://203.0.113.7/hook",
        "http://example.invalid/",
        "https://localhost.example.invalid/",
        "http://[::1",
        "http://localhost:99999/",
    ],
)
def test_other_machines_are_not_contacted(slow, url):
    slow.task_id(webhookUrl=url)
    slow.sandbox.advance(60)
    (delivery,) = slow.sandbox.deliveries
    assert delivery.state == "refused"
    assert "webhooks_anywhere" in delivery.attempts[0]["error"]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:80/", True),
        ("http://127.9.9.9/", True),
        ("http://[::1]:80/", True),
        ("http://LOCALHOST/", True),
        ("http://a.localhost/", True),
        ("http://127.0.0.1.example.invalid/", False),
        ("http://user@203.0.113.7/", False),
        ("http://127.0.0.1@203.0.113.7/", False),
        ("http://0.0.0.0/", False),
    ],
)
def test_what_is_on_this_machine(url, expected):
    assert is_loopback(url) is expected


@pytest.mark.parametrize("odd", ["&a b", "&\u00e9", "\r\nX-Injected: 1", "&a=%zz", "&a={b}"])
def test_an_address_that_is_no_uri_gets_nothing(slow, receiver, odd):
    assert slow.submit(webhookUrl=receiver.url + odd).status == 400
    slow.task_id(webhookUrl=receiver.url + "&a%20b=%C3%A9%0D%0AX-Injected:%201")
    slow.sandbox.advance(60)
    ((headers, _),) = receiver.taken
    assert "X-Injected" not in headers


def test_real_time_delivers_too(start, receiver):
    api = start()
    api.task_id(webhookUrl=receiver.url)
    api.sandbox.settle()
    assert len(receiver.taken) == 1


def test_deliveries_outlive_a_restart(start, receiver, tmp_path):
    clock, database = ManualClock(START), tmp_path / "sandbox.db"
    api = start(speed=1, clock=clock, database=database)
    configure(api, receiver.url)
    receiver.statuses = [500]
    api.task_id()
    late = api.task_id(input={"prompt": "another"})
    api.send("DELETE", f"/tasks/{late}")
    api.sandbox.advance(60)
    api.sandbox.stop()
    again = start(speed=1, clock=clock, database=database)
    again.sandbox.advance(60)
    assert [state for _, _, state, _ in states(again)] == ["delivered"]
    assert len({headers["X-Webhook-ID"] for headers, _ in receiver.taken}) == 1


def test_stopping_breaks_off_a_delivery_that_hangs(start):
    with socket.create_server(("127.0.0.1", 0)) as mute:
        api = start()
        api.task_id(webhookUrl=f"http://127.0.0.1:{mute.getsockname()[1]}/")
        connection, _ = mute.accept()
        with connection:
            api.sandbox.stop()  # the test's own limit of time would fail it otherwise
    assert not [t for t in threading.enumerate() if t.name.startswith("modelhunter-sandbox")]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"events": ["task.completed"]}, "url"),
        ({"url": "ftp://x", "events": ["task.completed"]}, "url"),
        ({"url": "http://127.0.0.1", "events": []}, "events"),
        ({"url": "http://127.0.0.1", "events": ["task.began"]}, "events"),
    ],
)
def test_webhooks_that_are_not_taken(api, body, field):
    answer = api.send("POST", "/webhooks", body)
    assert (answer.status, answer.json()["error"]["details"]["field"]) == (400, field)
