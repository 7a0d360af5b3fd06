"""Open files of every kind as targets: used as they want to be used, or refused beforehand."""

from __future__ import annotations

import asyncio
import codecs
import gzip
import io
import os
import tempfile
import threading
from contextlib import suppress
from functools import partial
from pathlib import Path

import anyio
import pytest
from starlette.datastructures import UploadFile

from modelhunter import (
    AsyncModelHunter,
    DownloadFailed,
    InvalidArgument,
    ModelHunter,
    NoResult,
    Timeouts,
    WriteFailed,
)

CONTENT = bytes(range(256)) * 3000


class Coroutines:
    """A binary file with coroutines for methods, as aiofiles gives; it may take little at once."""

    def __init__(self, most=10**9):
        self.content, self.most = b"", most

    async def read(self, size=-1):
        raise AssertionError

    async def write(self, data):
        await asyncio.sleep(0)
        piece = bytes(data[: self.most])
        self.content += piece
        return len(piece)

    async def flush(self):
        self.flushed = True


@pytest.fixture
def program(storage):
    """Runs ``act(task)``, a coroutine function, with the storage's task."""
    storage.contents = [CONTENT]

    def run(act):
        async def acted():
            async with AsyncModelHunter("river_test_x", base_url=storage.address) as mh:
                return await act(await mh.tasks.get("task_1"))

        return asyncio.run(acted())

    return run


@pytest.fixture
def download(connect, storage):
    storage.contents = [CONTENT]
    client = connect(storage.address, timeout=Timeouts(read=0.3))

    def load(to, **options):
        task = client.do(lambda mh: mh.tasks.get("task_1"))
        return client.do(lambda _: task.download(to, **options))

    return load


# ------------------------------------------------------------------- coroutines for methods


@pytest.mark.parametrize("most", [10**9, 1000])
def test_a_file_with_coroutines_gets_everything_under_asyncio(program, most):
    async def act(task):
        file = Coroutines(most)
        assert await task.download(file) == []
        return file

    file = program(act)
    assert file.content == CONTENT
    assert file.flushed


def test_a_file_of_anyio(program, tmp_path):
    async def act(task):
        async with await anyio.open_file(tmp_path / "x", "wb") as file:
            await task.download(file)
        async with await anyio.open_file(tmp_path / "y", "w") as file:
            with pytest.raises(DownloadFailed, match="open as text"):
                await task.download(file)
        async with await anyio.open_file(tmp_path / "x", "rb") as file:
            with pytest.raises(DownloadFailed, match="reading only"):
                await task.download(file)

    program(act)
    assert (tmp_path / "x").read_bytes() == CONTENT


def test_an_upload_of_starlette(program):
    async def act(task):
        with tempfile.SpooledTemporaryFile(1000) as spooled:
            file = UploadFile(spooled)
            await task.download(file)
            await file.seek(0)
            assert await file.read() == CONTENT
        with pytest.raises(DownloadFailed, match=r"closed|written"):
            await task.download(file)

    program(act)


def test_a_stream_of_asyncio(program):
    async def act(task):
        came = bytearray()

        async def serve(reader, writer):
            while piece := await reader.read(1000):
                came.extend(piece)
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server:
            _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            await task.download(writer)
            writer.close()
            await writer.wait_closed()
            while len(came) < len(CONTENT):
                await asyncio.sleep(0)
        return bytes(came)

    assert program(act) == CONTENT


def test_a_blocking_client_refuses_coroutines_before_it_asks_for_anything(storage):
    storage.contents = [CONTENT]
    with ModelHunter("river_test_x", base_url=storage.address) as mh:
        task = mh.tasks.get("task_1")
        with pytest.raises(DownloadFailed, match="only the async client"):
            task.download(Coroutines())
    assert storage.asked == []


def test_a_coroutine_that_fails_is_a_failed_download(program):
    class Full(Coroutines):
        async def write(self, data):
            if data:
                raise OSError(28, "No space left on device")

    async def act(task):
        with pytest.raises(WriteFailed, match=r"No space left.*not lost") as caught:
            await task.download(Full())
        assert caught.value.task == task

    program(act)


# ------------------------------------------------------------------- what can't be written to


def closed():
    file = io.BytesIO()
    file.close()
    return file


class Reading(io.RawIOBase):
    def readable(self):
        return True

    def write(self, data):
        raise AssertionError


class Words:
    """Something with ``write`` for text, and nothing that says so."""

    def write(self, text):
        return len(text + "")


UNFIT = {
    "text": (io.StringIO, "as text"),
    "named text": (partial(tempfile.NamedTemporaryFile, "w"), "as text"),
    "spooled text": (partial(tempfile.SpooledTemporaryFile, mode="w+"), "as text"),
    "codec": (lambda: codecs.getwriter("utf-8")(io.BytesIO()), "as text"),
    "words": (Words, "nothing can be written"),
    "closed": (closed, "closed"),
    "reading": (Reading, "reading only"),
    "read-only": (partial(open, __file__, "rb"), "reading only"),
    "number": (lambda: 7, "nothing can be written"),
    "nothing": (lambda: None, "nothing can be written"),
    "bytes": (lambda: b"x.mp4", "nothing can be written"),
}


@pytest.mark.parametrize("kind", UNFIT)
def test_what_can_not_be_written_to_is_refused_before_the_transfer(download, storage, kind):
    make, says = UNFIT[kind]
    target = make()
    with pytest.raises(DownloadFailed, match=says) as caught:
        download(target)
    assert caught.value.task.id == "task_1"
    assert "task_1" in caught.value.resume_token
    assert storage.asked == []
    if hasattr(target, "close"):
        target.close()


@pytest.mark.parametrize(
    "make",
    [
        partial(tempfile.NamedTemporaryFile, "w+b"),
        partial(tempfile.SpooledTemporaryFile),
        partial(tempfile.TemporaryFile, buffering=0),
    ],
)
def test_temporary_files_are_written_to(download, make):
    with make() as file:
        download(file)
        file.seek(0)
        assert file.read() == CONTENT


def test_a_file_that_compresses(download, tmp_path):
    with gzip.open(tmp_path / "x.gz", "wb") as file:
        download(file)
    assert gzip.decompress((tmp_path / "x.gz").read_bytes()) == CONTENT


def test_one_that_does_not_say_how_much_it_took(download):
    class Silent:
        content = b""

        def write(self, data):
            self.content += data

    file = Silent()
    download(file)
    assert file.content == CONTENT


@pytest.mark.parametrize("error", [ValueError("no"), RuntimeError(), OSError(5, "I/O error")])
def test_whatever_a_file_raises_is_a_failed_download(download, error):
    class Broken(io.RawIOBase):
        def writable(self):
            return True

        def write(self, data):
            raise error

    with pytest.raises(DownloadFailed, match="not lost") as caught:
        download(Broken())
    assert caught.value.__cause__ is error
    assert isinstance(caught.value, WriteFailed) is isinstance(error, OSError)


def test_an_alarm_that_goes_off_in_a_file_is_the_programs_own(download):
    class Alarmed(io.RawIOBase):
        def writable(self):
            return True

        def write(self, data):
            raise TimeoutError

    with pytest.raises(TimeoutError) as caught:
        download(Alarmed())
    assert type(caught.value) is TimeoutError


def test_a_full_device_is_noticed_when_its_buffer_is_written(download):
    if not Path("/dev/full").exists():
        pytest.skip("this system has no full device")
    with pytest.raises(WriteFailed, match="No space left") as caught:
        download("/dev/full")
    assert caught.value.errno == 28
    file = open("/dev/full", "wb", buffering=10**7)  # noqa: SIM115 - closing it fails too
    with pytest.raises(WriteFailed, match="No space left"):
        download(file)
    with suppress(OSError):
        file.close()


def test_what_the_progress_raises_is_the_programs_own(download, tmp_path):
    def unread(done, total):
        raise BrokenPipeError(32, "Broken pipe")

    with pytest.raises(BrokenPipeError) as caught:
        download(tmp_path / "x.bin", on_progress=unread)
    assert not isinstance(caught.value, DownloadFailed)
    assert list(tmp_path.iterdir()) == []


# ------------------------------------------------------------------- pipes


def read_slowly(descriptor, come):
    with open(descriptor, "rb", buffering=0) as file:
        while piece := file.read(10_000):
            come.extend(piece)


@pytest.mark.parametrize("buffering", [0, 4096, 10**7])
def test_a_pipe_that_does_not_block_is_waited_for(download, buffering):
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    come = bytearray()
    reader = threading.Thread(target=read_slowly, args=(reading, come))
    with open(writing, "wb", buffering=buffering) as file:
        reader.start()
        download(file)
    reader.join()
    assert come == CONTENT


def test_a_pipe_that_nobody_reads_is_given_up(download):
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    patience = pytest.raises(WriteFailed, match=r"took nothing for 0\.3 s")
    with open(reading, "rb"), open(writing, "wb", buffering=0) as file, patience:
        download(file)


def test_a_pipe_whose_reader_has_gone(download):
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "wb", buffering=0) as file, pytest.raises(WriteFailed) as caught:
        download(file)
    assert caught.value.errno == 32


def test_the_path_of_a_pipe(download, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    come = bytearray()
    reader = threading.Thread(
        target=lambda: read_slowly(os.open(tmp_path / "pipe", os.O_RDONLY), come)
    )
    reader.start()
    assert download(tmp_path / "pipe") == [tmp_path / "pipe"]
    reader.join()
    assert come == CONTENT


def test_a_cancelled_download_does_not_wait_for_whoever_reads_a_pipe(program, tmp_path):
    os.mkfifo(tmp_path / "pipe")

    async def act(task):
        arrived = asyncio.Event()
        loading = asyncio.create_task(
            task.download(
                tmp_path / "pipe",
                on_progress=lambda done, total: arrived.set() if done == total else None,
            )
        )
        await arrived.wait()
        loading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await loading

    program(act)


# ------------------------------------------------------------------- paths


def test_home_is_found_as_it_is_for_sources(download, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert download("~/made/x.bin") == [tmp_path / "made" / "x.bin"]
    assert download(Path("~/made/y.bin")) == [tmp_path / "made" / "y.bin"]
    (path,) = download("~/made/")
    assert path.parent == tmp_path / "made"
    assert download("~") == [tmp_path / path.name]
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith("~")] == []


def test_what_a_link_leads_to_is_written_and_the_link_stays(download, tmp_path):
    (tmp_path / "real").mkdir()
    link = tmp_path / "latest.bin"
    link.symlink_to(tmp_path / "real" / "x.bin")
    for _ in range(2):
        assert download(link) == [link]
        assert link.is_symlink()
        assert (tmp_path / "real" / "x.bin").read_bytes() == CONTENT
    assert [one.name for one in (tmp_path / "real").iterdir()] == ["x.bin"]


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="no such paths on this system")
def test_a_path_that_stands_for_an_open_file_is_written_to(download, tmp_path):
    with (tmp_path / "out.bin").open("wb") as file:
        name = Path(f"/proc/self/fd/{file.fileno()}")
        assert download(name) == [name]
    assert (tmp_path / "out.bin").read_bytes() == CONTENT
    assert [one.name for one in tmp_path.iterdir()] == ["out.bin"]


@pytest.mark.parametrize("place", ["file/x.bin", "file/", "name" * 100, "nul\0"])
def test_places_that_take_no_file_are_failed_downloads(download, storage, tmp_path, place):
    (tmp_path / "file").write_bytes(b"mine")
    with pytest.raises(DownloadFailed) as caught:
        download(f"{tmp_path}/{place}")
    assert caught.value.task.id == "task_1"
    assert (tmp_path / "file").read_bytes() == b"mine"
    assert [one.name for one in tmp_path.iterdir()] == ["file"]


# ------------------------------------------------------------------- some of several


def test_one_of_several(download, storage, tmp_path):
    storage.contents = [b"first", b"second", b"third"]
    file = io.BytesIO()
    assert download(file, only=1) == []
    assert file.getvalue() == b"second"
    assert download(tmp_path / "x.bin", only=2) == [tmp_path / "x.bin"]
    assert (tmp_path / "x.bin").read_bytes() == b"third"
    folder = tmp_path / "folder"
    told = []
    paths = download(f"{folder}/", only=[2, 0], on_progress=lambda *said: told.append(said))
    assert [path.name for path in paths] == ["acme-1-task_1-3.bin", "acme-1-task_1.bin"]
    assert [path.read_bytes() for path in paths] == [b"third", b"first"]
    assert told[-1] == (10, 10)
    with pytest.raises(DownloadFailed, match=r"2 outputs.*only"):
        download(io.BytesIO(), only=[0, 1])


@pytest.mark.parametrize("only", [3, -1, [0, 3], [], True])
def test_one_that_is_not_there(download, storage, tmp_path, only):
    storage.contents = [b"first", b"second", b"third"]
    with pytest.raises(NoResult, match="has 3 outputs, 0 to 2"):
        download(tmp_path / "x.bin", only=only)
    assert storage.asked == []


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"only": "0"}, "only takes the place of an output, from 0, or a list of them, not '0'"),
        ({"only": [0, "a"]}, "only takes"),
        ({"only": 1.0}, "only takes"),
        ({"max_bytes": "5 MB"}, "max_bytes takes a whole number of bytes, not '5 MB'"),
        ({"max_bytes": -1}, "max_bytes takes"),
        ({"on_progress": "bar"}, "on_progress takes a function, not 'bar'"),
    ],
)
def test_what_is_asked_of_a_download_is_checked_first(download, storage, tmp_path, given, says):
    storage.contents = [b"first", b"second"]
    with pytest.raises(InvalidArgument, match=says):
        download(tmp_path / "x.bin", **given)
    assert storage.asked == []
    assert list(tmp_path.iterdir()) == []


def test_outputs_of_other_formats_get_endings_of_their_own(download, storage, tmp_path):
    storage.contents, storage.formats = [b"1", b"2", b"3", b"4"], ["mp4", "png", "mp4", "jpg"]
    paths = download(tmp_path / "clip.MP4")
    assert [path.name for path in paths] == ["clip.MP4", "clip-2.png", "clip-3.MP4", "clip-4.jpg"]
    assert [path.name for path in download(tmp_path / "still.jpeg", only=1)] == ["still.jpeg"]
    assert [path.name for path in download(tmp_path / "bare")][:2] == ["bare", "bare-2.png"]
