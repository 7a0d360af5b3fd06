"""A plugin as it lies in an environment, with an input of every type."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from attrs import evolve

from modelhunter.api.models.submitted_task import SubmittedTask, decode_submitted_task
from modelhunter.plugins import (
    Capability,
    Field,
    MediaRule,
    Model,
    Output,
    Price,
    Provider,
    Rate,
    Role,
    Rule,
    Submission,
    hookimpl,
)
from modelhunter.runtime import decode
from modelhunter.runtime.call import Call, JsonBody, Operation, ResponseDecoder

if TYPE_CHECKING:
    from collections.abc import Callable


def _call(capability: str) -> Callable[[Submission], Call[SubmittedTask]]:
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
            "metadata": dict(submission.metadata or {}),
        }
        return Call(operation, body=JsonBody(body))

    return call


PICTURE = MediaRule(kind="image", formats=("image/png", "image/jpeg"), max_bytes=1_000_000)
PROMPT = Field(name="prompt", type="string", required=True, max_length=200, description="What.")
SIZE = Field(name="size", type="string", choices=("small", "large"), default="small")
OUTPUT = Output(
    media="image", format=Role(value="png"), width=Role(value=64), height=Role(value=64)
)

DRAW = Capability(
    name="text-to-image",
    fields=(
        PROMPT,
        SIZE,
        Field(name="steps", type="integer", minimum=1, maximum=50, default=20),
        Field(
            name="guidance",
            type="number",
            minimum=0.0,
            maximum=10.0,
            unverified=frozenset({"maximum"}),
        ),
        Field(name="upscale", type="boolean", default=False),
        Field(name="tags", type="array", max_items=3, item=Field(name="tag", type="string")),
        Field(name="from", keyword="from_", type="string"),
        Field(
            name="layers",
            type="array",
            item=Field(
                name="layer",
                type="object",
                properties=(
                    Field(name="text", type="string", required=True),
                    Field(name="opacity", type="number", minimum=0, maximum=1),
                ),
            ),
        ),
        Field(name="style", type="object"),
    ),
    output=evolve(OUTPUT, count=Role(field="upscale", values={True: 3, False: 1})),
    call=_call("text-to-image"),
    rules=(
        Rule(
            schema={"not": {"required": ["tags", "style"]}},
            message="tags and style exclude each other",
        ),
    ),
    typical_seconds=10,
)
REDRAW = Capability(
    name="image-to-image",
    fields=(
        PROMPT,
        SIZE,
        Field(name="image", type="string", required=True, media=PICTURE),
        Field(
            name="references",
            type="array",
            item=Field(name="reference", type="string", media=PICTURE),
        ),
    ),
    output=OUTPUT,
    call=_call("image-to-image"),
)
PRICE = Price(
    unit="image",
    low=Decimal("0.02"),
    high=Decimal("0.05"),
    as_of=date(2026, 3, 1),
    depends_on=("size",),
    rates=(
        Rate(when={"size": "small"}, amount=Decimal("0.02")),
        Rate(when={"size": "large"}, amount=Decimal("0.05")),
    ),
)


@hookimpl
def modelhunter_provider() -> Provider:
    return Provider(
        name="acme",
        title="Acme",
        models=(
            Model(
                id="acme-1",
                title="Acme [bold]One[/bold]",
                capabilities=(DRAW, REDRAW),
                price=PRICE,
            ),
            Model(id="acme-2", capabilities=(DRAW,), status="legacy"),
        ),
    )
