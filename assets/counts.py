"""Stage 5, counts: numerators and denominators of many weeks, out of one pass over the dossier versions.

Belongs here: which exports are handed to the engine, and the result as one table. Does not belong here: how conditions
become SQL (scoring/counting.py) or how it is run (resources/counting.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from assets.gate import Gate, computable_weeks, first_week_counted
from resources.exports import ExportRecord
from resources.office import Office
from resources.progress import report
from scoring.calendar import Period, Week
from scoring.ruleset import RuleSet, ruleset_for

COUNT_COLUMNS = ["week", "period_kind", "unit_code", "province_code", "indicator", "numerator", "denominator"]


def ruleset_of(week: Week, period: Period) -> RuleSet:
    """The rule set valid on the last day the period is measured in that week. Raises KeyError when none is."""
    return ruleset_for(min(week.sunday, period.end_day))


def count(office: Office, gate: Gate, weeks: Sequence[Week]) -> pd.DataFrame:
    """COUNT_COLUMNS for the weeks, of every province that can be computed in them; empty where none can."""
    parts = []
    years: dict[int, list[Week]] = {}
    for week in sorted(set(weeks)):
        years.setdefault(week.thursday.year, []).append(week)
    for done, (_, of_year) in enumerate(sorted(years.items())):
        report("counts", f"{of_year[0]}..{of_year[-1]}", done, len(years))
        parts.append(_count_year(office, gate, of_year))
    if years:
        report("counts", "", len(years), len(years))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=COUNT_COLUMNS)


def _count_year(office: Office, gate: Gate, weeks: Sequence[Week]) -> pd.DataFrame:
    """One pass for the weeks of one year (of their Thursdays)."""
    from resources.counting import CountInputs, count_weeks

    first, last = first_week_counted(weeks[0]), weeks[-1]
    dossiers = gate.of_kind("dossiers", last, first)
    computable = computable_weeks(dossiers, weeks)
    if not computable:
        return pd.DataFrame(columns=COUNT_COLUMNS)
    inputs = CountInputs(
        dossiers=_files(office, "dossiers", [export for export in dossiers if export.scope in computable]),
        procedures=_files(office, "procedures", gate.of_kind("procedures", last)),
        petitions=_files(office, "petitions", gate.of_kind("petitions", last)),
        units=_files(office, "units", gate.of_kind("units", last)),
    )
    rulesets: Mapping[Week, RuleSet] = {week: ruleset_of(week, Period.of_week("ytd", week)) for week in weeks}
    with office.engine() as con:
        counted = count_weeks(con, inputs, rulesets, weeks).df()
    counted["province_code"] = counted["unit_code"].str[:3]
    counted["week"] = [Week(monday) for monday in pd.to_datetime(counted["week"]).dt.date]
    admitted = {(scope[:3], week) for scope, found in computable.items() for week in found}
    kept = [pair in admitted for pair in zip(counted["province_code"], counted["week"], strict=True)]
    return counted.loc[kept, COUNT_COLUMNS].reset_index(drop=True)


def _files(office: Office, table: str, exports: Sequence[ExportRecord]) -> list[Path]:
    return [office.home.table_path(table, export.week, export.export_id) for export in exports]
