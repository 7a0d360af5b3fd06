"""Plugins made in a test, and a client that generates with them in a sandbox."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

from modelhunter import ModelHunter, Polling
from modelhunter.plugins import Model, Provider, Registry, hookimpl
from modelhunter.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Plugin:
    """A plugin as an object: a provider, and models for the providers of others."""

    def __init__(self, provider: Provider | None = None, **models: tuple[Model, ...]) -> None:
        self.provider = provider
        self.models = models

    @hookimpl
    def modelhunter_provider(self) -> Provider | None:
        return self.provider

    @hookimpl
    def modelhunter_models(self, provider: str) -> tuple[Model, ...]:
        return self.models.get(provider, ())


@pytest.fixture
def registry_with() -> Callable[..., Registry]:
    def make(*plugins: Any) -> Registry:
        registry = Registry(list, environment={})
        for number, plugin in enumerate(plugins):
            registry.register(plugin, name=f"plugin {number}")
        return registry

    return make


@pytest.fixture
def plugin() -> type[Plugin]:
    return Plugin


@pytest.fixture
def connect(registry_with: Callable[..., Registry]) -> Iterator[Callable[..., ModelHunter]]:
    """A client of a sandbox that knows these plugins and no others."""
    open_parts: list[Any] = []

    def make(*plugins: Any) -> ModelHunter:
        registry = registry_with(*plugins)
        sandbox = Sandbox(speed=math.inf, media="tiny", registry=registry).start()
        client = ModelHunter(sandbox=sandbox, registry=registry, polling=Polling(0.01, 0.01, 1))
        open_parts.extend((client.close, sandbox.stop))
        return client

    yield make
    for close in open_parts:
        close()
