from __future__ import annotations

from modelhunter.testing import ProviderConformance


class TestKling(ProviderConformance):
    provider = "kling"
