"""Tasks as the API has them: the same in every run."""

from __future__ import annotations

import json
from typing import Any

_MODELS = (("vidu", "viduq3-turbo"), ("kling", "kling-v3"), ("seedance", "seedance-1-5-pro"))


def task(n: int) -> dict[str, Any]:
    """A finished task with its result and some metadata, about 650 bytes of JSON."""
    provider, model = _MODELS[n % len(_MODELS)]
    return {
        "id": f"task_{n:08x}k7m2q9",
        "type": "video",
        "status": "succeeded" if n % 5 else "running",
        "provider": provider,
        "model": model,
        "result": [
            {
                "url": f"https://cdn.modelhunter.ai/results/task_{n:08x}k7m2q9.mp4"
                f"?X-Amz-Expires=900&X-Amz-Date=20260302T081601Z&X-Amz-SignedHeaders=host"
                f"&X-Amz-Signature={n * 2654435761 % 2**32:064x}",
                "duration": 5.0,
                "format": "mp4",
                "size_bytes": 4718592 + n,
            }
        ],
        "progress": 100 - n % 7,
        "cost": round(0.07 * (n % 20 + 1), 2),
        "created_at": "2026-03-02T08:15:00Z",
        "started_at": "2026-03-02T08:15:03.250Z",
        "completed_at": "2026-03-02T08:16:01Z",
        "metadata": {"project": "spring campaign", "shot": str(n), "take": n % 9},
    }


def one() -> bytes:
    """The answer to reading a task."""
    return _json({"success": True, "data": task(7)})


def page(*, results: bool) -> bytes:
    """The answer to listing tasks: 100 of them, with their results or without."""
    tasks = [task(n) for n in range(100)]
    if not results:
        for listed in tasks:
            del listed["result"]
    pagination = {"cursor": "2026-03-02T08:15:00Z", "hasMore": True, "total": 4200}
    return _json({"success": True, "data": tasks, "pagination": pagination})


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
