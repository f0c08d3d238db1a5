"""Stage 6b, rankings: every cohort of a week ranked, with its change against exactly the week before.

Belongs here: making cohorts out of slices, units under review, the row's status. Does not belong here: the arithmetic of ranks
(scoring/ranking.py).
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd

from assets.scores import Slice
from checks.breaks import breaks_between
from resources.catalogue import table
from resources.exports import ExportRecord
from resources.tables import rows_of
from resources.verdicts import UnitHold, Verdict
from scoring.calendar import Period, Week
from scoring.ranking import Row, lowest_component, rank_rows

NATION = "VN"
KINDS_OF_BASIS = {
    "computed": ("dossiers", "procedures", "petitions", "units"),
    "recounted": ("counts",),
    "as_published": ("scores", "counts"),
}
"""The kinds of export a row of a basis stands on: only a fault of those puts it under review or makes it provisional."""
CohortKey = tuple[str, str, Period]  # level, scope, period


@dataclass(frozen=True)
class Cohort:
    """A ranked cohort of one week: the columns of rank_rows, and basis, ruleset, slice of each row."""

    key: CohortKey
    rows: Sequence[Row]


def rank_week(
    slices: Sequence[Slice],
    before: Sequence[Slice],
    verdict: Verdict | None,
    verdict_before: Verdict | None,
) -> list[Cohort]:
    """Every cohort of the week. `before`: the slices of exactly the week before, from which changes and moves are taken."""
    if slices and breaks_between(slices[0].week.previous, slices[0].week):
        before = ()  # figures on the two sides of a break are not of the same thing
    earlier = _cohorts(before, _held_units(verdict_before))
    found = []
    for key, rows in _cohorts(slices, _held_units(verdict)).items():
        if not _nation_is_held(key, verdict):
            was = rank_rows(earlier[key], None, scope=key[1]) if key in earlier else None
            found.append(Cohort(key, rank_rows(rows, was, scope=key[1])))
    return found


def _nation_is_held(key: CohortKey, verdict: Verdict | None) -> bool:
    """Whether the tables of the nation are held: the provinces that are left must not be ranked as if they were all."""
    _, scope, period = key
    tables = [
        feed
        for feed in (verdict.feeds if verdict else ())
        if scope == NATION == feed.scope and feed.kind in ("scores", "counts") and feed.period == period.label
    ]
    return bool(tables) and not any(feed.admitted for feed in tables)


def _cohorts(slices: Sequence[Slice], holds: Sequence[UnitHold]) -> dict[CohortKey, list[Row]]:
    """level, scope, period -> the units of the cohort. Under two periods of one kind, the one the calendar gives counts."""
    parts: dict[CohortKey, dict[str, Row]] = {}
    for each in slices:
        held = {(hold.unit_code, hold.kind) for hold in holds if hold.period in (None, each.period.label)}
        for row in _units_of(each, held):
            level, province = row["level"], row["province_code"]
            for name in (level,) if level == "province" else (level, "unit"):
                key = (name, NATION if level == "province" else province, each.period)
                parts.setdefault(key, {}).setdefault(row["unit_code"], row)
    return _one_period_a_kind({key: list(rows.values()) for key, rows in parts.items()}, slices)


def _units_of(each: Slice, held: Container[tuple[str | None, str | None]]) -> Iterator[Row]:
    """The units of a slice, departments before communes, each with its rule set and whether it is withheld."""
    rows = rows_of(each.figures.units)
    for level in ("province", "department", "commune"):
        for row in rows:
            if row["level"] == level:
                basis, code = row["basis"], row["unit_code"]
                yield {
                    **row,
                    "slice": each,
                    "ruleset": None if basis == "as_published" else each.ruleset.id,
                    "withheld": any((code, kind) in held for kind in (None, *KINDS_OF_BASIS.get(basis, ()))),
                }


def _one_period_a_kind(cohorts: dict[CohortKey, list[Row]], slices: Sequence[Slice]) -> dict[CohortKey, list[Row]]:
    if not slices:
        return {}
    week = slices[0].week
    kept: dict[tuple[str, str, str], CohortKey] = {}
    for key in cohorts:
        level, scope, period = key
        name = (level, scope, period.kind)
        if (
            name not in kept
            or period == Period.of_week(period.kind, week)
            or (kept[name][2] != Period.of_week(period.kind, week) and period > kept[name][2])
        ):
            kept[name] = key
    return {key: cohorts[key] for key in sorted(kept.values())}


def _held_units(verdict: Verdict | None) -> Sequence[UnitHold]:
    return verdict.holds if verdict else ()


def ranking_frame(week: Week, cohorts: Iterable[Cohort], names: Mapping[str, str]) -> pd.DataFrame:
    """All cohorts in the columns of the catalogue's `rankings`; `revision` is left for publishing to set."""
    columns = table("rankings").column_names
    about = _About(week)
    rows: list[tuple[Any, ...]] = []
    for cohort in cohorts:
        level, scope, period = cohort.key
        for row in cohort.rows:
            told = {
                **row,
                **about.row(row, period),
                "week": str(week),
                "revision": 0,
                "level": level,
                "scope": scope,
                "period_kind": period.kind,
                "period": period.label,
                "unit_name": names.get(row["unit_code"], row["unit_code"]),
            }
            rows.append(tuple(told.get(name) for name in columns))
    return pd.DataFrame(rows, columns=columns, dtype=object)


class _About:
    """What is told beside a row's figures. Rows of one slice, province and basis stand on the same exports."""

    def __init__(self, week: Week) -> None:
        self._week = week
        self._exports: dict[tuple[int, str, str], tuple[ExportRecord, ...]] = {}
        self._lowest: dict[tuple[Any, ...], tuple[str | None, Decimal | None]] = {}

    def row(self, row: Row, period: Period) -> dict[str, Any]:
        exports = self.exports(row)
        lowest, completion = self._lowest_of(row)
        return {
            "lowest_component": lowest,
            "lowest_completion_pct": completion,
            "status": status_of(row, exports, period, self._week),
            "note": _note(row, exports),
        }

    def exports(self, row: Row) -> tuple[ExportRecord, ...]:
        """The exports a row stands on: of its slice those of the kinds of its basis that speak of its province."""
        each, basis, province = row["slice"], row["basis"], row["province_code"]
        key = (id(each), basis, province)
        if key not in self._exports:
            kinds = KINDS_OF_BASIS.get(basis, ())
            self._exports[key] = tuple(
                export for export in each.exports if export.kind in kinds and export.scope in (NATION, province)
            )
        return self._exports[key]

    def _lowest_of(self, row: Row) -> tuple[str | None, Decimal | None]:
        """A unit stands in two cohorts with the same components."""
        maxima = row["slice"].ruleset.maxima
        key = (id(row["slice"]), row["unit_code"])
        if key not in self._lowest:
            self._lowest[key] = lowest_component(row, maxima)
        return self._lowest[key]


def _note(row: Row, exports: Sequence[ExportRecord]) -> str | None:
    """The notes of a row, and what the exports it stands on say of themselves: only part of the units, unsettled figures."""
    told = [row["note"]] if row["note"] else []
    told += ["partial"] if any(export.partial for export in exports) else []
    told += ["unsettled"] if any(export.provisional for export in exports) else []
    return ", ".join(told) or None


def status_of(row: Row, exports: Sequence[ExportRecord], period: Period, week: Week) -> str:
    """The word for a row. Final: every export it stands on was made after the last moment it measures, and its source does
    not call it provisional.
    """
    if row["withheld"]:
        return "under_review"
    if row["total"] is None:
        return "incomplete"
    if any(export.corrects for export in exports):
        return "corrected"
    if any(export.provisional for export in exports):
        return "provisional"
    cut = period.cut(week)
    closed = all(export.exported_at is not None and export.exported_at >= cut for export in exports)
    return "final" if exports and closed else "provisional"
