"""The programs of ``examples/`` do what they say, against the sandbox."""

from __future__ import annotations

import json
import math
import runpy
import socket
import subprocess
import sys
import threading
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import uvicorn

from modelhunter import ModelHunter
from modelhunter.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A sandbox that is what the environment names, and an empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    with Sandbox(speed=math.inf) as running:
        monkeypatch.setenv("MODELHUNTER_BASE_URL", running.url)
        monkeypatch.setenv("MODELHUNTER_KEY", running.key)
        yield running


def test_storyboard(sandbox: Sandbox, tmp_path: Path) -> None:
    folder = EXAMPLES / "storyboard"
    board = tmp_path / "board.txt"
    board.write_text((folder / "storyboard.txt").read_text("utf-8"))

    def run() -> str:
        command = [sys.executable, folder / "storyboard.py", board, "film"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert run().startswith("3 of 3 clips")
    assert len(list(Path("film").glob("*.mp4"))) == 3
    ordered = [line.split("'")[1] for line in Path("film/order.txt").read_text().splitlines()]
    assert all((Path("film") / name).stat().st_size for name in ordered)

    board.write_text(board.read_text().replace("in the fog", "at night"))
    run()
    prompts = [task["input"]["prompt"] for task in sandbox.state()["tasks"]]
    assert len(prompts) == 4
    assert sum("lighthouse" in prompt for prompt in prompts) == 2


def test_chain(sandbox: Sandbox, tmp_path: Path) -> None:
    chain = runpy.run_path(str(EXAMPLES / "chain" / "chain.py"))["chain"]
    with ModelHunter() as mh:
        still, opening, ending = chain(mh, "a paper boat", "a waterfall", tmp_path)
    assert all(path.stat().st_size for path in (still, opening, ending))
    first, second = (t for t in sandbox.state()["tasks"] if t["input"].get("duration"))
    assert first["input"]["image"] != second["input"]["image"]


def test_notebook(sandbox: Sandbox) -> None:
    notebook = json.loads((EXAMPLES / "notebook" / "clips.ipynb").read_text("utf-8"))
    names: dict[str, Any] = {}
    for cell in notebook["cells"]:
        assert not cell.get("outputs")
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), cell["id"], "exec", dont_inherit=True), names)
    assert len(sandbox.state()["tasks"]) == 2
    assert all(film.stat().st_size for film in names["films"])


@pytest.fixture
def shop(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The web app, served on this machine; its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    monkeypatch.setenv("PUBLIC_URL", address)
    monkeypatch.syspath_prepend(str(EXAMPLES / "webapp"))
    import app

    server = uvicorn.Server(uvicorn.Config(app.app, log_level="warning"))
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    yield address
    server.should_exit = True
    thread.join()
    sys.modules.pop("app")


def test_web_app(shop: str) -> None:
    with httpx.Client(base_url=shop, timeout=60) as browser:
        assert browser.post("/", data={"prompt": "<b>waves</b>"}).status_code == 303
        until = time.monotonic() + 60
        while "watch" not in (text := browser.get("/").text):
            assert time.monotonic() < until, text
            time.sleep(0.05)
        assert "<b>" not in text
        (link,) = (part.split('"')[0] for part in text.split('href="')[1:])
        assert browser.get(link).content[4:8] == b"ftyp"
        assert browser.get("/films/other").status_code == 404
        assert browser.post("/hooks/", content=b"{}").status_code in (400, 401)


USED = """
import runpy, sys
names = runpy.run_path(sys.argv[1])
print(names["price"]("viduq3-turbo", 4))
print(names["price"]("viduq3-turbo", 99))
print(names["make"]("viduq3-turbo", "waves", 1, lambda *_, **__: None))
names["mh"].close()
"""


@pytest.mark.skipif(
    find_spec("gradio") is None, reason="gradio brings some fifty packages, and is not installed"
)
def test_gradio_app(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_ANALYTICS_ENABLED", "False")
    command = [sys.executable, "-c", USED, EXAMPLES / "gradio" / "app.py"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    price, refusal, *_, film = done.stdout.strip().splitlines()
    assert price.startswith("$")
    assert "duration" in done.stdout.removeprefix(price)
    assert refusal
    assert Path(film).stat().st_size
