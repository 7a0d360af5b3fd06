"""A provider whose models stand behind a queue.

``server.py`` beside this package is that API. How a request stands is told at one address, what
came of it at another, which an answer names; until then that one answers 400. So :func:`read` takes
two calls. Local files go to the API's storage in steps, and the files that come out want its key. A
submission carries a key of its own, so that it can be sent again and is paid for once.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from attrs import define

from modelhunter.api.models import ResultItem, TaskError
from modelhunter.errors import BadRequest, Unprocessable
from modelhunter.plugins import (
    Audio,
    Backend,
    FileToUpload,
    Image,
    Input,
    Length,
    Media,
    Model,
    Price,
    Provider,
    PutFile,
    Report,
    Steps,
    Submission,
    ask,
    capability_from,
    hookimpl,
    inline_result,
    json_answer,
)
from modelhunter.runtime.call import Call, JsonBody, Operation


@define(kw_only=True)
class TextToImage(Input):
    """Paint a picture from a text, and perhaps from another picture."""

    provider: ClassVar[str] = "queueapi"
    capability: ClassVar[str] = "text-to-image"

    model: str = "queueapi/flux"
    prompt: Annotated[str, Length(1, 500), "What to paint"]
    image: Annotated[Media | None, Image(), "The picture to begin with"] = None
    quality: Annotated[Literal["draft", "fine"], "How much care is taken"] = "fine"


@define(kw_only=True)
class SpeechToText(Input):
    """Write down what is said."""

    provider: ClassVar[str] = "queueapi"
    capability: ClassVar[str] = "speech-to-text"

    model: str = "queueapi/scribe"
    audio: Annotated[Media, Audio(), "What to listen to"]


# ------------------------------------------------------------------- the API's answers and calls


def accepted(body: Any) -> Report:
    """What a new request is told."""
    return Report(id=f"{body['model']}:{body['request_id']}", status=body["status"])


def outputs(body: Any) -> list[ResultItem]:
    """What came of a request: files, or a text in the answer itself."""
    if "text" in body:
        return [inline_result(body["text"], "text/plain")]
    return [ResultItem(url=file["url"], size_bytes=file["file_size"]) for file in body["images"]]


START = Operation("start", "POST", "/{model}", "idempotent", {"200": json_answer(accepted)})
PATH = "/{model}/requests/{request}"
STATUS = Operation("status", "GET", f"{PATH}/status", "safe", {"2XX": json_answer(dict)})
RESULT = Operation("result", "GET", PATH, "safe", {"200": json_answer(outputs)})
STOP = Operation("stop", "PUT", f"{PATH}/cancel", "idempotent", {"2XX": json_answer(dict)})
STORE = Operation("store", "POST", "/storage/initiate", "safe", {"200": json_answer(dict)})


def start(given: Submission) -> Call[Report]:
    """Put a request into the queue. The API knows the marker again and makes no second one."""
    return Call(
        START,
        path_params={"model": given.model.partition("/")[2]},
        query=[("webhook", given.webhook_url)] if given.webhook_url else [],
        headers={"Idempotency-Key": given.marker},
        body=JsonBody(dict(given.input)),
    )


def named(job: str) -> dict[str, str]:
    """The parts of a path that a job's id stands for."""
    model, _, request = job.partition(":")
    return {"model": model, "request": request}


def read(job: str) -> Steps[Report]:
    """How a request stands, and once it is through, what came of it."""
    state = yield from ask(Call(STATUS, path_params=named(job)))
    if state["status"] != "COMPLETED":
        return Report(id=job, status=state["status"])
    try:
        result = yield from ask(Call(RESULT, link=state["response_url"]))
    except BadRequest:  # the status was faster than the result
        return Report(id=job, status="IN_PROGRESS")
    except Unprocessable as error:
        failed = TaskError(code=error.code or "failed", message=error.message)
        return Report(id=job, status="FAILED", error=failed)
    return Report(id=job, status="COMPLETED", progress=100, outputs=result)


def upload(file: FileToUpload) -> Steps[str]:
    """Bring a file to the API's storage: ask for a link, send it there, and use its address."""
    wanted = {"file_name": file.name, "content_type": file.content_type}
    ticket = yield from ask(Call(STORE, body=JsonBody(wanted)))
    yield PutFile(ticket["upload_url"], file)
    address: str = ticket["file_url"]
    return address


def error_words(body: Any) -> tuple[str | None, str | None]:
    """The detail of an error is a text, or a list of what is wrong with the inputs."""
    detail = body["detail"]
    return (None, detail) if isinstance(detail, str) else (detail[0]["type"], detail[0]["msg"])


BACKEND = Backend(
    url="https://queue.example",
    url_variable="QUEUEAPI_URL",
    key_variable="QUEUEAPI_KEY",
    key_format="Key {key}",
    read=read,
    cancel=lambda job: Call(STOP, path_params=named(job)),
    upload=upload,
    event=lambda body: f"{body['model']}:{body['request_id']}",
    key_for_files=True,
    statuses={
        "IN_QUEUE": "queued",
        "IN_PROGRESS": "running",
        "COMPLETED": "succeeded",
        "FAILED": "failed",
        "CANCELLED": "cancelled",
    },
    error_words=error_words,
)


@hookimpl
def modelhunter_provider() -> Provider:
    """The queue and its models."""
    price = Price(unit="image", low=Decimal("0.03"), high=Decimal("0.03"), as_of=date(2026, 11, 1))
    painting = capability_from(TextToImage, makes="image", call=start, typical_seconds=10)
    writing = capability_from(SpeechToText, makes="text", call=start, typical_seconds=5)
    models = (
        Model(id="queueapi/flux", title="Flux", capabilities=(painting,), price=price),
        Model(id="queueapi/scribe", title="Scribe", capabilities=(writing,)),
    )
    return Provider(name="queueapi", title="The Queue", models=models, backend=BACKEND)
