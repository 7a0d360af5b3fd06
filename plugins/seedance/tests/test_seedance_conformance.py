from __future__ import annotations

from modelhunter.testing import ProviderConformance


class TestSeedance(ProviderConformance):
    provider = "seedance"
