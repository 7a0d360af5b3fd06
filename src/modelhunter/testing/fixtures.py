"""The pytest fixtures that come with the package (pytest finds them by itself)."""

from __future__ import annotations

import math
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from modelhunter.sandbox import Sandbox
    from modelhunter.testing import ModelHunterMock
    from modelhunter.testing.harness import Bench

pytest.register_assert_rewrite("modelhunter.testing.conformance")

_MOCK = "modelhunter_mock"
_failed = pytest.StashKey[bool]()


@pytest.fixture
def modelhunter_mock(request: pytest.FixtureRequest) -> Iterator[ModelHunterMock]:
    """The API as a respx router: it catches every request of this library.

    There is a key, the shell's ``MODELHUNTER_*`` variables are not seen, and nothing really
    sleeps. See :class:`modelhunter.testing.ModelHunterMock`.
    """
    if find_spec("respx") is None:
        raise ModuleNotFoundError(
            f"the fixture {_MOCK} needs respx, not installed here: pip install 'modelhunter[test]'",
            name="respx",
        )
    from modelhunter.testing.mock import ModelHunterMock

    mock = ModelHunterMock()
    mock.start()
    yield mock
    mock.stop(quiet=request.node.stash.get(_failed, False))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show in a test's failure what it sent to the mock, and what became of that."""
    report = yield
    if not report.failed or call.when != "call":
        return report
    item.stash[_failed] = True
    mock: ModelHunterMock | None = getattr(item, "funcargs", {}).get(_MOCK)
    if mock is not None and mock.journal:
        report.sections.append((_MOCK, "\n".join(mock.journal)))
    return report


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
    with open_bench(suite._registry()) as bench:
        yield bench
