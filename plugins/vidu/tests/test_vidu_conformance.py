from __future__ import annotations

from modelhunter.testing import ProviderConformance


class TestVidu(ProviderConformance):
    provider = "vidu"
    unpriced = ("viduq2-pro-fast",)
