"""A request's head as it goes over the wire (RFC 9112), the same from both transports."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from modelhunter.errors import Unsendable
from modelhunter.runtime.message import FileContent, Secret, SecretBytes

if TYPE_CHECKING:
    from modelhunter.runtime.message import Request
    from modelhunter.runtime.transports.routes import Route

_TARGET = re.compile(r"[!-~]+").fullmatch
_VISIBLE = "".join(map(chr, range(0x21, 0x7F)))
_HEADERS = re.compile(r"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+: [^\r\n\0]*\r\n)*").fullmatch


def request_head(request: Request, route: Route) -> SecretBytes:
    """Request line and headers, up to and including the empty line.

    Raises:
        Unsendable: target or headers can't be sent; their values are not shown.
    """
    headers = _headers(request, route)
    if headers is not None:
        try:
            line = f"{request.method} {_target(request, route)} HTTP/1.1"
            return SecretBytes(f"{line}\r\n{headers}\r\n".encode("latin-1"))
        except UnicodeEncodeError:
            pass
    raise _unsendable(request)


def _headers(request: Request, route: Route) -> Secret | None:
    """The lines of the headers; None where one of them can't be sent."""
    lines = [f"Host: {route.authority}\r\n"]
    lines += [f"{name}: {value}\r\n" for name, value in request.headers.items()]
    proxy = route.forwarding
    if proxy is not None and proxy.authorization is not None:
        lines.append(f"Proxy-Authorization: {proxy.authorization}\r\n")
    if request.body is not None:
        lines.append(f"Content-Length: {body_size(request)}\r\n")
    text = "".join(lines)
    return Secret(text) if _is_sendable(text, len(lines)) else None


def _is_sendable(text: str, lines: int) -> bool:
    """Whether text is so many headers: a line break in one would make them more."""
    return text.count("\n") == lines and _HEADERS(text) is not None


def body_size(request: Request) -> int:
    """The length of a request's body in bytes."""
    body = request.body
    return body.size if isinstance(body, FileContent) else len(body or b"")


def _target(request: Request, route: Route) -> str:
    target = request.target
    if not _TARGET(target):  # what a link has that no URL may have: blanks, letters beyond ASCII
        target = quote(target, safe=_VISIBLE)
    return target if route.forwarding is None else f"http://{route.authority}{target}"


def _unsendable(request: Request) -> Unsendable:
    odd = [
        repr(name)
        for name, value in request.headers.items()
        if not _is_sendable(f"{name}: {value}\r\n", 1) or not _is_latin(name + value)
    ]
    where = f"in the header {odd[0]}" if odd else "in its address"
    return Unsendable(
        f"{request.method} {request.origin}: nothing was sent: there are characters {where} that "
        "HTTP can't send, such as a line break or a letter beyond Latin-1"
    )


def _is_latin(text: str) -> bool:
    return all(ord(character) < 0x100 for character in text)
