"""Uploads: each content once, from its start where it was lost, never something half changed."""

from __future__ import annotations

import asyncio
import io
import os
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import urllib3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelhunter import ModelHunter, UploadFailed
from modelhunter.flows.uploads import Uploads
from modelhunter.plugins.media import UploadedFile
from modelhunter.runtime.session import Timeouts
from modelhunter.sandbox.faults import Fault

PNG = b"\x89PNG\r\n\x1a\n"
numbers = iter(range(10**6))


@pytest.fixture
def content():
    """Content that nobody has uploaded before."""
    return PNG + next(numbers).to_bytes(8, "big") + bytes(300_000)


@pytest.fixture
def upload(client):
    return lambda given, **options: client.do(lambda mh: mh.files.upload(given, **options))


@pytest.fixture
def done(sandbox):
    """How often each operation was asked for since the test began."""
    seen = len(sandbox.requests)
    return lambda: Counter(request.operation for request in sandbox.requests[seen:])


def test_equal_content_is_sent_once(upload, done, content, tmp_path):
    path = tmp_path / "cat.png"
    path.write_bytes(content)
    first = upload(path)
    assert first == upload(str(path)) == upload(content) == upload(io.BytesIO(content))
    assert done() == {"createUploadUrl": 1, "uploadContent": 1, "completeUpload": 1}


def test_a_changed_file_is_sent_again(upload, content, tmp_path):
    path = tmp_path / "cat.png"
    path.write_bytes(content)
    before = os.stat(path)
    first = upload(path)
    path.write_bytes(content[:-1] + b"!")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert upload(path) != first


def test_another_type_is_another_file(upload, content):
    assert upload(content) != upload(content, content_type="image/webp")


def test_jobs_share_what_they_need(client, done, content, tmp_path):
    path = tmp_path / "cat.png"
    path.write_bytes(content)
    for _ in range(3):
        client.do(lambda mh: mh.submit("acme-1", sketch=path))
    assert done() == {"createUploadUrl": 1, "uploadContent": 1, "completeUpload": 1, "submit": 3}


def at_once(client, count, act):
    """The outcomes of doing something several times side by side."""
    if isinstance(client.mh, ModelHunter):
        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(lambda _: act(client.mh), range(count)))

    async def all_of_them(mh):
        return await asyncio.gather(*(act(mh) for _ in range(count)))

    return client.do(all_of_them)


def test_what_many_need_at_once_is_sent_by_one(client, sandbox, done, content):
    sandbox.faults.add(Fault("latency", operation="uploadContent", seconds=0.1))
    files = at_once(client, 12, lambda mh: mh.files.upload(content))
    assert len({file.id for file in files}) == 1
    assert done()["uploadContent"] == 1


def test_when_that_one_fails_another_sends_it(client, sandbox, done, content):
    sandbox.faults.add(Fault("status", operation="createUploadUrl", status=400))
    failures = []

    def carefully(mh):
        try:
            return mh.files.upload(content)
        except Exception as error:
            failures.append(error)

    async def carefully_later(mh):
        try:
            return await mh.files.upload(content)
        except Exception as error:
            failures.append(error)

    act = carefully if isinstance(client.mh, ModelHunter) else carefully_later
    files = at_once(client, 6, act)
    assert len(failures) == 1
    assert len({file.id for file in files if file}) == 1
    assert done()["uploadContent"] == 1


faults = st.lists(
    st.builds(Fault, st.just("drop"), st.sampled_from(["before", "after", "body"]))
    | st.builds(Fault, st.just("expired_link"))
    | st.builds(
        Fault, st.just("status"), st.sampled_from(["before", "after"]), status=st.just(503)
    ),
    max_size=3,
)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(planned=faults, size=st.integers(0, 400_000))
def test_a_lost_upload_is_sent_again_from_its_start(upload, sandbox, planned, size):
    content = PNG + next(numbers).to_bytes(8, "big") + os.urandom(size)
    sandbox.faults.clear()
    for fault in planned:
        options = {"operation": "uploadContent", "status": fault.status}
        sandbox.faults.add(Fault(fault.kind, fault.at, **options))
    told = []
    with tempfile.TemporaryFile() as file:
        file.write(b"before" + content)
        file.seek(6)
        uploaded = upload(
            file, filename="cat.png", on_progress=lambda done, total: told.append((done, total))
        )
    assert urllib3.request("GET", uploaded.url).data == content
    assert told[-1] == (len(content), len(content))


def test_giving_up(upload, sandbox, content):
    sandbox.faults.add(Fault("drop", operation="uploadContent", times=None))
    with pytest.raises(UploadFailed, match="attempts: 4"):
        upload(content)
    sandbox.faults.clear()
    assert upload(content).url


def test_an_answer_that_drips_does_not_hold_up_for_ever(connect, sandbox, registry, content):
    sandbox.faults.add(Fault("drip", "headers", operation="uploadContent", seconds=0.2, times=None))
    client = connect(sandbox.url, sandbox.key, registry=registry, timeout=Timeouts(total=1))
    with pytest.raises(UploadFailed, match="attempts: 1"):
        client.do(lambda mh: mh.files.upload(PNG + content[8:16]))


def test_progress_of_what_need_not_be_sent(upload, content):
    told = []
    for _ in range(2):
        upload(content, on_progress=lambda done, total: told.append((done, total)))
    assert told[-1] == told[-2] == (len(content), len(content))


def test_the_callers_own_errors_come_through(upload, done, content):
    def stop(sent, total):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        upload(content, on_progress=stop)
    assert done()["createUploadUrl"] == 1
    assert upload(content).url


@pytest.mark.parametrize("change", ["shorter", "other"])
def test_a_file_that_changes_under_way_is_no_upload(upload, done, content, tmp_path, change):
    path = tmp_path / "cat.png"
    path.write_bytes(content)

    def spoil(sent, total):
        if change == "shorter":
            os.truncate(path, 50_000)
        else:
            with path.open("r+b") as file:
                file.seek(299_000)
                file.write(b"changed")

    with pytest.raises(UploadFailed, match="changed while"):
        upload(path, on_progress=spoil)
    assert done()["completeUpload"] == 0


def test_a_file_that_grows_under_way_is_uploaded_as_it_was(upload, content, tmp_path):
    path = tmp_path / "cat.png"
    path.write_bytes(content)

    def grow(sent, total):
        with path.open("ab") as file:
            file.write(b"more")

    assert urllib3.request("GET", upload(path, on_progress=grow).url).data == content


def test_a_home_folder_is_found(upload, content, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "cat.png").write_bytes(content)
    assert upload("~/cat.png").url


def test_a_stream_that_can_not_go_back(upload, content):
    class Stream:
        def __init__(self):
            self.inner = io.BytesIO(content)

        def read(self, size=-1):
            return self.inner.read(size)

    assert upload(Stream()) == upload(content)


# ------------------------------------------------------------------- the memory of it


def file(number):
    return UploadedFile(f"file_{number}", f"https://cdn.example/{number}")


def test_memory_is_bounded_and_does_not_last_for_ever():
    uploads = Uploads()
    for number in range(3000):
        key = (number.to_bytes(4, "big"), "image/png")
        assert uploads.begin(key, number / 1000) == (None, True)
        uploads.end(key, file(number), number / 1000)
    last = ((2999).to_bytes(4, "big"), "image/png")
    assert uploads.begin(last, 3000.0) == (file(2999), False)
    assert uploads.begin(((0).to_bytes(4, "big"), "image/png"), 3000.0) == (None, True)
    assert uploads.begin(last, 4000.0) == (None, True)
    assert len(uploads._done) <= 1000


def test_of_several_one_sends():
    uploads, key = Uploads(), (b"digest", "image/png")
    assert uploads.begin(key, 0) == (None, True)
    assert uploads.begin(key, 0) == (None, False)
    uploads.end(key, None, 0)
    assert uploads.begin(key, 0) == (None, True)
    uploads.end(key, file(1), 0)
    assert uploads.begin(key, 0) == (file(1), False)


@pytest.mark.forks
def test_a_child_of_fork_waits_for_nobody_in_its_parent():
    uploads, key = Uploads(), (b"digest", "image/png")
    uploads.end((b"known", "image/png"), file(1), 0)
    uploads.begin(key, 0)
    with uploads._lock:
        child = os.fork()
        if not child:
            good = uploads.begin(key, 0) == (None, True)
            good = good and uploads.begin((b"known", "image/png"), 0) == (file(1), False)
            os._exit(0 if good else 1)
    assert os.waitpid(child, 0)[1] == 0
