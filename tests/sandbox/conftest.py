"""A provider that only the sandbox's tests know, and a plain urllib3 client for it."""

from __future__ import annotations

import io
import json
import math
from contextlib import ExitStack
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import av
import pytest
import urllib3
from attrs import define, field

from modelhunter.plugins.catalogue import Capability, Field, Model, Output, Provider, Role, Rule
from modelhunter.plugins.hookspecs import hookimpl
from modelhunter.plugins.media import MediaRule
from modelhunter.plugins.prices import Factor, Price, Rate
from modelhunter.plugins.registry import Registry
from modelhunter.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROMPT = Field(name="prompt", type="string", required=True, max_length=2000)
SEED = Field(name="seed", type="integer")
DURATION = Field(name="duration", type="integer", minimum=1, maximum=16, default=5)
VIDEO = Output(
    media="video",
    format=Role(value="mp4"),
    duration=Role(field="duration"),
    resolution=Role(field="mode", values={"std": "540p", "pro": "1080p"}),
    aspect_ratio=Role(field="aspect_ratio"),
    audio=Role(field="sound", values={"on": True, "off": False}),
    seed=Role(field="seed"),
)
SECOND_PRICE = Price(
    unit="second",
    quantity="duration",
    low=Decimal("0.10"),
    high=Decimal("0.30"),
    as_of=date(2026, 11, 21),
    depends_on=("mode",),
    rates=(
        Rate(when={"mode": "std"}, amount=Decimal("0.10")),
        Rate(when={"mode": "pro"}, amount=Decimal("0.30"), unverified=True),
    ),
    factors=(Factor(when={"off_peak": True}, factor=Decimal("0.5")),),
)


def _never(_: Any) -> Any:
    raise AssertionError("the sandbox makes no calls")


def _video(name: str, *fields: Field, **more: Any) -> Capability:
    return Capability(
        name=name,
        fields=(
            PROMPT,
            DURATION,
            SEED,
            Field(name="mode", type="string", choices=("std", "pro"), default="std"),
            Field(name="aspect_ratio", type="string", choices=("16:9", "9:16", "1:1", "21:9")),
            Field(name="sound", type="string", choices=("on", "off"), default="off"),
            Field(name="off_peak", type="boolean", default=False),
            *fields,
        ),
        output=VIDEO,
        call=_never,
        **more,
    )


def _rules_schema() -> dict[str, Any]:
    """A request schema as the generator writes them: references, rules, limits by model."""
    return {
        "type": "object",
        "required": ["model", "input"],
        "properties": {
            "model": {"type": "string", "enum": ["acme-rules"]},
            "input": {"$ref": "#/$defs/Input"},
            "webhookUrl": {"type": "string"},
            "metadata": {"type": "object"},
        },
        "allOf": [
            {
                "description": "acme-rules makes 5 or 10 seconds",
                "if": {"properties": {"model": {"const": "acme-rules"}}},
                "then": {
                    "properties": {
                        "input": {"properties": {"duration": {"enum": [5, 10]}, "seed": False}}
                    }
                },
            }
        ],
        "$defs": {
            "Input": {
                "type": "object",
                "required": ["prompt"],
                "properties": {
                    "prompt": {"type": "string"},
                    "duration": {"type": "integer", "minimum": 1},
                    "seed": {"type": "integer"},
                    "sounds": {"type": "array", "items": {"type": "string"}, "maxItems": 3},
                    "image": {"type": "string"},
                },
                "additionalProperties": False,
                "allOf": [
                    {
                        "description": "sounds needs an image beside it",
                        "dependentRequired": {"sounds": ["image"]},
                    }
                ],
            }
        },
    }


ACME = Provider(
    name="acme",
    models=(
        Model(
            id="acme-video",
            aliases=("acme-latest",),
            price=SECOND_PRICE,
            capabilities=(
                _video("text-to-video", typical_seconds=60),
                _video(
                    "image-to-video",
                    Field(
                        name="image",
                        type="string",
                        required=True,
                        media=MediaRule(kind="image", formats=("image/png", "image/heic")),
                    ),
                    Field(name="tail", type="string"),
                    rules=(
                        Rule(
                            schema={
                                "if": {"required": ["tail"]},
                                "then": {
                                    "properties": {"mode": {"const": "pro"}},
                                    "required": ["mode"],
                                },
                            },
                            message="tail needs mode=pro",
                        ),
                    ),
                ),
            ),
        ),
        Model(
            id="acme/image",
            price=Price(
                unit="image", low=Decimal("0.04"), high=Decimal("0.04"), as_of=date(2026, 11, 21)
            ),
            capabilities=(
                Capability(
                    name="text-to-image",
                    fields=(
                        PROMPT,
                        SEED,
                        Field(name="size", type="string", default="1K"),
                        Field(name="width", type="integer"),
                        Field(name="height", type="integer"),
                        Field(name="ratio", type="string"),
                        Field(name="output_format", type="string", choices=("png", "jpeg", "webp")),
                    ),
                    output=Output(
                        media="image",
                        format=Role(field="output_format"),
                        size=Role(field="size"),
                        width=Role(field="width"),
                        height=Role(field="height"),
                        aspect_ratio=Role(field="ratio"),
                        seed=Role(field="seed"),
                    ),
                    call=_never,
                    typical_seconds=10,
                ),
            ),
        ),
        Model(
            id="acme-sound",
            capabilities=(
                Capability(
                    name="text-to-speech",
                    fields=(
                        PROMPT,
                        Field(name="format", type="string"),
                        Field(name="seconds", type="number"),
                    ),
                    output=Output(
                        media="audio", format=Role(field="format"), duration=Role(field="seconds")
                    ),
                    call=_never,
                ),
                Capability(
                    name="text-to-3d", fields=(PROMPT,), output=Output(media="3d"), call=_never
                ),
                Capability(
                    name="text-to-scent",
                    fields=(PROMPT,),
                    output=Output(media="scent"),
                    call=_never,
                ),
            ),
        ),
        Model(
            id="acme-rules",
            capabilities=(
                Capability(
                    name="rule-to-video",
                    fields=(PROMPT, DURATION),
                    output=Output(media="video", duration=Role(field="duration")),
                    call=_never,
                    request_schema=_rules_schema,
                ),
            ),
        ),
    ),
)


class Plugin:
    """Brings the provider as an installed plugin would."""

    @staticmethod
    @hookimpl
    def modelhunter_provider() -> Provider:
        return ACME


@define
class Api:
    """A sandbox and a connection pool that knows its key."""

    sandbox: Sandbox
    http: urllib3.PoolManager = field(factory=lambda: urllib3.PoolManager(retries=False))

    def send(
        self, method: str, path: str, body: Any = None, *, key: str | None = None, **more: Any
    ) -> urllib3.BaseHTTPResponse:
        headers = {"Authorization": f"Bearer {key or self.sandbox.key}"}
        if body is not None:
            more["body"] = json.dumps(body)
        return self.http.request(
            method, f"{self.sandbox.url}/api/v1{path}", headers=headers, **more
        )

    def submit(
        self, path: str = "acme/text-to-video", model: str = "acme-video", **members: Any
    ) -> urllib3.BaseHTTPResponse:
        members.setdefault("input", {"prompt": "a cat"})
        return self.send("POST", f"/{path}", {"model": model, **members})

    def task_id(self, *args: Any, **members: Any) -> str:
        answer = self.submit(*args, **members)
        assert answer.status == 202, answer.data
        id_: str = answer.json()["data"]["id"]
        return id_

    def task(self, id_: str) -> dict[str, Any]:
        data: dict[str, Any] = self.send("GET", f"/tasks/{id_}").json()["data"]
        return data

    def finished(self, *args: Any, **members: Any) -> dict[str, Any]:
        """Submit, and the task as it is when its file is there."""
        id_ = self.task_id(*args, **members)
        self.sandbox.settle()
        return self.task(id_)

    def result(self, *args: Any, **members: Any) -> tuple[dict[str, Any], bytes]:
        """Submit, and the first result with its bytes."""
        item = self.finished(*args, **members)["result"][0]
        return item, self.http.request("GET", item["url"]).data


@pytest.fixture
def start() -> Iterator[Callable[..., Api]]:
    """Starts sandboxes that know the test's provider; they are stopped in the end."""
    with ExitStack() as stack:

        def starting(**options: Any) -> Api:
            registry = Registry(lambda: (), environment={})
            registry.register(Plugin(), name="acme")
            options = {"speed": math.inf, "media": "tiny", "registry": registry, **options}
            api = Api(stack.enter_context(Sandbox(**options)))
            stack.callback(api.http.clear)
            return api

        yield starting


@pytest.fixture
def api(start: Callable[..., Api]) -> Api:
    """A sandbox whose tasks are over at once, with small files."""
    return start()


@define
class Probe:
    """What PyAV finds in a file. Lengths in seconds."""

    codecs: dict[str, str]
    width: int
    height: int
    frames: int
    duration: float


@pytest.fixture(scope="session")
def probe() -> Callable[[bytes], Probe]:
    """Reads a video or sound."""

    def probing(data: bytes) -> Probe:
        with av.open(io.BytesIO(data)) as container:
            video = container.streams.video[0] if container.streams.video else None
            frames = sum(1 for _ in container.decode(video)) if video else 0
            return Probe(
                codecs={s.type: s.codec_context.name for s in container.streams},
                width=video.width if video else 0,
                height=video.height if video else 0,
                frames=frames,
                duration=float(container.duration or 0) / 1_000_000,
            )

    return probing
