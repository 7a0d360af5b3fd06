"""A transport that is made when something is first sent."""

from __future__ import annotations

import threading

import pytest

from modelhunter.errors import ConfigurationError
from modelhunter.runtime.message import Request, Response
from modelhunter.runtime.transports.later import LaterTransport
from modelhunter.runtime.transports.urllib3 import Urllib3Transport

REQUEST = Request("GET", "http://127.0.0.1:9", "/", {})


class Recorder:
    """A transport that notes what it is asked to do."""

    def __init__(self) -> None:
        self.did: list[str] = []

    def send(self, request: Request) -> Response:
        self.did.append("send")
        return Response(204, {})

    def read(self, response: Response, size: int, deadline: float | None = None) -> bytes:
        self.did.append("read")
        return b""

    def close_stream(self, response: Response) -> None:
        self.did.append("close_stream")

    def close(self) -> None:
        self.did.append("close")


def test_it_is_made_once_and_passes_everything_on() -> None:
    made: list[Recorder] = []

    def make() -> Recorder:
        made.append(Recorder())
        return made[-1]

    later = LaterTransport(make)
    assert made == []
    response = later.send(REQUEST)
    later.read(response, 1)
    later.close_stream(response)
    later.close()
    assert [transport.did for transport in made] == [["send", "read", "close_stream", "close"]]


def test_closing_makes_nothing() -> None:
    def make() -> Recorder:
        raise AssertionError("nothing was sent")

    LaterTransport(make).close()


def test_it_stays_closed() -> None:
    later = LaterTransport(Urllib3Transport)
    later.close()
    with pytest.raises(ConfigurationError, match="closed"):
        later.send(REQUEST)


def test_threads_share_one() -> None:
    made: list[Recorder] = []
    together = threading.Barrier(8)

    def make() -> Recorder:
        made.append(Recorder())
        return made[-1]

    later = LaterTransport(make)

    def use() -> None:
        together.wait(10)
        later.send(REQUEST)

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert [transport.did for transport in made] == [["send"] * 8]
