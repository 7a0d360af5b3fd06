"""A client without a key: good for everything but calls to ModelHunter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from attrs import frozen

from modelhunter.client.settings import KEY_VARIABLE
from modelhunter.errors import MissingKey
from modelhunter.runtime.auth import Auth

if TYPE_CHECKING:
    from modelhunter.runtime.call import Operation


@frozen
class NoKey(Auth):
    """Stands where the key should."""

    def chosen(self, operation: Operation[Any]) -> NoReturn:
        """Refuse the call.

        Raises:
            MissingKey: always.
        """
        raise MissingKey(
            f"no API key for {operation.id}: set the environment variable {KEY_VARIABLE} or give "
            "api_key=…; to try things out without one, use ModelHunter(sandbox=True)"
        )
