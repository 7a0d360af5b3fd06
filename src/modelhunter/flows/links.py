"""Requests to where the API's answers lead: storage, by signed links, without the key."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urljoin, urlsplit

from modelhunter.errors import UnexpectedResponse, UnsafeLink
from modelhunter.runtime.message import Request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modelhunter.runtime.message import FileContent
    from modelhunter.runtime.session import Session


def request_to(
    session: Session,
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: FileContent | None = None,
    *,
    base: str = "",
    deadline: float | None,
    stream: bool = False,
) -> Request:
    """A request to a link that the session's API gave, or to a redirect found at ``base``.

    Raises:
        UnexpectedResponse: it leads nowhere that can be asked. UnsafeLink: where it must not.
    """
    parts = _address(url, base)
    api = urlsplit(session.origin)
    _check(parts, api, session)
    return Request(
        method,
        f"{parts.scheme}://{parts.netloc}",
        (parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
        {"User-Agent": session.headers["User-Agent"], **headers},
        body,
        session.timeouts.connect,
        session.timeouts.read,
        deadline,
        stream=stream,
        home=api.hostname,
    )


def same_origin(one: str, other: str) -> bool:
    """Whether two addresses have the same scheme, host and port."""
    return _origin(one) == _origin(other)


def _origin(url: str) -> tuple[str, str | None, int]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)


def _address(url: str, base: str) -> SplitResult:
    try:
        parts = urlsplit(urljoin(base, url))
        parts.port  # noqa: B018 - which is where it is looked at closely
        parts.geturl().encode()
        if parts.scheme in ("http", "https") and parts.hostname:
            return parts
    except ValueError:
        pass  # such as brackets that don't close, or half a surrogate pair
    raise UnexpectedResponse("the link is no http(s) address", status=200)


def _check(parts: SplitResult, api: SplitResult, session: Session) -> None:
    """See that a link is as safe as the API; where it leads by its address, transports see to."""
    if "@" in parts.netloc:
        raise UnsafeLink(
            f"a link to {parts.netloc.rpartition('@')[2]} has a user or password in it; it was not "
            "followed"
        )
    if parts.scheme == "http" and api.scheme == "https" and not session.allow_http:
        raise UnsafeLink(
            f"a link leads to http://{parts.netloc}, unencrypted, where the API is https; it was "
            "not followed. allow_http=True allows it"
        )
