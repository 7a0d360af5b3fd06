"""The example behind a queue: status and result at two addresses, files that want the key."""

from __future__ import annotations

import asyncio

import pytest
from attrs import evolve

from modelhunter import (
    AsyncModelHunter,
    Conflict,
    DownloadFailed,
    PluginError,
    Polling,
    TaskCancelled,
    TaskFailed,
    UnsafeLink,
)
from modelhunter.errors import TimedOut
from modelhunter.plugins import ask, hookimpl
from modelhunter.runtime.call import Call
from modelhunter.testing import ProviderConformance
from modelhunter.webhooks import Receiver

from .conftest import NoWaiting, example, registry_of, serving

PLUGIN, SERVER = example("queueapi", "modelhunter_queueapi")
FLUX = "queueapi/flux"


class TestQueue(ProviderConformance):
    provider = "queueapi"
    installed = False
    unpriced = ("queueapi/scribe",)
    found = registry_of(PLUGIN)

    @classmethod
    def registry(cls):
        return cls.found


@pytest.fixture
def queue(monkeypatch):
    with serving(SERVER.Queue()) as server:
        monkeypatch.setenv("QUEUEAPI_URL", server.url)
        monkeypatch.setenv("QUEUEAPI_KEY", SERVER.KEY)
        yield server


class Changed:
    """The plugin with another backend."""

    def __init__(self, **changes):
        self.changes = changes

    @hookimpl
    def modelhunter_provider(self):
        provider = PLUGIN.modelhunter_provider()
        return evolve(provider, backend=evolve(provider.backend, **self.changes))


def test_from_submission_to_file(queue, connect, tmp_path):
    seen = []
    task = connect(PLUGIN).submit(FLUX, prompt="a pier")
    task.wait(on_update=lambda task: seen.append(str(task.status)))
    assert seen[-2:] == ["running", "succeeded"]
    (path,) = task.download(tmp_path / "pier.png")
    assert path.read_bytes() == SERVER.PICTURE


def test_the_same_in_async(queue, tmp_path):
    async def run():
        async with AsyncModelHunter(
            registry=registry_of(PLUGIN), polling=Polling(0.0, 0.0, 0.0)
        ) as mh:
            task = await mh.generate(PLUGIN.TextToImage(prompt="a pier", image=SERVER.PICTURE))
            (path,) = await task.download(f"{tmp_path}/")
            return path

    assert asyncio.run(run()).read_bytes() == SERVER.PICTURE
    assert [*queue.stored.values()] == [SERVER.PICTURE]


def test_a_result_that_is_not_there_yet_is_waited_for(queue, connect):
    queue.lag = 2
    assert connect(PLUGIN).generate(FLUX, prompt="x").status == "succeeded"
    assert queue.lag == 0


def test_what_fails_there_fails_here(queue, connect):
    with pytest.raises(TaskFailed, match="policy: not allowed here"):
        connect(PLUGIN).generate(FLUX, prompt="forbidden")


def test_a_submission_without_an_answer_is_sent_again_and_made_once(queue, connect):
    queue.swallow = 2
    task = connect(PLUGIN).submit(FLUX, prompt="x")
    assert task.id == "flux:r1"
    assert [*queue.requests] == ["r1"]
    assert [path for method, path, _ in queue.seen if method == "POST"] == ["/flux"] * 3


def test_another_process_goes_on(queue, connect):
    token = connect(PLUGIN).submit(FLUX, prompt="x").resume_token()
    task = connect(PLUGIN).resume(token)
    assert (task.id, task.model, task.wait().status) == ("flux:r1", FLUX, "succeeded")


def test_cancelling(queue, connect):
    client = connect(PLUGIN)
    task = client.submit(FLUX, prompt="x")
    assert task.cancel().status == "cancelled"
    with pytest.raises(TaskCancelled):
        task.wait()
    with pytest.raises(Conflict, match="through already"):
        client.generate(FLUX, prompt="x").cancel()


def test_local_files_go_to_its_own_storage_without_the_key(queue, connect, tmp_path):
    """Each content once, to the link that the API gave, and to nothing of ModelHunter's."""
    picture = tmp_path / "start.png"
    picture.write_bytes(SERVER.PICTURE)
    client = connect(PLUGIN)
    for prompt in ("x", "y"):
        client.submit(FLUX, prompt=prompt, image=picture)
    assert queue.stored == {"0-start.png": SERVER.PICTURE}
    assert queue.requests["r2"]["input"]["image"] == f"{queue.url}/public/0-start.png"
    (put,) = [(path, keyed) for method, path, keyed in queue.seen if method == "PUT"]
    assert put == ("/bucket/0-start.png?signature=s", False)


def test_text_is_a_result_too(queue, connect, tmp_path):
    task = connect(PLUGIN).generate("queueapi/scribe", audio="https://a.example/talk.mp3")
    (path,) = task.download(f"{tmp_path}/")
    assert (path.suffix, path.read_text()) == (".txt", SERVER.TEXT)
    assert "QWxs" not in repr(task.outputs)


def test_files_behind_the_key_are_refused_without_it(queue, connect, tmp_path):
    task = connect(Changed(key_for_files=False)).generate(FLUX, prompt="x")
    with pytest.raises(DownloadFailed, match="refused"):
        task.download(tmp_path / "pier.png")


def test_the_key_does_not_follow_a_redirect_to_another_origin(queue, connect, tmp_path):
    task = connect(PLUGIN).generate(FLUX, prompt="x")
    with serving(SERVER.Queue()) as stranger:
        queue.elsewhere = f"{stranger.url}/files/r1.png"
        with pytest.raises(DownloadFailed):
            task.download(tmp_path / "pier.png")
        asked = {keyed for _, path, keyed in stranger.seen if path == "/files/r1.png"}
    assert asked == {False}
    assert {keyed for _, path, keyed in queue.seen if path.startswith("/files/")} == {True}


def test_a_link_to_elsewhere_is_not_followed_with_the_key(queue, connect):
    def read(job):
        state = yield from ask(Call(PLUGIN.STATUS, path_params=PLUGIN.named(job)))
        assert state["response_url"].startswith(queue.url)
        yield from ask(Call(PLUGIN.RESULT, link="http://127.0.0.2:9/flux/requests/r1"))

    task = connect(Changed(read=read)).submit(FLUX, prompt="x")
    with pytest.raises(UnsafeLink, match=r"leads to http://127\.0\.0\.2:9, and the API is at"):
        task.refresh()


def test_a_webhook_ends_the_wait(queue, connect):
    """What it says is not believed: the job is read, and looked at rarely until then."""
    clock = NoWaiting()
    client = connect(PLUGIN, clock=clock, polling=Polling())
    with Receiver() as receiver:
        task = client.submit(FLUX, prompt="x", webhook_url=receiver.url)
        receiver.learn(PLUGIN.BACKEND.event)
        queue.finish(queue.requests["r1"])
        assert receiver.wait_for(task.id, 10).data.task.id == "flux:r1"
        reads = len(queue.seen)
        assert task.wait(webhook=receiver).status == "succeeded"
    assert len(queue.seen) - reads == 2  # its status and its result
    assert clock.slept == []


def test_generate_teaches_the_receiver_what_the_api_delivers(queue, connect):
    told = []

    def finish(task):
        if not task.done:
            queue.finish(queue.requests["r1"])

    with Receiver(on_event=told.append) as receiver:
        client = connect(PLUGIN, polling=Polling())
        task = client.generate(FLUX, prompt="x", webhook=receiver, on_update=finish)
    assert task.status == "succeeded"
    assert [(event.type, event.data.task.id) for event in told] == [("task.changed", task.id)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"read": lambda job: 1 // 0}, "read of its backend failed: ZeroDivisionError"),
        ({"read": lambda job: {"id": job}}, "read of its backend is dict"),
        ({"read": lambda job: (yield "status")}, "yields str, which is no step"),
        ({"read": lambda job: (yield from ())}, "gives NoneType, not a Report"),
        ({"read": lambda job: (yield from (1 // 0 for _ in "x"))}, "failed: ZeroDivisionError"),
    ],
)
def test_a_backend_that_fails_is_named(queue, connect, change, said):
    task = connect(Changed(**change)).submit(FLUX, prompt="x")
    with pytest.raises(PluginError, match=said) as caught:
        task.refresh()
    assert str(caught.value).startswith("plugin example")


def test_all_the_steps_have_the_time_of_one_call(queue, connect):
    """A backend that asks for ever comes to an end."""
    calls = []

    class Ticking(NoWaiting):
        def monotonic(self):
            return super().monotonic() + len(calls) * 30

    def read(job):
        while True:
            yield from ask(Call(PLUGIN.STATUS, path_params=PLUGIN.named(job)))
            calls.append(job)

    task = connect(Changed(read=read), clock=Ticking()).submit(FLUX, prompt="x")
    with pytest.raises(TimedOut, match="the time for read was up"):
        task.refresh()
    assert len(calls) == 4  # of 30 seconds each, in 120


def test_the_upload_of_a_backend_that_gives_no_address_is_named(queue, connect):
    client = connect(Changed(upload=lambda file: (yield from ())))
    with pytest.raises(PluginError, match="upload of its backend gives NoneType"):
        client.submit(FLUX, prompt="x", image=SERVER.PICTURE)
    assert queue.requests == {}
