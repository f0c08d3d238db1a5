"""From pandas tables to exact Arrow tables in the columns of the catalogue.

Belongs here: the one place where a frame's values become typed and are refused when they cannot be exact.
Does not belong here: writing them (resources/engine.py, resources/database.py).
"""

from __future__ import annotations

import re

import pandas as pd
import pyarrow as pa

from resources.catalogue import Table
from resources.catalogue import table as catalogue_table

_TYPES = {
    "VARCHAR": pa.string(),
    "BOOLEAN": pa.bool_(),
    "SMALLINT": pa.int16(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"),
}


class FrameError(ValueError):
    """A frame does not hold what its table must; the message names table, column and what was expected."""


def arrow_type(duckdb_type: str) -> pa.DataType:
    """The Arrow type of a catalogue column. Raises KeyError for an unknown type."""
    if match := re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", duckdb_type):
        return pa.decimal128(int(match[1]), int(match[2]))
    return _TYPES[duckdb_type]


def arrow_schema(entry: Table) -> pa.Schema:
    return pa.schema([pa.field(column.name, arrow_type(column.type), column.nullable) for column in entry.columns])


def to_arrow(frame: pd.DataFrame, name: str) -> pa.Table:
    """The catalogue's columns of a frame, exactly typed, rows in the frame's order; other columns are left out.

    Decimals must be Decimal objects or integers: a column of floats is refused, never rounded. Whole numbers that
    pandas holds as floats because some are missing are taken as what they are. Raises FrameError.
    """
    entry = catalogue_table(name)
    missing = [column for column in entry.column_names if column not in frame.columns]
    if missing:
        raise FrameError(f"{name}: columns are missing: {', '.join(missing)}")
    arrays = []
    for column in entry.columns:
        array = _exact(frame[column.name], arrow_type(column.type), f"{name}.{column.name} {column.type}")
        if array.null_count and not column.nullable:
            raise FrameError(f"{name}.{column.name}: {array.null_count} values are missing; it must always have one")
        arrays.append(array)
    return pa.Table.from_arrays(arrays, schema=arrow_schema(entry))


def _exact(values: pd.Series, type_: pa.DataType, what: str) -> pa.Array:
    if pa.types.is_decimal(type_) and pd.api.types.is_float_dtype(values):
        if values.notna().any():
            raise FrameError(f"{what}: holds floats; a published number must be a Decimal")
        return pa.nulls(len(values), type_)
    try:
        array = pa.array(values, type=type_, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise FrameError(f"{what}: {error}") from None
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
