"""Reading delimited text through DuckDB, losing no good row to a broken one.

Belongs here: CSV in all its local habits (`,` `;` tab `|`; UTF-8 and UTF-16; mixed line ends). Does not belong here:
other formats (resources/readers.py), the meaning of columns.
"""

# ruff: noqa: S608 - every name and text in this SQL goes through quote_name or quote_text

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from resources.engine import quote_text, write_parquet
from resources.mapping import Mapping
from resources.originals import Original, refuse_encoding
from resources.readers import (
    CONTENT_ERRORS,
    MAX_EXAMPLES,
    BrokenRow,
    Taken,
    cut_off,
    no_rows,
    positional_columns,
    unreadable,
    write_numbered,
)
from resources.refusals import Refusal

DELIMITERS = (",", ";", "\t", "|")
_COMPRESSION = {"gz": "gzip", "zst": "zstd", None: "none"}
_ENCODING = {"utf-8": "utf-8", "utf-8-sig": "utf-8", "utf-16": "utf-16"}  # the others DuckDB reads wrongly, unsaid
_REASONS = {
    "MISSING COLUMNS": ("thiếu cột", "too few columns"),
    "TOO MANY COLUMNS": ("thừa cột", "too many columns"),
    "UNQUOTED VALUE": ("dấu ngoặc kép không khép", "a quote that is not closed"),
    "INVALID ENCODING": ("ký tự không phải UTF-8", "bytes that are not UTF-8"),
    "LINE SIZE OVER MAXIMUM": ("dòng quá dài", "a line that is too long"),
}
_STARTS_NO_NEW_LINE = ("UNQUOTED VALUE", "LINE SIZE OVER MAXIMUM")


@dataclass(frozen=True)
class CsvSource:
    """A delimited text whose first line is its heading."""

    original: Original
    compression: str | None
    headings: tuple[str, ...]
    delimiter: str
    part: str | None = None

    def missing(self, con: duckdb.DuckDBPyConnection, mapping: Mapping) -> list[str]:
        return mapping.missing(self.headings)

    def take(self, con: duckdb.DuckDBPyConnection, mapping: Mapping, path: Path) -> Taken:
        columns = positional_columns(mapping, self.headings)
        try:
            rows = self._write(con, columns, path, strict=True)
        except CONTENT_ERRORS:
            try:  # mixed line ends are what strict reading stops at
                rows = self._write(con, columns, path, strict=False)
            except CONTENT_ERRORS:
                raise unreadable("CSV") from None
        broken = con.execute(
            "SELECT line, min(error_type::VARCHAR), min(column_name), min(line_byte_position) "
            "FROM door_broken GROUP BY line ORDER BY line"
        ).fetchall()
        _forget(con)
        if broken:
            self._refuse_what_is_not_whole(rows, broken)
            _renumber(con, path, [int(line) - 1 for line, *_ in broken])
        if rows == 0:
            raise no_rows()
        return Taken(rows, len(broken), tuple(self._said(*each[:3]) for each in broken[:MAX_EXAMPLES]))

    def _write(self, con: duckdb.DuckDBPyConnection, columns: str, path: Path, *, strict: bool) -> int:
        _forget(con)
        typed = ", ".join(f"'c{index}': 'VARCHAR'" for index in range(len(self.headings)))
        encoding = _ENCODING[self.original.encoding or "utf-8"]
        source = (
            f"read_csv({quote_text(self.original.path)}, columns = {{{typed}}}, auto_detect = false, header = true, "
            f"delim = {quote_text(self.delimiter)}, quote = '\"', escape = '\"', encoding = {quote_text(encoding)}, "
            f"compression = {quote_text(_COMPRESSION[self.compression])}, strict_mode = {strict}, "
            "store_rejects = true, rejects_table = 'door_broken', rejects_scan = 'door_broken_scan', rejects_limit = 0)"
        )
        return write_numbered(con, columns, source, path)

    def _refuse_what_is_not_whole(self, rows: int, broken: Sequence[tuple[int, str, str | None, int]]) -> None:
        """A broken row at the very end may hide that the end is missing, or that a quote swallowed all the rest.

        `line` counts records, the heading being the first, also where a quoted text runs over several lines.
        """
        last, kind, _, starts_at = broken[-1]
        if rows + len(broken) > last - 1:
            return  # sound rows follow it
        length = self.original.content_bytes - starts_at
        fits = length <= len(self.original.tail)  # the row is the file's end; a longer one than that holds many lines
        lines = self.original.tail[-length:].rstrip(b"\r\n\0").count(b"\n") if fits else length
        if lines == 0 and not self.original.tail.endswith((b"\n", b"\n\0")):
            raise cut_off(last - 1)
        if lines and kind in _STARTS_NO_NEW_LINE:
            raise Refusal(
                "open_quote",
                "một dấu ngoặc kép không khép nuốt mọi dòng sau nó",
                "a quote that is never closed swallows every line after it",
                row=last - 1,
                expected='"…"',
                do_vi="Sửa dấu ngoặc ở dòng này hoặc xuất lại tệp",
                do_en="Mend the quote in this row or export the file again",
            )

    def _said(self, line: int, kind: str, column: str | None) -> BrokenRow:
        vi, en = _REASONS.get(kind, ("không đúng cú pháp CSV", "not valid CSV"))
        position = int(column[1:]) if column and column[1:].isdigit() else None
        named = self.headings[position] if position is not None and position < len(self.headings) else None
        return BrokenRow(int(line) - 1, vi, en, named)


def csv_source(original: Original, compression: str | None, score: Callable[[Sequence[str]], int]) -> CsvSource:
    """A delimited text. score: how many of some headings are known; the delimiter that finds most of them is taken."""
    if original.encoding not in _ENCODING:
        refuse_encoding(f"{original.encoding}")
    text = original.text_head.lstrip("\ufeff")
    found: list[tuple[int, int, str, list[str]]] = []
    for order, delimiter in enumerate(DELIMITERS):
        try:
            headings = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
        except csv.Error:
            continue
        found.append((score(headings), -order, delimiter, headings))
    if not found:
        raise unreadable("CSV")
    best = max(found, key=lambda each: (each[0], len(each[3]), each[1]))
    return CsvSource(original, compression, tuple(best[3]), best[2])


def _forget(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("DROP TABLE IF EXISTS door_broken")
    con.execute("DROP TABLE IF EXISTS door_broken_scan")


def _renumber(con: duckdb.DuckDBPyConnection, path: Path, broken_rows: Sequence[int]) -> None:
    """Let source_row count the broken rows too: after the k-th of them stand that many rows more."""
    import pyarrow as pa

    before: dict[int, int] = {}
    for index, row in enumerate(broken_rows, start=1):
        before[row - index] = index
    con.register("door_gaps", pa.table({"after": list(before), "gap": list(before.values())}))
    try:
        write_parquet(
            con,
            "SELECT taken.* REPLACE (taken.source_row + coalesce(gaps.gap, 0) AS source_row) "
            f"FROM read_parquet({quote_text(path)}) taken "
            "ASOF LEFT JOIN door_gaps gaps ON taken.source_row > gaps.after ORDER BY source_row",
            path,
        )
    finally:
        con.unregister("door_gaps")
