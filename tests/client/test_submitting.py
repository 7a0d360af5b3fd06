"""From inputs to a task: what is checked, priced, uploaded and sent, and what is not."""

from __future__ import annotations

import io
import json
import pickle
from decimal import Decimal

import httpx
import pytest

from modelhunter import (
    BadRequest,
    InsufficientBalance,
    InvalidInput,
    ModelHunter,
    OverBudget,
    UnexpectedResponse,
    UnknownModel,
    UploadFailed,
)

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 50


def sent(route) -> dict:
    return json.loads(route.calls.last.request.content)


@pytest.fixture
def start(modelhunter_mock, api):
    return modelhunter_mock.post("/api/v1/acme/text-to-video").respond(202, json=api.accepted())


@pytest.fixture
def start_from_image(modelhunter_mock, api):
    return modelhunter_mock.post("/api/v1/acme/image-to-video").respond(202, json=api.accepted())


@pytest.fixture
def uploads(modelhunter_mock):
    tickets = modelhunter_mock.post("/api/v1/files/upload-url")
    tickets.side_effect = lambda request: httpx.Response(
        200,
        json={
            "success": True,
            "data": {
                "upload_url": f"https://storage.modelhunter.ai/u/{len(tickets.calls)}?sig=1",
                "file_id": f"file_{len(tickets.calls)}",
            },
        },
    )
    put = modelhunter_mock.put(host="storage.modelhunter.ai").respond(200)
    complete = modelhunter_mock.post(url__regex=r".*/files/file_\d+/complete")
    complete.side_effect = lambda request: httpx.Response(
        200,
        json={
            "success": True,
            "data": {"id": "f", "url": f"https://cdn.modelhunter.ai/{len(complete.calls) + 1}.png"},
        },
    )
    modelhunter_mock._tickets = tickets
    return put


def test_by_model_and_keywords(mh, start):
    task = mh.submit(
        "acme-1", prompt="hi", duration=3, metadata={"shot": 1}, webhook_url="https://me.example/"
    )
    body = sent(start)
    assert len(body["metadata"].pop("_modelhunter")) == 24
    assert body == {
        "model": "acme-1",
        "input": {"prompt": "hi", "duration": 3},
        "metadata": {"shot": 1},
        "webhookUrl": "https://me.example/",
    }
    assert start.calls.last.request.headers["Authorization"].startswith("Bearer river_test_")
    assert (task.id, task.status, task.type, task.done) == ("task_1", "pending", "video", False)
    assert task.estimated_seconds == 30
    assert task.metadata == {"shot": 1}


def test_by_typed_input(mh, start, text_to_video):
    mh.submit(text_to_video(model="acme-1", prompt="hi", size="large"))
    assert sent(start)["input"] == {"prompt": "hi", "size": "large"}


def test_by_provider_attribute(mh, start):
    mh.acme.text_to_video("acme-1", prompt="hi")
    assert sent(start)["model"] == "acme-1"
    with pytest.raises(TypeError, match="acme-1, acme/free"):
        mh.acme.text_to_video(prompt="hi")


def test_the_capability_follows_from_the_inputs(mh, start_from_image):
    mh.submit("acme-1", image="https://me.example/cat.png")
    assert sent(start_from_image)["input"] == {"image": "https://me.example/cat.png"}


def test_every_problem_is_listed_and_nothing_is_sent(mh, modelhunter_mock):
    with pytest.raises(InvalidInput) as caught:
        mh.submit("acme-1", promt="hi", duration=99, size="huge")
    text = str(caught.value)
    for part in ("promt", "prompt", "99", "10", "huge", "small", "large", "nothing was sent"):
        assert part in text
    assert len(caught.value.problems) >= 3
    assert (caught.value.model, caught.value.capability) == ("acme-1", "text-to-video")
    assert not modelhunter_mock.calls


def test_a_misspelt_model(mh):
    with pytest.raises(UnknownModel, match="acme-1") as caught:
        mh.submit("acme1", prompt="hi")
    assert "acme-1" in caught.value.suggestions


def test_a_path_in_a_media_input_is_uploaded(mh, start_from_image, uploads, tmp_path):
    cat = tmp_path / "cat.png"
    cat.write_bytes(PNG)
    mh.submit("acme-1", image=str(cat))
    assert sent(start_from_image)["input"] == {"image": "https://cdn.modelhunter.ai/1.png"}
    request = uploads.calls.last.request
    assert request.content == PNG
    assert request.headers["Content-Type"] == "image/png"
    assert "Authorization" not in request.headers


def test_media_in_all_their_forms_and_nested(mh, start_from_image, uploads, tmp_path):
    path = tmp_path / "cat.png"
    path.write_bytes(PNG + b"in a path")
    file = io.BytesIO(b"skipped" + PNG)
    file.seek(7)
    known = mh.files.upload(PNG + b"known")
    mh.submit("acme-1", image=PNG + b"as bytes", references=[path, file, known])
    assert sent(start_from_image)["input"] == {
        "image": "https://cdn.modelhunter.ai/2.png",
        "references": [
            "https://cdn.modelhunter.ai/3.png",
            "https://cdn.modelhunter.ai/4.png",
            known.url,
        ],
    }
    contents = [call.request.content for call in uploads.calls]
    assert contents == [PNG + b"known", PNG + b"as bytes", PNG + b"in a path", PNG]


def test_a_pillow_image(mh, start_from_image, uploads):
    image = pytest.importorskip("PIL.Image").new("RGB", (200, 200))
    mh.submit("acme-1", image=image)
    assert uploads.calls.last.request.content.startswith(b"\x89PNG")


def test_content_used_twice_is_uploaded_once(mh, start_from_image, uploads, tmp_path):
    path = tmp_path / "cat.png"
    path.write_bytes(PNG)
    mh.submit("acme-1", image=PNG, references=[PNG, path, io.BytesIO(PNG)])
    assert uploads.call_count == 1
    assert set(sent(start_from_image)["input"]["references"]) == {
        "https://cdn.modelhunter.ai/1.png"
    }


def test_a_missing_file_is_a_problem_before_anything_is_sent(mh, modelhunter_mock):
    with pytest.raises(InvalidInput, match=r"no-such\.png"):
        mh.submit("acme-1", image="no-such.png")
    assert not modelhunter_mock.calls


def test_an_upload_that_is_lost_is_sent_again_with_a_new_address(mh, uploads, modelhunter_mock):
    outcomes = iter([httpx.ReadTimeout, httpx.Response(503), httpx.Response(200)])
    uploads.side_effect = lambda request: _next(outcomes)
    mh.files.upload(PNG)
    assert uploads.call_count == 3
    assert modelhunter_mock._tickets.call_count == 3


def _next(outcomes):
    outcome = next(outcomes)
    if isinstance(outcome, httpx.Response):
        return outcome
    raise outcome("mock")


def test_an_upload_that_the_storage_refuses(mh, modelhunter_mock):
    ticket = {"upload_url": "https://storage.modelhunter.ai/u?sig=1", "file_id": "f"}
    modelhunter_mock.post("/api/v1/files/upload-url").respond(
        json={"success": True, "data": ticket}
    )
    modelhunter_mock.put(host="storage.modelhunter.ai").respond(400)
    with pytest.raises(UploadFailed, match="400"):
        mh.files.upload(PNG)


@pytest.mark.parametrize("address", ["http://[::1", "file:///etc/passwd", "//x", ""])
def test_an_address_that_nothing_can_be_uploaded_to(mh, modelhunter_mock, address):
    ticket = {"upload_url": address, "file_id": "f"}
    modelhunter_mock.post("/api/v1/files/upload-url").respond(
        json={"success": True, "data": ticket}
    )
    with pytest.raises(UnexpectedResponse, match="no http"):
        mh.files.upload(PNG)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (b"", "empty"),
        (b"unknown content", r"holds text \(text/plain\)"),
        (bytes(100), "say its content type"),
        (io.StringIO("text"), "binary"),
        ("https://me.example/cat.png", "already"),
        (7, "7 can.t be uploaded"),
        ("no-such.png", "can't be read"),
    ],
)
def test_what_can_not_be_uploaded(mh, given, says):
    with pytest.raises(UploadFailed, match=says):
        mh.files.upload(given)


def test_progress_of_an_upload(mh, uploads):
    seen = []
    mh.files.upload(PNG, on_progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (len(PNG), len(PNG))


# ------------------------------------------------------------------- money


def test_estimates(mh):
    exact = mh.estimate("acme-1", duration=4, size="large")
    assert exact.low == exact.high == exact.likely == Decimal("0.80")
    assert mh.estimate("acme-1").likely == Decimal("0.50")
    with pytest.raises(InvalidInput):
        mh.estimate("acme-1", duration=4000)
    with pytest.raises(LookupError, match="acme/free"):
        mh.estimate("acme/free")


def test_max_cost_refuses_before_sending(mh, start):
    with pytest.raises(OverBudget) as caught:
        mh.submit("acme-1", prompt="hi", duration=4, size="large", max_cost="0.79")
    assert caught.value.estimate.high == Decimal("0.80")
    assert not start.called
    mh.submit("acme-1", prompt="hi", duration=4, size="large", max_cost=0.80)
    assert start.called


def test_a_model_without_a_price_can_not_be_kept_within_a_limit(mh, start):
    with pytest.raises(OverBudget, match="no known price"):
        mh.submit("acme/free", prompt="hi", max_cost=5)
    mh.submit("acme/free", prompt="hi")
    assert start.call_count == 1


def test_a_budget_counts_all_jobs_of_a_client(start, registry, clock, modelhunter_mock, api):
    names = iter(("task_1", "task_2"))
    start.side_effect = lambda _: httpx.Response(202, json=api.accepted(id=next(names)))
    with ModelHunter("river_test_x", budget=1, registry=registry, clock=clock) as mh:
        task = mh.submit("acme-1", prompt="hi", duration=6)
        assert mh.spent == Decimal("0.60")
        with pytest.raises(OverBudget, match=r"0\.60"):
            mh.submit("acme-1", prompt="hi", duration=5)
        done = api.task("succeeded", cost=0.2)
        modelhunter_mock.get("/api/v1/tasks/task_1").respond(json=done)
        task.wait()
        assert mh.spent == Decimal("0.2")
        mh.submit("acme-1", prompt="hi", duration=5)


def test_a_job_that_was_refused_costs_no_budget(start, registry, clock, api):
    start.respond(402, json=api.refusal("INSUFFICIENT_BALANCE"))
    with ModelHunter("river_test_x", budget=1, registry=registry, clock=clock) as mh:
        with pytest.raises(InsufficientBalance):
            mh.submit("acme-1", prompt="hi", duration=6)
        assert mh.spent == 0


# ------------------------------------------------------------------- what goes wrong


def test_a_paid_request_is_repeated_when_it_was_never_delivered(mh, start, api):
    start.side_effect = [httpx.ConnectError("x"), httpx.Response(202, json=api.accepted())]
    assert mh.submit("acme-1", prompt="hi").id == "task_1"


def test_a_refusal_of_the_api(mh, start, api):
    start.respond(400, json=api.refusal("VALIDATION_ERROR", "prompt refused"))
    with pytest.raises(BadRequest, match="prompt refused") as caught:
        mh.submit("acme-1", prompt="hi")
    assert caught.value.code == "VALIDATION_ERROR"


def test_errors_pickle(mh):
    with pytest.raises(InvalidInput) as caught:
        mh.submit("acme-1", duration=99)
    copy = pickle.loads(pickle.dumps(caught.value))
    assert str(copy) == str(caught.value)
    assert copy.problems == caught.value.problems
