"""What a plugin reads from the answer to a submission may say little: the rest is known."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from modelhunter import ModelHunter, SubmissionUnknown, UnexpectedResponse
from modelhunter.plugins.catalogue import Capability, Field, Model, Output, Provider
from modelhunter.plugins.hookspecs import hookimpl
from modelhunter.plugins.registry import Registry
from modelhunter.runtime.call import Call, JsonBody, Operation, ResponseDecoder

if TYPE_CHECKING:
    from collections.abc import Callable

THEN = datetime(2025, 12, 24, tzinfo=UTC)


@pytest.fixture
def submit(modelhunter_mock: Any, clock: Any) -> Callable[..., Any]:
    """Submits a job of which the plugin reads these members from the answer."""

    def call_that_tells(told: dict[str, Any]) -> Any:
        reader = ResponseDecoder("json", lambda _: SimpleNamespace(**told))
        operation: Operation[Any] = Operation(
            "x", "POST", "/api/v1/terse", "unsafe", {"202": reader}
        )
        return lambda submission: Call(operation, body=JsonBody({"model": submission.model}))

    def act(**told: Any) -> Any:
        capability = Capability(
            name="text-to-video",
            fields=(Field(name="prompt", type="string"),),
            output=Output(media="video"),
            call=call_that_tells(told),
        )
        provider = Provider(name="terse", models=(Model(id="t-1", capabilities=(capability,)),))

        registry = Registry(sources=lambda: ())
        registry.register(
            SimpleNamespace(modelhunter_provider=hookimpl(lambda: provider)), name="terse-plugin"
        )
        modelhunter_mock.post("/api/v1/terse").respond(202, json={})
        mh = ModelHunter("river_test_x", registry=registry, clock=clock)
        return mh.submit("t-1", prompt="hi")

    return act


@pytest.fixture
def nothing_listed(modelhunter_mock: Any) -> None:
    modelhunter_mock.get("/api/v1/tasks").mock(return_value=modelhunter_mock.page([]))


def test_an_id_is_enough(submit: Any, clock: Any) -> None:
    task = submit(id="task_7")
    assert (task.id, task.status, task.provider, task.model) == (
        "task_7",
        "pending",
        "terse",
        "t-1",
    )
    assert (task.type, task.created_at, task.estimated_seconds) == ("video", clock.now(), None)


def test_what_is_told_counts(submit: Any) -> None:
    told = {"id": "task_7", "status": "processing", "provider": "terse", "model": "t-1-2026"}
    task = submit(**told, created_at=THEN)
    assert {name: getattr(task, name) for name in told} == told
    assert task.created_at == THEN


@pytest.mark.parametrize("empty", [None, "", 5, [], True])
def test_what_is_no_text_tells_nothing(submit: Any, clock: Any, empty: object) -> None:
    task = submit(id="task_7", status=empty, provider=empty, model=empty, created_at=empty)
    assert (task.status, task.provider, task.model) == ("pending", "terse", "t-1")
    assert task.created_at == clock.now()


def test_a_status_that_nobody_knows_stays_what_it_is(submit: Any) -> None:
    assert submit(id="task_7", status="dreaming").status == "dreaming"


@pytest.mark.usefixtures("nothing_listed")
@pytest.mark.parametrize("told", [{}, {"id": None}, {"id": ""}, {"id": 5}])
def test_without_an_id_it_is_not_known_whether_it_was_started(submit: Any, told: Any) -> None:
    with pytest.raises(SubmissionUnknown) as caught:
        submit(**told)
    cause = caught.value.__cause__
    assert isinstance(cause, UnexpectedResponse)
    assert "no id of a task; its author must name the member that holds it" in str(cause)
    assert cause.status == 200


@pytest.mark.usefixtures("nothing_listed")
def test_an_answer_of_another_provider_is_not_believed(submit: Any) -> None:
    with pytest.raises(SubmissionUnknown) as caught:
        submit(id="task_7", provider="acme")
    cause = caught.value.__cause__
    assert isinstance(cause, UnexpectedResponse)
    assert "the answer is of acme, and the submission was to terse" in str(cause)
    assert cause.status == 200
