"""Width and height from the first bytes: as Pillow reads them, and never a crash."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from modelhunter.plugins.image_headers import content_type_of, sides_of, text_type_of

TYPES = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "WEBP": "image/webp",
    "GIF": "image/gif",
    "BMP": "image/bmp",
    "TIFF": "image/tiff",
}


def picture(form: str, width: int, height: int, mode: str = "RGB", **options) -> bytes:
    file = io.BytesIO()
    Image.new(mode, (width, height)).save(file, form, **options)
    return file.getvalue()


class Counted(io.BytesIO):
    """Counts what is asked of it."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.reads = 0
        self.bytes = 0

    def read(self, size=-1):
        data = super().read(size)
        self.reads += 1
        self.bytes += len(data)
        return data


@settings(deadline=None)
@given(
    st.sampled_from(sorted(TYPES)),
    st.integers(1, 300),
    st.integers(1, 300),
    st.sampled_from(["RGB", "L"]),
    st.binary(max_size=20),
)
def test_sides_are_what_pillow_says(form, width, height, mode, before):
    content = picture(form, width, height, mode)
    assert content_type_of(content[:32]) == TYPES[form]
    file = io.BytesIO(before + content)
    file.seek(len(before))
    assert sides_of(file) == (width, height)


@pytest.mark.parametrize(
    ("form", "options"),
    [
        ("JPEG", {"progressive": True}),
        ("JPEG", {"exif": b"Exif\0\0" + b"x" * 60_000, "icc_profile": b"y" * 200_000}),
        ("WEBP", {"lossless": True}),
        ("WEBP", {"exif": b"Exif\0\0" + b"x" * 1000}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("TIFF", {"big_tiff": False, "tiffinfo": {270: "a description" * 1000}}),
        ("PNG", {"optimize": True}),
    ],
)
def test_variants_of_the_formats(form, options):
    file = Counted(picture(form, 301, 77, **options))
    assert sides_of(file) == (301, 77)
    assert file.bytes < 1000


@pytest.mark.parametrize(
    ("header", "sides"),
    [
        (struct.pack("<IHH", 12, 30, 40), (30, 40)),
        (struct.pack("<IIi", 40, 30, -40), (30, 40)),
        (struct.pack("<IIi", 124, 30, 40), (30, 40)),
        (struct.pack("<Iii", 40, -30, 40), None),
    ],
)
def test_kinds_of_bmp(header, sides):
    assert sides_of(io.BytesIO(b"BM" + bytes(12) + header + bytes(200))) == sides


def test_a_tiff_of_the_other_byte_order():
    entries = struct.pack(">HHIHHHHII", 256, 3, 1, 30, 0, 257, 4, 1, 40)
    content = b"MM\x00*" + struct.pack(">I", 20) + bytes(12) + struct.pack(">H", 2) + entries
    assert sides_of(io.BytesIO(content)) == (30, 40)


def test_fill_bytes_and_bare_markers_in_a_jpeg():
    content = picture("JPEG", 30, 40)
    filled = content[:2] + b"\xff\x01" + b"\xff\xff\xff" + content[2:]
    assert sides_of(io.BytesIO(filled)) == (30, 40)


@pytest.mark.parametrize("form", sorted(TYPES))
def test_pictures_that_are_cut_off(form):
    content = picture(form, 30, 40)
    found = {sides_of(io.BytesIO(content[:size])) for size in range(len(content))}
    assert found <= {None, (30, 40)}


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(sorted(TYPES)), st.data())
def test_pictures_that_are_broken(form, data):
    content = bytearray(picture(form, 30, 40))
    for _ in range(data.draw(st.integers(1, 10))):
        content[data.draw(st.integers(0, min(200, len(content) - 1)))] = data.draw(
            st.integers(0, 255)
        )
    file = Counted(bytes(content))
    sides = sides_of(file)
    assert sides is None or (sides[0] > 0 < sides[1])
    assert file.reads < 13_000


STARTS = [
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"GIF89a",
    b"BM" + bytes(12) + b"\x28\0\0\0",
    b"RIFF\0\0\0\0WEBPVP8 ",
    b"RIFF\0\0\0\0WEBPVP8L",
    b"RIFF\0\0\0\0WEBPVP8X",
    b"II*\0",
    b"MM\0*",
]


@settings(max_examples=1000, deadline=None)
@given(st.sampled_from(STARTS), st.binary(max_size=300))
@example(b"\xff\xd8\xff", b"\xff" * 300)
@example(b"II*\0", b"\xff\xff\xff\xff")
@example(b"II*\0", b"\0\0\0\0")
@example(b"MM\0*", b"\0\0\0\x08\xff\xff" + b"\0\x01\0\x03" * 70)
def test_hostile_headers(start, rest):
    file = Counted(start + rest)
    sides_of(file)
    assert file.reads < 13_000


def test_what_never_ends_is_given_up():
    empty_segments = b"\xff\xd8" + b"\xff\xe0\0\0" * 1_000_000
    file = Counted(empty_segments)
    assert sides_of(file) is None
    assert file.reads < 13_000
    no_sides = b"II*\0" + struct.pack("<IH", 8, 65535) + struct.pack("<HHII", 1, 3, 1, 0) * 65535
    file = Counted(no_sides)
    assert sides_of(file) is None
    assert file.reads < 13_000


@given(st.binary(max_size=200))
def test_anything_at_all(content):
    content_type_of(content)
    sides_of(io.BytesIO(content))


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\0\0\0\x18ftypisom", "video/mp4"),
        (b"\0\0\0\x14ftypqt  ", "video/quicktime"),
        (b"\0\0\0\x18ftypheic", "image/heic"),
        (b"\0\0\0\x18ftypavif", "image/avif"),
        (b"\0\0\0\x18ftypM4A ", "audio/mp4"),
        (b"RIFF\0\0\0\0WAVE", "audio/wav"),
        (b"1234\0\0\0\0WAVE", None),
        (b"BMW is a maker of cars", None),
        (b"ID3\x04", "audio/mpeg"),
        (b"glTF\x02", "model/gltf-binary"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm", "video/webm"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x88matroska", "video/x-matroska"),
        (b"\xff\xf3\x84", "audio/mpeg"),
        (b"%PDF-1.7", "application/pdf"),
        (b"PK\x03\x04\x14", "application/zip"),
        (b"II+\0\x08\0\0\0", "image/tiff"),
        (b"", None),
    ],
)
def test_types_by_their_first_bytes(head, kind):
    assert content_type_of(head) == kind


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"junk, not a picture", "text/plain"),
        ("\ufeffschön".encode(), "text/plain"),
        ("schön".encode("latin-1"), "text/plain"),
        ("schön".encode("utf-16"), "text/plain"),
        (b"\n <!DOCTYPE html>", "text/html"),
        (b"<Error><Code>", "text/xml"),
        (b"<?xml version='1.0'?>\n<svg>", "image/svg+xml"),
        (b"<SVG xmlns=", "image/svg+xml"),
        (b' {"a": 1}', "application/json"),
        ("ü".encode() * 300, "text/plain"),
        (("ü".encode() * 300)[:511], "text/plain"),
        (b"\x89PNG\r\n\x1a\n", None),
        (bytes(range(256)), None),
        (b"\xff\xd8\xff\xe0", None),
        (b"\0\0", None),
        (b"", None),
    ],
)
def test_text_by_its_first_bytes(head, kind):
    assert text_type_of(head) == kind
