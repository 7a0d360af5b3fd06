from __future__ import annotations

from modelhunter.testing import ProviderConformance


class TestSeedream(ProviderConformance):
    provider = "seedream"
