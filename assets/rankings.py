"""Stage 6b, rankings: every cohort of a week ranked, with its change against exactly the week before.

Belongs here: making cohorts out of slices, units under review, the row's status. Does not belong here: the arithmetic of ranks
(scoring/ranking.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from assets.scores import Slice
from checks.breaks import breaks_between
from resources.catalogue import table
from resources.exports import ExportRecord
from resources.tables import rows_of
from resources.verdicts import UnitHold, Verdict
from scoring.calendar import Period, Week
from scoring.ranking import lowest_component, rank_cohort

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
    """A ranked cohort of one week: rank_cohort's columns, and basis, ruleset, exports of each row."""

    key: CohortKey
    rows: pd.DataFrame


def rank_week(
    slices: Sequence[Slice],
    before: Sequence[Slice],
    verdict: Verdict | None,
    verdict_before: Verdict | None,
) -> list[Cohort]:
    """Every cohort of the week. `before`: the slices of exactly the week before, from which changes and moves are taken."""
    if slices and breaks_between(slices[0].week.previous, slices[0].week):
        before = ()  # figures on the two sides of a break are not of the same thing
    earlier = {
        key: rank_cohort(rows, None, scope=key[1])
        for key, rows in _cohorts(before, _held_units(verdict_before)).items()
    }
    return [
        Cohort(key, rank_cohort(rows, earlier.get(key), scope=key[1]))
        for key, rows in _cohorts(slices, _held_units(verdict)).items()
        if not _nation_is_held(key, verdict)
    ]


def _nation_is_held(key: CohortKey, verdict: Verdict | None) -> bool:
    """Whether the tables of the nation are held: the provinces that are left must not be ranked as if they were all."""
    _, scope, period = key
    tables = [
        feed
        for feed in (verdict.feeds if verdict else ())
        if scope == NATION == feed.scope and feed.kind in ("scores", "counts") and feed.period == period.label
    ]
    return bool(tables) and not any(feed.admitted for feed in tables)


def _cohorts(slices: Sequence[Slice], holds: Sequence[UnitHold]) -> dict[CohortKey, pd.DataFrame]:
    """level, scope, period -> the units of the cohort. Under two periods of one kind, the one the calendar gives counts."""
    parts: dict[CohortKey, list[pd.DataFrame]] = {}
    for each in slices:
        units = each.figures.units.copy()
        units["ruleset"] = [None if basis == "as_published" else each.ruleset.id for basis in units["basis"]]
        units["exports"] = pd.Series([each.exports] * len(units), index=units.index, dtype=object)
        units["maxima"] = pd.Series([each.ruleset.maxima] * len(units), index=units.index, dtype=object)
        held = {(hold.unit_code, hold.kind) for hold in holds if hold.period in (None, each.period.label)}
        units["withheld"] = [
            any((code, kind) in held for kind in (None, *KINDS_OF_BASIS.get(basis, ())))
            for code, basis in zip(units["unit_code"], units["basis"], strict=True)
        ]
        for level in ("province", "department", "commune"):
            members = units[units["level"] == level]
            for scope, rows in [(NATION, members)] if level == "province" else members.groupby("province_code"):
                if len(rows):
                    parts.setdefault((level, str(scope), each.period), []).append(rows)
                    if level != "province":
                        parts.setdefault(("unit", str(scope), each.period), []).append(rows)
    joined = {key: pd.concat(rows, ignore_index=True) for key, rows in parts.items()}
    unique = {key: rows.drop_duplicates("unit_code", keep="first") for key, rows in joined.items()}
    return _one_period_a_kind(unique, slices)


def _one_period_a_kind(
    cohorts: dict[CohortKey, pd.DataFrame], slices: Sequence[Slice]
) -> dict[CohortKey, pd.DataFrame]:
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
    rows: list[dict[str, Any]] = []
    for cohort in cohorts:
        level, scope, period = cohort.key
        for row in rows_of(cohort.rows):
            lowest, completion = lowest_component(row, row["maxima"])
            rows.append(
                row
                | {
                    "week": str(week),
                    "revision": 0,
                    "level": level,
                    "scope": scope,
                    "period_kind": period.kind,
                    "period": period.label,
                    "unit_name": names.get(row["unit_code"], row["unit_code"]),
                    "lowest_component": lowest,
                    "lowest_completion_pct": completion,
                    "status": status_of(row, period, week),
                    "note": _note(row),
                }
            )
    return pd.DataFrame(rows, columns=table("rankings").column_names, dtype=object)


def _note(row: Mapping[str, Any]) -> str | None:
    """The notes of a row, and what the exports it stands on say of themselves: only part of the units, unsettled figures."""
    exports = _standing_on(row)
    told = [row["note"]] if row["note"] else []
    told += ["partial"] if any(export.partial for export in exports) else []
    told += ["unsettled"] if any(export.provisional for export in exports) else []
    return ", ".join(told) or None


def _standing_on(row: Mapping[str, Any]) -> list[ExportRecord]:
    """The exports a row stands on: of its slice those of the kinds of its basis that speak of its province."""
    kinds = KINDS_OF_BASIS.get(row["basis"], ())
    return [
        export for export in row["exports"] if export.kind in kinds and export.scope in (NATION, row["province_code"])
    ]


def status_of(row: Mapping[str, Any], period: Period, week: Week) -> str:
    """The word for a row. Final: every export it stands on was made after the last moment it measures, and its source does
    not call it provisional.
    """
    exports = _standing_on(row)
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
