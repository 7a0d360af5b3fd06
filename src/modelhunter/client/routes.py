"""How a client calls a provider that has an API of its own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from attrs import evolve

from modelhunter.client import settings
from modelhunter.client.envelope import own_words
from modelhunter.errors import ConfigurationError
from modelhunter.flows.routes import Route
from modelhunter.runtime.error_responses import error_from
from modelhunter.runtime.retry import Quota

if TYPE_CHECKING:
    from collections.abc import Callable

    from modelhunter.errors import APIError
    from modelhunter.plugins.backend import Backend
    from modelhunter.plugins.catalogue import Provider
    from modelhunter.runtime.call import Call
    from modelhunter.runtime.message import Response
    from modelhunter.runtime.session import ReadError, Session


def route_to(provider: Provider, session: Session, *, allow_http: bool) -> Route:
    """The way to a provider's own API, with the limits and retries of the client's session.

    Raises:
        ConfigurationError: it wants a key that is not there, or its address is none.
    """
    backend = provider.backend
    if backend is None:
        raise ConfigurationError(
            f"the task was started on an API of {provider.name}'s own, and the plugin that is "
            "installed now has none; install the version of it that started the task"
        )
    variable = backend.url_variable
    origin, base_path = settings.address(
        (os.environ.get(variable) if variable else None) or backend.url,
        f"the address of {provider.name}",
        allow_http=allow_http,
    )
    headers = {**settings.headers(), **backend.headers, **_key(provider.name, backend, origin)}
    own = evolve(
        session,
        origin=origin,
        base_path=base_path,
        headers=headers,
        auth=None,
        quota=Quota(),
        read_error=_error_reader(backend),
    )
    return Route(provider.name, backend, own)


def _key(name: str, backend: Backend, origin: str) -> dict[str, str]:
    if backend.key_variable is None:
        return {}
    key = os.environ.get(backend.key_variable, "").strip()
    if not key:
        raise ConfigurationError(
            f"the models of {name} run on {origin}, which wants a key: set the environment "
            f"variable {backend.key_variable}"
        )
    settings.check_key(key, backend.key_variable)
    return {backend.key_header: backend.key_format.format(key=key)}


def _error_reader(backend: Backend) -> ReadError:
    words = backend.error_words
    read_words = own_words if words is None else _without_details(words)
    advice = f"Check the environment variable {backend.key_variable}"

    def read(call: Call[Any], response: Response) -> APIError:
        return error_from(
            call,
            response,
            read_words,
            advice if response.status == 401 and backend.key_variable else None,
        )

    return read


def _without_details(
    words: Callable[[Any], tuple[str | None, str | None]],
) -> Callable[[Any], tuple[str | None, str | None, None]]:
    return lambda body: (*words(body), None)
