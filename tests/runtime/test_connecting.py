"""Hosts with several addresses, of which some lead nowhere; connections that are kept."""

from __future__ import annotations

import socket
import sys

import pytest

from modelhunter.runtime.message import Request
from modelhunter.runtime.transports.connecting import connect, in_turns
from modelhunter.runtime.transports.idle import KEPT, PLACES, Idle

several_loopbacks = pytest.mark.skipif(
    sys.platform != "linux", reason="elsewhere 127.0.0.1 is the only address of its network"
)


def at(address: str, port: int = 9, family: int = socket.AF_INET) -> tuple[object, ...]:
    return (family, socket.SOCK_STREAM, 6, "", (address, port))


def test_families_take_turns():
    four, six = socket.AF_INET, socket.AF_INET6
    found = [at(name, family=six) for name in "abc"] + [at(name, family=four) for name in "de"]
    assert [one[4][0] for one in in_turns(found)] == ["a", "d", "b", "e", "c"]


@pytest.fixture
def silent():
    """A listener on 127.0.0.2 whose queue is full: whoever connects hears nothing."""
    with socket.socket() as server:
        server.bind(("127.0.0.2", 0))
        server.listen(0)
        fillers = [socket.socket() for _ in range(3)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(server.getsockname())
        yield server.getsockname()[1]
        for filler in fillers:
            filler.close()


class Patience:
    """So many looks at the time that is left, and no more."""

    def __init__(self, looks: int) -> None:
        self.looks = looks

    def __call__(self) -> float:
        self.looks -= 1
        if self.looks < 0:
            raise TimeoutError("too many looks")
        return 30.0


@several_loopbacks
def test_an_address_that_never_answers_does_not_hold_up_the_next(silent):
    with socket.create_server(("127.0.0.3", silent)):
        found = [at("127.0.0.2", silent), at("127.0.0.3", silent)]
        with connect(found, socket.socket, Patience(2)) as sock:
            assert sock.getpeername()[0] == "127.0.0.3"


@several_loopbacks
def test_where_no_address_answers_the_limit_holds(silent):
    with pytest.raises(TimeoutError, match="too many looks"):
        connect([at("127.0.0.2", silent)] * 3, socket.socket, Patience(2))


def test_an_address_that_refuses_is_passed_over_at_once():
    with socket.create_server(("127.0.0.1", 0)) as unused:
        closed = unused.getsockname()[1]
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = [at("127.0.0.1", closed), at("127.0.0.1", server.getsockname()[1])]
        connect(found, socket.socket, Patience(4)).close()
    with pytest.raises(ConnectionRefusedError):
        connect([at("127.0.0.1", closed)] * 2, socket.socket, Patience(9))
    with pytest.raises(OSError, match="no address"):
        connect([], socket.socket, Patience(9))


@several_loopbacks
def test_both_transports_reach_the_second_address(silent, raw_server, transport, monkeypatch):
    server = raw_server(lambda c: c.keep_answering(b"second"), at=("127.0.0.3", silent))
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda *_, **__: [at("127.0.0.2", silent), at("127.0.0.3", silent)],
    )
    request = Request("GET", f"http://two.example:{server.port}", "/", {}, connect_timeout=20)
    assert transport.send(request).content == b"second"


class Kept:
    def __init__(self) -> None:
        self.closed = False

    def close(self) -> None:
        self.closed = True


def test_connections_to_many_places_are_not_kept_for_ever():
    idle: Idle[Kept] = Idle()
    kept = [Kept() for _ in range(PLACES + 3)]
    for place, connection in enumerate(kept):
        idle.keep(place, connection)
    assert [connection.closed for connection in kept] == [True] * 3 + [False] * PLACES
    assert idle.take(0) is None
    assert idle.take(PLACES + 2) is kept[-1]
    idle.close()
    assert all(connection.closed for connection in kept[:-1])


def test_the_connection_that_was_used_last_is_used_next():
    idle: Idle[Kept] = Idle()
    kept = [Kept() for _ in range(KEPT + 1)]
    for connection in kept:
        idle.keep("here", connection)
    assert [connection for connection in kept if connection.closed] == kept[:1]
    assert idle.take("here") is kept[-1]


def test_what_was_idle_for_long_is_closed(monkeypatch):
    seconds = 0.0
    monkeypatch.setattr("time.monotonic", lambda: seconds)
    idle: Idle[Kept] = Idle()
    old, new = Kept(), Kept()
    idle.keep("a", old)
    seconds = 61.0
    idle.keep("b", new)
    assert (old.closed, new.closed) == (True, False)
    assert idle.tidy()
    seconds = 200.0
    assert not idle.tidy()
    assert new.closed


def test_hosts_that_were_visited_once_are_left(raw_server, transport):
    """Links lead to ever new hosts; a connection to each would be one too many."""
    left = []

    def script(connection) -> None:
        try:
            connection.keep_answering(b"ok")
        finally:
            left.append(connection.server.port)

    servers = [raw_server(script) for _ in range(PLACES + 4)]
    for server in servers:
        assert transport.send(Request("GET", server.origin, "/", {})).content == b"ok"
    transport.send(Request("GET", servers[-1].origin, "/", {}))
    assert servers[-1].connections == 1
    while len(left) < 4:
        assert not servers[0].gone.wait(0.01)
    assert sorted(left) == sorted(server.port for server in servers[:4])
