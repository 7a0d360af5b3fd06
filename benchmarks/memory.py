"""What 200 MB on their way up or down add to a process."""

from __future__ import annotations

import gc
import json
import os
import re
import tempfile
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.harness import PROCESSES, Figure, NotRun, Spread, race, short
from benchmarks.server import serving

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

    Transfer = Callable[[int], object]
    """Moves so many bytes."""

_SIZE = 200_000_000
_SMALL = 100_000
_ROUNDS = 3
_FILE = {"id": "file_q1", "name": "clip.mp4", "filename": "clip.mp4", "content_type": "video/mp4"}


def figure() -> Figure:
    """Peak resident memory of a process during the transfer, minus what it was before."""
    with serving(_answers()) as origin, ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for size in (_SMALL, _SIZE):
            with _path(folder, size).open("wb") as file:
                file.truncate(size)
        contestants = {
            f"{name}: {way}": partial(_grown, prepare, origin, folder)
            for way, transfers in (("up", _UPLOADS), ("down", _DOWNLOADS))
            for name, prepare in transfers.items()
        }
        outcomes = race(contestants, _ROUNDS)

    def cell(name: str) -> str:
        outcome = outcomes.get(name, NotRun("–"))
        return str(outcome) if isinstance(outcome, NotRun) else f"{Spread.of(outcome):.1f}"

    return Figure(
        title="Memory of 200 MB up and down",
        method=(
            f"MB of peak resident memory over what it was after a transfer of {_SMALL // 1000} kB; "
            f"{_ROUNDS} fresh processes each, median (min–max)."
        ),
        target="modelhunter: at most 10 MB.",
        columns=["", "upload of a file", "download to a file"],
        rows=[[name, cell(f"{name}: up"), cell(f"{name}: down")] for name in _UPLOADS],
    )


def _answers() -> dict[str, bytes]:
    ticket = {
        "upload_url": "{origin}/storage",
        "file_id": "file_q1",
        "expires_at": "2026-03-02T08:30:00Z",
    }
    stored = {**_FILE, "url": "{origin}/file_q1", "size_bytes": _SIZE}
    stored["created_at"] = "2026-03-02T08:15:40Z"
    answers: dict[str, Any] = {
        "POST /api/v1/files/upload-url": {"success": True, "data": ticket},
        "POST /api/v1/files/file_q1/complete": {"success": True, "data": stored},
        "POST /v1/uploads": {
            "runwayUri": "runway://file_q1",
            "uploadUrl": "{origin}/storage",
            "fields": {"key": "file_q1"},
        },
        "POST /v1/files": {
            **stored,
            "object": "file",
            "purpose": "vision",
            "status": "processed",
            "bytes": _SIZE,
            "size": _SIZE,
            "etag": "",
            "checksums": {},
            "metadata": {},
            "urls": {},
        },
    }
    for size in (_SMALL, _SIZE):
        answers[f"GET /api/v1/tasks/task_{size}"] = {"success": True, "data": _task(size)}
    return {request: json.dumps(answer).encode() for request, answer in answers.items()}


def _task(size: int) -> dict[str, Any]:
    return {
        "id": f"task_{size}",
        "type": "video",
        "status": "succeeded",
        "provider": "kling",
        "model": "kling-v3",
        "result": [{"url": f"{{origin}}/blob/{size}", "format": "mp4", "size_bytes": size}],
        "created_at": "2026-03-02T08:15:00Z",
    }


def _path(folder: Path, size: int) -> Path:
    return folder / f"{size}.mp4"


# ------------------------------------------------------------------- a process and its memory


def _grown(prepare: Callable[[str, Path], Transfer], origin: str, folder: Path) -> float:
    """MB by which a fresh process grows at most."""
    ours, theirs = PROCESSES.Pipe()
    process = PROCESSES.Process(
        target=_transfer, args=(theirs, prepare, origin, folder), daemon=True
    )
    process.start()
    theirs.close()
    try:
        answer = ours.recv() if ours.poll(60) else "no answer within 60 s"
    except EOFError:
        answer = "its process ended"
    finally:
        process.kill()
        process.join()
    if isinstance(answer, str):
        raise NotRun(answer)
    return float(answer)


def _transfer(
    line: Connection, prepare: Callable[[str, Path], Transfer], origin: str, folder: Path
) -> None:
    try:
        transfer = prepare(origin, folder)
        transfer(_SMALL)
        gc.collect()
        Path("/proc/self/clear_refs").write_text("5", "ascii")  # the peak starts anew
        before = _memory("VmRSS")
        transfer(_SIZE)
        line.send((_memory("VmHWM") - before) / 1000)
    except Exception as error:
        line.send(short(error))


def _memory(name: str) -> int:
    """Thousands of bytes, by the kernel's account."""
    status = Path("/proc/self/status").read_text("ascii")
    found = re.search(rf"^{name}:\s+(\d+) kB$", status, re.MULTILINE)
    if found is None:
        raise NotRun(f"this system does not tell {name}")
    return int(found[1]) * 1024 // 1000


# ------------------------------------------------------------------- who takes part


def _up_modelhunter(origin: str, folder: Path) -> Transfer:
    from modelhunter import ModelHunter

    files = ModelHunter("river_test_x", base_url=origin).files
    return lambda size: files.upload(_path(folder, size))


def _down_modelhunter(origin: str, folder: Path) -> Transfer:
    from modelhunter import ModelHunter

    tasks = ModelHunter("river_test_x", base_url=origin).tasks
    return lambda size: tasks.get(f"task_{size}").download(folder / f"{os.getpid()}.mp4")


def _up_urllib3(origin: str, folder: Path) -> Transfer:
    import urllib3

    http = urllib3.PoolManager()

    def transfer(size: int) -> None:
        with _path(folder, size).open("rb") as file:
            headers = {"Content-Length": str(size)}
            http.request("PUT", f"{origin}/storage", body=file, headers=headers)

    return transfer


def _down_urllib3(origin: str, folder: Path) -> Transfer:
    import urllib3

    http = urllib3.PoolManager()

    def transfer(size: int) -> None:
        response = http.request("GET", f"{origin}/blob/{size}", preload_content=False)
        with (folder / f"{os.getpid()}.mp4").open("wb") as file:
            for chunk in response.stream(256 * 1024):
                file.write(chunk)

    return transfer


def _up_runwayml(origin: str, folder: Path) -> Transfer:
    import runwayml

    uploads = runwayml.RunwayML(api_key="x", base_url=origin).uploads
    return lambda size: uploads.create_ephemeral(file=_path(folder, size))


def _up_openai(origin: str, folder: Path) -> Transfer:
    import openai

    files = openai.OpenAI(api_key="x", base_url=f"{origin}/v1").files
    return lambda size: files.create(file=_path(folder, size), purpose="vision")


def _down_openai(origin: str, folder: Path) -> Transfer:
    import openai

    videos = openai.OpenAI(api_key="x", base_url=f"{origin}/v1").videos

    def transfer(size: int) -> None:
        videos.download_content(str(size)).write_to_file(folder / f"{os.getpid()}.mp4")

    return transfer


def _up_replicate(origin: str, folder: Path) -> Transfer:
    from replicate.client import Client

    files = Client(api_token="x", base_url=origin).files
    return lambda size: files.create(_path(folder, size))


_UPLOADS: dict[str, Callable[[str, Path], Transfer]] = {
    "modelhunter": _up_modelhunter,
    "urllib3 by hand": _up_urllib3,
    "replicate": _up_replicate,
    "runwayml": _up_runwayml,
    "openai": _up_openai,
}
_DOWNLOADS: dict[str, Callable[[str, Path], Transfer]] = {
    "modelhunter": _down_modelhunter,
    "urllib3 by hand": _down_urllib3,
    "openai": _down_openai,
}
