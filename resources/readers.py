"""Readers: a file's tables, whatever its format, each able to write its known columns as a raw Parquet file.

Belongs here: what a file holds, and streaming CSV, JSON and Parquet through DuckDB. Does not belong here: workbooks and
web pages (resources/workbooks.py), JSON that is walked (resources/portal_json.py), what a table means
(resources/door.py).

Only columns that the mapping uses are read; of a personal field nothing but whether it is there, of a text that slipped
into a column where it cannot be read and looks personal only its kind and length (resources/scrubbing.py). Every raw
column is VARCHAR (or a list of structs of VARCHAR; of a Parquet file what resources/native.py lets be), and `source_row`
counts data rows from 1, broken ones included.
"""

# ruff: noqa: S608 - every name and text in this SQL goes through quote_name or quote_text

from __future__ import annotations

from collections.abc import Mapping as MappingType
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import duckdb

from resources.engine import quote_name, quote_text, write_parquet
from resources.mapping import Mapping, heading_key
from resources.native import keeps_its_type
from resources.refusals import Refusal
from resources.scrubbing import presence, scrubbed

if TYPE_CHECKING:
    import pyarrow as pa

MAX_EXAMPLES = 5
#: What DuckDB raises for content it cannot read; anything else (memory, disk) is not the file's fault and goes on up.
CONTENT_ERRORS = (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.IOException)


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that could not be read. row: its number among the data rows, or None where only the count is known."""

    row: int
    vi: str
    en: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What was written: rows that could be read, how many could not, and the first of those."""

    rows: int
    broken: int = 0
    examples: tuple[BrokenRow, ...] = field(default=())


class Source(Protocol):
    """One table in a file. part: the sheet it stands on, None when the file is one table."""

    @property
    def part(self) -> str | None: ...

    @property
    def headings(self) -> Sequence[str]: ...

    def missing(self, con: duckdb.DuckDBPyConnection, mapping: Mapping) -> list[str]:
        """Required source columns that are not there."""
        ...

    def take(self, con: duckdb.DuckDBPyConnection, mapping: Mapping, path: Path) -> Taken:
        """Write the columns the mapping knows to a Parquet file. Raises Refusal when the file cannot be read as a
        whole.
        """
        ...


@dataclass(frozen=True)
class TableSource:
    """A table already in memory: a sheet, a table of a web page, a small JSON. All columns are texts."""

    part: str | None
    headings: tuple[str, ...]
    table: pa.Table  # columns c0, c1, ... in the order of the headings, and source_row

    def missing(self, con: duckdb.DuckDBPyConnection, mapping: Mapping) -> list[str]:
        return mapping.missing(self.headings)

    def take(self, con: duckdb.DuckDBPyConnection, mapping: Mapping, path: Path) -> Taken:
        name = "door_table"
        con.register(name, self.table)
        try:
            columns = positional_columns(mapping, self.headings)
            rows = write_parquet(con, f"SELECT {columns}, source_row FROM {name} ORDER BY source_row", path)
        finally:
            con.unregister(name)
        if rows == 0:
            raise no_rows()
        return Taken(rows)

    def texts(self, names: Sequence[str]) -> list[str]:
        """The texts of the first of these columns that is there, empty ones left out."""
        wanted = {heading_key(name) for name in names}
        for index, heading in enumerate(self.headings):
            if heading_key(heading) in wanted:
                return [text for text in self.table.column(f"c{index}").to_pylist() if text]
        return []


@dataclass(frozen=True)
class ParquetSource:
    """A flat Parquet file; its values are taken as their texts, but for those that keep their type."""

    path: Path
    headings: tuple[str, ...]
    types: tuple[str, ...]
    part: str | None = None

    def missing(self, con: duckdb.DuckDBPyConnection, mapping: Mapping) -> list[str]:
        return mapping.missing(self.headings)

    def take(self, con: duckdb.DuckDBPyConnection, mapping: Mapping, path: Path) -> Taken:
        there = {heading_key(name): quote_name(name) for name in self.headings}
        types = dict(zip(map(heading_key, self.headings), self.types, strict=True))
        columns = known_columns(mapping, there, types)
        source = f"read_parquet({quote_text(self.path)}, file_row_number = true)"
        try:
            rows = write_parquet(con, f"SELECT {columns}, file_row_number + 1 AS source_row FROM {source}", path)
        except CONTENT_ERRORS:
            raise _unreadable_parquet() from None
        if rows == 0:
            raise no_rows()
        return Taken(rows)


def parquet_source(con: duckdb.DuckDBPyConnection, path: Path) -> ParquetSource:
    """A Parquet file that arrived. Raises Refusal when its footer cannot be read."""
    try:
        described = con.execute(f"DESCRIBE SELECT * FROM read_parquet({quote_text(path)})").fetchall()
    except CONTENT_ERRORS:
        raise _unreadable_parquet() from None
    return ParquetSource(path, tuple(row[0] for row in described), tuple(row[1] for row in described))


def write_numbered(con: duckdb.DuckDBPyConnection, columns: str, source: str, path: Path) -> int:
    """Write the rows of a scan, numbered in the order of the file, and return how many there were.

    The rows are in order already, so sorting costs next to nothing; it evens out the portions in which they come, which
    differ with the number of threads and would show in the bytes of the Parquet file.
    """
    numbered = f"SELECT {columns}, row_number() OVER () AS source_row FROM {source}"
    return write_parquet(con, f"{numbered} ORDER BY source_row", path)


def known_columns(mapping: Mapping, there: dict[str, str], types: MappingType[str, str] | None = None) -> str:
    """The select list of the columns that pass the door. there: heading key to the SQL of the column; types: to its type,
    where it has one.
    """
    types = types or {}
    private = {heading_key(name) for name in mapping.personal}
    listed = []
    for name in mapping.source_columns:
        sql = there.get(heading_key(name))
        if sql is None:
            text = "NULL::VARCHAR"
        elif heading_key(name) in private:
            text = presence(mapping, name, f"CAST({sql} AS VARCHAR)")
        elif keeps_its_type(mapping, name, types.get(heading_key(name))):
            text = sql
        else:
            text = scrubbed(mapping, name, f"CAST({sql} AS VARCHAR)")
        listed.append(f"{text} AS {quote_name(name)}")
    return ", ".join(listed)


def positional_columns(mapping: Mapping, headings: Sequence[str]) -> str:
    """The same over columns named c0, c1, ... A heading that stands twice counts where it stands first."""
    there: dict[str, str] = {}
    for index, heading in enumerate(headings):
        there.setdefault(heading_key(heading), f"c{index}")
    return known_columns(mapping, there)


def no_rows() -> Refusal:
    return Refusal(
        "no_rows",
        "không có dòng dữ liệu nào, chỉ có tiêu đề hoặc danh sách rỗng",
        "there is no row of data, only a heading or an empty list",
        value="0",
        expected="> 0",
        do_vi="Xuất lại; nếu nguồn thật sự không có dữ liệu thì bỏ tệp này ra",
        do_en="Export it again; if the source has nothing, take the file away",
    )


def cut_off(row: int | None) -> Refusal:
    """Refusal of a file whose end is missing: what is there cannot be told from the whole."""
    return Refusal(
        "cut_off",
        "tệp bị cắt cụt: dòng cuối không trọn vẹn",
        "the file breaks off: its last row is not whole",
        row=row,
        do_vi="Chép hoặc xuất lại tệp nguyên vẹn",
        do_en="Copy or export the whole file again",
    )


def unreadable(form: str) -> Refusal:
    """Refusal of content that is not of its form. What DuckDB says is not quoted: it cites the line."""
    return Refusal(
        "unreadable",
        f"không đọc được nội dung dạng {form}",
        f"the content cannot be read as {form}",
        expected=form,
        do_vi="Mở tệp để kiểm tra, xuất lại từ nguồn",
        do_en="Open the file to look at it, export it again at the source",
    )


def _unreadable_parquet() -> Refusal:
    return unreadable("Parquet")
