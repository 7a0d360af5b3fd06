"""The pytest fixtures that come with the package (pytest finds them by itself)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    import respx

    from modelhunter.sandbox import Sandbox
    from modelhunter.testing.harness import Bench

pytest.register_assert_rewrite("modelhunter.testing.conformance")


@pytest.fixture
def modelhunter_mock() -> Iterator[respx.MockRouter]:
    """A respx router that catches every request of this library; relative paths are the API's."""
    import respx

    from modelhunter.client.settings import DEFAULT_BASE_URL
    from modelhunter.testing import mocker

    with respx.mock(using=mocker.NAME, base_url=DEFAULT_BASE_URL) as router:
        yield router


@pytest.fixture
def modelhunter_sandbox() -> Iterator[Sandbox]:
    """A sandbox of its own for each test: in memory, and tasks end as soon as they are read.

    Its files are small (64 pixels high or wide) and otherwise as asked for. Needs the extra
    ``sandbox``.
    """
    from modelhunter.sandbox import Sandbox

    with Sandbox(speed=math.inf, media="tiny") as sandbox:
        yield sandbox


@pytest.fixture(scope="class")
def modelhunter_bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """The sandbox and the client that a class of conformance tests shares."""
    from modelhunter.testing.harness import open_bench

    suite: Any = request.cls
    with open_bench(suite.registry()) as bench:
        yield bench
