"""The proxy variables of the environment, read as curl and requests read them."""

from __future__ import annotations

import base64
import traceback
from ipaddress import IPv4Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelhunter.errors import ConfigurationError
from modelhunter.runtime.transports.proxies import Proxy, _goes_past, proxy_for

pytestmark = pytest.mark.usefixtures("no_proxies")


def basic(pair: bytes) -> str:
    return f"Basic {base64.b64encode(pair).decode()}"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("http://proxy.example:3128", Proxy("http", "proxy.example", 3128)),
        ("proxy.example:3128", Proxy("http", "proxy.example", 3128)),
        ("HTTP://Proxy.Example:3128/", Proxy("http", "proxy.example", 3128)),
        ("  https://proxy.example \n", Proxy("https", "proxy.example", 443)),
        ("http://proxy.example", Proxy("http", "proxy.example", 80)),
        ("http://[::1]:3128", Proxy("http", "::1", 3128)),
        ("http://bücher.example", Proxy("http", "xn--bcher-kva.example", 80)),
        ("me:pw@proxy.example:1", Proxy("http", "proxy.example", 1, basic(b"me:pw"))),
        ("http://me@p.example", Proxy("http", "p.example", 80, basic(b"me:"))),
        ("http://me:@p.example", Proxy("http", "p.example", 80, basic(b"me:"))),
        ("http://:pw@p.example", Proxy("http", "p.example", 80, basic(b":pw"))),
        ("http://a%40b:c%3Ad%2F%25@p.example", Proxy("http", "p.example", 80, basic(b"a@b:c:d/%"))),
        ("http://me:p%C4%84@p.example", Proxy("http", "p.example", 80, basic("me:pĄ".encode()))),
        ("http://me:p%E9@p.example", Proxy("http", "p.example", 80, basic(b"me:p\xe9"))),
        ("http://me:pĄ@p.example", Proxy("http", "p.example", 80, basic("me:pĄ".encode()))),
    ],
)
def test_addresses(monkeypatch, value, expected):
    monkeypatch.setenv("https_proxy", value)
    assert proxy_for("https", "far.example", 443) == expected


@pytest.mark.parametrize(
    "value",
    [
        "http://me:zq1#zq2@p.example",
        "http://me:zq1/zq2@p.example",
        "http://me:zq1?zq2@p.example",
        "http://me:zq1@[zq2",
        "http://me:zq1@p.example:99999",
        "http://me:zq1@p.example:0",
        "http://me:zq1@p.example:port",
        "http://me:zq1@",
        "http://me:zq1@p example",
        "socks5://me:zq1@p.example",
        "zq1://p.example",
        "http://",
    ],
)
def test_what_is_no_address_is_said_without_a_part_of_the_password(monkeypatch, value):
    monkeypatch.setenv("HTTPS_PROXY", value)
    with pytest.raises(ConfigurationError, match="the proxy that HTTPS_PROXY names") as caught:
        proxy_for("https", "far.example", 443)
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    text = "".join(shown.format()).partition("def test_")[0]
    own = [line for line in text.splitlines() if "value = " not in line and "test_" not in line]
    assert "zq" not in str(caught.value)
    assert not [line for line in own if "zq" in line and "monkeypatch" not in line]


def test_a_password_is_in_no_repr():
    assert "Basic" not in repr(Proxy("http", "p.example", 80, basic(b"me:secret")))


def test_which_variable_counts(monkeypatch):
    def found(scheme: str) -> str | None:
        proxy = proxy_for(scheme, "far.example", 80)
        return proxy and proxy.host

    assert found("http") is None
    monkeypatch.setenv("ALL_PROXY", "http://all.example")
    assert (found("http"), found("https")) == ("all.example", "all.example")
    monkeypatch.setenv("HTTP_PROXY", "http://large.example")
    assert (found("http"), found("https")) == ("large.example", "all.example")
    monkeypatch.setenv("REQUEST_METHOD", "GET")
    assert found("http") == "all.example", "a CGI script's HTTP_PROXY comes from its client"
    monkeypatch.setenv("http_proxy", "http://small.example")
    assert found("http") == "small.example"


@pytest.mark.parametrize("host", ["localhost", "a.localhost", "LOCALHOST.", "127.0.0.1", "::1"])
def test_plain_http_to_this_machine_stays_on_it(monkeypatch, host):
    monkeypatch.setenv("all_proxy", "http://p.example")
    assert proxy_for("http", host, 80) is None
    assert proxy_for("https", host, 443) is not None


@pytest.mark.parametrize(
    ("exceptions", "host"),
    [
        ("*", "far.example"),
        ("far.example", "far.example"),
        ("FAR.example", "far.EXAMPLE."),
        ("far.example", "a.far.example"),
        (".far.example", "far.example"),
        (".far.example.", "a.far.example"),
        ("*.far.example", "a.far.example"),
        ("other.example, far.example", "far.example"),
        ("other.example far.example", "far.example"),
        ("far.example:8443", "far.example"),
        ("10.0.0.0/8", "10.1.2.3"),
        ("10.1.2.3/8", "10.9.9.9"),
        ("10.1.2.3", "10.1.2.3"),
        ("10.0.0.0/8:8443", "10.1.2.3"),
        ("10.0.0.0/8", "::ffff:10.1.2.3"),
        ("::1", "::1"),
        ("[::1]", "::1"),
        ("[::1]:8443", "::1"),
        ("0:0::1", "::1"),
        ("fd00::/8", "fd12::1"),
        ("[fd00::]/8", "fd12::1"),
    ],
)
def test_what_goes_past_the_proxy(exceptions, host):
    assert _goes_past(host, 8443, exceptions)


@pytest.mark.parametrize(
    ("exceptions", "host"),
    [
        ("", "far.example"),
        (",", "far.example"),
        (".", "far.example"),
        ("ar.example", "far.example"),
        ("far.example.org", "far.example"),
        ("far.example:443", "far.example"),
        ("[::1]:443", "::1"),
        ("10.0.0.0/8", "11.0.0.1"),
        ("10.0.0.0/8", "10.example"),
        ("10.0.0.0/99", "10.0.0.1"),
        ("fd00::/8", "10.0.0.1"),
        ("far.example:port", "other.example"),
    ],
)
def test_what_does_not(exceptions, host):
    assert not _goes_past(host, 8443, exceptions)


@given(
    st.ip_addresses(v=4), st.ip_addresses(v=4), st.integers(0, 32), st.text("0123456789./:[]*a, ")
)
def test_networks_hold_what_they_hold(
    network: IPv4Address, host: IPv4Address, bits: int, noise: str
):
    entry = f"{network}/{bits}"
    inside = host in ip_network(entry, strict=False)
    assert _goes_past(str(host), 80, entry) is inside
    assert isinstance(_goes_past(str(host), 80, noise), bool)
