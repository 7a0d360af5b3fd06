"""As many files as were asked for and paid for, and the last frame of a video beside it."""

from __future__ import annotations

import io
import math
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Annotated, ClassVar

import av
import pytest
from attrs import define
from PIL import Image, ImageChops, ImageStat

from modelhunter import ModelHunter
from modelhunter.plugins import (
    Between,
    Capability,
    Field,
    Input,
    Model,
    Output,
    Price,
    Provider,
    Registry,
    Role,
    capability_from,
    hookimpl,
    standard_call,
)
from modelhunter.sandbox import Sandbox


def price(unit, quantity=None):
    amount = Decimal("0.01")
    return Price(unit=unit, quantity=quantity, low=amount, high=amount, as_of=date(2026, 11, 1))


@define(kw_only=True)
class TextToImage(Input):
    """Pictures from text."""

    provider: ClassVar[str] = "snap"
    capability: ClassVar[str] = "text-to-image"

    model: str
    prompt: str
    num_images: Annotated[int, "How many", Between(1, 8)] = 1


def model(name, output, *fields, unit="clip", quantity=None):
    call = standard_call("snap", "make")
    capability = Capability(name="make", fields=fields, output=output, call=call)
    return Model(id=name, capabilities=(capability,), price=price(unit, quantity))


PROMPT = Field(name="prompt", type="string")
DRAFTS = Field(name="drafts", type="integer", default=2)
KEEP = Field(name="keep", type="string", choices=("yes", "no"), default="no")
LAST = Role(field="keep", values={"yes": True, "no": False})
PROVIDER = Provider(
    name="snap",
    models=(
        Model(
            id="by-name",
            capabilities=(capability_from(TextToImage, makes="image"),),
            price=price("second", "num_images"),
        ),
        model("by-price", Output(media="image"), PROMPT, DRAFTS, unit="image", quantity="drafts"),
        model(
            "by-second",
            Output(media="video", duration=Role(field="drafts")),
            *(PROMPT, DRAFTS),
            unit="second",
            quantity="drafts",
        ),
        model(
            "with-last",
            Output(
                media="video",
                duration=Role(value=1),
                resolution=Role(value="100p"),
                count=Role(field="drafts"),
                last_frame=LAST,
            ),
            *(PROMPT, DRAFTS, KEEP),
        ),
        model("sound", Output(media="audio", last_frame=LAST), PROMPT, KEEP),
    ),
)


@pytest.fixture(scope="module")
def registry():
    made = Registry(sources=lambda: ())
    made.register(SimpleNamespace(modelhunter_provider=hookimpl(lambda: PROVIDER)), name="snap")
    return made


@pytest.fixture
def mh(registry):
    with (
        Sandbox(speed=math.inf, registry=registry) as sandbox,
        ModelHunter(sandbox.key, base_url=sandbox.url, registry=registry) as client,
    ):
        yield client


@pytest.mark.parametrize(
    ("name", "inputs", "formats"),
    [
        ("by-name", {"num_images": 4}, ["png"] * 4),
        ("by-name", {}, ["png"]),
        ("by-price", {"drafts": 3}, ["png"] * 3),
        ("by-price", {}, ["png"] * 2),
        ("by-second", {"drafts": 3}, ["mp4"]),
        ("with-last", {}, ["mp4"] * 2),
        ("with-last", {"drafts": 1, "keep": "yes"}, ["mp4", "png"]),
        ("with-last", {"drafts": 2, "keep": "yes"}, ["mp4", "mp4", "png", "png"]),
        ("sound", {"keep": "yes"}, ["mp3"]),
    ],
)
def test_there_are_as_many_files_as_were_asked_for(mh, tmp_path, name, inputs, formats):
    task = mh.generate(name, prompt="a cat", **inputs)
    assert [output.format for output in task.outputs] == formats
    paths = task.download(tmp_path / "cat.x")
    assert [path.stat().st_size for path in paths] == [one.size_bytes for one in task.outputs]
    assert len({path.read_bytes() for path in paths}) == len(formats)


def test_what_is_paid_by_the_piece_costs_as_many_pieces(mh):
    assert mh.generate("by-price", prompt="a cat", drafts=4).cost == Decimal("0.04")
    assert mh.generate("by-name", prompt="a cat", num_images=3).cost == Decimal("0.03")


def test_the_last_frame_is_that_of_the_video(mh):
    task = mh.generate("with-last", prompt="a cat", drafts=1, keep="yes")
    film, still = io.BytesIO(), io.BytesIO()
    task.download(film, only=0)
    task.download(still, only=1)
    film.seek(0)
    with av.open(film) as container:
        frames = [frame.to_image() for frame in container.decode(video=0)]
    still.seek(0)
    picture = Image.open(still)
    assert picture.size == frames[-1].size
    assert task.outputs[0].duration == 1
    assert task.outputs[1].duration is None

    def distance(frame):
        return sum(ImageStat.Stat(ImageChops.difference(frame, picture)).mean)

    assert min(range(len(frames)), key=lambda n: distance(frames[n])) == len(frames) - 1


def test_outputs_of_a_sandbox_that_is_started_again(registry, tmp_path):
    options = {"speed": math.inf, "registry": registry, "database": tmp_path / "sandbox.db"}
    with Sandbox(**options) as sandbox:
        key = sandbox.key
        with ModelHunter(key, base_url=sandbox.url, registry=registry) as mh:
            task = mh.generate("with-last", prompt="a cat", keep="yes")
            before = [path.read_bytes() for path in task.download(f"{tmp_path}/before/")]
    with (
        Sandbox(**options) as sandbox,
        ModelHunter(key, base_url=sandbox.url, registry=registry) as mh,
    ):
        again = mh.tasks.get(task.id)
        assert [path.read_bytes() for path in again.download(f"{tmp_path}/after/")] == before


def test_one_file_that_can_not_be_made_fails_the_task(mh, monkeypatch):
    from modelhunter.sandbox.media import cache

    write = cache.write

    def broken(shape, file, go_on):
        if shape.is_last_frame:
            raise RuntimeError("out of paint")
        write(shape, file, go_on)

    monkeypatch.setattr(cache, "write", broken)
    task = mh.submit("with-last", prompt="a cat", keep="yes")
    while not task.done:
        task.refresh()
    assert task.status == "failed"
    assert "out of paint" in task.error.message
