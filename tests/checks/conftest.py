"""What the tests of checks share: an engine of their own."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from resources.engine import connect


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(memory_limit="512MiB", threads=1) as connection:
        yield connection
