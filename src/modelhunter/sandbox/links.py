"""Signed links: what a link says, whether it is still good, and the file behind it."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import IO, TYPE_CHECKING
from urllib.parse import quote, urlencode

from starlette.responses import Response, StreamingResponse

from modelhunter.sandbox.answers import storage_failure
from modelhunter.sandbox.clock import SECOND

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from starlette.requests import Request

_CHUNK = 256 * 1024
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


_OTHER_NAME = {"127.0.0.1": "localhost", "localhost": "127.0.0.1"}
"""Two names of this machine: links live on another host than the API, as the real ones do."""


def link_origin(host: str) -> str:
    """Where links lead, for a client that called the server by this ``Host``."""
    name, colon, port = host.partition(":")
    return f"http://{_OTHER_NAME.get(name.lower(), name)}{colon}{port}"


class Links:
    """Makes and checks links. ``secret`` keys their signatures."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def sign(self, method: str, path: str, until: int) -> str:
        """Path and query of a link that is good for one method until a moment."""
        expires = str(until // SECOND)
        query = {"expires": expires, "signature": self._signature(method, path, expires)}
        return f"{quote(path)}?{urlencode(query)}"

    def check(self, request: Request, now: int) -> Response | None:
        """None for a good link, else the 403 that a forged or lapsed one gets."""
        expires = request.query_params.get("expires", "")
        given = request.query_params.get("signature", "")
        method = "GET" if request.method == "HEAD" else request.method
        expected = self._signature(method, request.scope["path"], expires)
        if not hmac.compare_digest(given.encode(), expected.encode()):
            return storage_failure(403, "SignatureDoesNotMatch", "The signature is not right")
        return expired_link() if now >= int(expires) * SECOND else None

    def _signature(self, method: str, path: str, expires: str) -> str:
        message = f"{method}\n{path}\n{expires}".encode()
        return hmac.new(self._secret, message, hashlib.sha256).hexdigest()


def expired_link() -> Response:
    """What a lapsed link answers."""
    return storage_failure(403, "AccessDenied", "Request has expired")


def serve_file(request: Request, path: Path, content_type: str, version: str) -> Response:
    """A file, or the part of it that ``Range`` asks for; only single ranges are understood.

    ``version`` changes when the content does.
    """
    size = path.stat().st_size
    etag = f'"{hashlib.sha256(version.encode()).hexdigest()[:32]}"'
    headers = {
        "accept-ranges": "bytes",
        "etag": etag,
        "content-type": content_type,
        # What somebody uploaded may hold scripts, and is shown on the sandbox's own origin.
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        "x-content-type-options": "nosniff",
    }
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    wanted = _wanted_range(request, etag, size)
    if wanted is None:
        first, last, status = 0, size - 1, 200
    elif wanted[0] >= size:
        return Response(status_code=416, headers={**headers, "content-range": f"bytes */{size}"})
    else:
        first, last, status = *wanted, 206
        headers["content-range"] = f"bytes {first}-{last}/{size}"
    headers["content-length"] = str(last - first + 1)
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers)
    return StreamingResponse(_read(path.open("rb"), first, last - first + 1), status, headers)


def _wanted_range(request: Request, etag: str, size: int) -> tuple[int, int] | None:
    found = _RANGE.fullmatch(request.headers.get("range", ""))
    if found is None or request.headers.get("if-range", etag) != etag:
        return None
    first, last = found.groups()
    if first:
        end = min(int(last), size - 1) if last else size - 1
        return (int(first), end) if int(first) <= end or int(first) >= size else None
    return (max(0, size - int(last)), size - 1) if last and int(last) else None


async def _read(file: IO[bytes], start: int, count: int) -> AsyncIterator[bytes]:
    with file:
        file.seek(start)
        while count > 0:
            data = file.read(min(_CHUNK, count))
            if not data:
                return
            count -= len(data)
            yield data
