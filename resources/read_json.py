"""Reading JSON records, nested or flat, line by line or as an array, through DuckDB.

Belongs here: NDJSON, arrays, and an object that wraps an array (`{"data": [...]}`). Does not belong here: answers of an
interface that have to be walked (resources/portal_json.py).

A whole file is read in one fast, strict pass. Only when that stops at a broken line is it read again, line by line, so
that the good rows are kept and the broken ones are counted with their numbers.
"""

# ruff: noqa: S608 - every name and text in this SQL goes through quote_name or quote_text

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import duckdb

from resources.engine import quote_name, quote_text, write_parquet
from resources.mapping import Mapping, heading_key
from resources.originals import Original, refuse_encoding
from resources.readers import (
    CONTENT_ERRORS,
    MAX_EXAMPLES,
    BrokenRow,
    Taken,
    cut_off,
    no_rows,
    unreadable,
    write_numbered,
)
from resources.scrubbing import alike, presence, scrubbed, scrubbed_list

WRAPPERS = ("data", "items", "rows", "content", "records", "result", "results")
SAMPLE_RECORDS = 200
_WRAPPED = re.compile(rf'"({"|".join(WRAPPERS)})"\s*:\s*\[')
_COMPRESSION = {"gz": "gzip", "zst": "zstd", None: "uncompressed"}
Layout = Literal["lines", "array", "wrapped"]


@dataclass(frozen=True)
class JsonSource:
    """JSON records. headings: the keys of the first records; senders leave empty fields out, so more may follow."""

    original: Original
    compression: str | None
    layout: Layout
    wrapper: str | None
    headings: tuple[str, ...]
    part: str | None = None

    def missing(self, con: duckdb.DuckDBPyConnection, mapping: Mapping) -> list[str]:
        """Required fields that no record has. Looks at all of them only when the first records do not have one."""
        missing = mapping.missing(self.headings)
        if not missing:
            return []
        names = [name for alternatives in missing for name in alternatives.split(" | ")]
        columns = dict.fromkeys(names, "VARCHAR")
        counted = ", ".join(f"count({quote_name(name)})" for name in names)
        try:
            found = con.execute(f"SELECT {counted} FROM {self._rows(columns, tolerant=True)}").fetchone() or ()
        except CONTENT_ERRORS:
            return missing
        there = {name for name, count in zip(names, found, strict=True) if count}
        return [alternatives for alternatives in missing if not there & set(alternatives.split(" | "))]

    def take(self, con: duckdb.DuckDBPyConnection, mapping: Mapping, path: Path) -> Taken:
        columns = dict.fromkeys(mapping.source_columns, "VARCHAR") | {
            name: _list_type(fields) for name, fields in mapping.read_lists.items()
        }
        passing = _passing(mapping, {name: quote_name(name) for name in mapping.read_lists})
        try:
            source = self._rows(columns)
            taken = Taken(write_numbered(con, passing, source, path))
        except CONTENT_ERRORS:
            if self.layout != "lines":
                raise unreadable("JSON") from None
            taken = self._take_good_lines(con, mapping, path)
        if taken.rows == 0:
            raise no_rows()
        return taken

    def _take_good_lines(self, con: duckdb.DuckDBPyConnection, mapping: Mapping, path: Path) -> Taken:
        """A broken line gives a row of nulls; a list that is no list is told from a missing one by reading it as
        JSON.
        """
        columns = dict.fromkeys(mapping.source_columns, "VARCHAR") | dict.fromkeys(mapping.read_lists, "JSON")
        numbered = f"SELECT *, row_number() OVER () AS source_row FROM {self._rows(columns, tolerant=True)}"
        nothing = " AND ".join(f"{quote_name(name)} IS NULL" for name in columns)
        cases = " ".join(
            f"WHEN coalesce(json_type({quote_name(name)}), 'NULL') NOT IN ('ARRAY', 'NULL') THEN {quote_text(name)}"
            for name in mapping.read_lists
        )
        fault = f"CASE WHEN {nothing} THEN '' {cases} END"
        try:
            broken = con.execute(
                f"SELECT source_row, {fault} AS fault FROM ({numbered}) WHERE fault IS NOT NULL ORDER BY source_row"
            ).fetchall()
            lists = {
                name: f"from_json({quote_name(name)}, {quote_text(json.dumps([dict.fromkeys(fields, 'VARCHAR')]))})"
                for name, fields in mapping.read_lists.items()
            }
            good = f"SELECT {_passing(mapping, lists)}, source_row FROM ({numbered}) WHERE ({fault}) IS NULL"
            rows = write_parquet(con, f"{good} ORDER BY source_row", path)
        except CONTENT_ERRORS:
            raise unreadable("NDJSON") from None
        return Taken(rows, len(broken), tuple(_said(*each) for each in broken[:MAX_EXAMPLES]))

    def _rows(self, columns: dict[str, str], *, tolerant: bool = False) -> str:
        """SQL of the records as a table. tolerant: broken lines become rows of nulls (NDJSON only)."""
        listed = ", ".join(f"{quote_text(name)}: {quote_text(kind)}" for name, kind in columns.items())
        options = f"compression = {quote_text(_COMPRESSION[self.compression])}"
        path = quote_text(self.original.path)
        if self.layout == "wrapped":
            fields = ", ".join(f"{quote_name(name)} {kind}" for name, kind in columns.items())
            whole = f"columns = {{{quote_text(self.wrapper or '')}: {quote_text(f'STRUCT({fields})[]')}}}"
            # The file is ONE object. DuckDB reads in buffers of that size, so elsewhere it stays small.
            size = f"maximum_object_size = {max(16 << 20, self.original.content_bytes + 1)}"
            return (
                f"(SELECT unnest({quote_name(self.wrapper or '')}, max_depth := 2) "
                f"FROM read_json({path}, {whole}, format = 'unstructured', {size}, {options}))"
            )
        # DuckDB's line reader stops at a byte order mark, its reader of unstructured JSON steps over it.
        marked = self.original.encoding == "utf-8-sig" and not tolerant
        form = "array" if self.layout == "array" else "unstructured" if marked else "newline_delimited"
        errors = ", ignore_errors = true" if tolerant and self.layout == "lines" else ""
        return f"read_json({path}, columns = {{{listed}}}, format = {quote_text(form)}, {options}{errors})"


def json_source(original: Original, compression: str | None, *, lines: bool) -> JsonSource:
    """JSON records. lines: the file's name says NDJSON. Raises Refusal when the end is missing."""
    if original.encoding not in ("utf-8", "utf-8-sig"):
        refuse_encoding(f"{original.encoding}")
    start = original.text_head.lstrip("\ufeff \t\r\n")
    layout, wrapper = _layout(start, lines)
    end = original.tail.rstrip(b" \t\r\n\0")
    if layout == "lines":
        last = original.tail.rpartition(b"\n")[2]
        if last.strip() and len(last) < len(original.tail) and _parsed(last) is None:
            raise cut_off(original.lines + 1)
    elif not end.endswith(b"]" if layout == "array" else b"}"):
        raise cut_off(None)
    return JsonSource(original, compression, layout, wrapper, tuple(_keys(start, layout, wrapper)))


def _layout(start: str, lines: bool) -> tuple[Layout, str | None]:
    if start.startswith("["):
        return "array", None
    first = _parsed(start.partition("\n")[0].encode())
    if isinstance(first, dict):
        wrapper = next((key for key in WRAPPERS if isinstance(first.get(key), list)), None)
        return ("wrapped", wrapper) if wrapper else ("lines", None)
    match = _WRAPPED.search(start) if start.startswith("{") and not lines else None
    return ("wrapped", match[1]) if match else ("lines", None)


def _keys(start: str, layout: Layout, wrapper: str | None) -> list[str]:
    """The keys of the first records, in the order they are met."""
    if layout == "lines":
        records: list[Any] = [_parsed(line.encode()) for line in start.split("\n", SAMPLE_RECORDS)[:SAMPLE_RECORDS]]
    else:
        opening = re.search(rf'"{wrapper}"\s*:\s*\[', start) if wrapper else re.match(r"\[", start)
        records = _first_records(start, opening.end() if opening else len(start))
    return list(dict.fromkeys(key for record in records if isinstance(record, dict) for key in record))


def _first_records(text: str, position: int) -> list[Any]:
    decoder = json.JSONDecoder()
    found: list[Any] = []
    while len(found) < SAMPLE_RECORDS:
        while position < len(text) and text[position] in " \t\r\n,":
            position += 1
        try:
            record, position = decoder.raw_decode(text, position)
        except json.JSONDecodeError:
            break
        found.append(record)
    return found


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (json.JSONDecodeError, UnicodeDecodeError):
        return None


def _list_type(fields: tuple[str, ...]) -> str:
    return f"STRUCT({', '.join(f'{quote_name(name)} VARCHAR' for name in fields)})[]"


def _passing(mapping: Mapping, lists: dict[str, str]) -> str:
    """The select list of what passes: texts and lists; of personal fields only that there is something."""
    private = {heading_key(name) for name in mapping.personal}
    listed = []
    for name in mapping.source_columns:
        text = quote_name(name)
        kept = presence(mapping, name, text) if heading_key(name) in private else scrubbed(mapping, name, text)
        listed.append(f"{kept} AS {text}")
    for name, fields in mapping.source_lists.items():
        sql = lists[name]
        if fields != mapping.read_lists[name]:  # what was read to be compared goes no further
            sql = f"({sql})::{_list_type(fields)}"
        listed.append(f"{scrubbed_list(mapping, name, sql)} AS {quote_name(name)}")
    for name, pairs in mapping.alike_columns.items():
        one, other = ((lists[each], field) for each, field in pairs)
        listed.append(f"{alike(one, other)} AS {quote_name(name)}")
    return ", ".join(listed)


def _said(row: int, fault: str) -> BrokenRow:
    if fault:
        return BrokenRow(int(row), "cần một danh sách", "expected a list", fault)
    return BrokenRow(
        int(row), "không phải JSON hoặc không có trường nào đã biết", "not JSON, or without any known field"
    )
