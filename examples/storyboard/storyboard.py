"""A film from a text file: one clip a paragraph, made once however often this is run.

    python storyboard.py storyboard.txt film/ --budget 5

Each clip is named after its place and its text, so a changed shot is made anew and the others stay.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

from modelhunter import ModelHunter


def shots(text: str) -> list[dict[str, object]]:
    """The rows of a batch, one for each paragraph that is no comment."""
    rows: list[dict[str, object]] = []
    for paragraph in text.split("\n\n"):
        words = " ".join(
            line for line in paragraph.splitlines() if not line.startswith("#")
        ).split()
        if not words:
            continue
        seconds, prompt = int(words[0]), " ".join(words[1:])
        name = hashlib.sha256(f"{seconds} {prompt}".encode()).hexdigest()[:6]
        key = f"{len(rows) + 1:02}-{name}"
        rows.append({"key": key, "prompt": prompt, "duration": seconds})
    return rows


def main() -> None:
    """Make all clips, and write down their order for ffmpeg or an editor."""
    parser = argparse.ArgumentParser(description="A film from a text file")
    parser.add_argument("storyboard", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="viduq3-turbo")
    parser.add_argument("--budget", type=float, default=5, help="USD for all clips")
    options = parser.parse_args()
    rows = [{"model": options.model, **row} for row in shots(options.storyboard.read_text("utf-8"))]
    options.folder.mkdir(parents=True, exist_ok=True)
    with ModelHunter() as mh:
        batch = mh.batch(options.folder / "batch.db", name="{key}.{ext}", budget=options.budget)
        counts = batch.run(rows)
    print(f"{counts.done} of {len(rows)} clips, ${counts.spent}")
    clips = [f"file '{row['key']}.mp4'" for row in rows]
    (options.folder / "order.txt").write_text("\n".join(clips) + "\n", "utf-8")


if __name__ == "__main__":
    main()
