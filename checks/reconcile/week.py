"""Reconciling a week: the one entry, from the week's figures to outcomes.

Belongs here: bringing comparison, diagnosis and evidence together, period by period. Does not belong here: reading the
figures (assets), judging what follows (verdict).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from checks.printed import judge_printed
from checks.reconcile.bench import Key, open_bench
from checks.reconcile.compare import Difference, compare, findings, overlap, rows_of_period
from checks.reconcile.diagnosis import diagnose
from checks.reconcile.evidence import gather, record
from checks.reconcile.outcomes import crashed, outcome_of, passed, rule_of
from checks.reconcile.tolerances import Tolerances, load_tolerances
from resources.home import Home
from resources.outcomes import RuleOutcome
from scoring.calendar import Period, Week
from scoring.ruleset import RuleSet

if TYPE_CHECKING:
    import duckdb

RuleSetOf = Callable[[Week, Period], RuleSet]


@dataclass(frozen=True, slots=True)
class ReconcileInputs:
    """What a week is reconciled from.

    counts: of the week, the catalogue's columns and province_code (empty when no province can be counted).
    portal_counts, portal_scores: the rows of the week's current exports, in the catalogue's columns.
    dossiers, petitions: typed files, in the order in which they count, of every export that bears on the week; later
    weeks are left aside. previous_counts: as counts, of the week before, when it was counted.
    files: export id to the file it came in, relative to the landing folder.
    """

    counts: pd.DataFrame
    portal_counts: pd.DataFrame
    portal_scores: pd.DataFrame
    dossiers: Sequence[Path] = ()
    petitions: Sequence[Path] = ()
    previous_counts: pd.DataFrame | None = None
    files: Mapping[str, str] = field(default_factory=dict)


def reconcile_week(
    con: duckdb.DuckDBPyConnection,
    home: Home,
    week: Week,
    inputs: ReconcileInputs,
    ruleset_of: RuleSetOf,
    tolerances: Tolerances | None = None,
) -> list[RuleOutcome]:
    """Every difference beyond tolerance as an outcome of its unit; for a period that agrees, one that says so.

    Nothing at all when no kinds overlap. Uses and drops the schema `reconciling`. A period that cannot be compared, or
    dossiers that cannot be examined, are told as such: neither passes for agreement.
    """
    limits = tolerances or load_tolerances()
    found: list[RuleOutcome] = []
    for period in _periods(inputs):
        ruleset = ruleset_of(week, period)
        try:
            differences = compare(
                week, period, inputs.counts, inputs.portal_counts, inputs.portal_scores, ruleset, limits
            )
        except ValueError as error:
            found.append(crashed(week, period, error))
            continue
        found += judge_printed(week, rows_of_period(inputs.portal_counts, period, ruleset), ruleset, inputs.files)
        beyond = findings(differences, ruleset)
        found += _explained(con, home, beyond, ruleset, inputs, limits)
        pairs = overlap(inputs.counts, inputs.portal_counts, period)
        if pairs and not beyond:
            found.append(passed(week, period, pairs))
    return found


def _periods(inputs: ReconcileInputs) -> list[Period]:
    labels = {label for frame in (inputs.portal_counts, inputs.portal_scores) for label in frame["period"]}
    return sorted(Period.parse(label) for label in labels)


def _explained(
    con: duckdb.DuckDBPyConnection,
    home: Home,
    beyond: Sequence[Difference],
    ruleset: RuleSet,
    inputs: ReconcileInputs,
    limits: Tolerances,
) -> list[RuleOutcome]:
    examined = [one for one in beyond if one.of_counts and ruleset.indicator(one.subject).population == "dossiers"]
    outcomes = [outcome_of(one, ruleset, None, None, inputs.files) for one in beyond if one not in examined]
    if not examined:
        return outcomes
    if not inputs.dossiers:
        return outcomes + [outcome_of(one, ruleset, None, None, inputs.files) for one in examined]
    elsewhere = _elsewhere(examined, inputs)
    try:
        with open_bench(con, examined, ruleset, inputs.dossiers, inputs.petitions, elsewhere) as bench:
            named = diagnose(bench, limits.named_from)
            for one in examined:
                diagnosis = named[one.unit_code, one.subject]
                evidence = record(home, one, diagnosis, gather(bench, one, diagnosis), rule_of(one))
                outcomes.append(outcome_of(one, ruleset, diagnosis, evidence, inputs.files))
    except _engine_error() as error:
        trouble = str(error).splitlines()[0]
        done = {(each.unit_code, each.field) for each in outcomes}
        outcomes += [
            outcome_of(one, ruleset, None, None, inputs.files, trouble)
            for one in examined
            if (one.unit_code, one.subject) not in done
        ]
    return outcomes


def _engine_error() -> type[Exception]:
    import duckdb

    return duckdb.Error


def _elsewhere(examined: Sequence[Difference], inputs: ReconcileInputs) -> dict[Key, dict[str, tuple[int, int]]]:
    """Our counts of the same units and indicators in the other periods of the week, and in the week before."""
    units, kind = {one.unit_code for one in examined}, examined[0].period.kind
    found: dict[Key, dict[str, tuple[int, int]]] = {}
    for frame, prefix in ((inputs.counts, ""), (inputs.previous_counts, "previous ")):
        if frame is None:
            continue
        columns = ["unit_code", "indicator", "period_kind", "numerator", "denominator"]
        rows = list(frame.loc[frame["unit_code"].isin(units), columns].itertuples(index=False, name=None))
        for unit, indicator, other, top, base in sorted(rows, key=lambda row: (row[2] != kind, row[:3])):
            if prefix or other != kind:
                found.setdefault((unit, indicator), {})[f"{prefix}{other}"] = (int(top), int(base))
    return found
