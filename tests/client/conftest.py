"""A provider that nobody has, a client that talks to the mock, and answers of the API."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from modelhunter import ModelHunter
from modelhunter.plugins.catalogue import (
    Capability,
    Field,
    Model,
    Output,
    Provider,
    Role,
    Submission,
)
from modelhunter.plugins.hookspecs import hookimpl
from modelhunter.plugins.inputs import Input
from modelhunter.plugins.media import MediaRule
from modelhunter.plugins.prices import Price, Rate
from modelhunter.plugins.registry import Registry
from modelhunter.runtime import decode
from modelhunter.runtime.call import Call, JsonBody, Operation, ResponseDecoder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from modelhunter.api.models import SubmittedTask

KEY = "river_test_0123456789secret"


def _call(capability: str) -> Callable[[Submission], Call[SubmittedTask]]:
    from modelhunter.api.models.submitted_task import decode_submitted_task

    operation: Operation[SubmittedTask] = Operation(
        f"acme-{capability}",
        "POST",
        f"/api/v1/acme/{capability}",
        "unsafe",
        {"202": ResponseDecoder("json", decode.member("data", decode_submitted_task))},
    )

    def call(submission: Submission) -> Call[SubmittedTask]:
        body = {
            "model": submission.model,
            "input": dict(submission.input),
            "webhookUrl": submission.webhook_url,
            "metadata": submission.metadata,
        }
        return Call(operation, body=JsonBody({k: v for k, v in body.items() if v is not None}))

    return call


_PROMPT = Field(name="prompt", type="string", required=True, max_length=100)
_DURATION = Field(name="duration", type="integer", minimum=1, maximum=10, default=5)
_SIZE = Field(name="size", type="string", choices=("small", "large"), default="small")
_IMAGE = Field(
    name="image", type="string", required=True, media=MediaRule(kind="image", max_bytes=10_000_000)
)
_MORE = Field(
    name="references",
    type="array",
    max_items=3,
    item=Field(name="references", type="string", media=MediaRule(kind="image")),
)
_OUTPUT = Output(media="video", format=Role(value="mp4"), duration=Role(field="duration"))
_PRICE = Price(
    unit="second",
    low=Decimal("0.10"),
    high=Decimal("0.20"),
    as_of=date(2026, 3, 1),
    quantity="duration",
    depends_on=("size",),
    rates=(
        Rate(when={"size": "small"}, amount=Decimal("0.10")),
        Rate(when={"size": "large"}, amount=Decimal("0.20")),
    ),
)
PROVIDER = Provider(
    name="acme",
    models=(
        Model(
            id="acme-1",
            price=_PRICE,
            capabilities=(
                Capability(
                    name="text-to-video",
                    fields=(_PROMPT, _DURATION, _SIZE),
                    output=_OUTPUT,
                    call=_call("text-to-video"),
                ),
                Capability(
                    name="image-to-video",
                    fields=(_IMAGE, _MORE, attrs.evolve(_PROMPT, required=False), _DURATION, _SIZE),
                    output=_OUTPUT,
                    call=_call("image-to-video"),
                ),
            ),
        ),
        Model(
            id="acme/free",
            capabilities=(
                Capability(
                    name="text-to-video",
                    fields=(_PROMPT,),
                    output=Output(media="video"),
                    call=_call("text-to-video"),
                ),
            ),
        ),
    ),
)


@attrs.define(kw_only=True)
class TextToVideo(Input):
    """A typed input as plugins have them."""

    provider = "acme"
    capability = "text-to-video"
    model: str
    prompt: str
    duration: int | None = None
    size: str | None = None


@pytest.fixture
def text_to_video() -> type[TextToVideo]:
    return TextToVideo


@pytest.fixture
def registry() -> Registry:
    made = Registry(sources=lambda: ())
    made.register(
        SimpleNamespace(modelhunter_provider=hookimpl(lambda: PROVIDER)), name="acme-plugin"
    )
    return made


@pytest.fixture
def mh(clock: Any, registry: Registry) -> Iterator[ModelHunter]:
    with ModelHunter(KEY, clock=clock, registry=registry) as client:
        yield client


@pytest.fixture
def api() -> type[Api]:
    return Api


class Api:
    """Bodies of answers, as the documentation has them."""

    @staticmethod
    def task(status: str = "running", **changes: Any) -> dict[str, Any]:
        task = {
            "id": "task_1",
            "type": "video",
            "status": status,
            "provider": "acme",
            "model": "acme-1",
            "created_at": "2026-03-02T08:15:00Z",
            **changes,
        }
        if status == "succeeded" and "result" not in changes:
            task["result"] = [
                {
                    "url": "https://cdn.modelhunter.ai/results/task_1.mp4?sig=one",
                    "format": "mp4",
                    "duration": 5,
                    "size_bytes": 5,
                }
            ]
        return {"success": True, "data": task}

    @staticmethod
    def accepted(**changes: Any) -> dict[str, Any]:
        data = {
            "id": "task_1",
            "status": "pending",
            "type": "text-to-video",
            "provider": "acme",
            "model": "acme-1",
            "created_at": "2026-03-02T08:15:00Z",
            "estimated_seconds": 30,
            **changes,
        }
        return {"success": True, "data": data}

    @staticmethod
    def page(tasks: list[dict[str, Any]], cursor: str | None, more: bool) -> dict[str, Any]:
        return {
            "success": True,
            "data": [task["data"] for task in tasks],
            "pagination": {"cursor": cursor, "hasMore": more, "total": 99},
        }

    @staticmethod
    def refusal(code: str, message: str = "no") -> dict[str, Any]:
        return {"success": False, "error": {"code": code, "message": message}}
