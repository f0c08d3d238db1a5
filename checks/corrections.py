"""Corrections laid over the typed rows of an export, before the row rules judge them.

Belongs here: whether the source still says what a correction expects, what becomes of the rows, and what is said of it. Does
not belong here: what a correction may say (resources/corrections.py), storing it (resources/review.py), its SQL
(correction_sql), judging rows (rows).

Every correction looks at the rows as the source sent them. Where several write one field of one row the newest stands; a row
that one of them drops is dropped. The guard: if a row holds something else than expected, or no row of the feed is meant, the
correction does nothing at all there and says so loudly.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checks import correction_sql
from checks.correction_sql import BESIDE, RECEIVED
from checks.own_rules import DROPPED, EXPECTATION, FLAGGED
from checks.rows import STAGE, Measurement, of_export
from resources.cases import Correction, named
from resources.catalogue import Table
from resources.catalogue import table as catalogue_table
from resources.outcomes import RuleOutcome

if TYPE_CHECKING:
    import duckdb

    from checks.rules import Rule
    from resources.exports import ExportRecord

LAID = "corrections"
"""Under this name a typed file tells which corrections its rows carry."""


@dataclass(frozen=True, slots=True)
class Laid:
    """What corrections made of an export.

    sql: the typed rows that are left, mended. dropped: the others, as quarantine keeps them; None when there are none.
    numbers: the corrections that the rows carry.
    """

    sql: str
    dropped: str | None
    numbers: tuple[int, ...]
    outcomes: tuple[RuleOutcome, ...]
    measurements: tuple[Measurement, ...]

    @property
    def notes(self) -> dict[str, str]:
        """What the files made of these rows tell of themselves."""
        return {LAID: ",".join(map(str, self.numbers))} if self.numbers else {}


@dataclass(frozen=True, slots=True)
class _Meant:
    """What the guard found of one correction. in_feed, unmet_in_feed: rows of all parts of the feed that are meant, and
    that are not as expected; rows, first, unmet: how many are meant in this export, the first, the first not as expected.
    """

    correction: Correction
    in_feed: int
    unmet_in_feed: int
    rows: int
    first: int | None
    unmet: int | None

    @property
    def is_done(self) -> bool:
        return self.rows > 0 and not self.unmet_in_feed


@contextmanager
def laying(
    con: duckdb.DuckDBPyConnection,
    typed_sql: str,
    table: str,
    corrections: Sequence[Correction],
    export: ExportRecord,
    beside: Mapping[str, str] | None = None,
) -> Iterator[Laid | None]:
    """Lays corrections that speak of an export over the rows of `typed_sql` (see rows.split), which is scanned once.

    beside: of a feed that came in parts, the typed SELECTs of the other parts by export id: a row that is meant may stand
    in any of them. What is yielded can be read as long as the context is open; None without corrections.
    """
    if not corrections:
        yield None
        return
    try:
        yield _lay(con, typed_sql, catalogue_table(table), corrections, export, beside or {})
    finally:
        for name in (RECEIVED, BESIDE):
            con.execute(f"DROP TABLE IF EXISTS {name}")


def laid_over(path: Path) -> tuple[int, ...]:
    """The numbers of the corrections that the rows of a typed file carry; none when there is no such file."""
    import pyarrow.parquet as pq

    if not path.is_file():
        return ()
    told = (pq.read_metadata(path).metadata or {}).get(LAID.encode(), b"").decode()
    return tuple(int(number) for number in told.split(",") if number)


def facts(corrections: Iterable[Correction]) -> list[Any]:
    """All that decides what corrections make of rows, as JSON values."""
    return [
        [each.id, each.rows, each.action, each.field, each.value, each.expect, each.who, each.reason]
        for each in corrections
    ]


def _lay(
    con: duckdb.DuckDBPyConnection,
    typed_sql: str,
    entry: Table,
    corrections: Sequence[Correction],
    export: ExportRecord,
    beside: Mapping[str, str],
) -> Laid:
    con.execute(correction_sql.lay_flags(RECEIVED, entry, typed_sql, corrections))
    meant = _guard(con, entry, corrections, beside)
    tells_for_feed = export.export_id == min([export.export_id, *beside])
    outcomes = [
        _refused(con, entry, each, export)
        for each in meant
        if each.unmet is not None or (not each.in_feed and tells_for_feed)
    ]
    received = con.execute(f"SELECT count(*) FROM {RECEIVED}").fetchall()[0][0]  # noqa: S608 - a fixed name
    done = [each for each in meant if each.is_done]
    for each in done:
        if each.correction.action == "drop":
            outcomes.append(_dropped(con, each, export, received))
        elif each.correction.action == "flag":
            outcomes += _flagged(con, each.correction, export)
    applied = [each.correction for each in done if each.correction.action != "flag"]
    drops = {each.id: _who(each) for each in applied if each.action == "drop"}
    set_aside = correction_sql.dropped(entry, applied, export.file, DROPPED.id, drops) if drops else None
    return Laid(
        sql=correction_sql.mended(entry, applied),
        dropped=set_aside,
        numbers=tuple(correction.id for correction in applied),
        outcomes=tuple(outcomes),
        measurements=(_measured(con, set_aside, received),) if set_aside else (),
    )


def _guard(
    con: duckdb.DuckDBPyConnection, entry: Table, corrections: Sequence[Correction], beside: Mapping[str, str]
) -> list[_Meant]:
    def counted(name: str) -> list[tuple[Any, ...]]:
        return con.execute(correction_sql.count(name, corrections)).fetchall()

    here = counted(RECEIVED)
    parts = [here]
    for typed_sql in beside.values():
        con.execute(correction_sql.lay_flags(BESIDE, entry, typed_sql, corrections))
        parts.append(counted(BESIDE))
    return [
        _Meant(correction, sum(part[at][0] for part in parts), sum(part[at][1] for part in parts), rows, first, unmet)
        for at, (correction, (rows, _, first, unmet)) in enumerate(zip(corrections, here, strict=True))
    ]


def _measured(con: duckdb.DuckDBPyConnection, set_aside: str, received: int) -> Measurement:
    rows, first = con.execute(f"SELECT count(*), min(source_row) FROM ({set_aside})").fetchall()[0]  # noqa: S608 - ours
    return Measurement(DROPPED.id, None, received, rows, first)


def _refused(con: duckdb.DuckDBPyConnection, entry: Table, meant: _Meant, export: ExportRecord) -> RuleOutcome:
    """The loud finding: which correction, where, what was found, what was expected."""
    correction = meant.correction
    units = con.execute(correction_sql.units(correction)).fetchall()
    unit = units[0][0] if len(units) == 1 else None if units else correction.where.get("unit_code")
    field: str | None
    if meant.unmet is None:
        field, value, expected = ", ".join(correction.where), "–", named(correction.where)
        why = "không có dòng nào như vậy", "there is no such row"
    else:
        field, value, expected = _difference(con, entry, correction, meant.unmet)
        why = f"dòng {meant.unmet}", f"row {meant.unmet}"
    return _say(
        EXPECTATION,
        correction,
        export,
        why,
        unit_code=unit or None,
        grain="unit" if unit else "feed",
        row=meant.unmet,
        field=field,
        value=value,
        expected=expected,
        checked=max(meant.rows, 1),
        failed=1,
    )


def _difference(
    con: duckdb.DuckDBPyConnection, entry: Table, correction: Correction, row: int
) -> tuple[str | None, str, str]:
    """The first field of a row that is not as expected, or that cannot be scaled: what it holds and what it should."""
    found = con.execute(correction_sql.differing(entry, correction), [row]).fetchall()[0]
    for at, (name, expected) in enumerate(correction.expect.items()):
        if not found[2 * at]:
            return name, found[2 * at + 1], expected
    return correction.field, f"× {correction.value}", entry.column(correction.field or "").type


def _dropped(con: duckdb.DuckDBPyConnection, meant: _Meant, export: ExportRecord, received: int) -> RuleOutcome:
    units = con.execute(correction_sql.units(meant.correction)).fetchall()
    return _say(
        DROPPED,
        meant.correction,
        export,
        status="passed",
        unit_code=units[0][0] if len(units) == 1 else None,
        row=meant.first,
        value=named(meant.correction.where),
        checked=received,
        failed=meant.rows,
    )


def _flagged(con: duckdb.DuckDBPyConnection, correction: Correction, export: ExportRecord) -> list[RuleOutcome]:
    """One finding a unit whose rows are meant."""
    told = named(correction.where)
    return [
        _say(FLAGGED, correction, export, unit_code=unit, row=first, value=told, checked=rows, failed=rows)
        for unit, rows, first in con.execute(correction_sql.units(correction)).fetchall()
    ]


def _say(
    rule: Rule, correction: Correction, export: ExportRecord, why: tuple[str, str] | None = None, **facts: Any
) -> RuleOutcome:
    said = rule.outcome(week=export.week, stage=STAGE, **facts, **of_export(export))
    vi, en = (f"; {each}" for each in why) if why else ("", "")
    return replace(
        said,
        message_vi=f"{said.message_vi}: điều chỉnh {_who(correction)}{vi}",
        message_en=f"{said.message_en}: correction {_who(correction)}{en}",
    )


def _who(correction: Correction) -> str:
    """`3 (lan): reason`."""
    return f"{correction.id} ({correction.who}): {correction.reason}"
