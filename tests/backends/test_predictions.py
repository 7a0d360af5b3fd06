"""The example on an API of predictions: found again in pages, files within requests and answers."""

from __future__ import annotations

import base64

import pytest
from attrs import evolve

from modelhunter import Conflict, DownloadFailed, SubmissionUnknown, TaskCancelled, TaskFailed
from modelhunter.api.models import ResultItem
from modelhunter.plugins import Report, hookimpl
from modelhunter.testing import ProviderConformance
from modelhunter.webhooks import Receiver

from .conftest import example, registry_of, serving

PLUGIN, SERVER = example("predictions", "modelhunter_predictions")
BRUSH = "predictions/brush"


class TestPredictions(ProviderConformance):
    provider = "predictions"
    installed = False
    found = registry_of(PLUGIN)

    @classmethod
    def registry(cls):
        return cls.found


@pytest.fixture
def api(monkeypatch):
    with serving(SERVER.Predictions()) as server:
        monkeypatch.setenv("PREDICTIONS_URL", server.url)
        monkeypatch.setenv("PREDICTIONS_TOKEN", SERVER.TOKEN)
        yield server


class Changed:
    """The plugin with another backend."""

    def __init__(self, **changes):
        self.changes = changes

    @hookimpl
    def modelhunter_provider(self):
        provider = PLUGIN.modelhunter_provider()
        return evolve(provider, backend=evolve(provider.backend, **self.changes))


@pytest.mark.parametrize(("form", "count"), [("text", 1), ("list", 3), ("object", 3), ("data", 1)])
def test_results_of_every_form_are_files(api, connect, tmp_path, form, count):
    api.form = form
    task = connect(PLUGIN).generate(BRUSH, prompt="x", num_outputs=3)
    paths = task.download(f"{tmp_path}/")
    assert [path.read_bytes() for path in paths] == [SERVER.PICTURE] * count
    assert {path.suffix for path in paths} == {".png"}


def test_a_lost_submission_is_found_in_the_pages_of_the_list(api, connect):
    """Behind others, which are younger, and once."""
    client = connect(PLUGIN)
    api.page, api.swallow = 1, 1
    tokens = []
    task = client.submit(BRUSH, prompt="x", on_token=tokens.append)
    assert task.id == "p1"
    for _ in range(3):
        client.submit(BRUSH, prompt="y")
    assert client.resume(tokens[0]) == task
    assert len(api.predictions) == 4
    assert [path for method, path, _ in api.seen if method == "POST"] == ["/v1/predictions"] * 4
    assert api.seen[-1][1] == "/v1/predictions?cursor=3"


def test_older_pages_than_the_submission_are_not_read(api, connect):
    client = connect(PLUGIN)
    for _ in range(3):
        api.start({"input": {"prompt": "old"}, "metadata": {}})["created_at"] = (
            "2020-01-01T00:00:00+00:00"
        )
    api.page, api.swallow = 1, 1
    assert client.submit(BRUSH, prompt="x").id == "p4"
    pages = [path for method, path, _ in api.seen if method == "GET"]
    assert pages == ["/v1/predictions", "/v1/predictions?cursor=1"]


def test_what_is_not_in_the_list_is_unknown_and_not_repeated(api, connect):
    api.swallow = 1
    client = connect(Changed(find=lambda since: (yield from iter(()))))  # gives None
    with pytest.raises(SubmissionUnknown, match="find of its backend gives NoneType"):
        client.submit(BRUSH, prompt="x", look_for=3)
    assert len(api.predictions) == 1


def test_what_is_read_from_the_answer_must_be_a_report(api, connect):
    """The job may have been paid: it is looked for by its marker, and found."""

    class Odd:
        @hookimpl
        def modelhunter_provider(self):
            provider = PLUGIN.modelhunter_provider()
            (brush,) = provider.models
            (painting,) = brush.capabilities

            def start(given):
                call = PLUGIN.start(given)
                answers = {"201": evolve(PLUGIN.ONE, decode=lambda body: body)}
                return evolve(call, operation=evolve(call.operation, answers=answers))

            odd = evolve(brush, capabilities=(evolve(painting, call=start),))
            return evolve(provider, models=(odd,))

    assert connect(Odd()).submit(BRUSH, prompt="x").id == "p1"
    assert len(api.predictions) == 1


def test_another_process_goes_on(api, connect):
    token = connect(PLUGIN).submit(BRUSH, prompt="x").resume_token()
    assert connect(PLUGIN).resume(token).wait().status == "succeeded"


def test_failing_and_cancelling(api, connect):
    client = connect(PLUGIN)
    with pytest.raises(TaskFailed, match="not allowed here"):
        client.generate(BRUSH, prompt="forbidden")
    task = client.submit(BRUSH, prompt="x")
    assert task.cancel().status == "cancelled"
    with pytest.raises(TaskCancelled):
        task.wait()
    with pytest.raises(Conflict, match="done already"):
        client.generate(BRUSH, prompt="x").cancel()


def test_local_files_go_along_in_the_request(api, connect, tmp_path):
    """And nothing is kept of what was made of them."""
    picture = tmp_path / "start.png"
    picture.write_bytes(SERVER.PICTURE)
    client = connect(PLUGIN)
    client.submit(BRUSH, prompt="x", image=picture)
    sent = api.predictions["p1"]["order"]["input"]["image"]
    head, _, content = sent.partition(",")
    assert (head, base64.b64decode(content)) == ("data:image/png;base64", SERVER.PICTURE)
    assert client.context.uploads._done == {}


def test_a_webhook_ends_the_wait(api, connect):
    def finish(task):
        if not task.done:
            api.finish(api.predictions["p1"])

    with Receiver() as receiver:
        task = connect(PLUGIN).generate(BRUSH, prompt="x", webhook=receiver, on_update=finish)
    assert task.status == "succeeded"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("data:image/png;base64,***", "without content that can be read"),
        ("data:image/png;base64,", "without content that can be read"),
        ("data:image/png", "without content that can be read"),
        ("data:image/png;base64,PGh0bWw+PC9odG1sPg==", "sent text/html where image/png is due"),
    ],
)
def test_an_inline_result_that_is_none(api, connect, tmp_path, url, said):
    def read(job):
        return Report(id=job, status="succeeded", outputs=[ResultItem(url=url)])
        yield

    task = connect(Changed(read=read)).generate(BRUSH, prompt="x")
    with pytest.raises(DownloadFailed, match=said):
        task.download(f"{tmp_path}/")
    assert [*tmp_path.iterdir()] == []


def test_an_inline_result_is_bounded_like_any_other(api, connect, tmp_path):
    api.form = "data"
    task = connect(PLUGIN).generate(BRUSH, prompt="x")
    with pytest.raises(DownloadFailed, match="at most 10 are fetched"):
        task.download(f"{tmp_path}/", max_bytes=10)


def test_addresses_relative_to_the_api(api, connect):
    def read(job):
        outputs = [ResultItem(url="/files/x.png"), ResultItem(url="files/y.png")]
        return Report(id=job, status="succeeded", outputs=outputs)
        yield

    task = connect(Changed(read=read)).generate(BRUSH, prompt="x")
    assert [one.url for one in task.outputs] == [f"{api.url}/files/x.png", f"{api.url}/files/y.png"]


def test_an_agent_is_not_shown_what_a_result_is_made_of(api, connect):
    pytest.importorskip("mcp")
    from modelhunter.mcp.server import of_task

    api.form = "data"
    task = connect(PLUGIN).generate(BRUSH, prompt="x")
    (output,) = of_task(task)["outputs"]
    assert (output["url"], output["format"]) == (None, "png")
