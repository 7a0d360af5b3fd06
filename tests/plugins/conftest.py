"""Throw-away plugins: distributions written into a folder, and providers built by hand."""

from __future__ import annotations

import sys
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from modelhunter.plugins import Capability, Field, Model, Output, Price, Provider, Registry
from modelhunter.plugins.discovery import installed_sources

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

# a busy machine is no failure
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

PLUGIN = """
from modelhunter.plugins import Capability, Field, Model, Output, Provider, hookimpl

def model(id, *aliases):
    capability = Capability(
        name="text-to-video",
        fields=(Field(name="prompt", type="string", required=True),),
        output=Output(media="video"),
        call=lambda submission: submission,
    )
    return Model(id=id, aliases=aliases, capabilities=(capability,))
"""

BRINGS = """
@hookimpl
def modelhunter_provider():
    return Provider(name={name!r}, models=({models}))
"""


class Environment:
    """A folder on ``sys.path`` into which distributions are put."""

    head = PLUGIN

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._count = 0

    def module(self, name: str, text: str) -> str:
        (self.folder / f"{name}.py").write_text(text)
        return name

    def distribution(
        self,
        name: str,
        *,
        providers: Mapping[str, str] | None = None,
        models: Mapping[str, str] | None = None,
        version: str = "1.0",
        folder: str = "",
    ) -> None:
        """Metadata alone: which entry points a distribution has."""
        self._count += 1
        info = self.folder / folder / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        text = ""
        for group, entries in (("providers", providers), ("models", models)):
            text += f"[modelhunter.{group}]\n"
            text += "".join(f"{key} = {value}\n" for key, value in (entries or {}).items())
        (info / "entry_points.txt").write_text(text)

    def plugin(
        self, provider: str, *models: str, indexed: bool = True, extra: str = "", **options: Any
    ) -> str:
        """A plugin with a provider and models; the module's name is returned."""
        module = f"throwaway_{provider.replace('-', '_')}_{len(list(self.folder.iterdir()))}"
        listed = "".join(f"model({name!r}), " for name in models)
        text = PLUGIN + BRINGS.format(name=provider, models=listed) + extra
        self.module(module, text)
        self.distribution(
            options.pop("distribution", f"modelhunter-{provider}"),
            providers={provider: module},
            models=dict.fromkeys(models, module) if indexed else {},
            **options,
        )
        return module

    def registry(self, *folders: str, **environment: str) -> Registry:
        path = [str(self.folder / folder) for folder in ("", *folders)]
        return Registry(lambda: installed_sources(path), environment=environment)


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Environment]:
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield Environment(tmp_path)
    for name in set(sys.modules) - before:
        if name.startswith("throwaway"):
            del sys.modules[name]


@pytest.fixture
def make_capability() -> Callable[..., Capability]:
    def make(name: str = "text-to-video", *fields: Field, **more: Any) -> Capability:
        fields = fields or (Field(name="prompt", type="string", required=True),)
        output = more.pop("output", Output(media="video"))
        return Capability(name=name, fields=fields, output=output, call=lambda s: s, **more)

    return make


@pytest.fixture
def make_model(make_capability: Callable[..., Capability]) -> Callable[..., Model]:
    """A model called ``m-1`` with one capability of these fields."""

    def make(*fields: Field, **more: Any) -> Model:
        return Model(id="m-1", capabilities=(make_capability("text-to-video", *fields, **more),))

    return make


@pytest.fixture
def make_provider(make_capability: Callable[..., Capability]) -> Callable[..., Provider]:
    def make(name: str = "acme", *models: Model) -> Provider:
        models = models or (Model(id=f"{name}-1", capabilities=(make_capability(),)),)
        return Provider(name=name, models=models)

    return make


@pytest.fixture
def make_price() -> Callable[..., Price]:
    def make(low: str = "0.10", high: str = "0.40", **more: Any) -> Price:
        defaults = {"unit": "video", "as_of": date(2026, 11, 21)}
        return Price(low=Decimal(low), high=Decimal(high), **(defaults | more))

    return make
