"""What the tests of every plugin ask: what is wrong with these inputs, and what would they cost?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from modelhunter.plugins import check, checked, choose_capability, default_registry, estimate

if TYPE_CHECKING:
    from collections.abc import Callable

# a busy machine is no failure
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture
def problems() -> Callable[..., list[str]]:
    """Every problem of the inputs of a model, as text."""

    def find(model: str, **inputs: Any) -> list[str]:
        provider, found = default_registry().model(model)
        capability = choose_capability(found, inputs)
        return [str(one) for one in check(found, capability, inputs, provider=provider)]

    return find


@pytest.fixture
def sent() -> Callable[..., dict[str, Any]]:
    """The inputs as they go on the wire."""

    def send(model: str, **inputs: Any) -> dict[str, Any]:
        _, found = default_registry().model(model)
        return checked(found, choose_capability(found, inputs), inputs)

    return send


@pytest.fixture
def cost() -> Callable[..., tuple[str, ...]]:
    """Low, high and likely, as text."""

    def ask(model: str, **inputs: Any) -> tuple[str, ...]:
        _, found = default_registry().model(model)
        capability = choose_capability(found, inputs, partial=True)
        price = estimate(found.price, capability.fields, inputs)
        return tuple(
            str(None if n is None else float(n)) for n in (price.low, price.high, price.likely)
        )

    return ask
