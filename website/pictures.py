"""The pictures of the site, made from the running program: ``python -m website.pictures FOLDER``.

What a terminal says, the contact sheet and the sandbox's page are looked at in a Chromium that is
installed. ``nox -s docs`` makes them anew for the site; ``docs/pictures`` holds those that the
README and a code forge show.
"""

from __future__ import annotations

import math
import os
import shutil
import subprocess
import sys
import tempfile
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av

from modelhunter import ModelHunter
from modelhunter.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL import Image

WIDTH = 960
TERMINAL = """<body style="margin:0;background:#1e1e2e;color:#cdd6f4;
font:15px/1.45 DejaVu Sans Mono,monospace"><pre style="margin:0;padding:18px">{}</pre>"""
NOTEBOOK = """<body style="margin:0;background:#fff;font:15px/1.45 DejaVu Sans,sans-serif">
<main style="padding:18px">{}</main>"""
CELL = """<pre style="background:#f4f4f6;padding:8px 12px;font:14px DejaVu Sans Mono,monospace"
>{}</pre><div style="padding:0 12px 8px">{}</div>"""
CELLS = (
    "mh.models('vidu')",
    "mh.estimate('viduq3-turbo', duration=2)",
    "mh.generate('viduq3-turbo', prompt='A sunset over the ocean', duration=2)",
)
GENERATE = 'modelhunter generate viduq3-turbo "A sunset over the ocean" -i duration=4 -o sunset.mp4'


def film(folder: Path) -> None:
    """A picture out of the middle of the film that the README's first command makes."""
    with Sandbox(speed=math.inf) as sandbox, ModelHunter(sandbox=sandbox) as mh:
        task = mh.generate("viduq3-turbo", prompt="A sunset over the ocean", duration=4)
        (path,) = task.download(folder / "sunset.mp4")
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    picture: Image.Image = frames[len(frames) // 2].to_image()  # type: ignore[no-untyped-call]
    picture.thumbnail((WIDTH, WIDTH))
    picture.quantize(64).save(folder / "sunset.png", optimize=True)
    path.unlink()


def chromium() -> str | None:
    """The browser that is installed."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, names)), None)


def screens(folder: Path, browser: str) -> None:
    """Everything that needs a browser to be seen."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as desk, sync_playwright() as running:
        opened = running.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        page = opened.new_page(viewport={"width": WIDTH, "height": 600})

        def shoot(name: str, *, html: str | None = None, address: str | None = None) -> None:
            if html is not None:
                page.goto("about:blank")
                page.set_content(html)
                page.wait_for_load_state("networkidle")
                page.locator("main, body > pre").first.screenshot(path=folder / f"{name}.png")
                return
            page.goto(address or "")
            page.wait_for_load_state("networkidle")
            page.screenshot(path=folder / f"{name}.png")

        with Sandbox(speed=10) as sandbox:
            _terminal(sandbox, Path(desk), shoot)
            _pages(sandbox, Path(desk), shoot)
            _notebook(sandbox, shoot)
        opened.close()


def _terminal(sandbox: Sandbox, desk: Path, shoot: Callable[..., Any]) -> None:
    shown = _typed(GENERATE, sandbox, desk)
    shoot("progress", html=TERMINAL.format(escape(shown)))


def _pages(sandbox: Sandbox, desk: Path, shoot: Callable[..., Any]) -> None:
    rows = ["key,prompt,duration", *(f"shot-{n},a lighthouse in scene {n},2" for n in range(1, 7))]
    (desk / "shots.csv").write_text("\n".join(rows), "utf-8")
    _typed(
        "modelhunter batch run shots.csv --out clips --model viduq3-turbo --budget 5", sandbox, desk
    )
    _typed("modelhunter batch sheet clips", sandbox, desk)
    sheet = next((desk / "clips").glob("*.html"))
    shoot("contact-sheet", address=sheet.as_uri())
    shoot("sandbox", address=sandbox.url)


def _notebook(sandbox: Sandbox, shoot: Callable[..., Any]) -> None:
    """What cells of a notebook show: the objects say it themselves."""
    with ModelHunter(sandbox=sandbox) as mh:
        shown = [(cell, eval(cell, {"mh": mh})._repr_html_()) for cell in CELLS]
        cells = "".join(CELL.format(escape(cell), html) for cell, html in shown)
        shoot("notebook", html=NOTEBOOK.format(cells))


def _typed(command: str, sandbox: Sandbox, desk: Path) -> str:
    """A command and what it says, as a terminal shows both."""
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(desk),
        "MODELHUNTER_BASE_URL": sandbox.url,
        "MODELHUNTER_KEY": sandbox.key,
    }
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=desk,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
        timeout=120,
    )
    return f"$ {command}\n{done.stdout}"


def make(folder: Path) -> bool:
    """Make all pictures that can be made here; whether there was a browser for the screens."""
    folder.mkdir(parents=True, exist_ok=True)
    film(folder)
    browser = chromium()
    if browser is None:
        return False
    screens(folder, browser)
    return True


if __name__ == "__main__":
    make(Path(sys.argv[1]))
