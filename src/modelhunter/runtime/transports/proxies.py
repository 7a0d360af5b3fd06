"""The proxies that the environment asks for (``https_proxy``, ``no_proxy`` and their like).

They are read as curl and requests read them; docs/network.md has the rules.
"""

from __future__ import annotations

import os
from base64 import b64encode
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes, urlsplit

from attrs import field, frozen

from modelhunter.errors import ConfigurationError
from modelhunter.runtime.address import is_loopback
from modelhunter.runtime.message import Secret

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

_PORTS = {"http": 80, "https": 443}
_UNUSABLE = (
    "is none for http or https, and only such can be used: change the variable, or name the host "
    "in no_proxy"
)
_UNREADABLE = (
    "has an address that can't be read; give http://host:port or http://user:password@host:port, "
    "with what is no letter or digit in user and password percent-encoded (# is %23, / is %2F, "
    "@ is %40)"
)


@frozen
class Proxy:
    """A proxy; ``authorization`` is the value of its header, None where it wants no password."""

    scheme: str
    host: str
    port: int
    authorization: str | None = field(default=None, repr=False)

    @property
    def address(self) -> str:
        """Where it is, as messages may show it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def proxy_for(scheme: str, host: str, port: int) -> Proxy | None:
    """The proxy on the way to a host, or None where there is none.

    Plain http to this machine never takes one: the key may be sent unencrypted to a loopback
    address only because it does not leave the machine.

    Raises:
        ConfigurationError: what the environment names is no proxy that can be used.
    """
    if scheme == "http" and is_loopback(host):
        return None
    name, value = _setting(f"{scheme}_proxy")
    if not value:
        name, value = _setting("all_proxy")
    if not value or _goes_past(host, port, _setting("no_proxy")[1]):
        return None
    proxy = _read(value)
    if isinstance(proxy, str):
        raise ConfigurationError(f"the proxy that {name} names {proxy}")
    return proxy


def _setting(name: str) -> tuple[str, str]:
    """A variable as it is spelled, and its value; one in small letters comes first.

    ``HTTP_PROXY`` is passed over in a CGI script, where a client's header ``Proxy`` sets it.
    """
    found = name, os.environ.get(name)
    if found[1] is None and not (name == "http_proxy" and "REQUEST_METHOD" in os.environ):
        spelled = (one for one in os.environ if one.lower() == name)
        found = next(((one, os.environ[one]) for one in spelled), found)
    return found[0], Secret((found[1] or "").strip())


@lru_cache(maxsize=16)
def _read(value: str) -> Proxy | str:
    """The proxy at an address, or what is wrong with it; the address may hold a password."""
    try:
        parts = urlsplit(value if "://" in value else f"http://{value}")
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except ValueError:
        return _UNREADABLE
    if parts.scheme not in _PORTS:
        return _UNUSABLE
    if not host or " " in host or port == 0 or parts.path.strip("/") or parts[3] or parts[4]:
        return _UNREADABLE
    user, given, _ = parts.netloc.rpartition("@")
    authorization = _authorization(user) if given else None
    return Proxy(parts.scheme, host, port or _PORTS[parts.scheme], authorization)


def _authorization(user: str) -> str:
    name, _, password = user.partition(":")
    pair = unquote_to_bytes(name) + b":" + unquote_to_bytes(password)
    return Secret(f"Basic {b64encode(pair).decode()}")


# ------------------------------------------------------------------------- what needs no proxy


def _goes_past(host: str, port: int, exceptions: str) -> bool:
    """Whether ``no_proxy`` names a host: by name, domain, address or network, maybe with a port."""
    if not exceptions:
        return False
    host = host.rstrip(".").lower()
    number = _number(host)
    entries = exceptions.lower().replace(",", " ").split()
    return any(_names(entry, host, number, port) for entry in entries)


def _names(entry: str, host: str, number: IPv4Address | IPv6Address | None, port: int) -> bool:
    if entry == "*":
        return True
    name, wanted = _without_port(entry)
    if wanted is not None and wanted != port:
        return False
    if number is not None and _covers(name, number):
        return True
    name = name.removeprefix("*").strip(".")
    return bool(name) and (host == name or host.endswith(f".{name}"))


def _without_port(entry: str) -> tuple[str, int | None]:
    """An entry's host and its port: ``[::1]:8080``, ``host:8080``; ``::1`` has none."""
    if entry.startswith("["):
        name, _, rest = entry[1:].partition("]")
        name, port = name + rest.partition(":")[0], rest.partition(":")[2]
    elif entry.count(":") == 1:
        name, _, port = entry.partition(":")
    else:
        name, port = entry, ""
    return name, int(port) if port.isascii() and port.isdigit() and len(port) < 6 else None


def _covers(entry: str, number: IPv4Address | IPv6Address) -> bool:
    """Whether an entry is this address, or a network that it is in."""
    from ipaddress import ip_network

    try:
        network = ip_network(entry, strict=False)
    except ValueError:
        return False
    mapped = getattr(number, "ipv4_mapped", None)
    return any(
        one.version == network.version and one in network
        for one in (number, mapped)
        if one is not None
    )


def _number(host: str) -> IPv4Address | IPv6Address | None:
    from ipaddress import ip_address

    try:
        return ip_address(host)
    except ValueError:
        return None
