"""Both transports: TLS, and proxies of the environment."""

from __future__ import annotations

import base64
import socket
import time

import pytest
import trustme

from modelhunter.errors import ConfigurationError, ConnectFailed, InsecureAddress, TimedOut
from modelhunter.runtime.message import Request


def get(origin: str, **changes: object) -> Request:
    return Request("GET", origin, "/x", {"Accept": "application/json"}, **changes)  # type: ignore[arg-type]


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


def test_hosts_that_need_no_proxy_get_none(
    raw_server, certified, trusted, transport, no_proxies, monkeypatch
):
    tls = certified(trusted, "127.0.0.1")
    server = raw_server(lambda c: c.keep_answering(b"directly"), tls=tls)
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", f"[::1],127.0.0.0/8:{server.port}")
    assert transport.send(get(server.origin)).content == b"directly"


@pytest.mark.parametrize("origin", ["http://far.example", "https://far.example"])
def test_an_error_on_the_way_through_a_proxy_names_the_proxy(
    transport, no_proxies, monkeypatch, origin
):
    with socket.create_server(("127.0.0.1", 0)) as unused:
        proxy = f"127.0.0.1:{unused.getsockname()[1]}"
    monkeypatch.setenv("all_proxy", f"http://me:p4ss@{proxy}")
    with pytest.raises(ConnectFailed, match=f"through the proxy http://{proxy}: no conn") as caught:
        transport.send(get(origin))
    assert "p4ss" not in str(caught.value)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "shop.localhost"])
def test_what_is_unencrypted_as_it_stays_on_this_machine_goes_to_no_proxy(
    raw_server, transport, no_proxies, monkeypatch, host
):
    def lead_home(name, port, *rest, **options):
        return real("127.0.0.1", port, *rest, **options)

    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lead_home)
    proxy = raw_server(lambda c: c.keep_answering(b"through the proxy"))
    server = raw_server(lambda c: c.keep_answering(b"directly"))
    monkeypatch.setenv("http_proxy", proxy.origin)
    assert transport.send(get(f"http://{host}:{server.port}")).content == b"directly"


def test_a_localhost_that_is_elsewhere_gets_nothing(transport, no_proxies, monkeypatch):
    elsewhere = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("203.0.113.5", 9))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: elsewhere)
    with pytest.raises(InsecureAddress, match=r"shop\.localhost:9 .* 203\.0\.113\.5"):
        transport.send(get("http://shop.localhost:9"))


@pytest.mark.parametrize("proxy_tls", [False, True], ids=["http", "https"])
class TestTunnels:
    def test_a_tunnel_leads_to_an_https_host(
        self, raw_server, certified, trusted, transport, no_proxies, monkeypatch, proxy_tls
    ):
        tls = certified(trusted, "127.0.0.1")
        server = raw_server(lambda c: c.keep_answering(b"deep"), tls=tls)
        proxy = raw_server(lambda c: c.tunnel(), tls=tls if proxy_tls else None)
        monkeypatch.setenv("https_proxy", proxy.origin.replace("://", "://me:p%40ss@"))
        for _ in range(2):
            assert transport.send(get(server.origin)).content == b"deep"
        (asked,) = proxy.requests
        assert asked.startswith(f"CONNECT 127.0.0.1:{server.port} HTTP/1.".encode())
        assert base64.b64encode(b"me:p@ss") in asked
        assert all(b"Authorization" not in request for request in server.requests)

    @pytest.mark.parametrize(
        "prefix",
        [b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"],
        ids=["headers", "body"],
    )
    def test_the_deadline_holds_in_a_tunnel(
        self, raw_server, certified, trusted, transport, no_proxies, monkeypatch, proxy_tls, prefix
    ):
        def drip(connection) -> None:
            connection.read_request()
            connection.sock.sendall(prefix)
            connection.drip()

        tls = certified(trusted, "127.0.0.1")
        server = raw_server(drip, tls=tls)
        proxy = raw_server(lambda c: c.tunnel(), tls=tls if proxy_tls else None)
        monkeypatch.setenv("https_proxy", proxy.origin)
        with pytest.raises(TimedOut, match="deadline") as caught:
            transport.send(get(server.origin, deadline=time.monotonic() + 1))
        assert caught.value.delivered == "maybe"

    def test_a_proxy_that_drips_its_answer_does_not_outlast_the_connect_timeout(
        self, raw_server, certified, trusted, transport, no_proxies, monkeypatch, proxy_tls
    ):
        def drip(connection) -> None:
            connection.read_request()
            connection.sock.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            connection.drip()

        proxy = raw_server(drip, tls=certified(trusted, "127.0.0.1") if proxy_tls else None)
        monkeypatch.setenv("https_proxy", proxy.origin)
        with pytest.raises(ConnectFailed, match="none within 1 s"):
            transport.send(get("https://127.0.0.1:9", connect_timeout=1))


def test_a_proxy_of_an_unknown_kind_is_not_bypassed(raw_server, transport, no_proxies, monkeypatch):
    monkeypatch.setenv("all_proxy", "socks5://127.0.0.1:9")
    with pytest.raises(ConfigurationError, match="all_proxy"):
        transport.send(get("http://far.example"))


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
