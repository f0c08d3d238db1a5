"""From files in a landing folder to the verdict, through the door, without database or Dagster."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from checks.feeds import FeedMeasures, measure_feed, newest_event
from checks.rows import split_export
from checks.suites import judge_feeds, judge_tables
from checks.tables import TableFeed, read_rows
from checks.verdict import decide
from resources.exports import TABLE_OF_KIND, ExportRecord
from resources.home import Home
from resources.outcomes import RuleOutcome
from resources.verdicts import Verdict
from tests.checks.making import MAXIMA, failed
from tests.door.conftest import Desk

BALTIMORE = Path(__file__).parents[1] / "data" / "mappings" / "baltimore-311.yaml"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    home = Home(tmp_path / "home")
    home.prepare()
    return Desk(home, tmp_path / "landing")


def judge_all(desk: Desk) -> tuple[dict[str, Verdict], list[RuleOutcome]]:
    """Verdicts by week and everything found, of all that has landed."""
    records, outcomes = desk.take_all()
    measured, tables = _measure(desk, [record for record in records if record.status == "accepted"])
    outcomes += [outcome for each in measured for outcome in each.split.outcomes]
    outcomes += [*judge_feeds(measured), *judge_tables(tables)]
    weeks = sorted({record.week for record in records})
    return {week: decide(week, [each for each in records if each.week == week], outcomes) for week in weeks}, outcomes


def _measure(desk: Desk, records: Sequence[ExportRecord]) -> tuple[list[FeedMeasures], list[TableFeed]]:
    measured, tables = [], []
    with desk.engine() as con:
        for record in records:
            table = TABLE_OF_KIND[record.kind]
            split = split_export(con, desk.home, desk.mapping_folders, table, record)
            path = desk.home.table_path(table, record.week, record.export_id)
            is_small = record.kind in ("scores", "counts")
            rows = read_rows(path) if is_small else []
            newest = newest_event(con, path) if record.kind == "dossiers" else None
            measured.append(measure_feed(record, split, history=records, newest_event=newest, rows=rows))
            if is_small:
                tables.append(TableFeed(record, rows, MAXIMA))
    return measured, tables


def test_of_the_real_landing_folder_exactly_the_table_of_2026_w39_is_held(desk: Desk, real_landing: Path) -> None:
    shutil.copytree(real_landing, desk.landing)
    verdicts, outcomes = judge_all(desk)
    assert {week: verdict.decision for week, verdict in verdicts.items()} == {
        "2025-W41": "publishable",
        "2025-W42": "publishable",
        "2026-W36": "publishable",
        "2026-W39": "held",
        "2026-W41": "publishable",
    }
    (finding,) = [outcome for outcome in failed(outcomes) if outcome.severity != "info"]
    assert (finding.rule, finding.week, finding.failed) == ("portal_scores.component_range", "2026-W39", 78)
    (reason,) = verdicts["2026-W39"].reasons
    assert reason.startswith("scores H21 2026: Điểm nhóm nằm ngoài khoảng")
    assert "remainder of the total" in reason


def test_foreign_records_pass_with_warnings_only_for_what_is_merely_foreign(desk: Desk, real: Path) -> None:
    shutil.copytree(BALTIMORE.parent, desk.landing / "mappings")
    sample = (real / "records" / "baltimore_311_sample.csv").read_bytes()
    desk.land("dossiers.H99.csv", sample, "mapping: baltimore-311\n", "2019-W07")
    verdicts, outcomes = judge_all(desk)
    assert verdicts["2019-W07"].decision == "publishable"
    found = {outcome.rule: outcome for outcome in failed(outcomes) if outcome.severity != "info"}
    assert set(found) == {"dossiers.code_form", "dossiers.procedure_form"}
    assert not any(outcome.blocks for outcome in found.values())
    assert not [outcome for outcome in outcomes if outcome.grain == "row"]  # no row was set aside


def test_the_same_records_in_a_week_before_they_were_made_are_held(desk: Desk, real: Path) -> None:
    shutil.copytree(BALTIMORE.parent, desk.landing / "mappings")
    sample = (real / "records" / "baltimore_311_sample.csv").read_bytes()
    desk.land("dossiers.H99.csv", sample, "mapping: baltimore-311\n", "2013-W41")
    verdicts, _ = judge_all(desk)
    verdict = verdicts["2013-W41"]
    assert (verdict.decision, verdict.feeds[0].rule) == ("held", "dossiers.accepted_after_week")
