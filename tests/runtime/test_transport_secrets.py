"""Both transports: what errors say and hold, and what they don't."""

from __future__ import annotations

import base64
import logging
import os
import pickle
import signal
import sys
import traceback

import pytest

from modelhunter.errors import ConnectionLost, TransportError, Unsendable
from modelhunter.runtime.message import Headers, Request, Response, Secret
from modelhunter.runtime.signals import from_signal_handler

PASSWORD = "p4ssw0rd"
KEY = "sk-visible-nowhere"
LINK = "signature=5ecret"
SECRETS = (PASSWORD, base64.b64encode(f"alice:{PASSWORD}".encode()).decode(), KEY, LINK)


def get(origin: str, **changes: object) -> Request:
    headers = {"Authorization": Secret(f"Bearer {KEY}")}
    return Request("GET", origin, Secret(f"/x?{LINK}"), headers, **changes)  # type: ignore[arg-type]


def chain(error: BaseException | None):
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def shown_by(error: BaseException) -> str:
    """Everything that tools show of an error, the locals of this library's frames among it."""
    trace = traceback.TracebackException.from_exception(error, capture_locals=True)
    texts = [repr(frame.locals) for frame in trace.stack if "modelhunter" in frame.filename]
    texts += traceback.format_exception(error)
    texts.append(repr(pickle.dumps(error)))
    for one in chain(error):
        texts += [repr(one), repr(one.args), repr(getattr(one, "__dict__", ""))]
    return "\n".join(texts)


def refuse(status: str):
    def script(connection) -> None:
        connection.read_request()
        connection.answer(b"", f"{status} Nope", "Connection: close\r\n")

    return script


@pytest.mark.parametrize("status", ["407", "403", "502"])
def test_no_error_holds_a_proxys_password(raw_server, transport, no_proxies, monkeypatch, status):
    proxy = raw_server(refuse(status))
    monkeypatch.setenv("https_proxy", f"http://alice:{PASSWORD}@127.0.0.1:{proxy.port}")
    with pytest.raises(TransportError, match=status) as caught:
        transport.send(get("https://far.example"))
    assert SECRETS[1].encode() in proxy.requests[0]
    monkeypatch.delenv("https_proxy")
    text = shown_by(caught.value)
    assert not [secret for secret in SECRETS if secret in text]


@pytest.mark.parametrize(
    "answer",
    [b"", b"220 mail.example ESMTP\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"],
)
def test_no_error_holds_a_key_or_a_signed_link(raw_server, transport, answer):
    def script(connection) -> None:
        connection.read_request()
        connection.sock.sendall(answer)

    with pytest.raises(ConnectionLost) as caught:
        transport.send(get(raw_server(script).origin))
    text = shown_by(caught.value)
    assert not [secret for secret in SECRETS if secret in text]
    causes = list(chain(caught.value))[1:]
    assert all(type(one).__module__ in ("builtins", "socket", "ssl") for one in causes)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b"", "closed|without response"),
        (b"220 mail.example ESMTP\r\n", "220 mail|Invalid|Expected|no HTTP answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", "more expected|Not enough data"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9x\r\n\r\n", "length|Content-Length"),
    ],
)
def test_an_error_says_what_happened(raw_server, transport, answer, says):
    """And names no status that no answer had."""

    def script(connection) -> None:
        connection.read_request()
        connection.sock.sendall(answer)

    with pytest.raises(ConnectionLost, match=says) as caught:
        transport.send(get(raw_server(script).origin))
    assert "400" not in str(caught.value)


@pytest.mark.parametrize("value", ["a\r\nX: b", "a\nb", "a\0b", "Ą", "\ud800"])
def test_a_header_that_can_not_be_sent_is_named_and_not_shown(raw_server, transport, value):
    server = raw_server(lambda c: c.keep_answering(b""))
    for name, given in (("X-Note", value), (f"X{value}", "1")):
        with pytest.raises(Unsendable, match="nothing was sent") as caught:
            transport.send(Request("GET", server.origin, "/", {name: given}))
        assert (repr("X-Note") in str(caught.value)) is (name == "X-Note")
    assert server.connections == 0


def test_what_no_address_may_have_is_escaped(raw_server, transport):
    server = raw_server(lambda c: c.keep_answering(b""))
    transport.send(Request("GET", server.origin, "/a b/\u00e9?q=\r\nX: 1&r=%41", {}))
    assert server.requests[0].startswith(b"GET /a%20b/%C3%A9?q=%0D%0AX:%201&r=%41 HTTP/1.1\r\n")
    with pytest.raises(Unsendable, match="nothing was sent"):
        transport.send(Request("GET", server.origin, "/\ud800", {}))


def test_no_log_holds_a_link(raw_server, transport, caplog):
    server = raw_server(lambda c: c.keep_answering(b"ok"))
    caplog.set_level(logging.DEBUG)
    transport.send(get(server.origin))
    assert LINK not in caplog.text


def test_an_answer_shows_neither_links_nor_contents():
    response = Response(302, Headers([("Location", f"https://x/?{LINK}")]), LINK.encode())
    assert LINK not in repr(response)
    assert LINK not in repr(response.headers)
    assert "<16 bytes>" in repr(response)


def test_headers_that_came_several_times_are_one():
    headers = Headers([("Link", "<a>"), ("X-A", "1"), ("link", "<b>")])
    assert headers["LINK"] == "<a>, <b>"
    assert ("x-a" in headers, headers.get("X-B"), len(headers)) == (True, None, 2)
    assert dict(headers) == {"link": "<a>, <b>", "x-a": "1"}


# ------------------------------------------------------------------------- the program's own alarm


@pytest.fixture
def alarm():
    """Interrupts this thread, as a program's own alarm does."""

    def ring(number, frame):
        raise TimeoutError("the program's own alarm")

    before = signal.signal(signal.SIGUSR1, ring)
    yield
    signal.signal(signal.SIGUSR1, before)


@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="a system without such signals")
@pytest.mark.parametrize("transport", ["urllib3"], indirect=True)
@pytest.mark.parametrize("begun", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"])
def test_what_a_signal_handler_raises_passes_through(raw_server, transport, alarm, begun):
    def script(connection) -> None:
        connection.read_request()
        connection.sock.sendall(begun)
        os.kill(os.getpid(), signal.SIGUSR1)
        connection.server.gone.wait(10)

    with pytest.raises(TimeoutError) as caught:
        transport.send(get(raw_server(script).origin))
    assert type(caught.value) is TimeoutError
    assert str(caught.value) == "the program's own alarm"


@pytest.mark.parametrize(
    "handler",
    [
        lambda number, frame: 1 / 0,
        lambda *given: 1 / 0,
        lambda *, number=None, frame=None: 1 / 0,
    ],
)
def test_what_a_signal_handler_raised_is_told_from_the_rest(handler):
    def interrupted() -> None:
        frame = sys._getframe()
        try:
            handler(1, frame)
        except TypeError:
            handler(number=1, frame=frame)

    def ordinary() -> None:
        (lambda value: 1 / value)(0)

    def caught(function) -> BaseException:
        with pytest.raises(ZeroDivisionError) as caught:
            function()
        return caught.value

    raised = caught(interrupted)
    wrapper = OSError("outer")
    wrapper.__cause__ = raised
    assert from_signal_handler(wrapper) is raised
    assert from_signal_handler(caught(ordinary)) is None
