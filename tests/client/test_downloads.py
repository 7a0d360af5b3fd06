"""Downloads: whole files or none, under safe names, whatever storage and network do."""

from __future__ import annotations

import json
import os
import stat
from typing import TYPE_CHECKING

import pytest

from modelhunter import ConnectionLost, DownloadFailed, ModelHunter, NoResult, TaskFailed
from modelhunter.runtime.message import Response

if TYPE_CHECKING:
    from pathlib import Path

CONTENT = bytes(range(256)) * 40
KEY = "river_test_0123456789secret"


class Storage:
    """A transport with the API and a storage behind it, which fail as a test says.

    ``faults`` holds one entry for each link that is opened: None, a status to answer with, or a
    number of bytes (as a string) after which the connection is lost.
    """

    def __init__(self, task, *, ranges=True, faults=(), contents=None):
        self.task = task
        self.ranges = ranges
        self.faults = list(faults)
        self.contents = contents or {"/a.mp4": CONTENT}
        self.reads = 0
        self.opened = []

    def send(self, request):
        if request.origin == "https://api.modelhunter.ai":
            self.reads += 1
            return Response(200, {}, json.dumps(self.task(self.reads)).encode())
        assert request.stream
        self.opened.append(request)
        fault = self.faults.pop(0) if self.faults else None
        if isinstance(fault, int):
            return Response(
                fault, {"Location": "https://other.example/a.mp4"}, stream=[b"no", 0, None]
            )
        content = self.contents[request.target.partition("?")[0]]
        start = 0
        if self.ranges and "Range" in request.headers:
            assert request.headers["If-Range"] == '"v1"'
            start = int(request.headers["Range"].removeprefix("bytes=").removesuffix("-"))
        headers = {"Content-Length": str(len(content) - start)}
        if self.ranges:
            headers["ETag"] = '"v1"'
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        cut = None if fault is None else int(fault)
        return Response(206 if start else 200, headers, stream=[content[start:], 0, cut])

    def read(self, response, size, deadline=None):
        content, at, cut = response.stream
        if cut is not None and at >= cut:
            raise ConnectionLost("cut", delivered="maybe")
        chunk = content[at : at + min(size, 1000)]
        response.stream[1] += len(chunk)
        return chunk

    def close_stream(self, response):
        response.stream = None

    def close(self):
        pass


@pytest.fixture
def fetch(api, clock, registry):
    """Makes a task with a storage behind it."""

    def make(*outputs, status="succeeded", **storage):
        outputs = outputs or ({"url": "https://cdn.example/a.mp4?sig=1", "format": "mp4"},)

        def task(reads):
            if status != "succeeded":
                return api.task(status)
            fresh = [
                {
                    **o,
                    "url": o["url"].replace("sig=1", f"sig={reads}"),
                    "size_bytes": o.get("size_bytes", len(CONTENT)),
                }
                for o in outputs
            ]
            return api.task("succeeded", result=fresh, model="acme/free")

        store = Storage(task, **storage)
        client = ModelHunter(KEY, transport=store, clock=clock, registry=registry)
        return client.tasks.get("task_1"), store

    return make


def only_file(folder: Path) -> Path:
    (found,) = folder.iterdir()
    return found


def test_to_a_file(fetch, tmp_path):
    task, store = fetch()
    target = tmp_path / "new" / "sunset.mp4"
    assert task.download(target) == [target]
    assert target.read_bytes() == CONTENT
    assert os.listdir(target.parent) == ["sunset.mp4"]
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(target.stat().st_mode) == 0o666 & ~umask
    assert "Authorization" not in store.opened[0].headers
    assert KEY not in str(store.opened)


def test_to_a_folder(fetch, tmp_path):
    task, _ = fetch()
    assert task.download(tmp_path) == [tmp_path / "acme_free-task_1.mp4"]
    assert task.download(f"{tmp_path}/made/") == [tmp_path / "made" / "acme_free-task_1.mp4"]


def test_to_the_current_folder(fetch, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    task, _ = fetch()
    task.download()
    assert only_file(tmp_path).name == "acme_free-task_1.mp4"


@pytest.mark.parametrize(
    "name", ["../../etc/x", "/abs", "..", "", "a/b", "\x00", "é" * 500, "mp4\n"]
)
def test_a_name_from_the_server_can_not_leave_the_folder(fetch, tmp_path, name):
    task, _ = fetch({"url": "https://cdn.example/a.mp4?sig=1", "format": name})
    (path,) = task.download(tmp_path)
    assert path.parent == tmp_path
    assert only_file(tmp_path) == path


def test_several_outputs(fetch, tmp_path):
    task, _ = fetch(
        {"url": "https://cdn.example/a.mp4?sig=1", "format": "mp4"},
        {"url": "https://cdn.example/b.mp4?sig=1", "format": "mp4", "size_bytes": 5},
        contents={"/a.mp4": CONTENT, "/b.mp4": b"small"},
    )
    paths = task.download(tmp_path / "x.mp4")
    assert [path.name for path in paths] == ["x.mp4", "x-2.mp4"]
    assert [path.read_bytes() for path in paths] == [CONTENT, b"small"]


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_lapsed_link_is_renewed(fetch, tmp_path, status):
    task, store = fetch(faults=[status])
    task.download(tmp_path / "x.mp4")
    assert [r.target for r in store.opened] == ["/a.mp4?sig=1", "/a.mp4?sig=2"]
    assert only_file(tmp_path).read_bytes() == CONTENT


def test_a_cut_download_goes_on_where_it_stopped(fetch, tmp_path):
    task, store = fetch(faults=["3000", "2000"])
    task.download(tmp_path / "x.mp4")
    assert [r.headers.get("Range") for r in store.opened] == [None, "bytes=3000-", "bytes=5000-"]
    assert only_file(tmp_path).read_bytes() == CONTENT


def test_a_link_that_lapses_in_the_middle(fetch, tmp_path):
    task, store = fetch(faults=["3000", 403])
    task.download(tmp_path / "x.mp4")
    assert store.opened[-1].target == "/a.mp4?sig=2"
    assert store.opened[-1].headers["Range"] == "bytes=3000-"
    assert only_file(tmp_path).read_bytes() == CONTENT


def test_without_ranges_it_starts_again(fetch, tmp_path):
    task, store = fetch(faults=["3000"], ranges=False)
    task.download(tmp_path / "x.mp4")
    assert all("Range" not in r.headers for r in store.opened)
    assert only_file(tmp_path).read_bytes() == CONTENT


def test_a_file_of_the_wrong_size_is_no_result(fetch, tmp_path):
    task, _ = fetch({"url": "https://cdn.example/a.mp4?sig=1", "size_bytes": len(CONTENT) + 1})
    with pytest.raises(DownloadFailed, match=f"{len(CONTENT):,} bytes where"):
        task.download(tmp_path / "x.mp4")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("faults", [["1"] * 9, [500] * 9, [403] * 9, [418] * 9])
def test_giving_up_leaves_nothing_and_says_that_nothing_is_lost(fetch, tmp_path, faults, clock):
    existing = tmp_path / "x.mp4"
    existing.write_bytes(b"earlier")
    task, _ = fetch(faults=faults, ranges=False)
    with pytest.raises(DownloadFailed, match=r"not lost.*task\.download"):
        task.download(existing)
    assert only_file(tmp_path).read_bytes() == b"earlier"


def test_redirects_are_followed_without_the_key(fetch, tmp_path):
    task, store = fetch(faults=[302])
    task.download(tmp_path / "x.mp4")
    assert [r.origin for r in store.opened] == ["https://cdn.example", "https://other.example"]


@pytest.mark.parametrize("link", ["file:///etc/passwd", "http://[::1", "//", "cat.png"])
def test_a_link_to_something_that_is_not_http(fetch, tmp_path, link):
    task, store = fetch({"url": link})
    with pytest.raises(DownloadFailed):
        task.download(tmp_path / "x.mp4")
    assert store.opened == []


def test_progress(fetch, tmp_path):
    task, _ = fetch()
    seen = []
    task.download(tmp_path / "x.mp4", on_progress=lambda done, total: seen.append((done, total)))
    assert seen[0] == (1000, len(CONTENT))
    assert seen[-1] == (len(CONTENT), len(CONTENT))


def test_a_listed_task_is_read_first(fetch, tmp_path):
    task, store = fetch()
    task.latest.result = None
    task.download(tmp_path / "x.mp4")
    assert store.reads == 2


def test_nothing_to_download_yet(fetch, tmp_path):
    task, _ = fetch(status="running")
    with pytest.raises(NoResult, match=r"task\.wait"):
        task.download(tmp_path)
    task, _ = fetch(status="failed")
    with pytest.raises(TaskFailed):
        task.download(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_leaves_nothing_behind(fetch, tmp_path):
    task, _ = fetch()

    def interrupted(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        task.download(tmp_path / "x.mp4", on_progress=interrupted)
    assert list(tmp_path.iterdir()) == []
