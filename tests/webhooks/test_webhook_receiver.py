"""The listener: who may knock, who is woken, and what it keeps."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import socket
import threading
from concurrent.futures import CancelledError, ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from modelhunter import webhooks
from modelhunter.errors import ConfigurationError


@pytest.fixture
def receiver():
    with webhooks.Receiver() as listening:
        yield listening


def post(url, sent, *, method="POST"):
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
    try:
        connection.request(method, parts.path, sent.body, sent.headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def test_an_event_wakes_whoever_waits_for_its_task(receiver, fresh):
    future = receiver.expect("task_1")
    other = receiver.expect("task_2")
    assert post(receiver.url, fresh(signed=False, id="task_1", event_id="evt_1")) == 200
    assert future.result(10).id == "evt_1"
    assert not other.done()


def test_an_event_that_came_first_is_there_for_whoever_asks(receiver, fresh):
    assert receiver.wait_for("task_1", timeout=0) is None
    post(receiver.url, fresh(signed=False, id="task_1", event_id="evt_1"))
    assert receiver.expect("task_1").done()
    assert receiver.wait_for("task_1", timeout=0).id == "evt_1"
    assert receiver.wait_for("task_1").id == "evt_1"


def test_many_may_wait_for_one_task_and_give_up_one_by_one(receiver, fresh):
    stays, gives_up = receiver.expect("task_1"), receiver.expect("task_1")
    assert gives_up.cancel()
    post(receiver.url, fresh(signed=False, id="task_1", event_id="evt_1"))
    assert stays.result(10).id == "evt_1"
    assert gives_up.cancelled()


def test_one_may_give_up_while_another_is_told(receiver, fresh):
    first, second = receiver.expect("task_1"), receiver.expect("task_1")
    first.add_done_callback(lambda _: second.cancel())
    assert post(receiver.url, fresh(signed=False, id="task_1")) == 200
    assert first.result(10)
    assert second.cancelled()


def test_an_async_program_awaits_it(receiver, fresh):
    async def scene():
        loop = asyncio.get_running_loop()
        waiting = asyncio.wrap_future(receiver.expect("task_1"))
        given_up = asyncio.wrap_future(receiver.expect("task_1"))
        given_up.cancel()
        await loop.run_in_executor(None, post, receiver.url, fresh(signed=False, id="task_1"))
        return (await waiting).data.task.id

    assert asyncio.run(scene()) == "task_1"


def test_closing_ends_all_waiting():
    receiver = webhooks.Receiver()
    future = receiver.expect("task_1")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(receiver.wait_for, "task_2")
        while "task_2" not in receiver._waiting:
            threading.Event().wait(0.001)
        receiver.close()
        assert waiting.result(10) is None
    with pytest.raises(CancelledError):
        future.result(0)
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((urlsplit(receiver.url).hostname, urlsplit(receiver.url).port))


def test_who_does_not_know_the_path_can_do_nothing(receiver, fresh):
    sent = fresh(signed=False, id="task_1")
    origin = receiver.url.rpartition("/")[0]
    for path in ("/", "/hooks", receiver.url.removeprefix(origin)[:-1], "/%C3%BC"):
        assert post(origin + path, sent) == 404
    assert receiver.wait_for("task_1", timeout=0) is None
    assert receiver.url.rpartition("/")[2] not in repr(receiver)
    with webhooks.Receiver() as other:
        assert len(other.url.rpartition("/")[2]) >= 20
        assert other.url.rpartition("/")[2] != receiver.url.rpartition("/")[2]


def test_only_events_count(receiver, fresh):
    sent = fresh(signed=False, id="task_1")
    assert post(receiver.url, sent, method="GET") == 405
    broken = fresh(signed=False, id=7)
    assert post(receiver.url, broken) == 400
    assert receiver.wait_for("task_1", timeout=0) is None


def test_with_secrets_a_signature_has_to_be_right_and_hints_still_count(fresh, secret):
    with webhooks.Receiver(secrets=[secret]) as receiver:
        genuine, hint, forged = (fresh(id=f"task_{n}") for n in range(3))
        del hint.headers["X-Webhook-Signature"]
        forged.headers["X-Webhook-Signature"] = "sha256=" + "0" * 64
        assert [post(receiver.url, sent) for sent in (genuine, hint, forged)] == [200, 200, 401]
        assert receiver.wait_for("task_0", timeout=0)
        assert receiver.wait_for("task_1", timeout=0)
        assert receiver.wait_for("task_2", timeout=0) is None


def test_a_secret_that_comes_with_the_registration_counts_from_then_on(receiver, fresh, secret):
    sent = fresh(id="task_1")
    receiver.trust("another")
    assert post(receiver.url, sent) == 401
    receiver.trust([secret])
    assert post(receiver.url, sent) == 200


def test_the_callback_gets_each_event_once_and_again_if_it_failed(fresh):
    seen, failures = [], [RuntimeError("not now")]

    def note(event):
        seen.append(event.id)
        if failures:
            raise failures.pop()

    with webhooks.Receiver(on_event=note) as receiver:
        sent = fresh(event_id="evt_1")
        assert [post(receiver.url, sent) for _ in range(3)] == [500, 200, 200]
    assert seen == ["evt_1", "evt_1"]


def test_it_keeps_no_more_than_the_last_events(monkeypatch, receiver, fresh):
    monkeypatch.setattr("modelhunter.webhooks.receiver._KEPT", 2)
    for n in range(4):
        post(receiver.url, fresh(signed=False, id=f"task_{n}"))
    there = [n for n in range(4) if receiver.wait_for(f"task_{n}", timeout=0)]
    assert there == [2, 3]


def test_addresses(fresh):
    with webhooks.Receiver(public_url="https://tunnel.example/in/", path="/hook") as receiver:
        assert receiver.url == "https://tunnel.example/in/hook"
    with webhooks.Receiver("0.0.0.0", path="hook") as receiver:
        assert receiver.url.startswith("http://127.0.0.1:")
        assert post(receiver.url, fresh()) == 200


def test_ipv6():
    try:
        receiver = webhooks.Receiver("::1", path="hook")
    except ConfigurationError:
        pytest.skip("no IPv6 here")
    with receiver:
        assert receiver.url.startswith("http://[::1]:")


@pytest.mark.parametrize("port", ["taken", 70_000])
def test_where_it_cannot_listen_it_says_so(receiver, port):
    port = urlsplit(receiver.url).port if port == "taken" else port
    with pytest.raises(ConfigurationError, match=f"port {port}.*another port"):
        webhooks.Receiver(port=port)


def test_a_broken_connection_disturbs_nobody(receiver, fresh, capfd):
    parts = urlsplit(receiver.url)
    for rubbish in (
        b"\x16\x03\x01\x00",
        b"POST /",
        b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n",
    ):
        with socket.create_connection((parts.hostname, parts.port)) as sock:
            sock.sendall(rubbish)
    assert post(receiver.url, fresh(signed=False, id="task_1")) == 200
    assert capfd.readouterr() == ("", "")


def test_a_closed_receiver_promises_nothing():
    receiver = webhooks.Receiver()
    receiver.close()
    assert receiver.expect("task_1").cancelled()
    assert receiver.wait_for("task_1") is None


# --------------------------------------------------------------------------- many, and slow ones


def raw(receiver):
    parts = urlsplit(receiver.url)
    return socket.create_connection((parts.hostname, parts.port), timeout=10)


def said(connection):
    """Everything that comes until the other side ends it."""
    return b"".join(iter(lambda: connection.recv(4096), b""))


def head(receiver, length, *lines):
    path = urlsplit(receiver.url).path
    return "\r\n".join([f"POST {path} HTTP/1.1", f"Content-Length: {length}", *lines, "", ""])


def test_two_hundred_at_once_are_all_taken(fresh):
    count, busy, most, lock = 200, 0, 0, threading.Lock()

    def note(event):
        nonlocal busy, most
        with lock:
            busy += 1
            most = max(most, busy)
        threading.Event().wait(0.002)
        with lock:
            busy -= 1

    sent = [fresh(signed=False, id=f"task_{n}", event_id=f"evt_{n}") for n in range(count)]
    with webhooks.Receiver(on_event=note) as receiver, ThreadPoolExecutor(count) as pool:
        # None is accepted until all have knocked: the system has to keep them waiting.
        stopped = threading.Event()
        receiver._server._loop.call_soon_threadsafe(stopped.wait, 10)
        knocking = [raw(receiver) for _ in range(count)]
        stopped.set()
        for each in knocking:
            each.close()
        assert [*pool.map(lambda one: post(receiver.url, one), sent)] == [200] * count
        assert all(receiver.wait_for(f"task_{n}", timeout=0) for n in range(count))
    assert 1 <= most <= 16


def test_a_slow_sender_costs_no_thread_and_is_let_go(monkeypatch, fresh):
    monkeypatch.setattr("modelhunter.webhooks.listening._REQUEST_SECONDS", 0.2)
    with webhooks.Receiver() as receiver:
        threads = threading.active_count()
        slow = [raw(receiver) for _ in range(20)]
        for each in slow:
            each.sendall(head(receiver, 10).encode() + b"{")
        assert threading.active_count() == threads
        assert {said(each)[:12] for each in slow} == {b"HTTP/1.1 408"}
        assert post(receiver.url, fresh(signed=False, id="task_1")) == 200
        for each in slow:
            each.close()


def test_a_first_line_that_does_not_come_is_not_waited_for(monkeypatch):
    monkeypatch.setattr("modelhunter.webhooks.listening._FIRST_LINE_SECONDS", 0.1)
    with webhooks.Receiver() as receiver, raw(receiver) as silent:
        assert said(silent).startswith(b"HTTP/1.1 408 ")


def test_what_is_for_another_path_is_refused_before_anything_else_comes(receiver):
    with raw(receiver) as sender:
        sender.sendall(b"POST /guess HTTP/1.1\r\n")
        assert said(sender).startswith(b"HTTP/1.1 404 ")


def test_no_more_connections_than_a_number_and_none_is_lost(monkeypatch, fresh):
    monkeypatch.setattr("modelhunter.webhooks.listening._MOST_CONNECTIONS", 2)
    with webhooks.Receiver() as receiver:
        first, second = raw(receiver), raw(receiver)
        first.sendall(head(receiver, 1).encode())
        second.sendall(head(receiver, 1).encode())
        with ThreadPoolExecutor(1) as pool:
            third = pool.submit(post, receiver.url, fresh(signed=False, id="task_1"))
            first.close()
            assert third.result(10) == 200
        second.close()


@pytest.mark.parametrize(
    ("lines", "body", "status"),
    [
        (["Content-Length: 3"], b"{}", 400),
        (["X-Odd : 1"], b"{}", 400),
        ([" folded"], b"{}", 400),
        (["no colon"], b"{}", 400),
        ([f"X-Long: {'x' * 40_000}"], b"{}", 400),
        ([*(f"X-{n}: {'x' * 1000}" for n in range(40))], b"{}", 400),
        ([], b"", 400),
    ],
)
def test_odd_requests_are_refused(receiver, lines, body, status):
    with raw(receiver) as sender:
        sender.sendall(head(receiver, 2, *lines).encode() + body)
        sender.shutdown(socket.SHUT_WR)
        assert said(sender).startswith(f"HTTP/1.1 {status} ".encode())


@pytest.mark.parametrize(
    ("length", "status"), [("", 411), ("many", 400), ("-1", 400), (2**21, 413)]
)
def test_a_length_is_needed_and_has_a_bound(receiver, length, status):
    with raw(receiver) as sender:
        text = head(receiver, length)
        sender.sendall((text if length else text.replace("Content-Length: \r\n", "")).encode())
        assert said(sender).startswith(f"HTTP/1.1 {status} ".encode())


def test_closing_answers_what_is_being_worked_on(fresh):
    started, go_on = threading.Event(), threading.Event()

    def note(event):
        started.set()
        assert go_on.wait(10)

    receiver = webhooks.Receiver(on_event=note)
    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(post, receiver.url, fresh(signed=False, id="task_1"))
        assert started.wait(10)
        with raw(receiver) as half:
            half.sendall(head(receiver, 10).encode())
            receiver.close()
            with contextlib.suppress(ConnectionResetError):  # closed before it was read from
                assert said(half) == b""
        go_on.set()
        assert working.result(10) == 200
    receiver.close()


def test_a_handler_that_ends_its_thread_ends_nothing_else(fresh):
    def note(event):
        raise SystemExit

    with webhooks.Receiver(on_event=note) as receiver:
        for n in range(20):
            sent = fresh(signed=False, id=f"task_{n}", event_id=f"evt_{n}")
            assert post(receiver.url, sent) == 500
