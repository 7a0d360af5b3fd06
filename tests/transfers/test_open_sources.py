"""Sources of every kind: read whole, or refused before anything is uploaded or sent."""

from __future__ import annotations

import asyncio
import codecs
import io
import os
import subprocess
import sys
import tempfile
import threading
import urllib.request

import anyio
import pytest
from PIL import Image
from starlette.datastructures import UploadFile

from modelhunter import AsyncModelHunter, InvalidInput, ModelHunter, UploadFailed

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 2000


class Coroutines:
    """A binary file with coroutines for methods, which gives a little at a time."""

    def __init__(self, content=PNG):
        self.content, self.name = io.BytesIO(content), "cat.png"

    async def read(self, size=-1):
        await asyncio.sleep(0)
        return self.content.read(min(size, 100_000))

    async def seek(self, place, whence=0):
        raise AssertionError

    async def seekable(self):
        return True

    async def tell(self):
        raise AssertionError


def stored(file):
    with urllib.request.urlopen(file.url) as answer:
        return answer.read()


@pytest.fixture
def upload(client):
    return lambda given, **options: client.do(lambda mh: mh.files.upload(given, **options))


@pytest.fixture
def program(sandbox, registry):
    """Runs ``act(client)``, a coroutine function, with an async client."""

    def run(act):
        async def acted():
            async with AsyncModelHunter(
                sandbox.key, base_url=sandbox.url, registry=registry
            ) as client:
                return await act(client)

        return asyncio.run(acted())

    return run


@pytest.fixture
def asked(sandbox):
    """The operations that were asked for since the test began."""
    seen = len(sandbox.requests)
    return lambda: [request.operation for request in sandbox.requests[seen:]]


# ------------------------------------------------------------------- coroutines for methods


def test_a_file_with_coroutines_is_uploaded_whole(program):
    assert stored(program(lambda mh: mh.files.upload(Coroutines()))) == PNG


def test_files_of_anyio_and_starlette(program, tmp_path):
    path = tmp_path / "cat.png"
    path.write_bytes(PNG)

    async def act(mh):
        async with await anyio.open_file(path, "rb") as file:
            first = await mh.files.upload(file)
        async with await anyio.open_file(path, "r") as file:
            with pytest.raises(UploadFailed, match="open as text"):
                await mh.files.upload(file)
        with tempfile.SpooledTemporaryFile(1000) as spooled:
            file = UploadFile(spooled, filename="cat.png")
            await file.write(PNG)
            await file.seek(0)
            return first, await mh.files.upload(file)

    first, second = program(act)
    assert stored(first) == PNG
    assert first == second


def test_a_file_with_coroutines_as_an_input_of_a_job(program, asked):
    picture, small = io.BytesIO(), io.BytesIO()
    Image.new("RGB", (400, 400)).save(picture, "PNG")
    Image.new("RGB", (10, 10)).save(small, "PNG")

    async def act(mh):
        await mh.submit("acme-1", image=Coroutines(picture.getvalue()))
        with pytest.raises(InvalidInput, match=r"image: cat\.png holds text"):
            await mh.submit("acme-1", image=Coroutines(b"junk, not a picture"), sketch=PNG)
        with pytest.raises(InvalidInput, match="fewer than acme-1 takes"):
            await mh.submit("acme-1", image=Coroutines(small.getvalue()))

    program(act)
    assert asked() == ["createUploadUrl", "uploadContent", "completeUpload", "submit"]


def test_a_blocking_client_says_who_can_use_coroutines(sandbox, registry, asked):
    with ModelHunter(sandbox.key, base_url=sandbox.url, registry=registry) as mh:
        with pytest.raises(UploadFailed, match="only the async client"):
            mh.files.upload(Coroutines())
        with pytest.raises(InvalidInput, match=r"sketch: .*only the async client"):
            mh.submit("acme-1", sketch=Coroutines())
    assert asked() == []


# ------------------------------------------------------------------- pipes


def fed(write, content=PNG, step=70_000):
    """A thread that writes to a pipe which ``write`` opens."""

    def feed():
        with open(write(), "wb", buffering=0) as pipe:
            for start in range(0, len(content), step):
                pipe.write(content[start : start + step])

    thread = threading.Thread(target=feed, daemon=True)
    thread.start()
    return thread


def test_the_path_of_a_pipe(upload, tmp_path):
    pipe = tmp_path / "cat.png"
    os.mkfifo(pipe)
    thread = fed(lambda: os.open(pipe, os.O_WRONLY))
    assert stored(upload(pipe)) == PNG
    thread.join()


def test_a_descriptor_that_is_open_already(upload):
    reading, writing = os.pipe()
    thread = fed(lambda: writing)
    assert stored(upload(f"/dev/fd/{reading}")) == PNG
    thread.join()
    os.close(reading)


def test_a_socket_that_a_path_names(upload):
    import socket

    ours, theirs = socket.socketpair()
    thread = threading.Thread(target=lambda: (theirs.sendall(PNG), theirs.close()))
    thread.start()
    assert stored(upload(f"/dev/fd/{ours.fileno()}")) == PNG
    thread.join()
    ours.close()


@pytest.mark.parametrize("buffering", [0, 8192])
def test_a_pipe_that_does_not_block_is_read_to_its_end(upload, buffering):
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    thread = fed(lambda: writing)
    with open(reading, "rb", buffering=buffering) as file:
        assert stored(upload(file)) == PNG
    thread.join()


class Silent:
    """An open file that has nothing yet, however often it is asked."""

    def read(self, size=-1):
        return None


def test_what_stays_silent_is_not_waited_for_without_end(client, asked, tmp_path, monkeypatch):
    monkeypatch.setattr("modelhunter.flows.streams._SILENCE", 0.05)
    os.mkfifo(tmp_path / "cat.png")
    for silent in (Silent(), tmp_path / "cat.png"):
        with pytest.raises((InvalidInput, UploadFailed), match="has given nothing for 0 s"):
            client.do(lambda mh, silent=silent: mh.submit("acme-1", image=silent))
    assert asked() == []


def test_a_stream_may_be_slow_again_and_again(upload, monkeypatch):
    monkeypatch.setattr("modelhunter.flows.streams._SILENCE", 0.05)
    pieces = [PNG[:100], None, PNG[100:], None, None, b""]
    file = Silent()
    file.read = lambda size=-1: pieces.pop(0)
    assert stored(upload(file, filename="cat.png")) == PNG


def test_a_pipe_that_turns_out_to_be_no_picture(client, asked, tmp_path):
    pipe = tmp_path / "cat.png"
    os.mkfifo(pipe)
    thread = fed(lambda: os.open(pipe, os.O_WRONLY), b"junk")
    with pytest.raises(InvalidInput, match=r"image: cat\.png holds text"):
        client.do(lambda mh: mh.submit("acme-1", image=str(pipe), sketch=PNG))
    thread.join()
    assert asked() == []


def test_what_is_waited_for_can_be_cancelled(program, tmp_path):
    os.mkfifo(tmp_path / "cat.png")

    async def act(mh):
        loading = asyncio.create_task(mh.files.upload(tmp_path / "cat.png"))
        await asyncio.sleep(0)
        loading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await loading

    program(act)


@pytest.mark.parametrize("device", ["/dev/null"])
def test_a_device_with_nothing_in_it(upload, client, device, asked):
    with pytest.raises(UploadFailed, match="empty"):
        upload(device)
    with pytest.raises((InvalidInput, UploadFailed), match="empty"):
        client.do(lambda mh: mh.submit("acme-1", image=device))
    assert asked() == []


def test_stdin_on_the_command_line(sandbox):
    env = {**os.environ, "MODELHUNTER_KEY": sandbox.key, "MODELHUNTER_BASE_URL": sandbox.url}
    command = [sys.executable, "-m", "modelhunter", "upload", "/dev/stdin"]
    done = subprocess.run(command, input=PNG, env=env, capture_output=True, check=True)
    with urllib.request.urlopen(done.stdout.decode().strip()) as answer:
        assert answer.read() == PNG


# ------------------------------------------------------------------- what can't be read


def closed():
    file = io.BytesIO(PNG)
    file.close()
    return file


class Numbers:
    def read(self, size=-1):
        return 7


class Broken(io.BytesIO):
    def read(self, size=-1):
        raise OSError(5, "Input/output error")


class Pieces:
    """A stream that gives bytes of another type."""

    def __init__(self, kind):
        self.kind, self.content = kind, io.BytesIO(PNG)

    def read(self, size=-1):
        return self.kind(self.content.read(size))


UNFIT = {
    "text": (lambda: io.StringIO("junk"), "as text"),
    "codec": (lambda: codecs.getreader("utf-8")(io.BytesIO(b"junk")), "as text"),
    "closed": (closed, "closed"),
    "numbers": (Numbers, "gives int"),
    "broken": (lambda: Broken(PNG), "Input/output error"),
}


@pytest.mark.parametrize("kind", UNFIT)
def test_what_can_not_be_read_is_a_failed_upload(upload, client, asked, kind):
    make, says = UNFIT[kind]
    with pytest.raises(UploadFailed, match=says):
        upload(make(), filename="cat.png")
    with pytest.raises((InvalidInput, UploadFailed), match=says):
        client.do(lambda mh: mh.submit("acme-1", sketch=make()))
    assert asked() == []


def test_files_that_can_only_be_written(upload, client, tmp_path, asked):
    with (tmp_path / "cat.png").open("wb") as file:
        with pytest.raises(UploadFailed, match="can't be read"):
            upload(file)
        with pytest.raises(InvalidInput, match="only be written"):
            client.do(lambda mh: mh.submit("acme-1", sketch=file))
    assert asked() == []


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_streams_of_other_bytes(upload, kind):
    assert stored(upload(Pieces(kind), filename="cat.png")) == PNG


def test_a_file_that_fails_in_the_middle_of_an_upload(upload, asked):
    class Failing(io.BytesIO):
        reads = 0

        def read(self, size=-1):
            self.reads += 1
            if self.reads > 12:
                raise OSError(5, "Input/output error")
            return super().read(size)

    with pytest.raises(UploadFailed, match="Input/output error") as caught:
        upload(Failing(PNG), filename="cat.png")
    assert isinstance(caught.value.__cause__, OSError)
    assert "completeUpload" not in asked()


def test_text_that_is_called_a_picture_is_not_uploaded(upload, asked, tmp_path):
    for name in ("fake.png", "fake.mp4", "notes.txt", "page.html"):
        (tmp_path / name).write_text("<html>junk")
        with pytest.raises(UploadFailed, match="holds text"):
            upload(tmp_path / name)
    (tmp_path / "noise.png").write_bytes(bytes(100))
    with pytest.raises(UploadFailed, match="content is no picture"):
        upload(tmp_path / "noise.png")
    (tmp_path / "noise").write_bytes(bytes(100))
    with pytest.raises(UploadFailed, match="nothing tells"):
        upload(tmp_path / "noise")
    assert asked() == []
