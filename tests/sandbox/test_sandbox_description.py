"""The sandbox is what the description of the API says: schemathesis asks it over real sockets.

It makes requests that fit the description, which must be taken, and some that don't, which must be
refused, and compares every answer – status, headers, body – with what is described.
"""

from __future__ import annotations

import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from modelhunter.sandbox import Fault, ManualClock

ROOT = Path(__file__).parents[2]
DESCRIPTIONS = sorted((ROOT / "spec").glob("**/*.yaml"))
CHECKS = (
    *("not_a_server_error", "status_code_conformance", "content_type_conformance"),
    *("response_headers_conformance", "response_schema_conformance", "allow_header_conformance"),
    *("negative_data_rejection", "positive_data_acceptance", "unsupported_method"),
    "ignored_auth",
)
EXAMPLES = 15


def things(api: Any) -> dict[str, str]:
    """Makes tasks in several states, files and keys; their ids by the name of the parameter."""
    job = {"path": "vidu/text-to-video", "model": "viduq3-turbo"}
    tasks = [api.task_id(**job)]
    api.sandbox.faults.add(Fault("failed_task", operation="submit"))
    tasks.append(api.task_id(**job))
    api.sandbox.advance(1000)
    tasks += [api.task_id(**job) for _ in range(4)]
    ticket = {"filename": "a.png", "contentType": "image/png", "sizeBytes": 1}
    files = [api.send("POST", "/files/upload-url", ticket).json()["data"] for _ in range(2)]
    headers = {"Content-Type": "image/png"}
    assert api.http.request("PUT", files[0]["upload_url"], body=b"x", headers=headers).status == 200
    keys = [api.send("POST", "/api-keys", {"name": f"ci {n}"}).json()["data"] for n in range(3)]
    return {
        "KNOWN_ID": " ".join(tasks),
        "KNOWN_FILE_ID": " ".join(file["file_id"] for file in files),
        "KNOWN_KEY_ID": " ".join(key["id"] for key in keys),
    }


@pytest.mark.parametrize("description", DESCRIPTIONS, ids=lambda path: path.stem)
def test_the_sandbox_is_what_the_description_says(
    description: Path, start: Any, tmp_path: Path
) -> None:
    api = start(registry=None, clock=ManualClock(), speed=1, balance=Decimal(10**12))
    environment = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": "schemathesis_hooks",
        "PYTHONPATH": str(Path(__file__).parent),
        **things(api),
    }
    began = len(api.sandbox.requests)
    run = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", str(description)),
            *("--url", api.sandbox.url, "-H", f"Authorization: Bearer {api.sandbox.key}"),
            *("--phases", "examples,coverage,fuzzing", "--checks", ",".join(CHECKS)),
            *("--max-examples", str(EXAMPLES), "--seed", "1", "--request-timeout", "20"),
            *("--no-color", "--warnings", "off"),
        ],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    taken = {
        seen.operation
        for seen in api.sandbox.requests[began:]
        if seen.status is not None and seen.status < 300
    }
    described = {
        operation["operationId"]
        for path in yaml.safe_load(description.read_text("utf-8"))["paths"].values()
        for method, operation in path.items()
        if method in ("get", "post", "put", "delete")
    }
    assert taken >= (described if description.stem == "openapi" else {"submit"}), run.stdout
