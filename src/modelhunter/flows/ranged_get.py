"""Fetching what is behind a signed link, whole or from where it broke off."""

from __future__ import annotations

import re
from typing import IO, TYPE_CHECKING

from attrs import define

from modelhunter.errors import ConnectionLost, UnexpectedResponse
from modelhunter.flows.disk import on_disk
from modelhunter.flows.links import request_to, same_origin
from modelhunter.runtime.codings import codings_in
from modelhunter.runtime.flow import Close, Exchange, Flow, Read
from modelhunter.runtime.header_values import natural

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from modelhunter.flows.transfer_deadline import Pace
    from modelhunter.runtime.message import Response

    Told = Callable[[int], Flow[None]]
    """What is done whenever more of a file has come: given the bytes there are by now."""

_CHUNK = 256 * 1024
_REDIRECTS = 5
_LAPSED = frozenset({401, 403, 404, 410})
"""What storage answers to a signed link that has expired."""
_RANGE = re.compile(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)")


class TooLarge(Exception):
    """A file that has at least ``size`` bytes, more than may be fetched."""

    def __init__(self, size: int, most: int) -> None:
        super().__init__(
            f"it has {size:,} bytes or more, and at most {most:,} are fetched (max_bytes)"
        )


@define
class Part:
    """A file on its way: what is there so far, and how the storage knows it again.

    ``total`` is its size by the storage's account, ``validator`` its strong ETag; None if untold.
    ``media_type`` is what the storage says that it is; ``is_framed`` whether its end is marked, so
    that it can be told from a connection that broke.
    """

    file: IO[bytes]
    path: Path
    done: int = 0
    total: int | None = None
    validator: str | None = None
    media_type: str = ""
    is_framed: bool = True

    @property
    def size(self) -> int:
        """How large the whole is, as far as can be told, in bytes."""
        return max(self.done, self.total or 0)

    def start_again(self) -> None:
        """Throw away what has come so far."""
        self.file.seek(0)
        self.file.truncate()
        self.done = 0
        self.total = self.validator = None


def fetch(
    url: str,
    part: Part,
    size: int | None,
    most: int,
    pace: Pace,
    told: Told,
    key: Mapping[str, str] | None = None,
) -> Flow[bool]:
    """Fetch what is missing of a file; False where the link has lapsed.

    ``size`` is what the file should have, in bytes; what comes beyond it is not read. ``most``
    bounds the bytes where no size is known, ``pace`` the time. ``key`` are headers that go to the
    API's own origin and nowhere else.

    Raises:
        TransportError, UnexpectedResponse: it is not complete; what came is kept where the rest
        can be asked for. UnsafeLink: it leads where it must not.
        TooLarge: it is larger than ``most``. WriteFailed: the disk does not take it.
    """
    if part.done and part.done == part.total:
        return True
    response = yield from _open(pace, url, part, key or {})
    try:
        if response.status in _LAPSED:
            return False
        if response.status == 416 and _stated(response)[1] == part.done:
            return True
        if not _continues(response, part):
            yield from on_disk(part.start_again)
        if response.status not in (200, 206) or not _continues(response, part):
            raise UnexpectedResponse(
                f"the storage answered {response.status} to a request for the file",
                status=response.status,
            )
        _take_note(response, part)
        limit = most if size is None else size
        if size is None and part.total is not None and part.total > most:
            raise TooLarge(part.total, most)
        yield from _pour(response, part, limit, pace, told)
        if size is None and part.done > most:
            raise TooLarge(part.done, most)
    finally:
        yield Close(response)
    expected = size if part.total is None else part.total
    if expected is not None and part.done < expected and (size is None or part.done <= size):
        raise ConnectionLost(
            f"the connection ended after {part.done:,} of {expected:,} bytes", delivered="maybe"
        )
    if not part.done:
        raise UnexpectedResponse("the storage sent nothing", status=response.status)
    return True


def _continues(response: Response, part: Part) -> bool:
    """Whether what has come so far is still of use after this answer."""
    if response.status == 206:
        same = response.headers.get("ETag", part.validator) == part.validator
        same = same and not _is_coded(response)
        return same and part.done > 0 and _stated(response)[0] == part.done
    return response.status != 416 and (response.status != 200 or not part.done)


def _is_coded(response: Response) -> bool:
    return bool(codings_in(response.headers.get("Content-Encoding")))


def _pour(response: Response, part: Part, limit: int, pace: Pace, told: Told) -> Flow[None]:
    """Collect what comes, until it is more than ``limit`` bytes."""
    while part.done <= limit:
        chunk: bytes = yield Read(response, _CHUNK, pace.deadline)
        if not chunk:
            return
        yield from on_disk(lambda data=chunk: part.file.write(data))  # type: ignore[misc]
        part.done += len(chunk)
        pace.moved += len(chunk)
        yield from told(part.done)


def _take_note(response: Response, part: Part) -> None:
    """What the storage says of the file (RFC 9110: 13.1.5 on validators, 14.4 on ranges)."""
    headers = response.headers
    part.media_type = headers.get("Content-Type", "")
    part.is_framed = True
    if _is_coded(response):
        part.total = part.validator = None  # lengths and ranges are then those of other bytes
        return
    etag = headers.get("ETag")
    part.validator = etag if etag and not etag.startswith("W/") else None
    if response.status == 206:
        part.total = _stated(response)[1]
    else:
        length = headers.get("Content-Length", "")
        part.total = natural(length)
        part.is_framed = part.total is not None or "Transfer-Encoding" in headers


def _stated(response: Response) -> tuple[int | None, int | None]:
    """Where a part begins and how long the whole is, as ``Content-Range`` has it."""
    found = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
    if found is None:
        return None, None
    first, total = found.groups()
    return None if first is None else natural(first), natural(total)


def _open(pace: Pace, url: str, part: Part, key: Mapping[str, str]) -> Flow[Response]:
    """Ask for a link's content. Links are signed, so no key goes to where they lead but ``key``."""
    headers = {"Accept-Encoding": "identity"}
    if part.done and part.validator:
        headers["Range"] = f"bytes={part.done}-"
        headers["If-Range"] = part.validator
    base = ""
    for _ in range(_REDIRECTS):
        request = request_to(
            pace.session, "GET", url, headers, base=base, deadline=pace.deadline, stream=True
        )
        if key and same_origin(request.origin, pace.session.origin):
            request.headers = {**request.headers, **key}
        response: Response = yield Exchange(request)
        location = response.headers.get("Location")
        if response.status not in (301, 302, 303, 307, 308) or not location:
            return response
        yield Close(response)
        base, url = request.origin + request.target, _as_it_was_meant(location)
    raise UnexpectedResponse(f"the link redirects more than {_REDIRECTS} times", status=302)


def _as_it_was_meant(location: str) -> str:
    """A header's bytes read as UTF-8, where they are; transports read them as Latin-1."""
    try:
        return location.encode("latin-1").decode()
    except UnicodeError:
        return location
