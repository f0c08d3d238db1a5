"""Compaction of a lake that stands elsewhere: what one machine wrote smaller, every machine has."""

from __future__ import annotations

import pytest

from resources.compaction import compact_file
from resources.engine import connect, write_parquet
from tests.lake.conftest import OpenHome
from tests.lake.homes import lake_bytes

pytestmark = pytest.mark.xdist_group("lake")


def test_a_file_that_was_compacted_is_brought_to_every_machine(open_home: OpenHome) -> None:
    one, other = open_home("one"), open_home("other")
    path = one.home.table_path("dossiers", "2025-W45", "a")
    with connect(threads=1) as con:
        write_parquet(con, "SELECT range AS source_row, 'H05.' || range AS code FROM range(50000)", path)
        other.bring_lake()
        before = lake_bytes(other.home.root)
        assert compact_file(con, path) is not None
    other.bring_lake()
    after = lake_bytes(other.home.root)
    assert after == lake_bytes(one.home.root) != before
    one.bring_lake()
    assert lake_bytes(one.home.root) == after
