"""A process that is killed while it downloads: what is under the final name is whole."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys

import pytest

CONTENT = random.Random(7).randbytes(3_000_000)
EARLIER = b"from an earlier download"
PROGRAM = """
import sys
from pathlib import Path
from modelhunter import ModelHunter

mh = ModelHunter("river_test_x", base_url=sys.argv[1])
task = mh.tasks.get("task_1")
tell = lambda done, total: print(done, flush=True)
while True:
    task.download(Path(sys.argv[2]) / "x.bin", on_progress=tell)
"""
ASYNC_PROGRAM = """
import asyncio, sys
from pathlib import Path
from modelhunter import AsyncModelHunter

async def main():
    mh = AsyncModelHunter("river_test_x", base_url=sys.argv[1])
    task = await mh.tasks.get("task_1")
    tell = lambda done, total: print(done, flush=True)
    while True:
        await task.download(Path(sys.argv[2]) / "x.bin", on_progress=tell)

asyncio.run(main())
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no kill -9 here")
@pytest.mark.parametrize("program", [PROGRAM, ASYNC_PROGRAM], ids=["blocking", "async"])
def test_a_killed_download_leaves_no_truncated_file(storage, tmp_path, program):
    storage.contents = [CONTENT, CONTENT[::-1]]
    chance = random.Random(42)
    whole = cut = 0
    for number in range(12):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "x.bin").write_bytes(EARLIER)
        process = subprocess.Popen(
            [sys.executable, "-c", program, storage.address, str(folder)], stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        for _ in range(chance.randint(1, 60)):
            process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        found = {path.name: path.read_bytes() for path in folder.iterdir()}
        assert found.pop("x.bin") in (EARLIER, CONTENT)
        assert found.pop("x-2.bin", CONTENT[::-1]) == CONTENT[::-1]
        assert all(re.fullmatch(r"\.x(-2)?\.bin\.[0-9a-f]{16}\.part", name) for name in found)
        whole += (folder / "x.bin").read_bytes() == CONTENT
        cut += any(0 < len(content) < len(CONTENT) for content in found.values())
    assert whole
    assert cut
