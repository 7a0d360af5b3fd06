"""Downloads over real sockets that break: whole files or none, as little as possible twice."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelhunter import AsyncModelHunter, DownloadFailed
from modelhunter.runtime.session import Timeouts
from modelhunter.sandbox.faults import Fault

CONTENT = bytes(range(256)) * 4000
RUNS = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
cuts = st.tuples(st.just("cut"), st.integers(0, len(CONTENT)))
faults = st.lists(cuts | st.sampled_from([500, 503, 403, 410, 429]), max_size=4)


def fetched(client, to, **options):
    task = client.do(lambda mh: mh.tasks.get("task_1"))
    return client.do(lambda _: task.download(to, **options))


@RUNS
@given(faults=faults, ranges=st.booleans(), framed=st.booleans(), good_for=st.integers(1, 3))
def test_whatever_breaks_the_file_is_whole(connect, storage, faults, ranges, framed, good_for):
    storage.contents = [CONTENT]
    storage.faults = {0: faults}
    storage.ranges, storage.framed, storage.good_for = ranges, framed, good_for
    storage.asked.clear()
    client = connect(storage.address)
    with tempfile.TemporaryDirectory() as folder:
        try:
            (path,) = fetched(client, Path(folder) / "x.bin")
        except DownloadFailed:
            assert len(storage.asked) >= 5
            assert list(Path(folder).iterdir()) == []
        else:
            assert path.read_bytes() == CONTENT
            assert list(Path(folder).iterdir()) == [path]


@RUNS
@given(gaps=st.lists(st.integers(1, len(CONTENT) // 5), max_size=4))
def test_what_has_come_is_not_fetched_again_where_ranges_are_served(connect, storage, gaps):
    storage.contents = [CONTENT]
    storage.faults = {0: [("cut", gap) for gap in gaps]}
    storage.asked.clear()
    client = connect(storage.address)
    with tempfile.TemporaryDirectory() as folder:
        (path,) = fetched(client, Path(folder) / "x.bin")
        assert path.read_bytes() == CONTENT
    starts = [0 if range_ is None else int(range_[6:-1]) for _, range_ in storage.asked]
    assert starts == sorted(starts)
    assert starts[-1] == sum(gaps)


@pytest.mark.parametrize("step", [1, 100, 20_000, 300_000])
def test_a_link_that_breaks_again_and_again_but_goes_on_is_followed_to_its_end(
    connect, storage, tmp_path, step
):
    content = (CONTENT * 9)[: step * 30]
    storage.contents = [content]
    storage.faults = {0: [("cut", step)] * 29}
    (path,) = fetched(connect(storage.address), tmp_path / "x.bin")
    assert path.read_bytes() == content
    assert len(storage.asked) == 30


@pytest.mark.parametrize("cut", [0, 100])
def test_a_link_that_never_gets_further_is_given_up(connect, storage, tmp_path, cut):
    storage.contents, storage.ranges = [CONTENT], False
    storage.faults = {0: [("cut", cut)] * 12}
    with pytest.raises(DownloadFailed, match="not lost"):
        fetched(connect(storage.address), tmp_path / "y.bin")
    assert list(tmp_path.iterdir()) == []
    assert len(storage.asked) in (5, 6)


def test_trouble_in_the_middle_costs_nothing_that_is_there(connect, storage, tmp_path):
    storage.contents = [CONTENT]
    storage.faults = {0: [("cut", 5000), 503, 500]}
    fetched(connect(storage.address), tmp_path / "x.bin")
    assert [range_ for _, range_ in storage.asked] == [None, *["bytes=5000-"] * 3]


@pytest.mark.parametrize("careless", [False, True])
def test_two_files_are_never_mixed(connect, storage, tmp_path, careless):
    storage.contents = [CONTENT]
    storage.careless = careless
    storage.faults = {0: [("swap", 5000)]}
    (path,) = fetched(connect(storage.address), tmp_path / "x.bin")
    assert path.read_bytes() == CONTENT[::-1]


def test_silence_in_the_middle_is_the_read_timeout(connect, storage, tmp_path):
    storage.contents = [CONTENT]
    storage.faults = {0: [("stall", 5000)]}
    client = connect(storage.address, timeout=Timeouts(read=0.2))
    (path,) = fetched(client, tmp_path / "x.bin")
    assert path.read_bytes() == CONTENT
    assert len(storage.asked) == 2


def test_a_drip_comes_to_an_end(connect, storage, tmp_path):
    storage.contents = [CONTENT]
    storage.faults = {0: [("drip", 10)] * 20}
    client = connect(storage.address, timeout=Timeouts(total=1))
    with pytest.raises(DownloadFailed, match="not lost"):
        fetched(client, tmp_path / "x.bin")
    assert list(tmp_path.iterdir()) == []


def test_a_cancelled_download_leaves_nothing(storage, tmp_path):
    storage.contents = [CONTENT] * 3
    storage.faults = {n: [("stall", 5000)] for n in range(3)}

    async def program() -> None:
        begun = asyncio.Event()
        async with AsyncModelHunter("river_test_x", base_url=storage.address) as mh:
            task = await mh.tasks.get("task_1")
            loading = asyncio.create_task(
                task.download(tmp_path / "x.bin", on_progress=lambda *_: begun.set())
            )
            await begun.wait()
            assert {path.suffix for path in tmp_path.iterdir()} == {".part"}
            loading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await loading
        assert list(tmp_path.iterdir()) == []

    asyncio.run(program())


def test_links_that_are_good_for_one_request_each(connect, storage, tmp_path):
    storage.contents = [CONTENT]
    storage.good_for = 1
    storage.faults = {0: [("cut", 5000), ("cut", 5000)]}
    (path,) = fetched(connect(storage.address), tmp_path / "x.bin")
    assert path.read_bytes() == CONTENT


def test_a_connection_that_ends_with_the_last_byte(connect, storage, tmp_path):
    storage.contents, storage.framed = [CONTENT], False
    storage.sizes = [None]
    (path,) = fetched(connect(storage.address), tmp_path / "x.bin")
    assert path.read_bytes() == CONTENT
    assert len(storage.asked) == 1


def test_several_outputs_side_by_side(connect, storage, tmp_path):
    storage.contents = [bytes([n]) * (n * 70_000 + 1) for n in range(9)]
    storage.faults = {n: [("cut", 100), 403] for n in (1, 4, 7)}
    seen = []
    paths = fetched(
        connect(storage.address),
        tmp_path / "x.bin",
        on_progress=lambda done, total: seen.append((done, total)),
    )
    assert [path.name for path in paths] == ["x.bin", *(f"x-{n}.bin" for n in range(2, 10))]
    assert [path.read_bytes() for path in paths] == storage.contents
    total = sum(map(len, storage.contents))
    assert max(seen) == (total, total)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in paths)


def test_one_of_several_that_fails_leaves_nothing_half_done(connect, storage, tmp_path):
    storage.contents = [CONTENT] * 4
    storage.faults = {2: [500] * 20}
    with pytest.raises(DownloadFailed, match="output 3"):
        fetched(connect(storage.address), tmp_path / "x.bin")
    assert all(path.read_bytes() == CONTENT for path in tmp_path.iterdir())
    assert not (tmp_path / "x-3.bin").exists()


def test_more_than_the_task_says_is_not_read_to_its_end(connect, storage, tmp_path):
    storage.contents, storage.sizes = [CONTENT * 20], [1000]
    with pytest.raises(DownloadFailed, match="20,480,000 bytes where the task says 1,000"):
        fetched(connect(storage.address), tmp_path / "x.bin")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["plain", "coroutine"])
def test_progress_may_be_awaited_and_its_errors_are_the_callers(
    connect, storage, tmp_path, kind, request
):
    storage.contents = [CONTENT]
    client = connect(storage.address)

    def stop(done, total):
        raise ZeroDivisionError

    async def stop_later(done, total):
        raise ZeroDivisionError

    if kind == "coroutine" and "blocking" in request.node.callspec.id:
        pytest.skip("only an event loop awaits")
    with pytest.raises(ZeroDivisionError):
        fetched(client, tmp_path / "x", on_progress=stop if kind == "plain" else stop_later)
    assert list(tmp_path.iterdir()) == []


# ------------------------------------------------------------------- against the sandbox


def made(client):
    """A finished task of the sandbox."""
    return client.do(lambda mh: mh.generate("acme-1", sketch="https://me.example/cat.png"))


sandbox_faults = st.lists(
    st.builds(Fault, st.just("drop"), st.just("body"), size=st.integers(0, 4000))
    | st.builds(Fault, st.just("drop"), st.sampled_from(["before", "after"]))
    | st.builds(Fault, st.just("expired_link"))
    | st.builds(Fault, st.just("status"), status=st.sampled_from([500, 503])),
    max_size=4,
)


@RUNS
@given(planned=sandbox_faults)
def test_a_result_of_the_sandbox_comes_whole(client, sandbox, planned):
    task = made(client)
    for fault in planned:
        sandbox.faults.add(
            Fault(
                fault.kind,
                fault.at,
                operation="downloadResult",
                size=fault.size,
                status=fault.status,
            )
        )
    with tempfile.TemporaryDirectory() as folder:
        (path,) = client.do(lambda _: task.download(folder))
        assert path.stat().st_size == task.outputs[0].size_bytes
        assert list(Path(folder).iterdir()) == [path]
    sandbox.faults.clear()


def test_a_link_that_expires_in_the_middle(client, sandbox, tmp_path):
    task = made(client)
    link = task.outputs[0].url
    sandbox.faults.add(Fault("drop", "body", operation="downloadResult", size=1000))
    seen = len(sandbox.requests)

    def expire(done, total):
        if task.outputs[0].url is link and len(sandbox.faults.planted) == 1:
            sandbox.faults.add(Fault("expired_link", operation="downloadResult"))

    (path,) = client.do(lambda _: task.download(tmp_path, on_progress=expire))
    assert path.stat().st_size == task.outputs[0].size_bytes
    operations = [request.operation for request in sandbox.requests[seen:]]
    assert operations == ["downloadResult", "downloadResult", "getTask", "downloadResult"]


def test_a_size_that_was_told_wrong_is_asked_for_again(client, sandbox, tmp_path):
    sandbox.faults.add(Fault("wrong_size", operation="getTask", times=1))
    task = made(client)
    seen = len(sandbox.requests)
    (path,) = client.do(lambda _: task.download(tmp_path))
    assert path.stat().st_size == task.outputs[0].size_bytes
    operations = [request.operation for request in sandbox.requests[seen:]]
    assert operations.count("downloadResult") == 1


def test_a_size_that_never_fits_is_no_result(client, sandbox, tmp_path):
    task = made(client)
    sandbox.faults.add(Fault("wrong_size", operation="getTask", times=None))
    client.do(lambda _: task.refresh())
    seen = len(sandbox.requests)
    with pytest.raises(DownloadFailed, match="bytes where the task says"):
        client.do(lambda _: task.download(tmp_path))
    operations = [request.operation for request in sandbox.requests[seen:]]
    assert operations.count("downloadResult") == 2
    assert list(tmp_path.iterdir()) == []
