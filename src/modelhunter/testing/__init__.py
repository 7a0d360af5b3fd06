"""Help for testing programs and plugins: a mocked API, a sandbox as a fixture, a conformance kit.

The pytest fixtures come with the package: ``modelhunter_mock`` (a respx router, no server) and
``modelhunter_sandbox`` (a real server on this machine). Authors of plugins subclass
:class:`ProviderConformance`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modelhunter.testing.conformance import ProviderConformance

__all__ = ["ProviderConformance"]


def __getattr__(name: str) -> object:
    if name != "ProviderConformance":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from modelhunter.testing.conformance import ProviderConformance

    return ProviderConformance
