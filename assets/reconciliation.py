"""Stage 3b, reconciliation: our counts held against the portal's, before any verdict is given.

Belongs here: which counts and tables of a week are handed over, and what was found, kept week by week. Does not belong here:
comparing and diagnosing (checks/reconcile).

It looks at what would be scored if nothing differed: the exports that the findings so far leave admitted.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import pandas as pd

from assets.counts import CountsOfWeek, count, counts_mark, typed_files
from assets.gate import Gate, first_week_counted, open_gate
from assets.scores import read_rows
from checks.reconcile import ReconcileInputs, folded, like_step, load_tolerances, reconcile_week
from checks.tables import TableFeed
from checks.tables import read_rows as read_table
from resources.cases import RECONCILE
from resources.engine import write_bytes_atomically
from resources.exports import TABLE_OF_KIND, ExportRecord
from resources.office import Office
from resources.outcomes import RuleOutcome
from resources.progress import steps
from resources.verdicts import Verdict
from scoring.calendar import Week
from scoring.ruleset import ruleset_of

MADE_BY = 2  # raised when the same counts would be compared otherwise


def reconcile_weeks(office: Office, provisional: Mapping[Week, Verdict]) -> dict[Week, list[RuleOutcome]]:
    """Reconciles the weeks and stores what was found. `provisional`: the verdicts that the findings so far would give.

    A week whose counts, tables and tolerances are as they were is not compared again.
    """
    gate = open_gate(office, provisional)
    weeks = sorted(provisional)
    own = count(office, gate, [each for week in weeks for each in (week.previous, week)])
    found: dict[Week, list[RuleOutcome]] = {}
    for week in steps(RECONCILE, weeks):
        mark = _mark(gate, week)
        kept = _kept(office, week, mark)
        if kept is None:
            kept = _reconcile(office, gate, week, own)
            content = {"made_from": mark, "outcomes": [asdict(outcome) for outcome in kept]}
            if gate.still_stands(office):
                write_bytes_atomically(_path(office, week), json.dumps(content, ensure_ascii=False).encode())
        found[week] = kept
        office.database.replace_outcomes(str(week), RECONCILE, kept)
    return found


def _reconcile(office: Office, gate: Gate, week: Week, own: CountsOfWeek) -> list[RuleOutcome]:
    exports = [export for export in gate.exports if export.week == str(week)]
    told = {kind: _rows(office, exports, kind) for kind in ("counts", "scores")}
    outcomes: list[RuleOutcome] = []
    if any(len(rows) for rows in told.values()):
        first = first_week_counted(week)
        inputs = ReconcileInputs(
            counts=own(week),
            previous_counts=own(week.previous),
            portal_counts=told["counts"],
            portal_scores=told["scores"],
            dossiers=typed_files(office, "dossiers", gate.of_kind("dossiers", week, first)),
            petitions=typed_files(office, "petitions", gate.of_kind("petitions", week)),
            files={export.export_id: export.file for export in exports},
        )
        with office.engine() as con:
            outcomes += reconcile_week(con, office.home, week, inputs, ruleset_of)
    before = {_feed(feed.export): feed for feed in _tables(office, gate, week.previous)}
    for table in _tables(office, gate, week):
        step = like_step(before.get(_feed(table.export)), table)
        if step is not None:
            outcomes = folded(outcomes, step)
    return [replace(outcome, stage=RECONCILE) for outcome in outcomes]


def _rows(office: Office, exports: Sequence[ExportRecord], kind: str) -> pd.DataFrame:
    return read_rows(office, TABLE_OF_KIND[kind], [export for export in exports if export.kind == kind])


def _tables(office: Office, gate: Gate, week: Week) -> list[TableFeed]:
    return [
        TableFeed(export, read_table(office.home.table_path("portal_scores", export.week, export.export_id)))
        for export in gate.exports
        if export.week == str(week) and export.kind == "scores"
    ]


def _feed(export: ExportRecord) -> tuple[str | None, ...]:
    return export.scope, export.period_kind, export.period, export.part


def _mark(gate: Gate, week: Week) -> str:
    """sha256 over all that reconciling a week depends on."""
    tables = [
        gate.made_of(export)
        for export in gate.exports
        if export.kind in ("counts", "scores") and export.week in (str(week), str(week.previous))
    ]
    counted = [counts_mark(gate, each) for each in (week.previous, week)]
    content = [MADE_BY, counted, tables, asdict(load_tolerances())]
    # Sets sorted: their own order is another in every process.
    told = json.dumps(content, default=lambda value: sorted(value) if isinstance(value, frozenset) else str(value))
    return hashlib.sha256(told.encode()).hexdigest()


def _path(office: Office, week: Week) -> Path:
    return office.home.stage_path(RECONCILE, week).with_suffix(".json")


def _kept(office: Office, week: Week, mark: str) -> list[RuleOutcome] | None:
    path = _path(office, week)
    if not path.is_file():
        return None
    content = json.loads(path.read_bytes())
    return [RuleOutcome(**each) for each in content["outcomes"]] if content["made_from"] == mark else None
