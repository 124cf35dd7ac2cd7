"""One server for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from loopback import Server, serve


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """An OpenAI-shaped server on loopback; every test scripts it first."""
    with serve() as running:
        yield running
