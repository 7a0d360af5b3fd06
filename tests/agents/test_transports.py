"""The command itself, called by the protocol's own client over each transport."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

JOB: dict[str, Any] = {"model": "viduq3-turbo", "inputs": {"prompt": "a sunset", "duration": 4}}
COMMAND = [sys.executable, "-m", "modelhunter", "mcp", "--sandbox"]


async def generate(client: Client) -> None:
    """A job from its start to its file."""
    started = (await client.call_tool("generate", JOB)).structured_content
    assert started is not None
    wanted = {"task_id": started["id"], "wait_seconds": 45}
    result = await client.call_tool("get_task", wanted)
    assert result.structured_content is not None
    assert result.structured_content["files"]
    assert [part.type for part in result.content] == ["text", "image"]


@contextmanager
def serving(out: Path, *options: str, **environment: str) -> Iterator[str]:
    """The command over HTTP; yields its address."""
    with subprocess.Popen(
        [*COMMAND, "--http", "--out", str(out), *options],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://\S+/mcp", process.stdout.readline())
            assert found is not None
            yield found[0]
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)
        assert process.returncode == 0


def test_over_stdio_with_limits(tmp_path: Path) -> None:
    options = ["--out", str(tmp_path / "out"), "--budget", "1", "--models", "vidu*,kling*"]
    command, *arguments = [*COMMAND, *options]

    async def play() -> None:
        server = StdioServerParameters(command=command, args=arguments)
        async with Client(server) as client:
            await generate(client)
            refused = await client.call_tool("describe_model", {"model": "seedream-4-5"})
            assert refused.is_error

    asyncio.run(play())
    assert list((tmp_path / "out").glob("*.mp4"))


def test_over_http(tmp_path: Path) -> None:
    async def play(url: str) -> None:
        async with Client(url) as client:
            await generate(client)

    with serving(tmp_path / "out") as url:
        asyncio.run(play(url))
        forged = httpx2.post(url, headers={"Host": "evil.example", "Origin": "http://evil.example"})
        assert forged.status_code >= 400


def test_over_http_with_a_secret(tmp_path: Path) -> None:
    async def play(url: str) -> None:
        headers = {"Authorization": "Bearer sesame"}
        async with (
            httpx2.AsyncClient(headers=headers) as http,
            Client(streamable_http_client(url, http_client=http)) as client,
        ):
            assert (await client.list_tools()).tools

    with serving(tmp_path / "out", "--read-only", MODELHUNTER_MCP_TOKEN="sesame") as url:
        assert httpx2.post(url, json={}).status_code == 401
        wrong = {"Authorization": "Bearer sésame".encode()}
        assert httpx2.post(url, json={}, headers=wrong).status_code == 401
        asyncio.run(play(url))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--http", "--host", "0.0.0.0"], "MODELHUNTER_MCP_TOKEN"),
        (["--budget", "much"], "--budget"),
        (["--window", "5", "--no-window"], "exclude"),
        (["--files", "nowhere"], "nowhere"),
    ],
)
def test_what_can_t_work_is_refused_at_the_start(
    tmp_path: Path, options: list[str], said: str
) -> None:
    done = subprocess.run(
        [*COMMAND, "--out", str(tmp_path / "out"), *options],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert said in done.stderr
    assert "Traceback" not in done.stderr
