"""The WSGI and ASGI apps: what they answer, and when they call the handler."""

from __future__ import annotations

import asyncio
import io
import logging
import threading
from functools import partial

import pytest

from modelhunter import webhooks
from modelhunter.errors import ConfigurationError

LIMIT = 4096


class Handler:
    """Notes the events it gets, and fails as often as it is told to."""

    def __init__(self, *failures):
        self.failures = list(failures)
        self.events = []
        self.threads = []

    def __call__(self, event):
        self.events.append(event)
        self.threads.append(threading.get_ident())
        if self.failures:
            raise self.failures.pop(0)

    @property
    def ids(self):
        return [event.id for event in self.events]


class AsyncHandler(Handler):
    async def __call__(self, event):
        await asyncio.sleep(0)
        super().__call__(event)


@pytest.fixture(params=["wsgi", "asgi", "asgi with async handler"])
def kind(request):
    return request.param


@pytest.fixture
def handler(kind):
    return AsyncHandler() if kind == "asgi with async handler" else Handler()


@pytest.fixture
def make(kind, handler):
    return partial(webhooks.wsgi if kind == "wsgi" else webhooks.asgi, handler)


@pytest.fixture
def post(kind, call_wsgi, call_asgi):
    """Sends one request and returns the answer, whatever the app is."""

    def send(app, *args, **more):
        if kind == "wsgi":
            return call_wsgi(app, *args, **more)
        return asyncio.run(call_asgi(app, *args, **more))

    return send


# ----------------------------------------------------------------------- both alike


def test_a_genuine_event_reaches_the_handler(make, post, handler, fresh, secret):
    sent = fresh(event_id="evt_1", id="task_1")
    answer = post(make(secrets=[secret]), sent.body, sent.headers)
    assert (answer.status, answer.body) == (200, b"OK\n")
    assert handler.ids == ["evt_1"]
    assert handler.events[0].data.task.id == "task_1"


def test_a_repeated_delivery_is_answered_and_not_dealt_with_again(
    make, post, handler, fresh, secret
):
    app, sent = make(secrets=secret), fresh(event_id="evt_1")
    assert [post(app, sent.body, sent.headers).status for _ in range(3)] == [200, 200, 200]
    assert handler.ids == ["evt_1"]


def test_a_handler_that_fails_gets_the_event_again(make, post, handler, fresh, secret, caplog):
    handler.failures = [RuntimeError("the database is away"), StopIteration("odd")]
    app, sent = make(secrets=secret), fresh(event_id="evt_1")
    answers = [post(app, sent.body, sent.headers) for _ in range(4)]
    assert [answer.status for answer in answers] == [500, 500, 200, 200]
    assert handler.ids == ["evt_1"] * 3
    assert b"database" not in answers[0].body
    assert "the database is away" in caplog.text


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"X-Webhook-Signature": "sha256=" + "0" * 64}, 401),
        ({"X-Webhook-Timestamp": "1000000000"}, 401),
        ({"X-Webhook-Signature": "?"}, 400),
        ({"X-Webhook-Timestamp": "?"}, 400),
        ({"X-Webhook-Signature": "s" * 5000}, 400),
    ],
)
def test_what_is_wrong_is_refused_without_saying_why(
    make, post, handler, fresh, secret, caplog, change, status
):
    sent = fresh()
    answer = post(make(secrets=secret), sent.body, {**sent.headers, **change})
    assert answer.status == status
    assert answer.body in (b"Bad Request\n", b"Unauthorized\n")
    assert handler.events == []
    assert "refused a delivery" in caplog.text
    assert secret not in caplog.text


def test_stale_and_unsigned_are_unauthorized_and_unreadable_is_a_bad_request(
    make, post, handler, fresh, secret
):
    app, sent = make(secrets=secret), fresh()
    stale = webhooks.sign(sent.body, secret, timestamp=1_000_000_000)
    unsigned = fresh(signed=False)
    assert post(app, sent.body, stale).status == 401
    assert post(app, unsigned.body, unsigned.headers).status == 401
    assert post(app, b"{}", webhooks.sign(b"{}", secret)).status == 400
    assert handler.events == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_only_post_is_allowed(make, post, handler, fresh, secret, method):
    sent = fresh()
    answer = post(make(secrets=secret), sent.body, sent.headers, method=method)
    assert (answer.status, answer.headers.get("Allow", answer.headers.get("allow"))) == (
        405,
        "POST",
    )
    assert answer.body == (b"" if method == "HEAD" else b"Method Not Allowed\n")
    assert handler.events == []


def test_a_body_may_be_as_long_as_the_limit_and_no_longer(make, post, handler, fresh, secret):
    sent = fresh()
    for limit, status in [(len(sent.body), 200), (len(sent.body) - 1, 413)]:
        assert post(make(secrets=secret, max_body=limit), sent.body, sent.headers).status == status
    assert len(handler.events) == 1


def test_an_unsigned_event_is_confirmed_and_dealt_with_once(
    make, post, handler, fresh, mh, scripted_api
):
    scripted_api.has("task_1", "succeeded", metadata={"from": "the api"})
    app = make(client=mh)
    for event_id in ("evt_1", "evt_2", "evt_3"):
        sent = fresh(signed=False, id="task_1", event_id=event_id)
        assert post(app, sent.body, sent.headers).status == 200
    assert handler.ids == ["evt_1"]
    assert handler.events[0].data.task.metadata == {"from": "the api"}


def test_an_unsigned_event_cannot_take_the_place_of_a_signed_one(
    make, post, handler, fresh, mh, scripted_api, secret
):
    scripted_api.has("task_1", "succeeded")
    app = make(client=mh, secrets=secret)
    squatter = fresh(signed=False, id="task_1", event_id="evt_of_task_2")
    genuine = fresh(id="task_2", event_id="evt_of_task_2")
    assert post(app, squatter.body, squatter.headers).status == 200
    assert post(app, genuine.body, genuine.headers).status == 200
    assert [event.data.task.id for event in handler.events] == ["task_1", "task_2"]


def test_what_the_api_does_not_confirm_is_refused(make, post, handler, fresh, mh, scripted_api):
    app, sent = make(client=mh), fresh(signed=False, id="task_1")
    assert post(app, sent.body, sent.headers).status == 401
    scripted_api.broken = True
    assert post(app, sent.body, sent.headers).status == 503
    scripted_api.broken = False
    scripted_api.has("task_1", "succeeded")
    assert post(app, sent.body, sent.headers).status == 200
    assert len(handler.events) == 1


def memory_without(method):
    """A memory of which one method always fails."""

    def fail(event_id):
        raise OSError("the memory is away")

    return type("Memory", (webhooks.ReplayGuard,), {method: staticmethod(fail)})()


@pytest.mark.parametrize(
    ("broken", "fails", "status", "called"),
    [
        ("claim", False, 500, 0),
        ("finish", False, 200, 1),
        ("release", True, 500, 1),
    ],
)
def test_a_memory_that_fails_loses_no_event(
    make, post, handler, fresh, secret, caplog, broken, fails, status, called
):
    handler.failures = [RuntimeError("no")] if fails else []
    sent = fresh()
    assert (
        post(make(secrets=secret, seen=memory_without(broken)), sent.body, sent.headers).status
        == status
    )
    assert len(handler.events) == called
    assert "the memory is away" in caplog.text


def test_an_event_that_is_being_dealt_with_is_to_come_again(make, post, handler, fresh, secret):
    seen, sent = webhooks.ReplayGuard(), fresh(event_id="evt_1")
    app = make(secrets=secret, seen=seen)
    assert seen.claim("evt_1") == "new"
    assert post(app, sent.body, sent.headers).status == 503
    assert handler.events == []
    seen.release("evt_1")
    assert post(app, sent.body, sent.headers).status == 200


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_a_program_that_ends_within_the_handler_forgets_the_event(
    make, post, handler, fresh, secret, error
):
    handler.failures = [error()]
    app, sent = make(secrets=secret), fresh(event_id="evt_1")
    with pytest.raises(error):
        post(app, sent.body, sent.headers)
    assert post(app, sent.body, sent.headers).status == 200
    assert handler.ids == ["evt_1", "evt_1"]


def test_an_app_that_could_not_tell_forgeries_is_not_made(make):
    with pytest.raises(ConfigurationError, match="anybody could send"):
        make()
    for nothing in ("", [], [""]):
        with pytest.raises(ConfigurationError, match="secret"):
            make(secrets=nothing)


def test_refusals_are_warnings_and_repetitions_are_not(make, post, fresh, secret, caplog):
    caplog.set_level(logging.INFO)
    app, sent = make(secrets=secret), fresh(event_id="evt_1")
    post(app, sent.body, sent.headers)
    post(app, sent.body, sent.headers)
    assert [record.levelno for record in caplog.records] == [logging.INFO]


# ----------------------------------------------------------------------- wsgi


def test_a_wsgi_app_refuses_what_it_would_have_to_await(async_mh, secret):
    for handler in (AsyncHandler(), AsyncHandler().__call__, partial(AsyncHandler().__call__)):
        with pytest.raises(TypeError, match="asgi"):
            webhooks.wsgi(handler, secrets=secret)
    with pytest.raises(TypeError, match="asgi"):
        webhooks.wsgi(Handler(), client=async_mh)


def test_a_wsgi_handler_that_returns_an_awaitable_after_all_has_failed(call_wsgi, fresh, secret):
    class Later:
        def __await__(self):
            raise AssertionError("nobody awaits it")

    sent = fresh()
    app = webhooks.wsgi(lambda event: Later(), secrets=secret)
    assert call_wsgi(app, sent.body, sent.headers).status == 500


class Trickle(io.BytesIO):
    """Gives a few bytes at a time, as sockets may."""

    def read(self, size=-1):
        return super().read(min(size, 7))


class Broken(io.BytesIO):
    def read(self, size=-1):
        raise TimeoutError("the sender is silent")


@pytest.mark.parametrize(
    ("environ", "status"),
    [
        ({"CONTENT_LENGTH": "", "wsgi.input_terminated": True}, 200),
        ({"CONTENT_LENGTH": ""}, 411),
        ({"CONTENT_LENGTH": "-1"}, 400),
        ({"CONTENT_LENGTH": "many"}, 400),
        ({"CONTENT_LENGTH": "²"}, 400),
        ({"CONTENT_LENGTH": "9" * 10_000}, 413),
        ({"CONTENT_LENGTH": str(LIMIT + 1)}, 413),
        ({"CONTENT_LENGTH": str(LIMIT)}, 400),
        ({"wsgi.input": Broken()}, 400),
    ],
)
def test_wsgi_bodies_of_all_lengths(call_wsgi, fresh, secret, environ, status):
    sent = fresh()
    app = webhooks.wsgi(Handler(), secrets=secret, max_body=LIMIT)
    assert call_wsgi(app, sent.body, sent.headers, **environ).status == status


def test_wsgi_bodies_that_come_bit_by_bit_or_without_end(call_wsgi, fresh, secret):
    sent = fresh()
    app = webhooks.wsgi(Handler(), secrets=secret, max_body=LIMIT)
    bits = {"wsgi.input": Trickle(sent.body)}
    assert call_wsgi(app, sent.body, sent.headers, **bits).status == 200
    endless = {
        "wsgi.input": io.BytesIO(b"x" * 10 * LIMIT),
        "CONTENT_LENGTH": "",
        "wsgi.input_terminated": True,
    }
    assert call_wsgi(app, b"", sent.headers, **endless).status == 413
    assert endless["wsgi.input"].tell() == LIMIT + 1


def test_mounted_in_flask(call_wsgi, fresh, secret):
    flask = pytest.importorskip("flask")
    dispatcher = pytest.importorskip("werkzeug.middleware.dispatcher")
    handler, sent = Handler(), fresh(event_id="evt_1")
    site = flask.Flask("shop")
    site.wsgi_app = dispatcher.DispatcherMiddleware(
        site.wsgi_app, {"/hooks": webhooks.wsgi(handler, secrets=secret)}
    )
    answer = site.test_client().post("/hooks", data=sent.body, headers=sent.headers)
    assert answer.status_code == 200
    assert site.test_client().get("/elsewhere").status_code == 404
    assert handler.ids == ["evt_1"]


# ----------------------------------------------------------------------- asgi


def test_a_plain_handler_runs_in_a_thread_and_an_async_one_on_the_loop(call_asgi, fresh, secret):
    here = threading.get_ident()
    for handler, on_the_loop in ((Handler(), False), (AsyncHandler(), True)):
        sent = fresh()
        asyncio.run(call_asgi(webhooks.asgi(handler, secrets=secret), sent.body, sent.headers))
        assert (handler.threads == [here]) is on_the_loop


def test_the_async_client_confirms_on_the_loop(call_asgi, fresh, async_mh, scripted_api):
    scripted_api.has("task_1", "succeeded")
    handler, sent = AsyncHandler(), fresh(signed=False, id="task_1")
    answer = asyncio.run(
        call_asgi(webhooks.asgi(handler, client=async_mh), sent.body, sent.headers)
    )
    assert answer.status == 200
    assert len(async_mh.loops) == len(handler.events) == 1


def test_while_a_handler_runs_its_event_is_not_given_out_again(call_asgi, fresh, secret):
    async def scene():
        begun, go_on = asyncio.Event(), asyncio.Event()
        handled = []

        async def slow(event):
            handled.append(event.id)
            begun.set()
            await go_on.wait()

        app, sent = webhooks.asgi(slow, secrets=secret), fresh(event_id="evt_1")
        first = asyncio.create_task(call_asgi(app, sent.body, sent.headers))
        await begun.wait()
        second = await call_asgi(app, sent.body, sent.headers)
        go_on.set()
        third = await first
        fourth = await call_asgi(app, sent.body, sent.headers)
        return [answer.status for answer in (second, third, fourth)], handled

    assert asyncio.run(scene()) == ([503, 200, 200], ["evt_1"])


def test_a_request_that_is_cancelled_forgets_its_event(call_asgi, fresh, secret):
    async def scene():
        begun = asyncio.Event()

        async def stuck(event):
            begun.set()
            await asyncio.get_running_loop().create_future()

        seen, sent = webhooks.ReplayGuard(), fresh(event_id="evt_1")
        app = webhooks.asgi(stuck, secrets=secret, seen=seen)
        request = asyncio.create_task(call_asgi(app, sent.body, sent.headers))
        await begun.wait()
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request
        return seen.claim("evt_1")

    assert asyncio.run(scene()) == "new"


def test_asgi_bodies_come_in_pieces(call_asgi, fresh, secret):
    sent = fresh()
    pieces = [sent.body[:5], b"", sent.body[5:]]
    app = webhooks.asgi(Handler(), secrets=secret, max_body=len(sent.body))
    assert asyncio.run(call_asgi(app, pieces, sent.headers)).status == 200
    longer = [sent.body, b" "]
    assert asyncio.run(call_asgi(app, longer, sent.headers)).status == 413


@pytest.mark.parametrize(("length", "status"), [("9" * 10_000, 413), ("2000000", 413), ("x", 400)])
def test_asgi_bodies_that_announce_too_much_are_not_read(call_asgi, fresh, secret, length, status):
    sent = fresh()
    app = webhooks.asgi(Handler(), secrets=secret)
    announced = {**sent.headers, "Content-Length": length}
    assert asyncio.run(call_asgi(app, sent.body, announced)).status == status


def test_a_sender_that_leaves_gets_no_answer_and_does_nothing(call_asgi, fresh, secret):
    handler, sent = Handler(), fresh()
    app = webhooks.asgi(handler, secrets=secret)
    assert asyncio.run(call_asgi(app, sent.body, sent.headers, leaves=True)) is None
    assert handler.events == []


def test_the_app_stands_on_its_own_too(secret):
    app = webhooks.asgi(Handler(), secrets=secret)
    incoming = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    sent = []

    async def receive():
        return incoming.pop(0)

    async def send(message):
        sent.append(message["type"])

    asyncio.run(app({"type": "lifespan"}, receive, send))
    asyncio.run(app({"type": "websocket"}, receive, send))
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete", "websocket.close"]


def routed_in_starlette(app):
    from starlette.applications import Starlette
    from starlette.routing import Route

    return Starlette(routes=[Route("/hooks", app)]), "/hooks"


def mounted_in_starlette(app):
    from starlette.applications import Starlette
    from starlette.routing import Mount

    return Starlette(routes=[Mount("/hooks", app)]), "/hooks/"


def routed_in_fastapi(app):
    site = pytest.importorskip("fastapi").FastAPI()
    site.add_route("/hooks", app)
    return site, "/hooks"


@pytest.mark.parametrize("mount", [routed_in_starlette, mounted_in_starlette, routed_in_fastapi])
def test_mounted_in_another_app(call_asgi, fresh, secret, mount):
    pytest.importorskip("starlette")
    handler, sent = AsyncHandler(), fresh(event_id="evt_1")
    site, path = mount(webhooks.asgi(handler, secrets=secret))
    answer = asyncio.run(call_asgi(site, sent.body, sent.headers, path=path))
    assert answer.status == 200
    assert asyncio.run(call_asgi(site, sent.body, sent.headers, path="/no")).status == 404
    assert asyncio.run(call_asgi(site, method="GET", path=path)).status == 405
    assert handler.ids == ["evt_1"]
