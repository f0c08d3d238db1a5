"""The two published tables, rankings and scores, each as Parquet, CSV and JSON with the same rows in the same order.

Belongs here: writing them. Does not belong here: their description (publishing/files/datapackage.py).

Numbers are exact in all three: decimals in Parquet, their digits in CSV and JSON. Text that a spreadsheet would run as a
formula has a `'` before it in the CSV, and only there.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from publishing.figures import safe_cell
from resources.engine import connect, quote_text, write_parquet
from resources.files import sync

if TYPE_CHECKING:
    import pyarrow as pa

    from publishing.files.edition import Edition

TABLES = ("rankings", "scores")
_COPIED = (("safe", "csv", "FORMAT csv, HEADER"), ("exact", "json", "FORMAT json, ARRAY true"))
_PACKED = "scores.json"  # of a nation's week 75 MB, which is mostly names of columns; packed it is 3 MB


def file_name(table: str, ending: str) -> str:
    """The name of a table's file: `rankings.json`, `scores.json.gz`."""
    name = f"{table}.{ending}"
    return f"{name}.gz" if name == _PACKED else name


def write_tables(edition: Edition, folder: Path) -> None:
    """Write each table as Parquet, CSV and JSON into the folder."""
    rankings = edition.table_of(edition.rankings)
    con = connect(memory_limit="1GiB", threads=1)
    try:
        for name, rows in zip(TABLES, (rankings, edition.scores), strict=True):
            con.register("exact", rows)
            con.register("safe", _without_formulas(rows))
            write_parquet(con, "SELECT * FROM exact", folder / file_name(name, "parquet"))
            for source, ending, options in _COPIED:
                path = folder / file_name(name, ending)
                packing = ", COMPRESSION gzip" if path.suffix == ".gz" else ""
                con.execute(f"COPY {source} TO {quote_text(path)} ({options}{packing})")
                sync(path)
    finally:
        con.close()


def _without_formulas(rows: pa.Table) -> pa.Table:
    """The rows with every text as a CSV cell may carry it. Each text is looked at once, however often it stands there."""
    import pyarrow as pa

    for at, field in enumerate(rows.schema):
        if pa.types.is_string(field.type):
            texts = rows.column(at).combine_chunks().dictionary_encode()
            told = texts.dictionary.to_pylist()
            safe = [safe_cell(text) for text in told]
            if safe != told:
                column = pa.DictionaryArray.from_arrays(texts.indices, pa.array(safe, field.type)).cast(field.type)
                rows = rows.set_column(at, field, column)
    return rows
