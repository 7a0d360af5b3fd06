from __future__ import annotations

from modelhunter.testing import ProviderConformance


class TestGemini(ProviderConformance):
    provider = "gemini"
