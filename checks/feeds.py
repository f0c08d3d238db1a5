"""Measurements of a feed: what can be said of one export as a whole before anyone judges it.

Belongs here: pure functions from an export, its rows and its history to numbers with names (the `measure` of a rule).
Does not belong here: limits (rules.yaml) and judging (suites).
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checks.own_rules import DROPPED
from checks.rows import SplitResult
from checks.rules import load_rules
from checks.tables import COMPONENTS
from scoring.calendar import Week

if TYPE_CHECKING:
    import duckdb

    from resources.exports import ExportRecord

HISTORY_WEEKS = 8  # earlier weeks a volume is compared with
FEWEST_WEEKS = 4  # with fewer of them there is no verdict
FEWEST_ROWS = 50  # a feed of fewer rows a week moves too much to say anything
FEWEST_UNITS = 5  # a smaller table may well have one component at 0 throughout
_PROVINCE = re.compile(r"H\d{2}")


@dataclass(frozen=True, slots=True)
class Reading:
    """A measured value (None: no verdict is possible), what it was made of, and what a person should see beside it."""

    value: float | None
    failed: int = 0
    checked: int = 1
    note: str = ""


@dataclass(frozen=True, slots=True)
class FeedMeasures:
    """All that was measured of one export: by row rules (split) and as a whole (readings, by name of the measure)."""

    export: ExportRecord
    split: SplitResult
    readings: Mapping[str, Reading] = field(default_factory=dict)


def measure_feed(
    export: ExportRecord,
    split: SplitResult,
    *,
    history: Iterable[ExportRecord] = (),
    newest_event: datetime | None = None,
    rows: Sequence[Mapping[str, Any]] = (),
) -> FeedMeasures:
    """Everything measured of one export.

    history: accepted exports of any week and kind; those of this feed in earlier weeks are picked. newest_event: of
    dossiers, see newest_event(). rows: of score tables and counts, the valid rows.
    """
    earlier = _of_feed(export, history)
    return FeedMeasures(
        export,
        split,
        {
            "usable_rows": Reading(split.valid_rows, int(not split.valid_rows)),
            "quarantined_share": _quarantined_share(export, split),
            "exported_before_week_days": _days_before_week(export),
            "same_as_before": _same_as_before(export, earlier),
            "quiet_days": _quiet_days(export, newest_event),
            "volume_ratio": _volume_ratio(split.received_rows, earlier),
            "national_units": _national_units(export, rows),
            "zero_components": _zero_components(rows),
        },
    )


def newest_event(con: duckdb.DuckDBPyConnection, dossiers: Path) -> datetime | None:
    """The latest moment (naive UTC) any dossier of a valid file was accepted or ended; None when there is none."""
    sql = "SELECT max(greatest(accepted_at, finished_at, returned_at, stopped_at)) FROM read_parquet(?)"
    row = con.execute(sql, [str(dossiers)]).fetchone()
    return row[0] if row else None


def _of_feed(export: ExportRecord, history: Iterable[ExportRecord]) -> list[ExportRecord]:
    """Exports of the same kind, scope, kind of period and part in earlier weeks, the latest first."""
    feed = (export.kind, export.scope, export.period_kind, export.part)
    earlier = [
        each
        for each in history
        if (each.kind, each.scope, each.period_kind, each.part) == feed
        and each.status == "accepted"
        and Week.parse(each.week) < Week.parse(export.week)
    ]
    return sorted(earlier, key=lambda each: Week.parse(each.week), reverse=True)


def _quarantined_share(export: ExportRecord, split: SplitResult) -> Reading:
    """Share of rows that could not be used, lines the door could not read included.

    Superseded rows are no fault, and those that a correction dropped are settled.
    """
    no_fault = {DROPPED.id, *(rule.id for rule in load_rules() if rule.repeated)}
    settled = sum(each.failed for each in split.measurements if each.rule in no_fault and each.unit_code is None)
    received = split.received_rows + export.rejected_rows
    failed = max(0, split.quarantined_rows - settled) + export.rejected_rows
    return Reading(failed / received if received else None, failed, received)


def _days_before_week(export: ExportRecord) -> Reading:
    if export.exported_at is None:
        return Reading(None)
    early = Week.parse(export.week).start - export.exported_at
    days = max(0, -(-early // timedelta(days=1)))  # a part of a day counts as one
    return Reading(days, int(days > 0), note=f"{export.exported_at + timedelta(hours=7):%Y-%m-%d %H:%M}")


def _same_as_before(export: ExportRecord, earlier: Sequence[ExportRecord]) -> Reading:
    same = [each for each in earlier if each.sha256 == export.sha256]
    return Reading(len(same), int(bool(same)), note=", ".join(each.week for each in same))


def _quiet_days(export: ExportRecord, newest: datetime | None) -> Reading:
    if newest is None:
        return Reading(None)
    days = max(0, (Week.parse(export.week).start - newest).days)
    return Reading(days, int(days > 0), note=f"{newest + timedelta(hours=7):%Y-%m-%d %H:%M}")


def _volume_ratio(rows: int, earlier: Sequence[ExportRecord]) -> Reading:
    """How many times more, or fewer, rows than the median of the last weeks; at least 1."""
    by_week = {each.week: each.rows for each in reversed(earlier)}
    past = list(by_week.values())[-HISTORY_WEEKS:]
    if len(past) < FEWEST_WEEKS or not rows:
        return Reading(None)
    median = statistics.median(past)
    if median < FEWEST_ROWS:
        return Reading(None)
    return Reading(max(rows / median, median / rows), 1, note=f"{rows} / {median:g}")


def _national_units(export: ExportRecord, rows: Sequence[Mapping[str, Any]]) -> Reading:
    if export.scope != "VN" or export.partial or not rows:
        return Reading(None)
    units = {row["unit_code"] for row in rows if _PROVINCE.fullmatch(row["unit_code"] or "")}
    return Reading(len(units), checked=len(units))


def _zero_components(rows: Sequence[Mapping[str, Any]]) -> Reading:
    """How many components are 0 for every unit that has a value."""
    if len(rows) < FEWEST_UNITS or "satisfaction" not in rows[0]:
        return Reading(None)
    zero = []
    for component in COMPONENTS:
        values = [row[component] for row in rows if row[component] is not None]
        if values and not any(values):
            zero.append(component)
    return Reading(len(zero), len(zero), len(COMPONENTS), ", ".join(zero))
