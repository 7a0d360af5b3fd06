from __future__ import annotations

import base64
import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelhunter.plugins import (
    Field,
    MediaRule,
    UploadedFile,
    classify_media,
    media_type_of,
)
from modelhunter.plugins.doubts import Doubt
from modelhunter.plugins.field_validation import value_findings

PNG = b"\x89PNG\r\n\x1a\n"
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0"


class Picture:
    format = "PNG"

    def save(self, fp, format=None):  # noqa: A002
        fp.write(PNG)


def problems(value, **rule):
    rule = {"kind": "image", "formats": ("image/png", "image/jpeg"), "max_bytes": 100} | rule
    field = Field(name="image", type="string", media=MediaRule(**rule))
    return [str(finding) for finding in value_findings(field, value, "image", "m-1")]


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("https://example.com/cat.png", "url"),
        ("HTTP://example.com/cat.png", "url"),
        ("data:image/png;base64,AAAA", "data"),
        ("DATA:,x", "data"),
        ("cat.png", "path"),
        ("holiday: 1.png", "path"),
        ("C:\\pictures\\cat.png", "path"),
        ("c://pictures/cat.png", "path"),
        (Path("cat.png"), "path"),
        (b"bytes", "bytes"),
        (bytearray(b"bytes"), "bytes"),
        (io.BytesIO(), "file"),
        (Picture(), "picture"),
        (UploadedFile("file_1", "https://cdn.example.com/1"), "uploaded"),
        ("s3://bucket/cat.png", None),
        ("file:///tmp/cat.png", None),
        ("", None),
        (7, None),
        (None, None),
        (["cat.png"], None),
    ],
)
def test_the_forms_of_media_are_told_apart(value, form):
    assert classify_media(value) == form


@given(st.text() | st.binary() | st.integers())
def test_telling_them_apart_never_fails(value):
    classify_media(value)
    problems(value)
    problems(value, data_uri=True)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.PNG", "image/png"),
        ("a.b.jpeg", "image/jpeg"),
        ("a.glb", "model/gltf-binary"),
        (".png", None),
        ("png", None),
        ("a.unknown", None),
    ],
)
def test_a_name_promises_a_type(name, kind):
    assert media_type_of(name) == kind


def test_good_media_have_no_problem(tmp_path):
    path = tmp_path / "cat.PNG"
    path.write_bytes(PNG)
    with path.open("rb") as file:
        for value in (path, str(path), file, PNG, bytearray(PNG), io.BytesIO(PNG), Picture()):
            assert problems(value) == []
        assert file.tell() == 0
    assert problems("https://example.com/cat?format=any") == []
    assert problems(UploadedFile("file_1", "https://cdn.example.com/1")) == []
    assert problems("data:image/png;base64,AAAA", data_uri=True) == []


def test_a_home_folder_is_found(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "cat.png").write_bytes(PNG)
    assert problems("~/cat.png") == []


def test_files_that_can_not_be_used(tmp_path):
    (tmp_path / "empty.png").touch()
    (tmp_path / "large.png").write_bytes(PNG.ljust(101, b"\0"))
    (tmp_path / "song.mp3").write_bytes(b"ID3\x04\0")
    (tmp_path / "photo.heic").write_bytes(HEIC)
    (tmp_path / "paper.png").write_bytes(b"%PDF-1.7")

    def said(name):
        (problem,) = problems(tmp_path / name)
        return problem

    assert "there is no such file" in said("missing.png")
    assert "a folder" in said("")
    assert "there is nothing in it" in said("empty.png")
    assert "101 bytes is more than m-1 takes; allowed: at most 100 bytes" in said("large.png")
    assert "m-1 takes an image here, this is audio/mpeg" in said("song.mp3")
    assert "does not take image/heic here; allowed: image/jpeg or image/png" in said("photo.heic")
    assert "m-1 takes an image here, this is application/pdf" in said("paper.png")


@pytest.mark.parametrize("name", ["fake.png", "prompt.txt", "clip.mp4", "noname", "page.html"])
@pytest.mark.parametrize("kind", ["image", "video", "audio"])
def test_text_is_no_media_whatever_its_name_says(tmp_path, name, kind):
    path = tmp_path / name
    path.write_text("junk, not a picture at all\n")
    formats = (f"{kind}/png", f"{kind}/mp4")
    for value in (path, path.read_bytes(), io.BytesIO(path.read_bytes()), path.open("rb")):
        (problem,) = problems(value, kind=kind, formats=formats)
        assert "here, this is text/plain" in problem
        if hasattr(value, "close"):
            value.close()


@pytest.mark.parametrize("content", [bytes(64), b"\xfe\xfd\xfc" * 20, bytes(range(1, 60))])
def test_what_is_called_a_picture_and_has_no_pictures_content(tmp_path, content):
    for name in ("noise.png", "noise.jpg", "noise.heic"):
        (tmp_path / name).write_bytes(content)
        (problem,) = problems(tmp_path / name, kind="image", formats=())
        assert "its content is no picture" in problem
    (tmp_path / "noise").write_bytes(content)
    for value in (tmp_path / "noise", content, io.BytesIO(content)):
        (problem,) = problems(value, formats=())
        assert "neither its content nor its name tells what it is" in problem


def test_content_of_other_kinds_that_nobody_knows_is_believed_by_its_name(tmp_path):
    for name, kind in (("clip.mp4", "video"), ("sound.mp3", "audio"), ("chair.glb", "model")):
        (tmp_path / name).write_bytes(bytes(64))
        assert problems(tmp_path / name, kind=kind, formats=()) == []
    for name in ("chair.obj", "chair.gltf", "chair.stl"):
        (tmp_path / name).write_text("solid chair")
        assert problems(tmp_path / name, kind="model", formats=()) == []


def test_a_drawing_is_text_and_a_picture(tmp_path):
    (tmp_path / "cat.svg").write_text("<?xml version='1.0'?><svg></svg>")
    assert problems(tmp_path / "cat.svg", formats=("image/svg+xml",)) == []
    (problem,) = problems(tmp_path / "cat.svg")
    assert "does not take image/svg+xml here" in problem
    (tmp_path / "cat.svg").write_text("a cat")
    (problem,) = problems(tmp_path / "cat.svg", formats=("image/svg+xml",))
    assert "this is text/plain" in problem


def test_inline_content_is_looked_at_too():
    def inline(content, kind="image/png"):
        text = base64.b64encode(content).decode()
        return problems(f"data:{kind};base64,{text}", data_uri=True, max_bytes=10_000)

    assert inline(PNG) == inline(bytes(10)) == []
    assert "this is text/plain" in inline(b"junk, not a picture")[0]
    assert "this is audio/mpeg" in inline(b"ID3\x04\0")[0]
    assert "does not take image/gif" in inline(b"GIF89a\0")[0]


def test_pipes_and_files_with_coroutines_are_not_touched_here(tmp_path):
    class Coroutines:
        name = "cat.txt"

        async def read(self, size=-1):
            raise AssertionError

        async def seekable(self):
            raise AssertionError

    os.mkfifo(tmp_path / "pipe.png")
    assert problems(Coroutines()) == problems(tmp_path / "pipe.png") == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads anything")
def test_a_file_without_permission(tmp_path):
    path = tmp_path / "cat.png"
    path.write_bytes(PNG)
    path.chmod(0)
    assert "no permission" in problems(path)[0]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (
            "s3://bucket/cat.png",
            "s3: addresses can't be fetched from here; allowed: a URL",
        ),
        ("https://", "not a complete URL"),
        ("https://[::1/cat.png", "not a complete URL"),
        ("https://example.com/a cat.png", "not a complete URL"),
        ("https://example.com/\ncat.png", "not a complete URL"),
        ("data:image/png;base64,AAAA", "m-1 takes no data: URIs here"),
        ("", "an image is needed"),
        (7, "image=7: an image is needed"),
        ({"url": "x"}, "an image is needed"),
        (b"", "there is nothing in it"),
        (PNG.ljust(101, b"x"), "101 bytes is more"),
        (io.BytesIO(PNG.ljust(101, b"x")), "101 bytes is more"),
        (io.StringIO("text"), 'open it with mode "rb"'),
        ("\0", "there is no such file"),
        ("x" * 100_000, "there is no such file"),
    ],
)
def test_what_is_no_good_is_said(value, said):
    (problem,) = problems(value)
    assert said in problem
    assert len(problem) < 300


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("data:image/png;base64", "without the comma"),
        ("data:audio/mpeg;base64,AAAA", "takes an image here, this is audio/mpeg"),
        ("data:image/gif;base64,AAAA", "does not take image/gif"),
        ("data:image/png;base64," + "A" * 400, "300 bytes is more than m-1 takes"),
        ("data:image/png,", "there is nothing in it"),
    ],
)
def test_data_uris_are_checked_and_never_shown(value, said):
    (problem,) = problems(value, data_uri=True)
    assert said in problem
    assert "AAAA" not in problem


def test_the_size_counts_from_where_a_file_stands():
    file = io.BytesIO(b"x" * 60 + PNG.ljust(90, b"x"))
    file.seek(60)
    assert problems(file) == []
    assert file.tell() == 60


def test_a_stream_of_unknown_length_is_let_through():
    class Stream:
        def read(self, size=-1):
            return b""

    assert problems(Stream()) == []


def test_a_closed_file_is_a_problem():
    file = io.BytesIO(b"x")
    file.close()
    assert "closed" in problems(file)[0]


def test_an_inferred_size_says_so_and_inferred_formats_are_open(tmp_path):
    large = tmp_path / "large.png"
    large.write_bytes(PNG.ljust(101, b"x"))
    assert "(inferred, not documented)" in problems(large, unverified=frozenset({"max_bytes"}))[0]

    photo = tmp_path / "photo.heic"
    photo.write_bytes(HEIC)
    field = Field(
        name="image",
        type="string",
        media=MediaRule(kind="image", formats=("image/png",), unverified=frozenset({"formats"})),
    )
    (doubt,) = value_findings(field, photo, "image", "m-1")
    assert doubt == Doubt("image: image/heic is not among the formats that m-1 is known to take")


@pytest.mark.parametrize("name", ["sound.wav", "sound.mp3", "clip.mp4", "sound.ogg"])
def test_synonyms_of_a_type_are_one(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"\0")
    formats = ("audio/x-wav", "audio/mp3", "audio/mp4", "video/mp4", "audio/ogg")
    assert problems(path, kind="audio", formats=formats) == []


def test_a_new_kind_of_media_needs_no_change_here(tmp_path):
    path = tmp_path / "chair.glb"
    path.write_bytes(b"\0")
    assert problems(path, kind="model", formats=("model/gltf-binary",)) == []
    assert problems(path, kind="model", formats=()) == []
