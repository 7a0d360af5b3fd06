"""Who may speak to the sandbox: programs, under its own names, and no web page.

While it runs, any page that is open in a browser can send it requests: simple ones across sites,
or any at all under a name of its own that resolves to this machine (DNS rebinding). A page can't
choose the header ``Host``, nor leave out ``Origin`` and ``Sec-Fetch-Site``, nor say without being
asked that what it sends is JSON; these three are what is looked at.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from attrs import frozen

from modelhunter.sandbox.answers import Refusal

if TYPE_CHECKING:
    from starlette.requests import Request

CONTROL = "/_sandbox"

_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::\d{1,5})?")
_OUR_PAGES = frozenset(("same-origin", "none"))


def is_control(path: str) -> bool:
    """Whether a path is no part of the API, but of the sandbox itself."""
    return path == "/" or path == CONTROL or path.startswith(f"{CONTROL}/")


def host_name(name: str) -> str:
    """A host name that the sandbox may be called by, as requests spell it.

    Raises:
        ValueError: it is a URL, has a port, or is no host name.
    """
    plain = name.strip().strip("[]").lower().removesuffix(".")
    if _HOST.fullmatch(bracketed(plain)) is None:
        raise ValueError(f"{name!r} is no host name; give it without http:// and without a port")
    return plain


def bracketed(host: str) -> str:
    """A host as addresses have it: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host


@frozen
class Guard:
    """Refuses requests that a web page may have sent.

    ``names`` are host names, in lower case, by which it may be called beside ``localhost`` and
    loopback addresses. ``everywhere`` says that it listens beyond this machine; then it may be
    called by any address, since only names can be made to resolve to somebody else's machine.
    """

    names: frozenset[str]
    everywhere: bool

    def check(self, request: Request) -> None:
        """Raise a refusal of what is not for this server, or not from a program."""
        self._check_host(request.headers.get("host"))
        if is_control(request.scope["path"]) and request.scope["path"] != "/":
            _check_sender(request)

    def _check_host(self, host: str | None) -> None:
        if host is None or self.knows(host):  # a browser always sends one
            return
        raise Refusal(
            "MISDIRECTED_REQUEST",
            f"the sandbox is not called {host[:100]!r}; if it should be, start it with "
            "--allow-host NAME, in Python allow_hosts=[…]",
        )

    def knows(self, host: str) -> bool:
        """Whether the server may be called by this value of the header ``Host``."""
        found = _HOST.fullmatch(host)
        if found is None:
            return False
        name = found[1].strip("[]").lower().removesuffix(".")
        if name in self.names or name == "localhost" or name.endswith(".localhost"):
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        return self.everywhere or address.is_loopback


def _check_sender(request: Request) -> None:
    """Refuse what a page of another site sends to the control endpoints."""
    if _is_foreign(request) or request.headers.get("sec-fetch-site", "none") not in _OUR_PAGES:
        raise Refusal("FORBIDDEN", "the sandbox is not controlled from pages of other sites")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    empty = request.headers.get("content-length", "0") == "0"
    if kind != "application/json" and not (empty and "transfer-encoding" not in request.headers):
        raise Refusal(
            "UNSUPPORTED_MEDIA_TYPE",
            "send Content-Type: application/json, which no page of another site can",
        )


def _is_foreign(request: Request) -> bool:
    origin = request.headers.get("origin")
    if origin is None:
        return False
    try:
        return urlsplit(origin).netloc.lower() != request.headers.get("host", "").lower()
    except ValueError:
        return True
