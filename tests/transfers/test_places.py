"""Where downloads can go, and what is there when they fail."""

from __future__ import annotations

import io
import os
import stat
import sys
import tempfile
from pathlib import Path

import pytest

from modelhunter import ConfigurationError, DownloadFailed, Timeouts, WriteFailed

CONTENT = bytes(range(256)) * 2000


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    """A folder for temporary files that is empty before and after."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


@pytest.fixture
def download(connect, storage):
    """Downloads the storage's task to somewhere."""
    storage.contents = [CONTENT]
    client = connect(storage.address)

    def load(to, **options):
        task = client.do(lambda mh: mh.tasks.get("task_1"))
        return client.do(lambda _: task.download(to, **options))

    return load


def test_to_an_open_file(download, storage, tmp_path):
    storage.faults = {0: [("cut", 1000), 500]}
    target = io.BytesIO()
    target.write(b"before ")
    assert download(target) == []
    assert target.getvalue() == b"before " + CONTENT
    with (tmp_path / "x").open("wb") as file:
        download(file)
    assert (tmp_path / "x").read_bytes() == CONTENT


class Sip(io.RawIOBase):
    """A raw file that takes a little at a time, and after ``most`` bytes nothing."""

    def __init__(self, most=10**9):
        self.taken, self.most = b"", most

    def writable(self):
        return True

    def write(self, data):
        piece = bytes(data[: min(1000, self.most - len(self.taken))])
        self.taken += piece
        return len(piece) or None


def test_a_raw_file_gets_everything_or_it_is_an_error(connect, storage):
    storage.contents = [CONTENT]
    client = connect(storage.address, timeout=Timeouts(read=0.1))
    task = client.do(lambda mh: mh.tasks.get("task_1"))
    file = Sip()
    assert client.do(lambda _: task.download(file)) == []
    assert file.taken == CONTENT
    with pytest.raises(WriteFailed, match=r"took nothing for 0\.1 s.*not lost"):
        client.do(lambda _: task.download(Sip(most=5000)))


def test_to_a_pipe(download, storage):
    storage.contents = [CONTENT[:1000]]
    reading, writing = os.pipe()
    with open(reading, "rb") as other:
        with open(writing, "wb") as file:
            download(file)
        assert other.read() == CONTENT[:1000]


def test_an_open_file_gets_nothing_of_what_failed(download, storage):
    storage.faults = {0: [("cut", 1000)] + [500] * 20}
    target = io.BytesIO()
    with pytest.raises(DownloadFailed):
        download(target)
    assert target.getvalue() == b""


def closed():
    file = io.BytesIO()
    file.close()
    return file


@pytest.mark.parametrize(
    ("target", "says"), [(io.StringIO(), "wb"), (closed(), "written"), (7, "written")]
)
def test_what_can_not_be_written_to(download, storage, target, says):
    with pytest.raises(DownloadFailed, match=says):
        download(target)
    assert storage.asked == []


def test_several_outputs_do_not_fit_into_one_file(download, storage):
    storage.contents = [CONTENT] * 2
    with pytest.raises(DownloadFailed, match="2 outputs"):
        download(io.BytesIO())
    assert storage.asked == []


def test_a_device_is_written_to_and_not_replaced(download):
    before = os.stat(os.devnull)
    assert download(os.devnull) == [Path(os.devnull)]
    assert os.stat(os.devnull).st_ino == before.st_ino
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


@pytest.mark.parametrize("name", ["é" * 100, "漢" * 70 + ".mp4", "🐈" * 60])
def test_long_names(download, tmp_path, name):
    (path,) = download(tmp_path / "made" / name)
    assert path.name == name
    assert path.read_bytes() == CONTENT


def test_strays_of_a_killed_process_are_known_by_their_names_and_do_no_harm(download, tmp_path):
    stray = tmp_path / ".x.bin.0011223344556677.part"
    stray.write_bytes(b"stray")
    (path,) = download(tmp_path / "x.bin")
    assert path.read_bytes() == CONTENT
    assert stray.read_bytes() == b"stray"


def test_a_full_disk_leaves_nothing(download, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WriteFailed, match=r"No space left.*not lost") as caught:
        download(tmp_path / "made" / "x.bin")
    assert isinstance(caught.value, OSError)
    assert caught.value.errno == 28
    assert caught.value.task.id == "task_1"
    assert "task_1" in caught.value.resume_token
    assert list((tmp_path / "made").iterdir()) == []


# ------------------------------------------------------------------- addresses


@pytest.fixture
def memory():
    """fsspec's file system in memory, empty."""
    system = pytest.importorskip("fsspec").filesystem("memory")
    system.store.clear()
    yield system
    system.store.clear()


def test_to_an_address(download, memory):
    assert download("memory://folder/x.bin") == []
    assert memory.cat("/folder/x.bin") == CONTENT
    assert memory.find("/") == ["/folder/x.bin"]


def test_several_to_an_address(download, memory, storage):
    storage.contents = [CONTENT, b"second"]
    download("memory://folder/x.bin")
    assert memory.cat("/folder/x-2.bin") == b"second"
    download("memory://other/")
    assert sorted(memory.find("/other")) == [
        "/other/acme-1-task_1-2.bin",
        "/other/acme-1-task_1.bin",
    ]
    download("memory://other")
    assert len(memory.find("/other")) == 2


def test_an_address_of_this_machine_is_a_path(download, tmp_path):
    pytest.importorskip("fsspec")
    target = tmp_path / "x.bin"
    assert download(target.as_uri()) == [target]
    assert target.read_bytes() == CONTENT


def test_nothing_gets_to_an_address_before_it_is_complete(download, memory, storage):
    storage.faults = {0: [("cut", 1000)] + [500] * 20}
    with pytest.raises(DownloadFailed):
        download("memory://folder/x.bin")
    assert memory.find("/") == []


def test_what_can_not_be_put_is_not_lost(download, memory, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError("no permission to write")

    monkeypatch.setattr(type(memory), "put_file", refuse)
    with pytest.raises(DownloadFailed, match=r"memory://folder/x\.bin: no permission.*not lost"):
        download("memory://folder/x.bin")


def test_a_protocol_that_nobody_knows(download, storage):
    pytest.importorskip("fsspec")
    with pytest.raises(ConfigurationError, match="nosuch://") as caught:
        download("nosuch://user:secret@folder/x.bin")
    assert "secret" not in str(caught.value)
    assert storage.asked == []


def test_without_fsspec_it_says_how_to_install_it(download, storage, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in [n for n in sys.modules if n.partition(".")[0] == "fsspec"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(ConfigurationError, match="pip install fsspec"):
        download("s3://bucket/x.bin")
    assert storage.asked == []
    assert [path.name for path in tmp_path.iterdir()] == ["temporary"]
