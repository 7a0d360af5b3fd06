"""Records in files, which stay what they were, can be looked at and played, and give them back."""

from __future__ import annotations

import hashlib
import io
import json
import os
import resource
import subprocess
import sys
from decimal import Decimal

import av
import pytest
from attrs import evolve
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from modelhunter.errors import NoRecord
from modelhunter.provenance import Record, embed, read, read_record, sidecar_of, verify
from modelhunter.provenance.carriers import digest_of, layout_of, with_record
from modelhunter.sandbox.media.cache import write
from modelhunter.sandbox.media.shape import Shape

RECORD = Record(
    provider="acme",
    model="acme-1",
    capability="text-to-image",
    inputs={"prompt": "Grüße, 🐈", "n": 3},
    task_id="task_1",
    cost=Decimal("0.30"),
    sha256="0" * 64,
    size_bytes=1,
)


def picture(format_, mode="RGB", **options):
    file = io.BytesIO()
    Image.linear_gradient("L").convert(mode).save(file, format_, **options)
    return file.getvalue()


def film(format_="mp4", **changes):
    usual = {"kind": "video", "model": "m", "prompt": "p", "seed": "", "width": 64, "height": 48}
    shape = Shape(**usual, format=format_, duration=0.5, audio=True)
    file = io.BytesIO()
    write(evolve(shape, **changes), file)
    return file.getvalue()


def exif():
    found = Image.Exif()
    found[0x010E] = "a description" * 100
    return found.tobytes()


def text():
    info = PngImagePlugin.PngInfo()
    info.add_itxt("modelhunter.something", "else")
    info.add_text("Comment", "x" * 5000)
    return info


FILES = {
    "png": lambda: picture("PNG"),
    "png with a palette": lambda: picture("PNG", "P"),
    "png with texts": lambda: picture("PNG", pnginfo=text()),
    "jpeg": lambda: picture("JPEG"),
    "jpeg with exif": lambda: picture("JPEG", exif=exif(), icc_profile=b"x" * 200_000),
    "jpeg with a comment": lambda: picture("JPEG", comment=b"modelhunter.provenance of a sort"),
    "progressive jpeg": lambda: picture("JPEG", progressive=True),
    "mp4": film,
    "mov": lambda: film("mov"),
    "m4a": lambda: film("m4a", width=0, height=0),
}


def shown(content: bytes) -> list[object]:
    """What is to be seen and heard in a file, short."""
    if content[:1] in (b"\x89", b"\xff"):
        found = Image.open(io.BytesIO(content))
        return [found.size, found.mode, digest(found.tobytes())]
    with av.open(io.BytesIO(content)) as container:
        frames = container.decode(*container.streams)
        return [
            (frame.pts, [digest(visible(frame, plane)) for plane in frame.planes])
            for frame in frames
        ]


def visible(frame: av.VideoFrame | av.AudioFrame, plane: av.plane.Plane) -> bytes:
    """A plane without what fills it up, which is whatever was in memory."""
    whole = bytes(plane)
    if isinstance(frame, av.AudioFrame):
        return whole[: frame.samples * frame.format.bytes]
    rows = range(0, plane.height * plane.line_size, plane.line_size)
    return b"".join(whole[start : start + plane.width] for start in rows)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("long", [False, True])
def test_a_file_with_a_record_shows_the_same_and_gives_it_back(tmp_path, kind, long):
    content = FILES[kind]()
    path = tmp_path / "x"
    path.write_bytes(content)
    record = evolve(RECORD, inputs={"prompt": "p" * 200_000}) if long else RECORD
    assert embed(path, record)
    carried = path.read_bytes()
    assert shown(carried) == shown(content)
    assert len(carried) > len(content) + len(record.to_text()) - 100
    found = read(path)
    assert found.inputs == record.inputs
    assert (found.sha256, found.size_bytes) == digest_of(
        io.BytesIO(content), layout_of(io.BytesIO(content))
    )
    assert verify(path).is_intact
    assert verify(path).sources == ("file",)

    assert embed(path, evolve(record, task_id="task_2"))  # in place of the first
    assert read(path).task_id == "task_2"
    assert len(path.read_bytes()) == len(carried)
    assert [one.name for one in tmp_path.iterdir()] == ["x"]


@pytest.mark.parametrize("kind", FILES)
def test_without_its_record_a_file_is_what_it_was(kind):
    content, target, stripped = FILES[kind](), io.BytesIO(), io.BytesIO()
    source = io.BytesIO(content)
    with_record(source, layout_of(source), RECORD.to_text(), target)
    layout = layout_of(target)
    assert layout.text == RECORD.to_text()
    target.seek(0)
    data, start = target.getvalue(), 0
    for first, last in layout.records:
        stripped.write(data[start:first])
        start = last
    stripped.write(data[start:])
    assert stripped.getvalue() == content


@pytest.mark.parametrize("kind", FILES)
def test_any_change_of_the_file_is_found_out(tmp_path, kind):
    path = tmp_path / "x"
    path.write_bytes(FILES[kind]())
    embed(path, RECORD)
    content = path.read_bytes()
    records = layout_of(io.BytesIO(content)).records
    for place in (len(content) // 3, len(content) // 2, 2 * len(content) // 3):
        if any(first <= place < last for first, last in records):
            continue
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        found = verify(path)
        assert not found.is_intact
        assert "it was changed, or is another" in found.differences[0]


@pytest.mark.parametrize("kind", ["gif", "webp", "webm", "mp3", "wav", "text", "nothing"])
def test_what_has_no_room_for_a_record_stays_as_it_is(tmp_path, kind):
    contents = {
        "gif": lambda: picture("GIF"),
        "webp": lambda: picture("WEBP"),
        "webm": lambda: film("webm"),
        "mp3": lambda: film("mp3", width=0, height=0),
        "wav": lambda: film("wav", width=0, height=0),
        "text": lambda: b"hello",
        "nothing": lambda: b"",
    }
    path = tmp_path / "x"
    path.write_bytes(contents[kind]())
    assert not embed(path, RECORD)
    assert path.read_bytes() == contents[kind]()
    with pytest.raises(NoRecord, match="no record"):
        verify(path)


def signed_png():
    content = picture("PNG")
    return content[:33] + b"\0\0\0\4caBXsign\0\0\0\0" + content[33:]


def signed_jpeg():
    content = picture("JPEG")
    return content[:2] + b"\xff\xeb\0\x06sign" + content[2:]


def signed_mp4():
    box = bytes.fromhex("d8fec3d61b0e483c92975828877ec481") + b"manifest"
    return film() + (len(box) + 8).to_bytes(4, "big") + b"uuid" + box


@pytest.mark.parametrize("make", [signed_png, signed_jpeg, signed_mp4])
def test_what_is_signed_is_left_alone(tmp_path, make):
    path = tmp_path / "x"
    path.write_bytes(make())
    assert not embed(path, RECORD)
    assert path.read_bytes() == make()


def test_boxes_that_reach_to_the_end_get_none(tmp_path):
    path = tmp_path / "x.mp4"
    for tail in (b"\0\0\0\0mdat" + bytes(99), b"\0\0\1\0free", b"\0\0\0", b"\0\0\0\1mdat\0"):
        path.write_bytes(b"\0\0\0\x10ftypisom\0\0\0\0" + tail)
        assert not embed(path, RECORD)


@given(
    st.binary(max_size=300),
    st.sampled_from([b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"\0\0\0\x10ftypisom"]),
)
@example(b"\xe0", b"\xff\xd8\xff")  # a segment of which the length is torn off
@example(b"\xe0\0\x10", b"\xff\xd8\xff")
def test_any_file_is_read_without_trouble_and_keeps_its_bytes(content, begin):
    content = begin + content
    file, target = io.BytesIO(content), io.BytesIO()
    layout = layout_of(file)
    if layout.place is None:
        return
    with_record(file, layout, RECORD.to_text(), target)
    again = layout_of(target)
    assert digest_of(target, again) == digest_of(file, layout)
    assert read_record(again.text or "") == RECORD


def test_large_files_are_not_read_whole(tmp_path):
    path = tmp_path / "x.mp4"
    size = 400 * 1024 * 1024
    with path.open("wb") as file:
        file.write(b"\0\0\0\x10ftypisom\0\0\0\0" + (size + 8).to_bytes(4, "big") + b"mdat")
    os.truncate(path, 24 + size)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert embed(path, RECORD)
    assert verify(path).is_intact
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32 * 1024


# ------------------------------------------------------------------- records


def test_a_record_is_the_same_when_it_is_read_again():
    assert read_record(RECORD.to_text()) == RECORD
    assert read_record(RECORD.to_text(indent=2)) == RECORD
    assert RECORD.to_text().isascii()
    assert "Grüße" in RECORD.to_text(indent=2)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(inputs=st.dictionaries(st.text(), json_values, max_size=5), seed=json_values)
def test_any_inputs_are_kept(inputs, seed):
    record = evolve(RECORD, inputs=inputs, seed=seed)
    assert read_record(record.to_text()) == record


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no record"),
        ("[]", "no record"),
        ("{}", "no record"),
        ('{"modelhunter_provenance": 2}', "version 2"),
        ('{"modelhunter_provenance": 1}', "damaged"),
        (RECORD.to_text().replace('"0.30"', '"much"'), "damaged"),
        (RECORD.to_text().replace('"acme"', "7"), "damaged"),
        ("[" * 100_000, "no record"),
    ],
)
def test_what_is_no_record(text, says):
    with pytest.raises(NoRecord, match=says):
        read_record(text)


def test_a_record_beside_a_file(tmp_path):
    path = tmp_path / "x.webp"
    path.write_bytes(picture("WEBP"))
    sha256, size = digest_of(io.BytesIO(path.read_bytes()), layout_of(io.BytesIO(b"")))
    record = evolve(RECORD, sha256=sha256, size_bytes=size)
    sidecar_of(path).write_text(record.to_text(indent=2), "utf-8")
    assert sidecar_of(path).name == "x.webp.json"
    found = verify(path)
    assert (found.record, found.sources, found.is_intact) == (record, ("sidecar",), True)
    path.write_bytes(picture("WEBP", quality=10))
    assert "beside it" in verify(path).differences[0]
    sidecar_of(path).write_text('{"name": "something else"}')
    with pytest.raises(NoRecord, match="no record"):
        verify(path)


def test_two_records_that_do_not_agree(tmp_path):
    path = tmp_path / "x.png"
    path.write_bytes(picture("PNG"))
    embed(path, RECORD)
    record = read(path)
    sidecar_of(path).write_text(record.to_text(), "utf-8")
    assert verify(path).is_intact
    assert verify(path).sources == ("file", "sidecar")
    sidecar_of(path).write_text(evolve(record, inputs={"prompt": "another"}).to_text(), "utf-8")
    assert "are not the same" in verify(path).differences[0]
    sidecar_of(path).write_text(record.to_text().replace('"acme"', "7"), "utf-8")
    assert "x.png.json: the record is damaged" in verify(path).differences[0]


def test_reading_records_needs_none_of_what_makes_media():
    code = (
        "import sys; import modelhunter.provenance as p; p.read, p.verify, p.embed;"
        "print(sorted({'PIL', 'av', 'aiohttp', 'urllib3', 'click'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_record_of_a_picture_is_to_be_seen_by_other_programs(tmp_path):
    path = tmp_path / "x.png"
    path.write_bytes(picture("PNG"))
    embed(path, RECORD)
    with Image.open(path) as image:
        assert json.loads(image.text["modelhunter.provenance"])["task_id"] == "task_1"
    path.write_bytes(picture("JPEG"))
    embed(path, RECORD)
    with Image.open(path) as image:
        assert b'"task_id": "task_1"' in image.info["comment"]
