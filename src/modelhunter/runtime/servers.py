"""Servers of single operations: some calls of an API belong to another address than the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin

from attrs import field, frozen

from modelhunter.errors import ConfigurationError
from modelhunter.runtime.address import address

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from modelhunter.runtime.call import Operation


@frozen(kw_only=True)
class Servers:
    """Where a client sends the calls whose operation has a server of its own.

    ``given`` has origin and base path that the user gave, by the server's address in the
    description. Another host is called unasked only where ``as_described``: where the base URL is
    the description's too. Whoever sends to a test server means every call.
    """

    given: Mapping[str, tuple[str, str]] = field(factory=dict)
    as_described: bool = False
    allow_http: bool = False

    def place(self, operation: Operation[Any], origin: str, base_path: str) -> tuple[str, str]:
        """Origin and base path for an operation; ``origin`` and ``base_path`` are the client's.

        A relative server is resolved against the base URL (RFC 3986, section 5).

        Raises:
            ConfigurationError: it leads to another host, and nobody said that it may; or in the
                open.
        """
        server = operation.server or ""
        if server in self.given:
            return self.given[server]
        if "{" not in server:
            there = urljoin(f"{origin}{base_path}", server)
            found = address(there, f"the server of {operation.id}", allow_http=self.allow_http)
            if self.as_described or found[0] == origin:
                return found
        raise ConfigurationError(
            f"{operation.id} belongs to the server {server}, and where that is for {origin} is not "
            f'known; nothing was sent. Give it when you make the client: servers={{"{server}": '
            '"https://…"}'
        )


def is_described(origin: str, base_path: str, described: Iterable[str]) -> bool:
    """Whether a base URL is one of those that a description names."""
    return any(
        address(one, "a server", allow_http=True) == (origin, base_path) for one in described
    )
