"""The core: what can be asked, which errors there are, which answers fit (``answers.yaml``)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

CORE = "openapi.yaml"
ANSWERS = yaml.safe_load((Path(__file__).parent / "answers.yaml").read_text(encoding="utf-8"))


def test_the_operations(spec: Any) -> None:
    calls = {
        node["operationId"]: pointer.removeprefix("/paths/").replace("~1", "/")
        for pointer, node in spec.operations(CORE).values()
        if pointer.startswith("/paths/")
    }
    assert calls == {
        "listTasks": "/api/v1/tasks/get",
        "getTask": "/api/v1/tasks/{id}/get",
        "cancelTask": "/api/v1/tasks/{id}/delete",
        "createUploadUrl": "/api/v1/files/upload-url/post",
        "completeUpload": "/api/v1/files/{file_id}/complete/post",
        "createWebhook": "/api/v1/webhooks/post",
        "createApiKey": "/api/v1/api-keys/post",
        "deleteApiKey": "/api/v1/api-keys/{key_id}/delete",
        "getBalance": "/api/v1/balance/get",
    }


def test_the_filters_of_the_task_list(spec: Any) -> None:
    _, operation = spec.operations(CORE)["listTasks"]
    names = [parameter["name"] for parameter in operation["parameters"]]
    assert names == [
        "status",
        "provider",
        "modelId",
        "startDate",
        "endDate",
        "search",
        "limit",
        "cursor",
    ]
    assert not any(parameter.get("required") for parameter in operation["parameters"])
    pointer = "/paths/~1api~1v1~1tasks/get/parameters/6/schema"
    assert not spec.errors(CORE, pointer, 1)
    assert not spec.errors(CORE, pointer, 100)
    assert spec.errors(CORE, pointer, 0)
    assert spec.errors(CORE, pointer, 101)
    assert spec.at(CORE, pointer)["default"] == 20


def test_webhooks_are_named_after_their_events(spec: Any) -> None:
    events = {
        name: hook["post"]["requestBody"]["content"]["application/json"]["example"]["type"]
        for name, hook in spec.documents[CORE]["webhooks"].items()
    }
    assert events == {"taskCompleted": "task.completed", "taskFailed": "task.failed"}
    assert set(spec.at(CORE, "/components/schemas/WebhookEventType")["enum"]) == set(
        events.values()
    )


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        (
            "TaskStatus",
            ["pending", "queued", "running", "succeeded", "failed", "cancelled", "expired"],
        ),
        ("MediaKind", ["video", "image", "audio", "music"]),
        ("BillingMode", ["prepaid", "postpaid"]),
    ],
)
def test_the_words_of_the_documentation(spec: Any, schema: str, words: list[str]) -> None:
    assert spec.at(CORE, f"/components/schemas/{schema}")["enum"] == words


def test_every_error_code_has_a_status(spec: Any) -> None:
    responses = spec.documents[CORE]["components"]["responses"].values()
    shown = {
        code
        for response in responses
        for code in response["content"]["application/json"]["examples"]
    }
    assert shown == set(spec.at(CORE, "/components/schemas/ErrorCode")["enum"])


@pytest.mark.parametrize(
    ("status", "response"),
    [
        ("400", "BadRequest"),
        ("401", "Unauthorized"),
        ("402", "PaymentRequired"),
        ("403", "Forbidden"),
        ("404", "NotFound"),
        ("409", "Conflict"),
        ("422", "Unprocessable"),
        ("429", "RateLimited"),
        ("500", "ServerError"),
        ("502", "BadGateway"),
        ("503", "Unavailable"),
    ],
)
def test_every_error_status_has_its_response(spec: Any, status: str, response: str) -> None:
    used = [
        operation["responses"][status]["$ref"]
        for document in spec.documents
        for _, operation in spec.operations(document).values()
        if status in operation["responses"]
    ]
    assert used
    assert {ref.rpartition("#")[2] for ref in used} == {f"/components/responses/{response}"}


@pytest.mark.parametrize("schema", ANSWERS)
def test_answers(spec: Any, schema: str) -> None:
    pointer = f"/components/schemas/{schema}"
    for answer in ANSWERS[schema]["accepted"]:
        assert not spec.errors(CORE, pointer, answer)
    for answer in ANSWERS[schema].get("rejected", ()):
        assert spec.errors(CORE, pointer, answer), answer


@pytest.mark.parametrize(
    ("size", "fits"), [(1, True), (100 << 20, True), ((100 << 20) + 1, False), ("1", False)]
)
def test_the_largest_upload(spec: Any, size: Any, fits: bool) -> None:
    body = {"filename": "a.mp4", "contentType": "video/mp4", "sizeBytes": size}
    assert (not spec.errors(CORE, "/components/schemas/UploadUrlRequest", body)) is fits
