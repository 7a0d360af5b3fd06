"""A provider whose models run on an API of predictions.

``server.py`` beside this package is that API. A prediction's output is one address, a list of them
or an object, and an address may be the file itself (``data:``). Local files go along inside the
request. There are no keys for submissions, so that one whose answer was lost is looked for in the
list of predictions (:func:`find`), page by page, by the marker in its metadata.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from attrs import define, frozen

from modelhunter.api.models import ResultItem, TaskError
from modelhunter.plugins import (
    Backend,
    Between,
    Input,
    Length,
    Media,
    MediaRule,
    Model,
    Price,
    Provider,
    Report,
    Steps,
    Submission,
    ask,
    capability_from,
    hookimpl,
    inline,
    json_answer,
)
from modelhunter.runtime.call import Call, JsonBody, Operation

if TYPE_CHECKING:
    from collections.abc import Iterator


@define(kw_only=True)
class TextToImage(Input):
    """Paint pictures from a text, and perhaps from another picture."""

    provider: ClassVar[str] = "predictions"
    capability: ClassVar[str] = "text-to-image"

    model: str = "predictions/brush"
    prompt: Annotated[str, Length(1, 500), "What to paint"]
    image: Annotated[
        Media | None, MediaRule(kind="image", data_uri=True), "The picture to begin with"
    ] = None
    num_outputs: Annotated[int, Between(1, 4), "How many pictures"] = 1


# ------------------------------------------------------------------- the API's answers and calls


def addresses(output: Any) -> Iterator[str]:
    """All addresses in an output, of whatever form."""
    if isinstance(output, str):
        yield output
    elif output is not None:
        for one in output.values() if isinstance(output, dict) else output:
            yield from addresses(one)


def read_prediction(body: Any) -> Report:
    """One prediction as the API describes it."""
    error = body["error"]
    return Report(
        id=body["id"],
        status=body["status"],
        outputs=[ResultItem(url=url) for url in addresses(body["output"])],
        error=None if error is None else TaskError(code="failed", message=error),
        started_at=datetime.fromisoformat(body["created_at"]),
        marker=body["metadata"].get("marker"),
    )


@frozen
class Page:
    """Some predictions, newest first, and where the next page is."""

    predictions: list[Report]
    next: str | None


def read_page(body: Any) -> Page:
    """One page of the list."""
    return Page([read_prediction(one) for one in body["results"]], body["next"])


ONE = json_answer(read_prediction)
START = Operation("start", "POST", "/v1/predictions", "unsafe", {"201": ONE})
READ = Operation("read", "GET", "/v1/predictions/{id}", "safe", {"200": ONE})
STOP = Operation("stop", "POST", "/v1/predictions/{id}/cancel", "idempotent", {"200": ONE})
LIST = Operation("list", "GET", "/v1/predictions", "safe", {"200": json_answer(read_page)})


def start(given: Submission) -> Call[Report]:
    """Start a prediction; by the marker in its metadata it is found again."""
    body: dict[str, Any] = {
        "model": given.model.partition("/")[2],
        "input": dict(given.input),
        "metadata": {"marker": given.marker},
    }
    if given.webhook_url:
        body["webhook"] = given.webhook_url
    return Call(START, body=JsonBody(body))


def find(since: datetime) -> Steps[list[Report]]:
    """The predictions since a moment: page after page, until one is older."""
    found: list[Report] = []
    link: str | None = None
    while True:
        page = yield from ask(Call(LIST, link=link))
        for one in page.predictions:
            if one.started_at is not None and one.started_at < since:
                return found
            found.append(one)
        link = page.next
        if link is None:
            return found


BACKEND = Backend(
    url="https://predictions.example",
    url_variable="PREDICTIONS_URL",
    key_variable="PREDICTIONS_TOKEN",
    read=lambda job: Call(READ, path_params={"id": job}),
    cancel=lambda job: Call(STOP, path_params={"id": job}),
    find=find,
    upload=inline,
    event=lambda body: str(body["id"]),
    statuses={
        "starting": "queued",
        "processing": "running",
        "succeeded": "succeeded",
        "failed": "failed",
        "canceled": "cancelled",
    },
    error_words=lambda body: (body["title"], body["detail"]),
)


@hookimpl
def modelhunter_provider() -> Provider:
    """The predictions and their model."""
    price = Price(
        unit="image",
        quantity="num_outputs",
        low=Decimal("0.003"),
        high=Decimal("0.003"),
        as_of=date(2026, 11, 1),
    )
    painting = capability_from(TextToImage, makes="image", call=start, typical_seconds=3)
    brush = Model(id="predictions/brush", title="Brush", capabilities=(painting,), price=price)
    return Provider(name="predictions", title="Predictions", models=(brush,), backend=BACKEND)
