"""Stage 6a, scores: the figures of every unit in a week and period, on the best basis there is.

Belongs here: bringing our counts, the portal's counts and its score tables together, per week, period and rule set. Does
not belong here: formulas and the choice of basis (scoring).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from assets.gate import Gate
from resources.exports import TABLE_OF_KIND, ExportRecord
from resources.office import Office
from resources.tables import empty_frame, read_parquet
from resources.units import clean_name, level_of, province_name, province_of
from scoring.basis import Assembled, assemble
from scoring.calendar import Period, Week
from scoring.formulas import score_counts
from scoring.readings import COUNTED_KINDS
from scoring.ruleset import RuleSet, get_ruleset, ruleset_of


@dataclass(frozen=True)
class Slice:
    """The figures of one week, period and rule set, and the exports they were made from."""

    week: Week
    period: Period
    ruleset: RuleSet
    figures: Assembled
    exports: tuple[ExportRecord, ...]


def score_week(office: Office, gate: Gate, week: Week, own: pd.DataFrame) -> list[Slice]:
    """The slices of a week. `own`: its counts from our dossiers."""
    exports = [export for export in gate.exports if export.week == str(week)]
    told = {
        kind: read_rows(office, TABLE_OF_KIND[kind], [export for export in exports if export.kind == kind])
        for kind in ("counts", "scores")
    }
    found = []
    for period, ruleset, is_default in _keys(week, own, told):
        ours = own[~own["unit_code"].isin(gate.portal_speaks.get(week, frozenset()))]
        computed = _computed(ours, week, period, ruleset) if is_default else None
        counts, tables = (_of(told[kind], period, ruleset, is_default) for kind in ("counts", "scores"))
        units = _units(computed, counts, tables)
        if units.empty:
            continue
        figures = assemble(units, ruleset, computed=computed, counts=counts, tables=tables)
        spoke = {code for frame in (counts, tables) if frame is not None for code in frame["export_id"].unique()}
        used = tuple(
            export
            for export in exports
            if export.export_id in spoke or (computed is not None and export.kind not in told)
        )
        found.append(Slice(week, period, ruleset, figures, used))
    return found


def read_rows(office: Office, table: str, exports: list[ExportRecord]) -> pd.DataFrame:
    """The typed rows of some exports as one frame with exact decimals; empty with the table's columns when there are none.

    A row that says again what another says is left out. Of rows that contradict each other none is taken: nobody knows
    which is right, and the unit is under review.
    """
    paths = [office.home.table_path(table, export.week, export.export_id) for export in exports]
    rows = read_parquet(paths) if paths else empty_frame(table)
    if table not in _ONE_ROW_OF or not len(rows):
        return rows
    rows = rows[~rows.duplicated([name for name in rows.columns if name not in _WHERE_IT_STOOD])]
    return rows[~rows.duplicated(_ONE_ROW_OF[table], keep=False)]


#: What names a row of the portal's tables within a week, and where a row stood, which says nothing.
_ONE_ROW_OF = {
    "portal_scores": ["week", "unit_code", "period", "ruleset"],
    "portal_counts": ["week", "unit_code", "period", "ruleset", "group_code", "indicator"],
}
_WHERE_IT_STOOD = ("source_row", "portal_rank", "unit_name")


def _keys(week: Week, own: pd.DataFrame, told: dict[str, pd.DataFrame]) -> Iterator[tuple[Period, RuleSet, bool]]:
    """Every period the week speaks of with its rule set; the last says whether that is the one the calendar gives."""
    periods = {Period.of_week(kind, week) for kind in COUNTED_KINDS if (own["period_kind"] == kind).any()}
    named: set[tuple[Period, str]] = set()
    for frame in told.values():
        for label, name in frame[["period", "ruleset"]].drop_duplicates().itertuples(index=False):
            period = Period.parse(label)
            if pd.isna(name) or name == ruleset_of(week, period).id:
                periods.add(period)
            else:
                named.add((period, name))
    for period in sorted(periods):
        yield period, ruleset_of(week, period), True
    for period, name in sorted(named):
        yield period, get_ruleset(name), False


def _of(frame: pd.DataFrame, period: Period, ruleset: RuleSet, is_default: bool) -> pd.DataFrame | None:
    """The rows of one period under one rule set; rows that name none follow the calendar's."""
    follows = frame["ruleset"] == ruleset.id
    rows = frame[(frame["period"] == period.label) & ((follows | frame["ruleset"].isna()) if is_default else follows)]
    return rows if len(rows) else None


def _computed(own: pd.DataFrame, week: Week, period: Period, ruleset: RuleSet) -> pd.DataFrame | None:
    rows = own[own["period_kind"] == period.kind]
    if rows.empty or period != Period.of_week(period.kind, week):
        return None
    levels = [level_of(code) for code in rows["unit_code"].tolist()]
    placed = rows.assign(level=pd.Series(levels, index=rows.index, dtype=object))
    return score_counts(placed.dropna(subset=["level"]), ruleset)


def _units(*frames: pd.DataFrame | None) -> pd.DataFrame:
    """Every unit any of the frames speaks of: unit_code, level, province_code."""
    codes = sorted({code for frame in frames if frame is not None for code in frame["unit_code"].unique()})
    rows = [(code, level_of(code), province_of(code)) for code in codes]
    return pd.DataFrame(rows, columns=["unit_code", "level", "province_code"], dtype=object)


def unit_names(office: Office, gate: Gate, week: Week) -> dict[str, str]:
    """Unit code to the name people read, as last told by an export up to the week; provinces by the registry."""
    names: dict[str, str] = {}
    for kind in ("scores", "counts", "units"):
        exports = gate.of_kind(kind, week, week.shift(-60))
        frame = read_rows(office, TABLE_OF_KIND[kind], exports)
        told = frame[["unit_code", "unit_name"]].dropna().drop_duplicates("unit_code", keep="last")
        names |= {code: clean_name(name) for code, name in told.itertuples(index=False)}
    return names | {code: name for code in names if level_of(code) == "province" and (name := province_name(code))}
