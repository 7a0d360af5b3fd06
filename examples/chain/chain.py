"""A picture, a film that begins with it, and a second film that begins where the first ends.

python chain.py "a paper boat on a stream" "it comes to a waterfall" out/
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import av

from modelhunter import ModelHunter

if TYPE_CHECKING:
    from PIL.Image import Image


def last_frame(film: Path) -> Image:
    """The last picture of a film."""
    with av.open(str(film)) as container:
        frame = None
        for frame in container.decode(video=0):  # noqa: B007
            pass
    if frame is None:
        raise ValueError(f"{film} has no picture")
    return frame.to_image()


def chain(mh: ModelHunter, first: str, second: str, folder: Path) -> list[Path]:
    """Make all three; a Pillow picture is uploaded by itself."""
    picture = mh.generate("seedream-5-0-lite", prompt=first)
    (still,) = picture.download(folder / "still.png")
    opening = mh.generate("viduq3-turbo", image=still, prompt=first, duration=2)
    (film,) = opening.download(folder / "opening.mp4")
    ending = mh.generate("viduq3-turbo", image=last_frame(film), prompt=second, duration=2)
    (end,) = ending.download(folder / "ending.mp4")
    return [still, film, end]


if __name__ == "__main__":
    with ModelHunter(budget=2) as client:
        for path in chain(client, sys.argv[1], sys.argv[2], Path(sys.argv[3])):
            print(path)
