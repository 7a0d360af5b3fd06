"""A provider that has an HTTP API of its own, with its own words for everything.

``server.py`` beside this package is that API. What is special here is the ``Backend``: which calls
start, read, stop and find a job, and how the API's words translate.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from attrs import define

from modelhunter.api.models import ResultItem, TaskError
from modelhunter.plugins import (
    Backend,
    Between,
    Input,
    Length,
    Model,
    Price,
    Provider,
    Report,
    Submission,
    capability_from,
    hookimpl,
    json_answer,
)
from modelhunter.runtime.call import Call, JsonBody, Operation


@define(kw_only=True)
class TextTo3D(Input):
    """Bake a 3D model from a text."""

    provider: ClassVar[str] = "bakery"
    capability: ClassVar[str] = "text-to-3d"

    model: str = "bakery/loaf-1"
    prompt: Annotated[str, Length(1, 300), "What to bake"]
    crust: Annotated[Literal["soft", "crisp"], "What it feels like"] = "soft"
    triangles: Annotated[int, Between(100, 50_000, step=100), "How fine it is"] = 1000


# ------------------------------------------------------------------- the API's answers and calls


def read_job(body: Any) -> Report:
    """One job as the API describes it."""
    job = body["job"]
    fault = job.get("fault")
    charged = job.get("charged")
    return Report(
        id=job["uuid"],
        status=job["state"],
        progress=job["percent"],
        outputs=[
            ResultItem(url=file["href"], format="glb", size_bytes=file["bytes"])
            for file in job["files"]
        ],
        error=None if fault is None else TaskError(code=fault["name"], message=fault["text"]),
        cost=None if charged is None else Decimal(charged),
        marker=job["reference"],
    )


def read_jobs(body: Any) -> list[Report]:
    """A list of jobs."""
    return [read_job({"job": job}) for job in body["jobs"]]


JOB = json_answer(read_job)
START = Operation("start", "POST", "/v2/jobs", "unsafe", {"201": JOB})
READ = Operation("read", "GET", "/v2/jobs/{uuid}", "safe", {"200": JOB})
STOP = Operation("stop", "POST", "/v2/jobs/{uuid}/stop", "idempotent", {"200": JOB})
LIST = Operation("list", "GET", "/v2/jobs", "safe", {"200": json_answer(read_jobs)})


def start(given: Submission) -> Call[Report]:
    """Start a job; the reference is what it is found again by."""
    engine = given.model.partition("/")[2]
    body = {"engine": engine, "recipe": dict(given.input), "reference": given.marker}
    return Call(START, body=JsonBody(body))


def since(moment: datetime) -> Call[list[Report]]:
    """The jobs begun since a moment."""
    return Call(LIST, query=[("since", moment.isoformat())])


BACKEND = Backend(
    url="https://bakery.example",
    url_variable="BAKERY_URL",
    key_variable="BAKERY_TOKEN",
    key_header="X-Bakery-Token",
    key_format="{key}",
    read=lambda uuid: Call(READ, path_params={"uuid": uuid}),
    cancel=lambda uuid: Call(STOP, path_params={"uuid": uuid}),
    find=since,
    statuses={
        "WAITING": "queued",
        "BAKING": "running",
        "DONE": "succeeded",
        "BURNT": "failed",
        "STOPPED": "cancelled",
    },
    error_words=lambda body: (body["fault"]["name"], body["fault"]["text"]),
)


@hookimpl
def modelhunter_provider() -> Provider:
    """The bakery and its model."""
    price = Price(unit="image", low=Decimal("0.05"), high=Decimal("0.05"), as_of=date(2026, 11, 1))
    baking = capability_from(TextTo3D, makes="3d", call=start, typical_seconds=20)
    loaf = Model(id="bakery/loaf-1", title="Loaf 1", capabilities=(baking,), price=price)
    return Provider(name="bakery", title="The Bakery", models=(loaf,), backend=BACKEND)
