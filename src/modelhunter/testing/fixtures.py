"""The pytest fixtures that come with the package (pytest finds them by itself)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import respx


@pytest.fixture
def modelhunter_mock() -> Iterator[respx.MockRouter]:
    """A respx router that catches every request of this library; relative paths are the API's."""
    import respx

    from modelhunter.client.settings import DEFAULT_BASE_URL
    from modelhunter.testing import mocker

    with respx.mock(using=mocker.NAME, base_url=DEFAULT_BASE_URL) as router:
        yield router
