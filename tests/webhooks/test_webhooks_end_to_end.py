"""The sandbox's own deliveries, signed and not, with their retries."""

from __future__ import annotations

import asyncio
import threading
from contextlib import ExitStack
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from modelhunter import AsyncModelHunter, ModelHunter, webhooks
from modelhunter.sandbox import Fault, ManualClock


@pytest.fixture
def sandbox(start_sandbox):
    """A sandbox in which time passes when it is told to, and its registry."""
    return start_sandbox(clock=ManualClock(), speed=1)


@pytest.fixture
def running(sandbox):
    return sandbox[0]


@pytest.fixture
def client(sandbox):
    running, registry = sandbox
    with ModelHunter(running.key, base_url=running.url, registry=registry) as made:
        yield made


class Handler:
    def __init__(self, failures=0):
        self.failures = failures
        self.events = []

    def __call__(self, event):
        self.events.append(event)
        if len(self.events) <= self.failures:
            raise RuntimeError("not now")


@pytest.fixture
def serve():
    """Serves a WSGI app on this machine; returns its address."""

    class Quiet(WSGIRequestHandler):
        def log_message(self, *args):
            pass

    with ExitStack() as stack:

        def start(app):
            server = stack.enter_context(make_server("127.0.0.1", 0, app, handler_class=Quiet))
            thread = threading.Thread(target=server.serve_forever, args=(0.05,))
            thread.start()
            stack.callback(thread.join)
            stack.callback(server.shutdown)
            return f"http://127.0.0.1:{server.server_port}/"

        yield start


def states(running):
    return [(d.state, [a.get("status") for a in d.attempts]) for d in running.deliveries]


def run_a_job(client, running, **options):
    """Submit a job and let it end."""
    task = client.submit("acme-video", prompt="a cat", metadata={"order": 7}, **options)
    running.advance(10)
    return task


def test_a_registered_webhook_is_verified_with_the_secret_it_came_with(client, running):
    handler = Handler()
    with webhooks.Receiver(on_event=handler) as receiver:
        secret = client.webhooks.create(receiver.url).secret
        receiver.trust(["the old one", secret])
        task = run_a_job(client, running)
    assert states(running) == [("delivered", [200])]
    (event,) = handler.events
    assert (event.type, event.data.task.id) == ("task.completed", task.id)
    assert event.data.task.metadata == {"order": 7}
    assert event.data.task.result[0].url == task.refresh().outputs[0].url


def test_a_program_with_the_wrong_secret_refuses_every_attempt(client, running, serve):
    handler = Handler()
    client.webhooks.create(serve(webhooks.wsgi(handler, secrets="wrong")))
    run_a_job(client, running)
    for seconds in (60, 300, 1800):
        running.advance(seconds)
    assert states(running) == [("failed", [401, 401, 401, 401])]
    assert handler.events == []


def test_a_handler_that_fails_gets_the_event_with_the_next_attempt_and_then_no_more(
    client, running
):
    handler = Handler(failures=1)
    with webhooks.Receiver(on_event=handler) as receiver:
        receiver.trust(client.webhooks.create(receiver.url).secret)
        run_a_job(client, running)
        assert states(running) == [("waiting", [500])]
        running.advance(60)
        assert states(running) == [("delivered", [500, 200])]
        running.advance(2400)
    assert states(running) == [("delivered", [500, 200])]
    assert [event.id for event in handler.events] == [handler.events[0].id] * 2


def test_the_webhook_of_a_job_is_confirmed_by_reading_the_task(client, running, serve):
    handler = Handler()
    url = serve(webhooks.wsgi(handler, client=client))
    task = run_a_job(client, running, webhook_url=url)
    assert states(running) == [("delivered", [200])]
    (event,) = handler.events
    assert (event.data.task.id, event.data.task.status) == (task.id, "succeeded")


def test_a_failed_job_is_reported_and_confirmed_too(client, running, serve):
    handler = Handler()
    url = serve(webhooks.wsgi(handler, client=client))
    running.faults.add(Fault("failed_task"))
    run_a_job(client, running, webhook_url=url)
    (event,) = handler.events
    assert (event.type, event.data.task.status) == ("task.failed", "failed")
    assert event.data.task.error is not None


def test_a_client_of_another_account_cannot_confirm_it(client, running, serve, mh):
    handler = Handler()
    url = serve(webhooks.wsgi(handler, client=mh))
    run_a_job(client, running, webhook_url=url)
    assert states(running) == [("failed", [401])]
    assert handler.events == []


def test_a_receiver_wakes_a_program_that_waits(start_sandbox):
    running, registry = start_sandbox()
    with (
        ModelHunter(running.key, base_url=running.url, registry=registry) as client,
        webhooks.Receiver() as receiver,
    ):
        task = client.submit("acme-video", prompt="a cat", webhook_url=receiver.url)
        event = receiver.wait_for(task.id, timeout=30)
        assert event is not None
        assert task.refresh().status == event.data.task.status == "succeeded"


def test_the_async_client_confirms_in_an_async_app(sandbox, running, call_asgi):
    pytest.importorskip("aiohttp")
    _, registry = sandbox
    events = []

    async def handle(event):
        events.append(event)

    async def scene():
        async with AsyncModelHunter(running.key, base_url=running.url, registry=registry) as client:
            task = await client.submit("acme-video", prompt="a cat")
            running.advance(10)
            body = webhooks.event_body(id=task.id)
            app = webhooks.asgi(handle, client=client)
            answers = [await call_asgi(app, body), await call_asgi(app, webhooks.event_body())]
            confirmed = await webhooks.areceive(client, body, {})
            return task.id, [answer.status for answer in answers], confirmed

    task_id, statuses, confirmed = asyncio.run(scene())
    assert statuses == [200, 401]
    assert [event.data.task.id for event in events] == [task_id] == [confirmed.data.task.id]
    assert confirmed.data.task.model == "acme-video"


def test_an_async_program_waits_for_the_event_of_its_job(start_sandbox):
    pytest.importorskip("aiohttp")
    running, registry = start_sandbox()

    async def scene(receiver):
        async with AsyncModelHunter(running.key, base_url=running.url, registry=registry) as client:
            task = await client.submit("acme-video", prompt="a cat", webhook_url=receiver.url)
            event = await asyncio.wait_for(asyncio.wrap_future(receiver.expect(task.id)), 30)
            return task.id, event.data.task.id

    with webhooks.Receiver() as receiver:
        expected, told = asyncio.run(scene(receiver))
    assert told == expected
