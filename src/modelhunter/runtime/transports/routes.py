"""From an origin to the way there: host, port, TLS, and the proxy of the environment."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from attrs import frozen

from modelhunter.runtime.transports.proxies import Proxy, proxy_for

if TYPE_CHECKING:
    from modelhunter.runtime.message import Request

Place = tuple[str, str | None]
"""What a connection can be used again for: an origin, and whose link led there."""
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?|[0-9a-f:.]+(%[a-z0-9_.-]+)?").fullmatch
_PORTS = {"http": 80, "https": 443}


@frozen
class Route:
    """How requests to one origin get there; ``authority`` is what the header ``Host`` says."""

    scheme: str
    host: str
    port: int
    authority: str
    proxy: Proxy | None

    @property
    def secure(self) -> bool:
        """Whether there is TLS up to the host itself."""
        return self.scheme == "https"

    @property
    def forwarding(self) -> Proxy | None:
        """The proxy that is given whole requests, rather than asked for a tunnel."""
        return None if self.secure else self.proxy

    @property
    def forwarder(self) -> str | None:
        """Its address, as messages may show it."""
        return None if self.secure else self.through

    @property
    def through(self) -> str | None:
        """The address of the proxy on the way, as messages may show it."""
        return None if self.proxy is None else self.proxy.address


def place(request: Request, route: Route) -> Place:
    """What the connection that a request needs can be used for."""
    home = request.home
    return request.origin, None if home == route.host else home


def route_to(origin: str) -> Route:
    """The way to an origin.

    Raises:
        ValueError: it is no address, which its message says without a password in it;
        ConfigurationError: the proxy that the environment names can't be used.
    """
    scheme, _, rest = origin.partition("://")
    if scheme not in _PORTS or "@" in rest:
        raise ValueError("its address can't be used")
    try:
        parts = urlsplit(origin)
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except ValueError:
        host, port = "", None
    if not _HOST(host) or port == 0:
        raise ValueError("its address can't be used")
    port = port or _PORTS[scheme]
    shown = f"[{host}]" if ":" in host else host
    authority = shown if port == _PORTS[scheme] else f"{shown}:{port}"
    return Route(scheme, host, port, authority, proxy_for(scheme, host, port))
