"""The door: takes one landed file in. What passes is written under the home as raw Parquet; nothing else is.

Belongs here: the way of a file through sidecar, readers and mapping to a record, and saying why one is refused. Does
not belong here: names of files (landing), formats (readers, read_csv, read_json, workbooks), judging the figures
(checks).

A bad file never raises: it becomes a rejected ExportRecord and ONE finding, and the files beside it go on. What may
raise is what is no file's fault: a full disk, a lack of memory, a mapping of our own that is broken.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from resources.exports import ExportRecord, export_id_of
from resources.files import remove
from resources.home import Home
from resources.landing import LandedFile
from resources.mapping import Mapping, heading_key
from resources.mapping_choice import MAX_LISTED, candidates_for, choose, scorer
from resources.originals import Original, content, look_at, refuse_form, sha256_of
from resources.outcomes import RuleOutcome
from resources.portal_json import answer_of, answer_source
from resources.read_csv import csv_source
from resources.read_json import json_source
from resources.readers import Source, TableSource, Taken, no_rows, parquet_source, unreadable
from resources.refusals import Refusal, said_of
from resources.sheets import SheetMeaning, ignored_sheets, meaning_of
from resources.sidecars import Sidecar, read_sidecar
from resources.workbooks import page_sources, workbook_sources

if TYPE_CHECKING:
    import duckdb

MEMORY_LIMIT_BYTES = 512 << 20  # of formats that are read in memory: workbooks, web pages, answers of an interface
TOLERATED_BROKEN_SHARE = 100  # one row in so many may be unreadable before the finding is an error
_WORKBOOKS = ("xlsx", "xls", "xlsm", "xlsb", "ods", "html")
_SMALL_KINDS = ("scores", "counts")


class Desk(Protocol):
    """What the door needs of an office (resources/office.py)."""

    @property
    def home(self) -> Home: ...

    @property
    def mapping_folders(self) -> Sequence[Path]: ...

    def engine(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]: ...


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A file on its way through the door."""

    file: LandedFile
    sidecar: Sidecar
    sha256: str
    size_bytes: int
    received_at: datetime


def take_in(
    office: Desk, file: LandedFile, *, received_at: datetime | None = None
) -> tuple[list[ExportRecord], list[RuleOutcome]]:
    """Takes a file in: one record a table (a workbook may hold several), and what is to be said about them.

    received_at: naive UTC, by default now; no figure depends on it. Writes `home.raw_path(record)` for accepted
    records: the mapping's source columns as texts (lists of structs of texts for nested JSON) and `source_row`, whole
    or not at all. Taking the same file in again writes the same bytes under the same id.
    """
    moment = received_at or datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    sidecar = Sidecar()
    try:
        sidecar = read_sidecar(file.path)
        original = look_at(file.path, file.compression)
        arrival = _Arrival(file, sidecar, original.sha256, original.size_bytes, moment)
        candidates = candidates_for(file.kind, sidecar.mapping, office.mapping_folders)
        with office.engine() as con:
            sources = _sources(con, original, file, candidates)
            return _take_sources(office, con, arrival, sources, candidates)
    except Refusal as refusal:
        return _refused(_unread(file, sidecar, moment), refusal)
    except OSError as error:
        return _refused(_unread(file, sidecar, moment), _gone(error))


def _take_sources(
    office: Desk, con: duckdb.DuckDBPyConnection, arrival: _Arrival, sources: list[Source], candidates: list[Mapping]
) -> tuple[list[ExportRecord], list[RuleOutcome]]:
    records: list[ExportRecord] = []
    outcomes: list[RuleOutcome] = []
    kept, ignored = ignored_sheets(sources, arrival.file.kind, scorer(candidates))
    outcomes += [_ignored_sheet(arrival.file, source) for source in ignored]
    for source in kept:
        try:
            if not source.headings:
                raise no_rows()
            mapping = choose(con, source, candidates, arrival.file.kind)
            meaning = meaning_of(source, mapping, arrival.file, arrival.sidecar)
            record, said = _take_source(office, con, arrival, source, mapping, meaning)
        except Refusal as refusal:
            found, said = _refused(arrival, refusal, source.part)
            records += found
        else:
            records.append(record)
        outcomes += said
    return records, outcomes


def _take_source(
    office: Desk,
    con: duckdb.DuckDBPyConnection,
    arrival: _Arrival,
    source: Source,
    mapping: Mapping,
    meaning: SheetMeaning,
) -> tuple[ExportRecord, list[RuleOutcome]]:
    record = _record(arrival, meaning, mapping)
    path = office.home.raw_path(record)
    try:
        taken = source.take(con, mapping, path)
    except Refusal:
        remove(path)
        raise
    record = _record(arrival, meaning, mapping, taken)
    outcomes = []
    if taken.broken:
        outcomes.append(_broken_rows(arrival.file, record, taken))
    if unknown := _unknown(source, mapping):
        outcomes.append(_dropped_columns(arrival.file, record, unknown))
    return record, outcomes


def _sources(
    con: duckdb.DuckDBPyConnection, original: Original, file: LandedFile, candidates: list[Mapping]
) -> list[Source]:
    """The tables of a file, by what it is; its name only says what it should be. Raises Refusal."""
    score = scorer(candidates)
    match original.form:
        case "zip" | "ole":
            if file.extension not in _WORKBOOKS:
                refuse_form("một sổ tính Excel hoặc tệp nén / a workbook or an archive", file.extension)
            return [*workbook_sources(content(original, file.compression, MEMORY_LIMIT_BYTES), score)]
        case "html":
            return [*page_sources(original, content(original, file.compression, MEMORY_LIMIT_BYTES), score)]
        case "parquet":
            if file.extension != "parquet" or file.compression:
                refuse_form("Parquet", f"{file.extension} (.parquet, không nén thêm / not compressed again)")
            return [parquet_source(con, file.path)]
        case "text":
            if file.extension == "parquet":
                raise unreadable("Parquet")
            return [_text_source(original, file, candidates, score)]
        case other:
            refuse_form(other, file.extension)


def _text_source(
    original: Original, file: LandedFile, candidates: list[Mapping], score: Callable[[Sequence[str]], int]
) -> Source:
    starts_as_json = original.text_head.lstrip("\ufeff \t\r\n")[:1] in ("{", "[")
    if file.extension not in ("json", "ndjson", "jsonl"):
        if starts_as_json:
            refuse_form("JSON", file.extension)
        return csv_source(original, file.compression, score)
    if not starts_as_json:
        refuse_form("văn bản không phải JSON / a text that is not JSON", file.extension)
    if file.kind in _SMALL_KINDS and file.extension == "json":
        answer = answer_of(original, content(original, file.compression, MEMORY_LIMIT_BYTES))
        if answer is not None:
            source = answer_source(answer, candidates, score)
            if source is None:
                raise no_rows()
            return source
    return json_source(original, file.compression, lines=file.extension != "json")


def _record(
    arrival: _Arrival, meaning: SheetMeaning, mapping: Mapping | None, taken: Taken | None = None
) -> ExportRecord:
    file, sidecar = arrival.file, arrival.sidecar
    reference = mapping.reference if mapping else None
    return ExportRecord(
        export_id=export_id_of(
            sha256=arrival.sha256,
            week=str(file.week),
            kind=file.kind,
            scope=meaning.scope,
            period=meaning.period.label if meaning.period else None,
            part=meaning.part,
            mapping=reference,
            sidecar=sidecar.facts,
        ),
        week=str(file.week),
        kind=file.kind,
        scope=meaning.scope,
        period_kind=meaning.period.kind if meaning.period else None,
        period=meaning.period.label if meaning.period else None,
        file=file.name,
        sha256=arrival.sha256,
        size_bytes=arrival.size_bytes,
        rows=taken.rows if taken else 0,
        rejected_rows=taken.broken if taken else 0,
        exported_at=sidecar.exported_at,
        received_at=arrival.received_at,
        source=sidecar.source,
        mapping=reference,
        ruleset=sidecar.ruleset,
        partial=sidecar.partial,
        provisional=sidecar.provisional,
        corrects=sidecar.corrects,
        status="accepted" if taken else "rejected",
        part=meaning.part,
    )


def _refused(
    arrival: _Arrival, refusal: Refusal, part: str | None = None
) -> tuple[list[ExportRecord], list[RuleOutcome]]:
    record = _record(arrival, SheetMeaning(arrival.file.scope, None, part), None)
    return [record], [refusal.outcome(arrival.file, part=part, export_id=record.export_id)]


def _unread(file: LandedFile, sidecar: Sidecar, moment: datetime) -> _Arrival:
    return _Arrival(file, sidecar, *sha256_of(file.path), moment)


def _gone(error: OSError) -> Refusal:
    return Refusal(
        "unreadable_file",
        f"không mở được tệp ({error.strerror})",
        f"the file cannot be opened ({error.strerror})",
        do_vi="Kiểm tra quyền đọc và ổ đĩa, rồi chạy lại",
        do_en="Look at its permissions and the disk, then run again",
    )


def _unknown(source: Source, mapping: Mapping) -> list[str]:
    names = (*mapping.source_columns, *mapping.source_lists, *mapping.personal, *mapping.ignored)
    known = {heading_key(name) for name in names}
    return [heading for heading in source.headings if heading.strip() and heading_key(heading) not in known]


def _dropped_columns(file: LandedFile, record: ExportRecord, unknown: list[str]) -> RuleOutcome:
    listed = ", ".join(unknown[:MAX_LISTED]) + (" …" if len(unknown) > MAX_LISTED else "")
    return said_of(
        file,
        "unknown_columns",
        f"{len(unknown)} cột lạ không qua cửa",
        f"{len(unknown)} unknown columns do not pass the door",
        severity="info",
        field=listed,
        part=record.part,
        export_id=record.export_id,
        failed=len(unknown),
        checked=len(unknown),
        do_vi="Không cần làm gì; nếu cột cần dùng, thêm vào ánh xạ",
        do_en="Nothing; if a column is needed, add it to the mapping",
    )


def _broken_rows(file: LandedFile, record: ExportRecord, taken: Taken) -> RuleOutcome:
    """A finding with the first few rows; an error when more than one in a hundred could not be read."""
    first = taken.examples[0]
    listed_vi = "; ".join(f"{each.row}: {each.vi}" for each in taken.examples)
    listed_en = "; ".join(f"{each.row}: {each.en}" for each in taken.examples)
    many = taken.broken * TOLERATED_BROKEN_SHARE > taken.rows + taken.broken
    return said_of(
        file,
        "broken_rows",
        f"{taken.broken} dòng không đọc được, các dòng khác được nhận ({listed_vi})",
        f"{taken.broken} rows could not be read, the others are taken in ({listed_en})",
        severity="error" if many else "warning",
        row=first.row,
        field=first.field,
        part=record.part,
        export_id=record.export_id,
        checked=taken.rows + taken.broken,
        failed=taken.broken,
        do_vi="Sửa các dòng này ở nguồn và gửi lại tệp",
        do_en="Mend these rows at the source and send the file again",
    )


def _ignored_sheet(file: LandedFile, source: TableSource) -> RuleOutcome:
    return said_of(
        file,
        "ignored_sheet",
        f"trang tính {source.part!r} không thuộc các trang được đọc, bỏ qua",
        f"the sheet {source.part!r} is not one that is read: ignored",
        severity="info",
        part=source.part,
        do_vi="Không cần làm gì nếu đây là trang ghi chú",
        do_en="Nothing, if it is a sheet of notes",
    )
