"""What nobody has signed is believed only as far as the API confirms it."""

from __future__ import annotations

import asyncio
import inspect

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelhunter import errors, webhooks


@pytest.fixture
def unsigned(fresh):
    return fresh(signed=False, id="task_1", event_id="evt_1", metadata={"from": "the sender"})


@pytest.mark.parametrize("status", ["succeeded", "expired"])
def test_an_unsigned_event_comes_with_the_task_as_the_api_has_it(
    mh, scripted_api, unsigned, status
):
    scripted_api.has("task_1", status, metadata={"from": "the api"})
    event = webhooks.receive(mh, unsigned.body, unsigned.headers)
    assert (event.id, event.type, event.data.task.status) == ("evt_1", "task.completed", status)
    assert event.data.task.metadata == {"from": "the api"}
    assert scripted_api.asked == ["GET /api/v1/tasks/task_1"]


def test_what_the_library_adds_to_metadata_is_not_shown(mh, scripted_api, fresh):
    for metadata, shown in (({"order": 7}, {"order": 7}), ({}, None)):
        marked = {**metadata, "_modelhunter": "5d1f"}
        scripted_api.has("task_1", "succeeded", metadata=marked)
        sent = fresh(id="task_1", metadata=marked)
        assert webhooks.parse_unverified(sent.body).data.task.metadata == shown
        assert webhooks.receive(mh, sent.body, sent.headers).data.task.metadata == shown


def test_a_failure_is_confirmed_too(mh, scripted_api, fresh):
    failed = fresh("task.failed", signed=False, id="task_1")
    scripted_api.has("task_1", "failed", error={"code": "PROVIDER_ERROR", "message": "no"})
    assert webhooks.receive(mh, failed.body, failed.headers).data.task.error.message == "no"


@pytest.mark.parametrize(
    ("type_", "status"),
    [
        ("task.completed", "running"),
        ("task.completed", "failed"),
        ("task.completed", "cancelled"),
        ("task.completed", "something new"),
        ("task.failed", "succeeded"),
        ("task.failed", "pending"),
    ],
)
def test_an_event_that_the_api_contradicts_is_refused(mh, scripted_api, fresh, type_, status):
    sent = fresh(type_, signed=False, id="task_1")
    scripted_api.has("task_1", status)
    with pytest.raises(webhooks.UnconfirmedEvent, match=f"task_1, which the API has as {status}"):
        webhooks.receive(mh, sent.body, sent.headers)


def test_an_event_about_a_task_that_is_not_ours_is_refused(mh, unsigned):
    with pytest.raises(webhooks.UnconfirmedEvent, match="does not know task task_1"):
        webhooks.receive(mh, unsigned.body, unsigned.headers)


def test_an_answer_about_another_task_confirms_nothing(mh, scripted_api, unsigned):
    scripted_api.has("task_1", "succeeded", id="task_2")
    with pytest.raises(webhooks.UnconfirmedEvent):
        webhooks.receive(mh, unsigned.body, unsigned.headers)


def test_an_event_of_a_type_that_no_task_can_confirm_is_refused_unasked(mh, scripted_api, fresh):
    sent = fresh("balance.low", signed=False, id="task_1", status="succeeded")
    scripted_api.has("task_1", "succeeded")
    with pytest.raises(webhooks.UnconfirmedEvent, match="type"):
        webhooks.receive(mh, sent.body, sent.headers)
    assert scripted_api.asked == []


@pytest.mark.parametrize("task_id", ["", ".", "..", "a b", "ü", "x" * 201, "\n", "\ud800"])
def test_an_impossible_id_is_refused_unasked(mh, scripted_api, fresh, task_id):
    body = fresh(signed=False, id="task_1").body
    written = "".join(f"\\u{ord(c):04x}" for c in task_id)
    body = body.replace(b'"task_1"', f'"{written}"'.encode())
    assert webhooks.parse_unverified(body).data.task.id == task_id
    with pytest.raises(webhooks.UnconfirmedEvent, match="id"):
        webhooks.receive(mh, body, {})
    assert scripted_api.asked == []


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(task_id=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1))
def test_no_id_leads_to_another_path(mh, scripted_api, fresh, task_id):
    body = fresh(signed=False, id=task_id).body
    with pytest.raises(webhooks.UnconfirmedEvent):
        webhooks.receive(mh, body, {})
    for asked in scripted_api.asked:
        assert asked.startswith("GET /api/v1/tasks/")
        assert not set("/?#") & set(asked.removeprefix("GET /api/v1/tasks/"))


def test_when_the_api_cannot_be_asked_that_is_said(mh, scripted_api, unsigned):
    scripted_api.broken = True
    with pytest.raises(errors.ServerError):
        webhooks.receive(mh, unsigned.body, unsigned.headers)


def test_a_signed_event_is_verified_and_nobody_asked(mh, scripted_api, delivery, secret, now):
    event = webhooks.receive(mh, delivery.body, delivery.headers, [secret], now=now)
    assert event.id == "evt_1"
    assert scripted_api.asked == []


def test_a_wrong_signature_is_not_saved_by_the_api(mh, scripted_api, delivery, now):
    scripted_api.has("task_1", "succeeded")
    with pytest.raises(webhooks.SignatureMismatch):
        webhooks.receive(mh, delivery.body, delivery.headers, ["another"], now=now)
    with pytest.raises(webhooks.StaleEvent):
        webhooks.receive(
            mh, delivery.body, delivery.headers, "whsec_4f6c2a", now=now + 61, tolerance=60
        )


def test_without_secrets_the_api_is_asked_about_signed_events_too(mh, scripted_api, delivery):
    scripted_api.has("task_1", "succeeded")
    assert webhooks.receive(mh, delivery.body, delivery.headers).id == "evt_1"
    assert scripted_api.asked == ["GET /api/v1/tasks/task_1"]


def test_an_unreadable_body_is_called_so(mh):
    with pytest.raises(webhooks.UnreadableEvent):
        webhooks.receive(mh, b"{}", {})


def test_the_async_client_confirms_alike(async_mh, scripted_api, unsigned):
    with pytest.raises(webhooks.UnconfirmedEvent):
        asyncio.run(webhooks.areceive(async_mh, unsigned.body, unsigned.headers))
    scripted_api.has("task_1", "succeeded", metadata={"from": "the api"})
    event = asyncio.run(webhooks.areceive(async_mh, unsigned.body, unsigned.headers))
    assert event.data.task.metadata == {"from": "the api"}


def test_both_take_the_same_arguments():
    blocking, awaited = (
        inspect.signature(function).parameters for function in (webhooks.receive, webhooks.areceive)
    )
    assert list(blocking) == list(awaited)
    assert [p.default for p in blocking.values()] == [p.default for p in awaited.values()]
