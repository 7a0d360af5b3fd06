"""Results of which the task names no size: what is not the whole result is never published."""

from __future__ import annotations

import gzip
import io
import zlib

import pytest
from PIL import Image

from modelhunter import DownloadFailed
from modelhunter.flows import download as flow

CONTENT = bytes(range(256)) * 400


@pytest.fixture
def load(connect, storage, tmp_path):
    """Downloads the storage's task; checks that only whole files are in the folder afterwards."""
    client = connect(storage.address)

    def download(content, format_="mp4", **options):
        storage.contents, storage.sizes, storage.formats = [content], [None], [format_]
        task = client.do(lambda mh: mh.tasks.get("task_1"))
        folder = tmp_path / "results"
        try:
            (path,) = client.do(lambda _: task.download(folder / "x", **options))
            return path.read_bytes()
        finally:
            assert {path.name for path in folder.iterdir()} <= {"x"}

    return download


def picture(format_):
    file = io.BytesIO()
    Image.linear_gradient("L").save(file, format_)
    return file.getvalue()


@pytest.mark.parametrize(
    ("coding", "encode"),
    [
        ("gzip", gzip.compress),
        ("X-GZip", gzip.compress),
        ("deflate, gzip", lambda data: gzip.compress(zlib.compress(data))),
    ],
)
def test_what_is_compressed_unasked_comes_decoded(load, storage, coding, encode):
    storage.headers = {"Content-Encoding": coding}
    assert load(encode(CONTENT)) == CONTENT
    assert len(storage.asked) == 1
    with pytest.raises(DownloadFailed, match="in the middle"):
        load(encode(CONTENT)[:-20])


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, br", "compress"])
def test_what_can_not_be_decoded_is_never_published(load, storage, coding):
    storage.headers = {"Content-Encoding": coding}
    with pytest.raises(DownloadFailed, match="can't be decoded"):
        load(CONTENT)


def test_compressed_content_that_breaks_off_once_is_fetched_again(load, storage):
    storage.headers, storage.faults = {"Content-Encoding": "gzip"}, {0: [("cut", 1000)]}
    assert load(gzip.compress(CONTENT, 0)) == CONTENT
    assert [range_ for _, range_ in storage.asked] == [None, None]


@pytest.mark.parametrize("sizes", [[None], [0]])
def test_nothing_is_no_result(connect, storage, tmp_path, sizes):
    storage.contents, storage.sizes = [b""], sizes
    client = connect(storage.address)
    task = client.do(lambda mh: mh.tasks.get("task_1"))
    with pytest.raises(DownloadFailed, match="sent nothing"):
        client.do(lambda _: task.download(tmp_path / "x"))
    assert list(tmp_path.iterdir()) == []


PAGES = [
    (b"<!doctype html>\n<html><body>Please log in</body></html>", "text/html"),
    (b"\xef\xbb\xbf  <HTML>", "text/html"),
    (b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "text/xml"),
    (b'{"error": "not found"}', "application/json"),
    ("<!DOCTYPE html><p>späť".encode("utf-16"), "text/html"),
]


@pytest.mark.parametrize(("page", "kind"), PAGES)
@pytest.mark.parametrize("due", ["mp4", "png", "mp3", "glb", ""])
def test_a_page_where_a_file_is_due_is_fetched_again_by_a_new_link(load, storage, page, kind, due):
    storage.faults = {0: [("page", page)]}
    assert load(CONTENT, due) == CONTENT
    assert storage._reads == 2
    with pytest.raises(DownloadFailed, match=f"sent {kind} where"):
        load(page, due)


def test_text_that_the_storage_calls_text_is_no_film(load, storage):
    storage.headers = {"Content-Type": "text/plain; charset=utf-8"}
    with pytest.raises(DownloadFailed, match="sent text/plain where video/mp4 is due"):
        load(b"Not found")
    storage.headers = {"Content-Type": "text/html"}
    assert load(picture("PNG"), "png") == picture("PNG")
    assert load(CONTENT) == CONTENT


@pytest.mark.parametrize("due", ["svg", "json", "obj", "gltf", "txt"])
def test_text_that_is_due_is_a_result(load, storage, due):
    page = b"<svg xmlns='http://www.w3.org/2000/svg'/>" if due == "svg" else b'{"asset": {}}'
    storage.headers = {"Content-Type": "text/plain"}
    assert load(page, due) == page


# ------------------------------------------------------------------- ends that nobody marks


def box(kind, content):
    return (len(content) + 8).to_bytes(4, "big") + kind + content


MP4 = box(b"ftyp", b"isom0000") + box(b"mdat", CONTENT) + box(b"moov", bytes(99))
WHOLE = {
    "mp4": MP4,
    "png": picture("PNG"),
    "jpg": picture("JPEG"),
    "gif": picture("GIF"),
    "webp": picture("WEBP"),
}


@pytest.mark.parametrize("format_", WHOLE)
@pytest.mark.parametrize("lacks", [1, 60, 0.5])
def test_a_file_that_lacks_its_end_is_no_result_where_only_the_connection_ended(
    load, storage, format_, lacks
):
    storage.framed = storage.ranges = False
    whole = WHOLE[format_]
    assert load(whole, format_) == whole
    missing = lacks if isinstance(lacks, int) else int(len(whole) * lacks)
    storage.faults = {0: [("cut", len(whole) - missing)]}
    assert load(whole, format_) == whole
    with pytest.raises(DownloadFailed, match="in the middle of the file"):
        load(whole[:-missing], format_)


@pytest.mark.parametrize("behind", [b"\0", b"\0" * 8, b"trailer"])
@pytest.mark.parametrize("format_", ["png", "jpg", "webp"])
def test_something_behind_the_end_is_no_harm(load, storage, format_, behind):
    storage.framed = False
    assert load(WHOLE[format_] + behind, format_) == WHOLE[format_] + behind


def test_boxes_that_reach_to_the_end_and_large_ones(load, storage):
    storage.framed = False
    for tail in (
        b"\0\0\0\0mdat" + CONTENT,
        b"\0\0\0\1mdat" + (16 + len(CONTENT)).to_bytes(8, "big") + CONTENT,
        b"\0\0\0",
    ):
        film = box(b"ftyp", b"isom0000") + tail
        assert load(film) == film


# ------------------------------------------------------------------- no end at all


def test_an_endless_file_ends_at_the_bound(load, storage):
    storage.faults = {0: [("endless", 0)]}
    with pytest.raises(DownloadFailed, match="at most 1,000,000 are fetched") as caught:
        load(CONTENT, max_bytes=1_000_000)
    assert caught.value.task.id == "task_1"
    assert len(storage.asked) == 1
    assert load(CONTENT, max_bytes=len(CONTENT)) == CONTENT
    with pytest.raises(DownloadFailed, match="102,400 bytes or more, and at most 102,399"):
        load(CONTENT, max_bytes=len(CONTENT) - 1)


def test_there_is_a_bound_without_one_that_is_given(load, storage, monkeypatch):
    monkeypatch.setattr(flow, "MOST", 500_000)
    storage.faults = {0: [("endless", 0)]}
    with pytest.raises(DownloadFailed, match="at most 500,000"):
        load(CONTENT)


def test_what_swells_beyond_the_bound_is_not_collected(load, storage):
    storage.headers = {"Content-Encoding": "gzip"}
    with pytest.raises(DownloadFailed, match="at most 1,000,000"):
        load(gzip.compress(bytes(300_000_000)), max_bytes=1_000_000)


def test_a_size_that_the_task_names_is_held_against_the_bound_first(connect, storage, tmp_path):
    storage.contents = [CONTENT]
    client = connect(storage.address)
    task = client.do(lambda mh: mh.tasks.get("task_1"))
    with pytest.raises(DownloadFailed, match="at most 99"):
        client.do(lambda _: task.download(tmp_path / "x", max_bytes=99))
    assert storage.asked == []
    assert list(tmp_path.iterdir()) == []
