"""A contact sheet: one HTML page with what a batch made, that opens from the disk."""

from __future__ import annotations

import os
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from modelhunter.batch.ledger import LedgerJob

_VIDEO = {".mp4", ".webm", ".mov"}
_SOUND = {".mp3", ".wav", ".flac", ".ogg", ".aac", ".m4a"}
_PICTURE = {".png", ".jpg", ".jpeg", ".webp", ".gif", ".avif"}

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src 'self' file:;
 media-src 'self' file:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width"><title>{title}</title><style>
body {{ font: 14px/1.4 system-ui, sans-serif; margin: 1.5rem; background: Canvas; color: CanvasText;
 color-scheme: light dark }}
main {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 1rem }}
figure {{ margin: 0; border: 1px solid GrayText; border-radius: .5rem; overflow: hidden }}
img, video {{ width: 100%; aspect-ratio: 16/9; object-fit: contain; background: #8883 }}
audio {{ width: 100% }} figcaption {{ padding: .5rem .75rem; overflow-wrap: anywhere }}
.failed {{ border-color: #c33 }} .error {{ color: #c33 }} small {{ color: GrayText }}
</style></head><body><h1>{title}</h1><p>{summary}</p><main>
{cards}
</main></body></html>
"""


def contact_sheet(jobs: Sequence[LedgerJob], beside: Path, title: str) -> str:
    """The page, for a file in the folder ``beside``."""
    done = sum(job.state == "done" for job in jobs)
    failed = sum(job.state == "failed" for job in jobs)
    cost = sum((job.cost for job in jobs if job.cost is not None), start=0)
    summary = f"{len(jobs)} jobs: {done} done, {failed} failed, {len(jobs) - done - failed} open"
    cards = "\n".join(_card(job, beside) for job in jobs)
    text = f"{summary}; ${cost:.2f}"
    return _PAGE.format(title=escape(title), summary=escape(text), cards=cards)


def _card(job: LedgerJob, beside: Path) -> str:
    media = "".join(_media(file, beside) for file in job.files)
    prompt = job.inputs.get("prompt")
    lines = [f"<strong>{escape(f'{job.seq}. {job.model}')}</strong>"]
    if isinstance(prompt, str):
        lines.append(escape(prompt if len(prompt) <= 300 else f"{prompt[:299]}…"))
    if job.error is not None:
        lines.append(f'<span class="error">{escape(f"{job.code}: {job.error}")}</span>')
    cost = "" if job.cost is None else f" · ${job.cost}"
    lines.append(f"<small>{escape(f'{job.key} · {job.state}{cost}')}</small>")
    kind = ' class="failed"' if job.state == "failed" else ""
    return f"<figure{kind}>{media}<figcaption>{'<br>'.join(lines)}</figcaption></figure>"


def _media(file: str, beside: Path) -> str:
    if "://" in file:
        return f"<p>{escape(file)}</p>"
    try:
        path = os.path.relpath(file, beside)
    except ValueError:  # another drive
        path = file
    link = escape(quote(Path(path).as_posix()), quote=True)
    suffix = Path(file).suffix.lower()
    if suffix in _PICTURE:
        return f'<a href="{link}"><img src="{link}" alt="" loading="lazy"></a>'
    if suffix in _VIDEO:
        return f'<video src="{link}" controls preload="metadata" muted loop></video>'
    if suffix in _SOUND:
        return f'<audio src="{link}" controls preload="none"></audio>'
    return f'<p><a href="{link}">{escape(Path(file).name)}</a></p>'
