"""Downloads that write how a file was made, and the same job once more from that."""

from __future__ import annotations

import asyncio
import inspect
import io
import json
import math
import os
import pickle
from decimal import Decimal

import pytest
from PIL import Image

from modelhunter import (
    AsyncModelHunter,
    ConfigurationError,
    DownloadFailed,
    InvalidInput,
    ModelHunter,
    NoRecord,
    OverBudget,
    Polling,
)
from modelhunter.provenance import read, verify
from modelhunter.provenance.secrets import without_secrets
from modelhunter.sandbox import Sandbox

JOB = {"prompt": "Grüße, 🐈", "size": "1K", "output_format": "png"}
FAST = Polling(0.01, 0.01, 1)


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(speed=math.inf, media="tiny") as running:
        yield running


@pytest.fixture(params=["blocking", "async"])
def do(request, sandbox):
    """Runs ``act(client)`` with a client of either kind, and waits for what it returns."""
    if request.param == "blocking":
        with ModelHunter(sandbox.key, base_url=sandbox.url, polling=FAST) as mh:
            yield lambda act: act(mh)
        return
    runner = asyncio.Runner()
    mh = AsyncModelHunter(sandbox.key, base_url=sandbox.url, polling=FAST)

    async def awaited(act):
        answer = act(mh)
        return await answer if inspect.isawaitable(answer) else answer

    yield lambda act: runner.run(awaited(act))
    runner.run(mh.aclose())
    runner.close()


@pytest.fixture
def picture(do):
    return do(lambda mh: mh.generate("seedream-4-0", prompt=JOB["prompt"], size="1K"))


@pytest.fixture
def clip(do):
    return do(lambda mh: mh.generate("viduq3-turbo", prompt="a lighthouse", duration=1, seed=7))


def documents(folder):
    return {path.name: json.loads(path.read_text("utf-8")) for path in folder.glob("*.json")}


def test_a_record_beside_the_file(do, clip, tmp_path):
    (path,) = do(lambda _: clip.download(tmp_path / "clip.mp4", provenance="sidecar"))
    (document,) = documents(tmp_path).values()
    assert set(documents(tmp_path)) == {"clip.mp4.json"}
    assert document["model"] == "viduq3-turbo"
    assert document["capability"] == "text-to-video"
    assert document["inputs"] == {"prompt": "a lighthouse", "duration": 1, "seed": 7}
    assert document["seed"] == 7
    assert document["task_id"] == clip.id
    assert document["size_bytes"] == path.stat().st_size == clip.outputs[0].size_bytes
    assert Decimal(document["cost"]) == clip.cost
    assert document["created_at"] == clip.created_at.isoformat()
    assert document["completed_at"] == clip.completed_at.isoformat()
    assert verify(path).is_intact
    assert len(list(tmp_path.iterdir())) == 2


def test_a_record_in_the_file_too(do, clip, tmp_path):
    plain, carried = io.BytesIO(), io.BytesIO()
    do(lambda _: clip.download(plain))
    do(lambda _: clip.download(carried, provenance="embedded"))
    (path,) = do(lambda _: clip.download(tmp_path / "clip.mp4", provenance="embedded"))
    assert path.read_bytes() == carried.getvalue()
    assert carried.getvalue().startswith(plain.getvalue())
    found = verify(path)
    assert (found.sources, found.is_intact) == (("file", "sidecar"), True)
    assert found.record.size_bytes == len(plain.getvalue())
    assert read(path) == found.record


def test_a_picture_with_a_record_is_the_same_picture(do, picture, tmp_path):
    (plain,) = do(lambda _: picture.download(tmp_path / "plain.jpg"))
    (carried,) = do(lambda _: picture.download(tmp_path / "carried.jpg", provenance="embedded"))
    assert Image.open(plain).tobytes() == Image.open(carried).tobytes()
    assert plain.read_bytes() != carried.read_bytes()
    assert read(carried).inputs["prompt"] == JOB["prompt"]
    assert verify(carried).is_intact


def test_each_of_several_files_has_its_own(do, tmp_path):
    task = do(
        lambda mh: mh.generate(
            "seedance-1-0-pro-fast",
            prompt="x",
            duration=2,
            image="https://me.example/a.png",
            resolution="480p",
            return_last_frame=True,
        )
    )
    paths = do(lambda _: task.download(tmp_path / "x.mp4", provenance="embedded"))
    records = [read(path) for path in paths]
    assert [(one.output, one.outputs, one.format) for one in records] == [
        (1, 2, "mp4"),
        (2, 2, "png"),
    ]
    assert set(documents(tmp_path)) == {"x.mp4.json", "x-2.png.json"}
    assert all(verify(path).is_intact for path in paths)


def test_a_task_that_was_read_from_the_api_has_no_inputs_to_tell(do, clip, tmp_path):
    task = do(lambda mh: mh.tasks.get(clip.id))
    (path,) = do(lambda _: task.download(tmp_path / "clip.mp4", provenance="sidecar"))
    assert documents(tmp_path)["clip.mp4.json"]["inputs"] is None
    with pytest.raises(NoRecord, match="has no inputs"):
        do(lambda mh: mh.submit(read(path)))


def test_what_it_was_submitted_with_survives_and_is_found_again(do, clip):
    assert pickle.loads(pickle.dumps(clip)).submission == clip.submission
    tokens = []
    do(lambda mh: mh.submit("viduq3-turbo", prompt="x", duration=1, on_token=tokens.append))
    again = do(lambda mh: mh.resume(tokens[0]))
    assert again.submission.input == {"prompt": "x", "duration": 1}


@pytest.mark.parametrize(
    ("image", "kept"),
    [
        (
            "https://user:pw@me.example/a.png?X-Signature=5ec3e7#part",
            "https://me.example/a.png",
        ),
        ("data:image/png;base64,iVBORw0KGgo=", "(inline image/png, 34 characters, SHA-256 "),
    ],
)
def test_neither_keys_nor_signed_links_nor_inline_content_get_into_a_record(
    do, sandbox, tmp_path, image, kept
):
    prompt = f"my key is {sandbox.key}"
    task = do(lambda mh: mh.generate("seedream-4-0", prompt=prompt, image=image))
    (path,) = do(lambda _: task.download(tmp_path / "x.jpg", provenance="embedded"))
    for content in (path.read_bytes(), (tmp_path / "x.jpg.json").read_bytes()):
        for secret in (sandbox.key, "5ec3e7", "user:pw", "iVBORw0KGgo=", task.outputs[0].url):
            assert secret.encode() not in content
    record = read(path)
    assert record.not_kept == ("prompt", "image")
    assert record.inputs["image"].startswith(kept)
    with pytest.raises(InvalidInput, match="prompt: is not kept") as caught:
        do(lambda mh: mh.prepare(record))
    assert [problem.field for problem in caught.value.problems] == ["prompt", "image"]
    task = do(lambda mh: mh.submit(record, prompt="a cat", image="https://me.example/b.png"))
    assert task.submission.input["image"] == "https://me.example/b.png"


def test_secrets_are_left_out_wherever_they_stand():
    inputs = {
        "images": ["https://me.example/a.png", "https://me.example/b.png?sig=1"],
        "shots": [{"prompt": "see https://me.example/?q=1 there", "image": "DATA:,x"}],
        "key": "sk-12345678",
        "n": 3,
    }
    kept, places = without_secrets(inputs, ["sk-12345678"])
    assert kept["images"] == ["https://me.example/a.png", "https://me.example/b.png"]
    assert kept["shots"][0]["prompt"] == inputs["shots"][0]["prompt"]
    assert kept["shots"][0]["image"].startswith("(inline text/plain")
    assert (kept["key"], kept["n"]) == ("(left out)", 3)
    assert places == ("images[1]", "shots[0].image", "key")
    assert without_secrets(None, []) == (None, ())


# ------------------------------------------------------------------- places


def test_several_to_an_address(do, clip):
    memory = pytest.importorskip("fsspec").filesystem("memory")
    memory.store.clear()
    do(lambda _: clip.download("memory://folder/x.mp4", provenance="sidecar"))
    assert json.loads(memory.cat("/folder/x.mp4.json"))["task_id"] == clip.id
    assert memory.find("/") == ["/folder/x.mp4", "/folder/x.mp4.json"]
    memory.store.clear()


def test_there_must_be_a_place_beside_it(do, clip, sandbox):
    seen = len(sandbox.requests)
    for target in (io.BytesIO(), os.devnull):
        with pytest.raises(DownloadFailed, match="no place for a record"):
            do(lambda _, target=target: clip.download(target, provenance="sidecar"))
    with pytest.raises(ConfigurationError, match="'sidecar' or 'embedded'"):
        do(lambda _: clip.download(io.BytesIO(), provenance="both"))
    assert len(sandbox.requests) == seen


def test_a_record_that_can_not_be_written_leaves_no_file(do, clip, tmp_path):
    (tmp_path / "x.mp4.json").mkdir()
    with pytest.raises(DownloadFailed, match=r"could not be written.*not lost"):
        do(lambda _: clip.download(tmp_path / "x.mp4", provenance="sidecar"))
    assert [path.name for path in tmp_path.iterdir()] == ["x.mp4.json"]


# ------------------------------------------------------------------- once more


def test_the_same_job_once_more(do, clip, tmp_path):
    (path,) = do(lambda _: clip.download(tmp_path / "x.mp4", provenance="embedded"))
    record = read(path)
    assert do(lambda mh: mh.estimate(record)).high > 0
    again = do(lambda mh: mh.generate(record))
    assert again.id != clip.id
    assert again.submission.input == clip.submission.input
    (copy,) = do(lambda _: again.download(tmp_path / "y.mp4"))
    assert read(path).sha256 == verify_digest(copy)


def verify_digest(path):
    import hashlib

    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_once_more_with_something_else(do, clip, tmp_path):
    (path,) = do(lambda _: clip.download(tmp_path / "x.mp4", provenance="sidecar"))
    record = read(path)
    prepared = do(lambda mh: mh.prepare(record, seed=8, duration=2))
    assert prepared.inputs == {"prompt": "a lighthouse", "duration": 2, "seed": 8}
    assert do(lambda mh: mh.prepare(record, seed=None)).inputs == {
        "prompt": "a lighthouse",
        "duration": 1,
    }
    with pytest.raises(InvalidInput, match="duration"):
        do(lambda mh: mh.submit(record, duration=99))
    with pytest.raises(OverBudget):
        do(lambda mh: mh.submit(record, max_cost="0.0001"))
    assert do(lambda mh: mh.submit(prepared)).submission.input == prepared.inputs
