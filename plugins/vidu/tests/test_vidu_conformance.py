from __future__ import annotations

from modelhunter.testing import ProviderConformance


class TestVidu(ProviderConformance):
    provider = "vidu"
