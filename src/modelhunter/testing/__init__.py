"""Help for testing programs and plugins: a mocked API, a sandbox as a fixture, a conformance kit.

The pytest fixtures come with the package: ``modelhunter_mock`` (a :class:`ModelHunterMock`: a respx
router, no server) and ``modelhunter_sandbox`` (a real server on this machine). Authors of plugins
subclass :class:`ProviderConformance`.
"""

from typing import TYPE_CHECKING

from modelhunter.runtime.lazy import lazily

if TYPE_CHECKING:  # made from the list below by codegen/facades.py
    from modelhunter.testing.conformance import ProviderConformance as ProviderConformance
    from modelhunter.testing.mock import ModelHunterMock as ModelHunterMock
    from modelhunter.testing.virtual_clock import VirtualClock as VirtualClock
else:
    __getattr__, __dir__, __all__ = lazily(
        __name__,
        {
            "modelhunter.testing.conformance": ("ProviderConformance",),
            "modelhunter.testing.mock": ("ModelHunterMock",),
            "modelhunter.testing.virtual_clock": ("VirtualClock",),
        },
    )
