"""Twenty clips from a table, from the text of the page alone, with the plug pulled twice."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from modelhunter.batch import Ledger
from modelhunter.sandbox import Sandbox

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "clips-from-a-table.md"
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
CLIPS = 20


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
@pytest.mark.timeout(300)
def test_twenty_clips_with_the_plug_pulled_twice(tmp_path: Path) -> None:
    table, price, run, look = BLOCKS
    with Sandbox(speed=60, media="tiny") as sandbox:
        shell = Shell(tmp_path, sandbox)
        shell.type(table)
        assert f"{CLIPS} jobs" in shell.type(price)
        assert not sandbox.state()["tasks"]

        for sent in (3, 11):
            shell.pull_the_plug(run, sent)
        shell.type(run)
        shell.type(look)

        tasks = sandbox.state()["tasks"]
    assert Counter(task["input"]["prompt"] for task in tasks) == {
        f"a lighthouse in scene {n:02}, oil on canvas": 1 for n in range(1, CLIPS + 1)
    }
    films = [path for path in (tmp_path / "clips").glob("*.mp4") if path.stat().st_size]
    assert len(films) == CLIPS
    ledger = Ledger(str(tmp_path / "clips" / "batch.db"))
    assert ledger.counts().spent == sum(Decimal(str(task["cost"])) for task in tasks)
    ledger.close()
    assert len((tmp_path / "result.csv").read_text("utf-8").splitlines()) == CLIPS + 1


class Shell:
    """Where a reader types, with an account at the sandbox."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self.folder = folder
        self.sandbox = sandbox
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("MODELHUNTER_", "XDG_"))},
            "HOME": str(folder),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "MODELHUNTER_BASE_URL": sandbox.url,
            "MODELHUNTER_KEY": sandbox.key,
        }

    def begin(self, block: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def type(self, block: str) -> str:
        with self.begin(block) as process:
            output, _ = process.communicate(timeout=200)
        assert process.returncode == 0, output
        return output

    def pull_the_plug(self, block: str, sent: int) -> None:
        """Kill all of it once so many jobs were sent."""
        with self.begin(block) as process:
            while len(self.sandbox.state()["tasks"]) < sent and process.poll() is None:
                time.sleep(0.02)
            assert process.poll() is None, "it had ended before the plug was pulled"
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate(timeout=60)
