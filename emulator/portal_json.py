"""Dossiers as the portal synchronises them: one nested object a line.

Belongs here: from the emulator's records to the portal's objects (`portal_json.sql`). Does not belong here: which
dossiers are exported.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import duckdb
import numpy as np

from emulator.dossiers import RECORD
from emulator.procedures import Catalogue
from emulator.units import Province
from resources.engine import quote_text
from resources.files import replacing

_MOMENTS = (
    "filed",
    "accepted",
    "due",
    "finished",
    "returned",
    "stopped",
    "asked_1",
    "supplied_1",
    "asked_2",
    "supplied_2",
)
_MACROS = (
    "CREATE OR REPLACE TEMP MACRO stamp(moment) AS coalesce(strftime(moment, '%Y%m%d%H%M%S'), '')",
    "CREATE OR REPLACE TEMP MACRO flag(holds) AS CASE WHEN holds THEN '1' ELSE '0' END",
)


def write_dossiers(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    versions: np.ndarray,
    exported: int,
    province: Province,
    catalogue: Catalogue,
) -> Path:
    """Write dossier versions as they stand at `exported` (local seconds): JSON lines, zstd, in the order given."""
    for macro in _MACROS:
        con.execute(macro)
    con.register("versions", _table(versions, exported, province, catalogue))
    query = files("emulator").joinpath("portal_json.sql").read_text(encoding="utf-8")
    try:
        with replacing(path) as partial:
            con.execute(f"COPY ({query}) TO {quote_text(partial)} (FORMAT json, COMPRESSION zstd, USE_TMP_FILE false)")
    finally:
        con.unregister("versions")
    return path


def _table(versions: np.ndarray, exported: int, province: Province, catalogue: Catalogue) -> object:
    """An Arrow table of the records: texts for units and procedures, nulls for moments that are not yet."""
    import pyarrow as pa

    columns: dict[str, pa.Array] = {}
    for name in RECORD.names or ():
        values = np.ascontiguousarray(versions[name])
        if name in _MOMENTS:
            columns[name] = pa.array(values, type=pa.timestamp("s"), mask=values == 0)
        elif name == "code_day":
            columns[name] = pa.array(values, type=pa.int32()).cast(pa.date32())
        elif name not in ("unit", "procedure"):
            columns[name] = pa.array(values)
    texts = {
        "unit": (versions["unit"], province.unit_codes),
        "procedure_code": (versions["procedure"], catalogue.codes),
        "procedure_name": (versions["procedure"], catalogue.names),
        "field_code": (versions["procedure"], catalogue.field_codes),
        "field_name": (versions["procedure"], catalogue.fields),
    }
    for name, (numbers, words) in texts.items():
        columns[name] = pa.DictionaryArray.from_arrays(
            pa.array(np.ascontiguousarray(numbers, dtype=np.int32)), pa.array(words)
        )
    columns["exported"] = pa.array(np.full(len(versions), exported), type=pa.timestamp("s"))
    return pa.table(columns)
