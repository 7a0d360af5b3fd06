"""Content codings, by themselves and through both transports."""

from __future__ import annotations

import gzip
import resource
import zlib
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelhunter.errors import ConnectionLost, UnexpectedResponse
from modelhunter.runtime.codings import decoded, decoder_of
from modelhunter.runtime.message import Request


def bare(data: bytes) -> bytes:
    deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return deflate.compress(data) + deflate.flush()


ENCODE = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "identity": bytes,
}
names = st.sampled_from(sorted(ENCODE))


def wrapped(content: bytes, codings: list[str]) -> bytes:
    for coding in codings:
        content = ENCODE[coding](content)
    return content


def pieces_of(decoder, came: bytes, cuts: list[int], size: int):
    """What a transport does: feed what comes, take what it makes, see that nothing is missing."""
    places = sorted({0, len(came), *(cut % (len(came) + 1) for cut in cuts)})
    for first, last in pairwise(places):
        decoder.feed(came[first:last])
        while piece := decoder.take(size):
            yield piece
    decoder.finish()


@given(
    content=st.binary(max_size=5000),
    codings=st.lists(names, max_size=4),
    cuts=st.lists(st.integers(0, 10_000), max_size=6),
    size=st.integers(1, 300),
)
@settings(deadline=None)
def test_any_list_of_codings_is_undone_however_it_comes(content, codings, cuts, size):
    came = wrapped(content, codings)
    header = ", ".join(codings).upper()
    assert decoded(came, header, 200, len(content)) == content
    decoder = decoder_of(header, 200)
    if decoder is None:
        assert set(codings) <= {"identity"}
        return
    pieces = list(pieces_of(decoder, came, cuts, size))
    assert b"".join(pieces) == content
    assert max(map(len, pieces), default=0) <= size


@given(
    content=st.binary(min_size=1, max_size=3000),
    coding=st.sampled_from(["gzip", "deflate", "bare"]),
    data=st.data(),
)
def test_what_ends_early_is_never_taken_for_the_whole(content, coding, data):
    came = bare(content) if coding == "bare" else ENCODE[coding](content)
    cut = data.draw(st.integers(1, len(came) - 1))
    with pytest.raises((ConnectionLost, UnexpectedResponse)):
        decoded(came[:cut], coding.replace("bare", "deflate"), 200, 10_000)


@given(content=st.binary(min_size=20, max_size=3000), data=st.data())
def test_gzip_that_was_damaged_is_noticed(content, data):
    came = bytearray(gzip.compress(content, mtime=0))
    place = data.draw(st.integers(10, len(came) - 5))
    came[place] ^= 1 << data.draw(st.integers(0, 7))
    with suppress(ConnectionLost, UnexpectedResponse):
        assert decoded(bytes(came), "gzip", 200, 10_000) == content  # coded otherwise, the same


def test_gzip_of_several_members_with_something_behind_them():
    came = gzip.compress(b"one") + gzip.compress(b"") + gzip.compress(b"two")
    for behind in (b"", b"\0", b"\0\0\0\0", b"?", b"rest", b"\x1f"):
        assert decoded(came + behind, "gzip", 200, 100) == b"onetwo"


@pytest.mark.parametrize("header", ["br", "zstd", "compress", "x-compress", "gzip, br", "br,gzip"])
def test_a_coding_that_is_not_known_is_refused_by_name(header):
    with pytest.raises(UnexpectedResponse, match=r"br|zstd|compress"):
        decoded(b"anything", header, 200, 100)
    assert decoded(b"anything", header, 503, 100) == b""
    assert decoded(b"", header, 204, 100) == b""


@pytest.mark.parametrize("header", [None, "", " ", "identity", "Identity, ,", "aws-chunked"])
def test_names_that_stand_for_no_coding(header):
    assert decoded(b"anything", header, 200, 100) == b"anything"


def test_bombs_are_not_unpacked():
    bomb = b"\0" * (64 << 20)
    for header, came in (
        ("gzip", gzip.compress(bomb)),
        ("gzip, gzip", gzip.compress(gzip.compress(bomb))),
    ):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        assert decoded(came, header, 200, 1 << 20) is None
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 16 * 1024
    with pytest.raises(UnexpectedResponse, match="6 codings"):
        decoded(b"x", ", ".join(["gzip"] * 6), 200, 100)


# ------------------------------------------------------------------- through both transports


def asked(raw_server, transport, came: bytes, headers: str, **options):
    def script(connection) -> None:
        connection.read_request()
        connection.answer(came, headers=headers)

    origin = raw_server(script).origin
    return transport.send(Request("GET", origin, "/", {}, None, 5.0, 5.0, None, **options))


def read_all(transport, response) -> bytes:
    pieces = []
    while piece := transport.read(response, 1000):
        assert len(piece) <= 1000
        pieces.append(piece)
    transport.close_stream(response)
    return b"".join(pieces)


CONTENT = bytes(range(256)) * 40
HEADERS = {
    "Content-Encoding: GZIP\r\n": gzip.compress(CONTENT),
    "Content-Encoding: x-gzip\r\n": gzip.compress(CONTENT),
    "Content-Encoding: deflate\r\n": bare(CONTENT),
    "Content-Encoding: gzip\r\nContent-Encoding: deflate\r\n": zlib.compress(
        gzip.compress(CONTENT)
    ),
    "Content-Encoding: identity,gzip\r\n": gzip.compress(CONTENT),
}


@pytest.mark.parametrize("headers", HEADERS)
def test_both_transports_undo_what_the_header_names(raw_server, transport, headers):
    came = HEADERS[headers]
    assert asked(raw_server, transport, came, headers).content == CONTENT
    response = asked(raw_server, transport, came, headers, stream=True)
    assert read_all(transport, response) == CONTENT


@pytest.mark.parametrize("headers", ["Content-Encoding: br\r\n", "Content-Encoding: gzip\r\n"])
def test_neither_transport_hands_over_what_it_cannot_decode(raw_server, transport, headers):
    with pytest.raises(UnexpectedResponse, match="can't be decoded"):
        asked(raw_server, transport, b"no such thing", headers)
    response = asked(raw_server, transport, b"no such thing", headers, stream=True)
    with pytest.raises(UnexpectedResponse, match="can't be decoded"):
        read_all(transport, response)


def test_a_whole_answer_that_swells_is_refused(raw_server, transport):
    came = gzip.compress(b"\0" * 100_000)
    with pytest.raises(UnexpectedResponse, match="larger than 1000 bytes"):
        asked(raw_server, transport, came, "Content-Encoding: gzip\r\n", max_body=1000)


def test_a_stream_that_lacks_its_end_is_lost(raw_server, transport):
    came = gzip.compress(CONTENT)[:-1]
    response = asked(raw_server, transport, came, "Content-Encoding: gzip\r\n", stream=True)
    with pytest.raises(ConnectionLost, match="in the middle"):
        read_all(transport, response)


def test_what_came_before_a_connection_broke_is_handed_over_first(raw_server, transport):
    def script(connection) -> None:
        connection.read_request()
        connection.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 50000\r\n\r\n" + bytes(30_000))

    origin = raw_server(script).origin
    response = transport.send(Request("GET", origin, "/", {}, None, 5.0, 5.0, None, stream=True))
    came = 0
    while came < 30_000:
        came += len(transport.read(response, 1000))
    with pytest.raises(ConnectionLost):
        transport.read(response, 1000)
    transport.close_stream(response)
