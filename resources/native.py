"""Columns that keep the type they came in: of a Parquet file, flags, whole numbers and moments need not become texts.

Belongs here: which columns may, and the SQL that reads one. Does not belong here: texts (resources/mapping_sql.py), or what of
them passes the door (resources/scrubbing.py); what has such a type holds nothing personal where its column wants that type.

Making texts of values and values of texts again costs three times as much as everything else an export goes through. A column
stays as it is only where its text would be read as the same value: else it becomes a text like any other.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from resources.catalogue import table
from resources.engine import quote_name

if TYPE_CHECKING:
    from resources.mapping import Mapping, Rule

_INTEGERS = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"})
_PARQUET_TYPES = {  # as pyarrow names them
    "bool": "BOOLEAN",
    "timestamp[us]": "TIMESTAMP",
    "date32[day]": "DATE",
    **{f"int{bits}": name for bits, name in ((8, "TINYINT"), (16, "SMALLINT"), (32, "INTEGER"), (64, "BIGINT"))},
    **{f"uint{bits}": name for bits, name in ((8, "UTINYINT"), (16, "USMALLINT"), (32, "UINTEGER"))},
}


def keeps_its_type(mapping: Mapping, name: str, type_: str | None) -> bool:
    """Whether a source column of this DuckDB type passes the door as it is, for every catalogue column made of it."""
    used = [(column, rule) for column, rule in mapping.columns.items() if name in rule.sources]
    if type_ is None or not used or name in dict(mapping.skip):
        return False
    return all(_is_read_alike(mapping, column, rule, type_) for column, rule in used)


def _is_read_alike(mapping: Mapping, column: str, rule: Rule, type_: str) -> bool:
    wanted = table(mapping.table).column(column).type
    if type_ in _INTEGERS and wanted in _INTEGERS:
        pass
    elif type_ != wanted or type_ not in ("BOOLEAN", "TIMESTAMP", "DATE"):
        return False
    asks_more = rule.codes or rule.convert or rule.empty is not None or rule.day_end or len(rule.sources) > 1
    if asks_more or any(re.search(r"\d|true|false", text, re.IGNORECASE) for text in mapping.empty):
        return False
    if type_ != "BOOLEAN":
        return True
    yes, no = ({text.lower() for text in texts} for texts in (mapping.true, mapping.false))
    return "true" in yes and "false" in no


def native_types(raw: Path) -> dict[str, str]:
    """The columns of a raw export that are no texts, with their type in DuckDB; none of a file that is not there."""
    import pyarrow.parquet as pq

    if not raw.is_file():
        return {}
    return {
        field.name: _PARQUET_TYPES[str(field.type)]
        for field in pq.read_schema(raw)
        if str(field.type) in _PARQUET_TYPES
    }


def native_value(name: str, type_: str, wanted: str, to_utc: str) -> tuple[str, str | None]:
    """SQL of a column's value in the type wanted, and of the text of what has none (None where everything has one).

    to_utc: SQL with `{}` for a local time, its instant in UTC.
    """
    column = quote_name(name)
    if type_ == "BOOLEAN":
        return column, None
    if type_ in _INTEGERS:
        value = f"TRY_CAST({column} AS {wanted})"
        return value, f"CASE WHEN {value} IS NULL THEN CAST({column} AS VARCHAR) END"
    value = to_utc.format(column) if type_ == "TIMESTAMP" else column
    return (
        f"CASE WHEN isfinite({column}) THEN {value} END",
        f"CASE WHEN NOT isfinite({column}) THEN CAST({column} AS VARCHAR) END",
    )
