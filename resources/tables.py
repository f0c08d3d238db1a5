"""Typed tables of the lake as pandas frames and back, with nothing lost on the way.

Belongs here: reading Parquet with exact decimals and nullable whole numbers, and writing a stage's table. Does not belong
here: how values are checked against the catalogue (resources/frames.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from resources.catalogue import table
from resources.engine import connect, quote_name, write_parquet
from resources.home import Home
from scoring.calendar import Week

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


def read_parquet(paths: Sequence[Path]) -> pd.DataFrame:
    """The rows of some Parquet files of one table as one frame: decimals stay Decimal, whole numbers stay whole."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    tables = [pq.read_table(path) for path in paths]
    return _exact_frame(pa.concat_tables(tables, promote_options="permissive"))


def read_frame(con: duckdb.DuckDBPyConnection, sql: str) -> pd.DataFrame:
    """The rows of a SELECT as a frame, as exact as `read_parquet`."""
    return _exact_frame(con.sql(sql).to_arrow_table())


def _exact_frame(rows: pa.Table) -> pd.DataFrame:
    import pyarrow as pa

    types = {pa.int16(): pd.Int16Dtype(), pa.int32(): pd.Int32Dtype(), pa.int64(): pd.Int64Dtype()}
    texts = pd.StringDtype(
        "python", na_value=float("nan")
    )  # going through Arrow's own texts one by one takes ten times as long
    return rows.to_pandas(types_mapper={**types, pa.string(): texts}.get)


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as mappings from column to value."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def empty_frame(name: str) -> pd.DataFrame:
    """No rows, in the catalogue's columns."""
    return pd.DataFrame(columns=table(name).column_names, dtype=object)


def write_stage(home: Home, name: str, week: Week, rows: pa.Table) -> Path:
    """Writes one week of a stage's table, exactly typed (frames.to_arrow), ordered by its key."""
    path = home.stage_path(name, week)
    con = connect()
    try:
        con.register("stage_rows", rows)
        order = ", ".join(quote_name(column) for column in table(name).key)
        write_parquet(con, f"SELECT * FROM stage_rows ORDER BY {order}", path)  # noqa: S608 - names are the catalogue's
    finally:
        con.close()
    return path
