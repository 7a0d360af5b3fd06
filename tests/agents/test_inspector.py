"""The server by the protocol's own inspector, which is another implementation: that of npm."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

PACKAGE = "@modelcontextprotocol/inspector@2.12.0"


@cache
def inspector() -> list[str]:
    """The command that runs it, fetched once; skips where that can't be."""
    npx = shutil.which("npx")
    if npx is None:
        pytest.skip("there is no npx, which would fetch the inspector")
    command = [npx, "--yes", PACKAGE]
    try:
        subprocess.run([*command, "--version"], capture_output=True, timeout=120, check=True)
    except (subprocess.SubprocessError, OSError) as error:
        pytest.skip(f"npm can't fetch {PACKAGE}: {error}")
    return command


def inspect(out: Path, *words: str) -> Any:
    server = [sys.executable, "-m", "modelhunter", "mcp", "--sandbox", "--out", str(out)]
    done = subprocess.run(
        [*inspector(), "--cli", *server, *words, "--connect-timeout", "100000"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_inspector_lists_and_calls_the_tools(tmp_path: Path) -> None:
    tools = inspect(tmp_path, "--method", "tools/list")["tools"]
    assert {"list_models", "generate", "get_task", "batch"} <= {tool["name"] for tool in tools}
    call = ("--method", "tools/call", "--tool-name", "generate")
    inputs = json.dumps({"prompt": "a sunset", "duration": 4})
    given = ("--tool-arg", "model=viduq3-turbo", "--tool-arg", f"inputs={inputs}")
    result = inspect(tmp_path, *call, *given)
    assert result["structuredContent"]["id"].startswith("task_")
