"""One typed GET of a task: what a client costs over the request itself."""

from __future__ import annotations

import json
from contextlib import ExitStack

from benchmarks import samples
from benchmarks.harness import Figure, Work, compare, cpu_of
from benchmarks.server import serving

_ROUNDS = 50
_CALLS = 50
_ID = "task_k7m2"
_BARE = "urllib3 + json (bare)"

_HEADERS = {
    "Authorization": "Bearer river_test_x",
    "Accept": "application/json",
    "Accept-Encoding": "gzip",
    "User-Agent": "modelhunter-python/0.1.0 Python/3.11.7",
}

_PREDICTION = {
    "id": _ID,
    "model": "vidu/viduq3-turbo",
    "version": "5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa",
    "status": "succeeded",
    "input": {"prompt": "A sunset over the ocean", "duration": 5},
    "output": ["https://cdn.example.com/results/task_k7m2.mp4?expires=1772439361&sig=5d1f"],
    "logs": "",
    "error": None,
    "metrics": {"predict_time": 57.75},
    "created_at": "2026-03-02T08:15:00Z",
    "started_at": "2026-03-02T08:15:03.250Z",
    "completed_at": "2026-03-02T08:16:01Z",
    "urls": {"get": "https://api.example.com/v1/predictions/task_k7m2"},
}
_RUNWAY = {
    "id": _ID,
    "status": "SUCCEEDED",
    "createdAt": "2026-03-02T08:15:00Z",
    "cost": {"credits": 42},
    "output": ["https://cdn.example.com/results/task_k7m2.mp4?expires=1772439361&sig=5d1f"],
}
_VIDEO = {
    "id": _ID,
    "object": "video",
    "model": "sora-2",
    "status": "completed",
    "progress": 100,
    "created_at": 1772439300,
    "completed_at": 1772439361,
    "prompt": "A sunset over the ocean",
    "seconds": "4",
    "size": "1280x720",
}
_INTENT = {
    "id": _ID,
    "object": "payment_intent",
    "amount": 42,
    "currency": "usd",
    "status": "succeeded",
    "created": 1772439300,
    "livemode": False,
    "metadata": {"project": "spring campaign", "shot": "7"},
}
_OPERATION = {
    "name": f"models/veo-3/operations/{_ID}",
    "done": True,
    "response": {
        "generateVideoResponse": {
            "generatedSamples": [
                {"video": {"uri": "https://cdn.example.com/results/task_k7m2.mp4"}}
            ]
        }
    },
}


def figure() -> Figure:
    """CPU of the client's process per call; the server lives in another one."""
    answers = {
        f"GET /api/v1/tasks/{_ID}": samples.one(),
        f"GET /v1/predictions/{_ID}": json.dumps(_PREDICTION).encode(),
        f"GET /v1/tasks/{_ID}": json.dumps(_RUNWAY).encode(),
        f"GET /v1/videos/{_ID}": json.dumps(_VIDEO).encode(),
        f"GET /v1/payment_intents/{_ID}": json.dumps(_INTENT).encode(),
        f"GET /v1/models/veo-3/operations/{_ID}": json.dumps(_OPERATION).encode(),
    }
    clients = {
        _BARE: _bare,
        "modelhunter": _ours,
        "modelhunter, send(call)": _ours_low,
        "replicate": _replicate,
        "google-genai": _genai,
        "runwayml": _runway,
        "openai": _openai,
        "stripe": _stripe,
    }
    with serving(answers) as origin, ExitStack() as stack:
        contestants = {
            name: stack.enter_context(cpu_of(prepare, origin, repeats=_CALLS))
            for name, prepare in clients.items()
        }
        rows = compare(contestants, _BARE, _ROUNDS, unit=1e-6)
    return Figure(
        title="One typed GET of a task",
        method=(
            f"CPU of the client's process, {_ROUNDS} rounds of {_CALLS} calls over one kept "
            "connection. Peers read a task of their own kind; bare and modelhunter read the same "
            "with the same headers."
        ),
        target="modelhunter: at most 1.1 times bare.",
        columns=["", "µs per call", "against bare, median (min–max)"],
        rows=rows,
    )


def _bare(origin: str) -> Work:
    import urllib3

    http = urllib3.PoolManager()
    url = f"{origin}/api/v1/tasks/{_ID}"
    return lambda: json.loads(http.request("GET", url, headers=_HEADERS).data)


def _ours(origin: str) -> Work:
    from modelhunter import ModelHunter

    tasks = ModelHunter("river_test_x", base_url=origin).tasks
    return lambda: tasks.get(_ID)


def _ours_low(origin: str) -> Work:
    from modelhunter import ModelHunter
    from modelhunter.api import tasks

    client = ModelHunter("river_test_x", base_url=origin)
    return lambda: client.send(tasks.get_task(_ID))


def _replicate(origin: str) -> Work:
    from replicate.client import Client

    client = Client(api_token="x", base_url=origin)
    return lambda: client.predictions.get(_ID)


def _runway(origin: str) -> Work:
    import runwayml

    client = runwayml.RunwayML(api_key="x", base_url=origin)
    return lambda: client.tasks.retrieve(_ID)


def _openai(origin: str) -> Work:
    import openai

    client = openai.OpenAI(api_key="x", base_url=f"{origin}/v1")
    return lambda: client.videos.retrieve(_ID)


def _stripe(origin: str) -> Work:
    import stripe

    client = stripe.StripeClient("sk_test_x", base_addresses={"api": origin})
    return lambda: client.v1.payment_intents.retrieve(_ID)


def _genai(origin: str) -> Work:
    from google import genai
    from google.genai import types

    client = genai.Client(api_key="x", http_options=types.HttpOptions(base_url=origin))
    operation = types.GenerateVideosOperation.model_validate({"name": _OPERATION["name"]})
    return lambda: client.operations.get(operation)
