"""Credentials: what an API wants to see of whom it serves, and which call shows what."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from attrs import field, frozen

from modelhunter.errors import ConfigurationError
from modelhunter.runtime.message import Secret
from modelhunter.runtime.message import unseen as unseen  # generated clients use it from here

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modelhunter.runtime.call import Operation

Needs = tuple[tuple[str, ...], ...]
"""What a call needs: alternatives, each the names of the schemes that go together. Without any
alternative it needs nothing; an empty one says that it can do without."""


@frozen(init=False)
class Credential:
    """A secret and where it is sent: in a header, a query parameter or a cookie of that name."""

    place: Literal["header", "query", "cookie"]
    name: str
    value: str = field(repr=False)

    def __init__(self, place: Literal["header", "query", "cookie"], name: str, value: str) -> None:
        value = unseen(value)
        self.__attrs_init__(place, name, value)  # pyright: ignore[reportAttributeAccessIssue]
        texts = (self.value,) if self.place == "query" else (self.name, self.value)
        plain = all(text.isascii() and text.isprintable() for text in texts)
        if not self.value.strip() or (self.place != "query" and not plain):
            raise ConfigurationError(
                f"the credential for {self.place} {self.name} is empty or has characters that "
                "can't be sent (a line break, a quote mark of a word processor?); copy it again"
            )


def bearer(token: str) -> Credential:
    """A token as RFC 6750 has it: ``Authorization: Bearer …``."""
    token = _told(unseen(token))
    return Credential("header", "Authorization", Secret(f"Bearer {token}"))


def basic(user: str, password: str) -> Credential:
    """A user and a password as RFC 7617 has them.

    Raises:
        ConfigurationError: the user's name has a colon, which would end it.
    """
    user, password = unseen(user), unseen(password)
    if ":" in user:
        raise ConfigurationError("a user name of HTTP's basic scheme can't have a colon")
    pair = Secret(b64encode(f"{user}:{password}".encode()).decode())
    return Credential("header", "Authorization", Secret(f"Basic {pair}"))


def api_key(place: Literal["header", "query", "cookie"], name: str, key: str) -> Credential:
    """A key that goes as it is."""
    key = _told(unseen(key))
    return Credential(place, name, key)


def _told(secret: str) -> Secret:
    if not secret.strip():
        raise ConfigurationError("a token or key is empty; leave it out, or give the real one")
    return Secret(secret.strip())


@frozen
class Auth:
    """The credentials of a client by the name of their scheme, and what calls need by default."""

    credentials: Mapping[str, Credential] = field(factory=dict, repr=lambda given: str([*given]))
    needs: Needs | None = None
    """What calls need that say nothing themselves; None: each gets all that is there."""

    def chosen(self, operation: Operation[Any]) -> list[Credential]:
        """What a call shows: the first alternative for which everything is there.

        Raises:
            ConfigurationError: something is missing for each of them.
        """
        needs = self.needs if operation.security is None else operation.security
        if needs is None:
            return list(self.credentials.values())
        for names in sorted(needs, key=lambda names: not names):
            if names and all(name in self.credentials for name in names):
                return [self.credentials[name] for name in names]
        if not needs or () in needs:
            return []
        wanted = ", or ".join(" and ".join(names) for names in needs)
        raise ConfigurationError(f"{operation.id} needs {wanted}; give it when you make the client")

    def added_to(
        self, operation: Operation[Any], target: str, headers: Mapping[str, str]
    ) -> tuple[str, dict[str, str]]:
        """Target and headers of a request with the call's credentials."""
        made = dict(headers)
        for one in self.chosen(operation):
            if one.place == "query":
                sign = "&" if "?" in target else "?"
                shown = f"{sign}{quote(one.name, safe='')}="
                target = Secret(f"{target}{shown}{quote(one.value, safe='')}")
            elif one.place == "header":
                made[one.name] = one.value
            else:
                cookie = f"{one.name}={quote(one.value, safe='')}"
                others = made.get("Cookie")
                made["Cookie"] = Secret(f"{others}; {cookie}" if others else cookie)
        return target, made


def check_key(key: str, what: str) -> None:
    """See that text can be a key.

    Raises:
        ConfigurationError: it can't.
    """
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ConfigurationError(
            f"{what} has characters that no key has (a space, a line break, a quote mark of "
            "a word processor?); copy it again from the dashboard"
        )
