"""Both transports: TLS, and proxies of the environment."""

from __future__ import annotations

import base64
import os
import time

import pytest
import trustme

from modelhunter.errors import ConfigurationError, ConnectFailed
from modelhunter.runtime.message import Request


def get(origin: str, **changes: object) -> Request:
    return Request("GET", origin, "/x", {"Accept": "application/json"}, **changes)  # type: ignore[arg-type]


@pytest.fixture
def no_proxies(monkeypatch):
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


def test_a_proxy_of_the_environment_is_used(raw_server, transport, no_proxies, monkeypatch):
    proxy = raw_server(lambda c: c.keep_answering(b"through the proxy"))
    monkeypatch.setenv("http_proxy", f"http://me:p%40ss@127.0.0.1:{proxy.port}")
    assert transport.send(get("http://far.example")).content == b"through the proxy"
    (request,) = proxy.requests
    assert request.startswith(b"GET http://far.example/x HTTP/1.1")
    assert b"\r\nproxy-authorization: basic " + base64.b64encode(b"me:p@ss").lower() in (
        request.lower()
    )


def test_a_proxy_that_refuses_was_not_asked_to_deliver(
    raw_server, transport, no_proxies, monkeypatch
):
    def script(connection) -> None:
        connection.read_request()
        connection.answer(b"", "407 Proxy Authentication Required")

    proxy = raw_server(script)
    monkeypatch.setenv("https_proxy", f"http://me:secret@127.0.0.1:{proxy.port}")
    with pytest.raises(ConnectFailed, match="407") as caught:
        transport.send(get("https://far.example"))
    assert caught.value.delivered == "no"
    assert "secret" not in str(caught.value)
    assert proxy.requests[0].startswith(b"CONNECT far.example:443 ")


def test_hosts_that_need_no_proxy_get_none(raw_server, transport, no_proxies, monkeypatch):
    server = raw_server(lambda c: c.keep_answering(b"directly"))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert transport.send(get(server.origin)).content == b"directly"


def test_a_proxy_of_an_unknown_kind_is_not_bypassed(raw_server, transport, no_proxies, monkeypatch):
    server = raw_server(lambda c: c.keep_answering(b"directly"))
    monkeypatch.setenv("all_proxy", "socks5://127.0.0.1:9")
    with pytest.raises(ConfigurationError, match="all_proxy"):
        transport.send(get(server.origin))
    assert server.requests == []


def test_a_certificate_of_a_stranger_is_no_connection(raw_server, certified, transport):
    stranger = trustme.CA()
    server = raw_server(lambda c: c.keep_answering(b""), tls=certified(stranger, "127.0.0.1"))
    with pytest.raises(ConnectFailed, match="certificate") as caught:
        transport.send(get(server.origin))
    assert caught.value.delivered == "no"
    assert server.requests == []


def test_a_certificate_for_another_name_is_no_connection(raw_server, certified, trusted, transport):
    server = raw_server(lambda c: c.keep_answering(b""), tls=certified(trusted, "other.example"))
    with pytest.raises(ConnectFailed, match="certificate") as caught:
        transport.send(get(server.origin))
    assert caught.value.delivered == "no"


def test_tls_works_where_the_certificate_is_good(raw_server, certified, trusted, transport):
    server = raw_server(lambda c: c.keep_answering(b"secret"), tls=certified(trusted, "127.0.0.1"))
    for _ in range(2):
        assert transport.send(get(server.origin)).content == b"secret"
    assert server.connections == 1


def test_a_handshake_that_never_ends_is_no_connection(raw_server, transport):
    def script(connection) -> None:
        connection.server.gone.wait(10)

    origin = raw_server(script).origin.replace("http:", "https:")
    began = time.monotonic()
    with pytest.raises(ConnectFailed) as caught:
        transport.send(get(origin, connect_timeout=0.1))
    assert caught.value.delivered == "no"
    assert time.monotonic() - began < 5
