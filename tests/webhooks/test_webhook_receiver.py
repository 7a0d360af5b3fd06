"""The listener: who may knock, who is woken, and what it keeps."""

from __future__ import annotations

import asyncio
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
