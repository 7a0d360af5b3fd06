"""A submission that is broken off from outside, or troubled after its task is there."""

from __future__ import annotations

import json
import pickle
from datetime import timedelta
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import attrs
import pytest

from modelhunter import (
    APIError,
    BadToken,
    ModelHunter,
    SubmissionUnknown,
    UnexpectedResponse,
)
from modelhunter.errors import PluginError, Unsendable
from modelhunter.runtime.message import Response

PATH = "/api/v1/tasks"


class Server:
    """An API in memory; ``on`` maps a method and what is asked for to what happens there.

    ``behind`` is how far its clock lags behind the client's, ``late`` how many first looks into
    the list show nothing.
    """

    def __init__(self, api, clock, *, behind=timedelta(0), late=0, **on):
        self.api, self.clock, self.behind, self.late, self.on = api, clock, behind, late, on
        self.tasks = []
        self.posts = 0
        self.once_more = None
        """What becomes of looks into the list once there are two tasks."""

    def send(self, request):
        path = urlsplit(request.target)
        if request.method == "POST":
            self.posts += 1
            answer = self.started(json.loads(request.body))
            happening = self.on.get(f"post_{self.posts}")
        elif path.path == PATH:
            answer, happening = self.listing(parse_qs(path.query)), self.on.get("list")
            happening = self.once_more if len(self.tasks) > 1 else happening
        elif request.method == "DELETE":
            happening = self.on.get("cancel")
            answer = self.cancelled(path.path) if happening is None else None
        else:
            answer, happening = self.ok(self.find(path.path)), None
        if isinstance(happening, type):
            raise happening
        if isinstance(happening, Response):
            return happening
        return answer if happening is None else Response(happening, {}, b"")

    def ok(self, data, status=200, **more):
        date = (self.clock.now() - self.behind).strftime("%a, %d %b %Y %H:%M:%S GMT")
        body = json.dumps({"success": True, "data": data, **more}).encode()
        return Response(status, {"Date": date}, body)

    def started(self, body):
        name = f"task_{len(self.tasks)}"
        created = (self.clock.now() - self.behind).isoformat()
        facts = {"id": name, "metadata": body["metadata"], "created_at": created}
        self.tasks.insert(0, self.api.task("pending", **facts)["data"])
        return self.ok(self.api.accepted(id=name, created_at=created)["data"], 202)

    def find(self, path):
        return next(task for task in self.tasks if path.endswith(task["id"]))

    def cancelled(self, path):
        self.find(path)["status"] = "cancelled"
        return self.ok({"id": self.find(path)["id"], "status": "cancelled"})

    def listing(self, query):
        self.late -= 1
        since = query["startDate"][0].replace("Z", "+00:00")
        shown = [] if self.late >= 0 else [t for t in self.tasks if t["created_at"] >= since]
        return self.ok(shown, pagination={"cursor": None, "hasMore": False, "total": len(shown)})

    def close(self):
        pass


@pytest.fixture
def world(api, clock, registry):
    def make(**how):
        server = Server(api, clock, **how)
        mh = ModelHunter("river_test_x", transport=server, clock=clock, registry=registry, budget=5)
        return server, mh

    return make


@pytest.mark.parametrize("where", [{"post_1": KeyboardInterrupt}, {"list": KeyboardInterrupt}])
def test_ctrl_c_while_a_job_is_sent_leads_back_to_it(world, where):
    server, mh = world(**{"post_1": 500, **where})
    with pytest.raises(KeyboardInterrupt) as caught:
        mh.submit("acme-1", prompt="a secret plan", duration=3)
    server.on = {}
    assert mh.resume(caught.value.resume_token).id == "task_0"
    (note,) = caught.value.__notes__
    assert "secret plan" not in note
    shown = note.partition("('")[2].partition("')")[0]
    assert mh.resume(shown).id == "task_0"
    server.tasks.clear()
    with pytest.raises(BadToken, match="none of the inputs"):
        mh.resume(shown, resubmit=True)
    assert server.posts == 1
    assert mh.spent == Decimal("0.30")


def test_what_goes_wrong_before_anything_is_sent_costs_no_budget(world):
    server, mh = world()
    with pytest.raises(ZeroDivisionError):
        mh.submit("acme-1", prompt="hi", duration=3, on_token=lambda token: 1 / 0)
    assert (server.posts, mh.spent) == (0, 0)


@pytest.mark.parametrize("status", [501, 520, 522, 524, 529, 598])
def test_any_failure_of_a_server_leaves_the_outcome_unknown(world, status):
    server, mh = world(post_1=status)
    assert mh.submit("acme-1", prompt="hi").id == "task_0"
    assert server.posts == 1


@pytest.mark.parametrize("hours", [-26, -1, 0, 1, 26])
def test_a_clock_that_is_wrong_hides_no_job(world, hours):
    server, mh = world(post_1=500, behind=timedelta(hours=hours))
    assert mh.submit("acme-1", prompt="hi").id == "task_0"
    assert server.posts == 1


@pytest.mark.parametrize("hours", [1, 26])
def test_a_token_from_a_machine_whose_clock_was_wrong(world, clock, hours):
    server, mh = world(post_1=500, late=99, behind=timedelta(hours=hours))
    with pytest.raises(SubmissionUnknown) as caught:
        mh.submit("acme-1", prompt="hi")
    clock.seconds -= hours * 3600
    server.late, server.behind = 0, timedelta(0)
    assert mh.resume(caught.value.token).id == "task_0"


@pytest.mark.parametrize("trouble", [{"cancel": 409}, {"cancel": 500}, {"cancel": 404}])
def test_a_twin_that_can_not_be_cancelled_does_not_cost_the_task(world, trouble, caplog):
    server, mh = world(post_1=500, late=4, **trouble)
    task = mh.submit("acme-1", prompt="hi", resubmit=True)
    assert (server.posts, task.id) == (2, "task_0")
    assert "task_0 was sent twice" in caplog.text


def test_trouble_with_looking_for_a_twin_does_not_cost_the_task(world):
    server, mh = world(post_1=500, late=99)
    with pytest.raises(SubmissionUnknown) as caught:
        mh.submit("acme-1", prompt="hi")
    assert caught.value.resume_token == caught.value.token
    server.once_more = 503
    assert mh.resume(caught.value.token, resubmit=True).id == "task_1"


def own(api, status):
    return Response(status, {}, json.dumps(api.refusal("SOME_CODE")).encode())


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 408, 409, 418, 422])
def test_a_refusal_in_the_apis_own_words_is_believed(world, api, status):
    server, mh = world(post_1=own(api, status))
    with pytest.raises(APIError) as caught:
        mh.submit("acme-1", prompt="hi", duration=3)
    assert (caught.value.status, caught.value.is_own, server.posts) == (status, True, 1)
    assert mh.spent == 0
    assert pickle.loads(pickle.dumps(caught.value)).is_own


PAGES = {
    "nothing": b"",
    "a page": b"<html>not here</html>",
    "another's JSON": b'{"message": "Forbidden"}',
    "another's code": b'{"error": {"code": "NotFound", "message": "no"}}',
    "no code": b'{"success": false, "error": {"message": "no"}}',
    "a number": b'{"success": false, "error": {"code": 404}}',
}


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 413, 499])
def test_a_refusal_in_somebody_elses_words_leaves_the_outcome_unknown(world, status, page):
    server, mh = world(post_1=Response(status, {}, page))
    assert mh.submit("acme-1", prompt="hi", duration=3).id == "task_0"
    assert (server.posts, mh.spent) == (1, Decimal("0.30"))


def test_such_a_refusal_of_a_job_that_can_not_be_found(world):
    server, mh = world(post_1=404, late=99)
    with pytest.raises(SubmissionUnknown, match="answered 404") as caught:
        mh.submit("acme-1", prompt="hi", duration=3)
    assert not caught.value.__cause__.is_own
    assert (server.posts, mh.spent) == (1, Decimal("0.30"))


def test_a_proxy_that_wants_a_password_has_passed_nothing_on(world):
    server, mh = world(post_1=407)
    with pytest.raises(APIError, match="407"):
        mh.submit("acme-1", prompt="hi", duration=3)
    assert (server.posts, mh.spent) == (1, 0)


@pytest.mark.parametrize(
    "trouble", [ValueError, RecursionError, UnicodeError, KeyboardInterrupt, UnexpectedResponse]
)
@pytest.mark.parametrize("where", ["the plugin's call", "the body", "the headers"])
def test_what_goes_wrong_before_the_first_byte_costs_no_budget(
    world, registry, monkeypatch, trouble, where
):
    server, mh = world()

    def fail(*_, **__):
        raise trouble("x", status=0) if trouble is UnexpectedResponse else trouble("x")

    if where == "the plugin's call":
        provider, _ = registry.model("acme-1")
        (model, _) = provider.models
        broken = tuple(attrs.evolve(one, call=fail) for one in model.capabilities)
        registry.model = lambda name: (provider, attrs.evolve(model, capabilities=broken))
    elif where == "the body":
        monkeypatch.setattr("modelhunter.runtime.bodies.body", fail)
    else:
        monkeypatch.setattr(type(mh.context.session), "place", fail)
    for _ in range(20):
        with pytest.raises((trouble, Unsendable, PluginError)) as caught:
            mh.submit("acme-1", prompt="hi", duration=3)
    assert not hasattr(caught.value, "__notes__")
    assert (server.posts, mh.spent) == (0, 0)


def test_a_second_sending_that_is_refused_does_not_settle_the_first(world):
    server, mh = world(post_1=500, post_2=400, late=99)
    server.started = lambda body: server.ok({})
    with pytest.raises(SubmissionUnknown, match="400"):
        mh.submit("acme-1", prompt="hi", duration=3, resubmit=True)
    assert mh.spent == Decimal("0.30")
