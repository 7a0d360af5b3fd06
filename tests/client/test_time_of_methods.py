"""``timeout`` bounds a method from its call to its end, whatever it is made of."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest

from modelhunter import (
    ModelHunter,
    ModelHunterError,
    Retry,
    SubmissionUnknown,
    TimedOut,
    UploadFailed,
)
from modelhunter.runtime.message import FileContent, Response

PNG = b"\x89PNG\r\n\x1a\n" + bytes(50)
TIMEOUT = 2.0


class Slow:
    """An API in memory of which each request takes its time on the clock, up to its deadline.

    ``takes`` maps the beginning of a path, after the method, to seconds; None is for ever.
    """

    def __init__(self, api, clock, **takes):
        self.api, self.clock, self.takes = api, clock, takes
        self.tasks, self.seen = [], []

    def send(self, request):
        path = urlsplit(request.target).path
        name = self.name(request.method, path)
        self.seen.append(name)
        if isinstance(request.body, FileContent):
            self.sent = request.body.open().read()
        self.pass_by(self.takes.get(name, 0.01), request)
        return self.answer(name, path, request)

    def pass_by(self, seconds, request):
        end = self.clock.seconds + (request.read_timeout if seconds is None else seconds)
        if request.deadline is not None and end > request.deadline:
            self.clock.seconds = max(self.clock.seconds, request.deadline)
            raise TimedOut("the deadline for the whole call passed", delivered="maybe")
        self.clock.seconds = end
        if seconds is None:
            raise TimedOut("the server was silent", delivered="maybe")

    def name(self, method, path):
        if method == "PUT":
            return "put"
        if path.endswith("/upload-url"):
            return "ticket"
        if path.endswith("/complete"):
            return "complete"
        if method == "POST":
            return "post"
        if method == "DELETE":
            return "delete"
        return "list" if path == "/api/v1/tasks" else "get"

    def answer(self, name, path, request):
        if name == "list":
            page = len(self.seen)
            rows = [
                self.api.task("running", id=f"task_{page}_{n}")["data"] for n in range(self.rows)
            ]
            more = {"cursor": str(page), "hasMore": True, "total": 10**9}
            return self.say({"success": True, "data": rows, "pagination": more})
        data = {
            "put": {},
            "ticket": {"upload_url": "https://storage.modelhunter.ai/u", "file_id": "f"},
            "complete": {"id": "f", "url": "https://cdn.modelhunter.ai/f.png"},
            "post": self.api.accepted()["data"],
            "delete": {"id": "task_1", "status": "cancelled"},
            "get": self.api.task("running", id=path.rpartition("/")[2])["data"],
        }
        return self.say({"success": True, "data": data[name]}, 202 if name == "post" else 200)

    rows = 0

    def say(self, body, status=200):
        date = self.clock.now().strftime("%a, %d %b %Y %H:%M:%S GMT")
        return Response(status, {"Date": date}, json.dumps(body).encode())

    def close(self):
        pass


@pytest.fixture
def within(api, clock, registry, monkeypatch):
    """Calls a method of a client, and returns how long it took and how it ended."""

    monkeypatch.setattr("modelhunter.runtime.drivers.deadlines.time", clock)

    def run(method, timeout=TIMEOUT, retries=None, rows=0, **takes):
        server = Slow(api, clock, **takes)
        server.rows = rows
        options = {"timeout": timeout, "clock": clock, "registry": registry}
        mh = ModelHunter("river_x", transport=server, retries=retries, **options)
        began = clock.seconds
        try:
            outcome = method(mh)
        except ModelHunterError as error:
            outcome = error
        return clock.seconds - began, outcome, server

    return run


def submit(mh, **more):
    return mh.submit("acme-1", prompt="hi", duration=3, **more)


def test_a_submission_to_an_api_that_never_answers(within):
    took, error, server = within(submit, post=None, list=None)
    assert isinstance(error, SubmissionUnknown)
    assert took <= TIMEOUT + 17
    assert server.seen.count("post") == 1
    assert server.seen.count("list") >= 4


@pytest.mark.parametrize("timeout", [0.5, 2, 40, 120, None])
@pytest.mark.parametrize("look_for", [0, 1, 17, 60])
def test_the_look_for_a_lost_submission_has_its_own_time(within, timeout, look_for):
    took, error, server = within(
        lambda mh: submit(mh, look_for=look_for), timeout=timeout, post=None, list=None
    )
    assert isinstance(error, SubmissionUnknown)
    assert took <= min(30, timeout or 30) + look_for + 0.001
    assert ("list" in server.seen) == (look_for > 0)


def test_resuming_and_sending_again(within):
    def method(mh):
        return mh.resume(mh.prepare("acme-1", prompt="hi").token, resubmit=True)

    took, _, _ = within(method, post=None, list=None)
    assert took <= 17
    took, error, server = within(method, post=None)
    assert server.seen.count("post") == 0  # the list that does not end says nothing
    assert isinstance(error, SubmissionUnknown)
    assert took <= 17 + 0.001


def test_uploads_are_part_of_the_submission(within):
    took, error, server = within(
        lambda mh: mh.submit("acme-1", image=PNG, look_for=0), ticket=0.7, put=0.7, complete=0.7
    )
    assert isinstance(error, TimedOut)
    assert took <= TIMEOUT + 0.02
    assert "post" not in server.seen


@pytest.mark.parametrize("silent", ["ticket", "put", "complete"])
@pytest.mark.parametrize("timeout", [2, 120])
def test_an_upload_to_silent_storage(within, silent, timeout):
    took, error, _ = within(lambda mh: mh.files.upload(PNG), timeout=timeout, **{silent: None})
    assert isinstance(error, UploadFailed | TimedOut)
    assert took <= timeout + 0.02


def test_the_bytes_of_an_upload_have_time_of_their_own(within):
    picture = PNG + bytes(400_000)  # 97 s at 4 kB a second
    took, task, _ = within(lambda mh: mh.submit("acme-1", image=picture), put=60)
    assert task.id == "task_1"
    assert took > 60
    took, error, _ = within(lambda mh: mh.files.upload(picture), put=100)
    assert isinstance(error, UploadFailed | TimedOut)
    assert took <= TIMEOUT + 98


def test_time_is_not_given_twice_for_the_same_bytes(within):
    picture = PNG + bytes(40_000)  # 10 s
    took, error, _ = within(lambda mh: mh.files.upload(picture), put=None, retries=Retry(base=0))
    assert isinstance(error, UploadFailed)
    assert took <= TIMEOUT + 10


@pytest.mark.parametrize("rows", [0, 3])
def test_a_list_with_ever_new_cursors(within, rows):
    took, error, server = within(lambda mh: list(mh.tasks.list()), rows=rows, list=0.3)
    assert isinstance(error, TimedOut)
    assert took <= TIMEOUT
    assert server.seen.count("list") > 3


def test_what_a_program_does_with_the_tasks_of_a_list_is_its_own_time(within, clock):
    def method(mh):
        for number, _ in enumerate(mh.tasks.list()):
            clock.seconds += 100
            if number == 5:
                return number
        return None

    assert within(method, rows=2, list=0.3)[1] == 5


@pytest.mark.parametrize("by", ["id", "task"])
def test_cancelling(within, by):
    def method(mh):
        return mh.tasks.cancel("task_1") if by == "id" else mh.tasks.get("task_1").cancel()

    took, error, _ = within(method, retries=Retry(attempts=1), get=1.1, delete=1.1)
    assert isinstance(error, TimedOut)
    assert took <= TIMEOUT + (1.11 if by == "task" else 0)


def test_a_sweep(within):
    def method(mh):
        return mh.recover([mh.prepare("acme-1", prompt="hi").token])

    took, error, _ = within(method, list=0.3)
    assert isinstance(error, TimedOut)
    assert took <= TIMEOUT
