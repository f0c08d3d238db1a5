"""What others would use for the same work does the same work: every peer's figures are ours, row by row."""

from __future__ import annotations

import csv
import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest

from benchmarks.make_data import make
from benchmarks.peers import PEERS, run_peer
from benchmarks.peers.compare import COLUMNS, compare
from benchmarks.peers.environment import LOCK
from benchmarks.peers.ours import make_ours
from benchmarks.peers.pandas_counts import SEEDS
from scoring import working_days
from scoring.points import points_per_ratio, zero_points
from scoring.ruleset import get_ruleset

LAST_WEEK = "2026-W06"  # week 5 carries the end of a month

# Rows that cannot be, that stand twice, and states that the made data do not have. `n` numbers the rows of a file.
FAULTS = {
    "2026-W03/dossiers": """
        SELECT * EXCLUDE (n) REPLACE (
          CASE n WHEN 2 THEN accepted_at + INTERVAL 1 DAY ELSE filed_at END AS filed_at,
          CASE n WHEN 3 THEN 9 ELSE digitised_count END AS digitised_count,
          CASE n WHEN 4 THEN -1 ELSE waiting_seconds END AS waiting_seconds,
          CASE n WHEN 5 THEN 'not_accepted' WHEN 6 THEN 'stopped' ELSE status END AS status,
          CASE n WHEN 6 THEN accepted_at + INTERVAL 1 HOUR ELSE stopped_at END AS stopped_at,
          CASE WHEN n BETWEEN 8 AND 20 THEN NULL ELSE due_at END AS due_at,
          CASE n WHEN 21 THEN NULL ELSE declared_digitised END AS declared_digitised)
        FROM rows
        UNION ALL BY NAME SELECT * EXCLUDE (n) REPLACE ('offline' AS payment, NOT has_result AS has_result)
        FROM rows WHERE n BETWEEN 30 AND 33
    """,
    "2026-W01/procedures": """
        SELECT * EXCLUDE (n) REPLACE (CASE WHEN n % 700 = 1 THEN -5 ELSE term_days END AS term_days,
          CASE WHEN n % 900 = 2 THEN NULL ELSE disclosed_on END AS disclosed_on) FROM rows
        UNION ALL BY NAME SELECT * EXCLUDE (n) REPLACE ('information' AS service_level) FROM rows WHERE n = 10
    """,
    "2026-W01/units": "SELECT * EXCLUDE (n) REPLACE (CASE n WHEN 5 THEN '' ELSE unit_name END AS unit_name) FROM rows",
}

# Petitions about dossiers of week 3, answered within and beyond their terms and before they came; four come again, disliked.
PETITIONS = """
    SELECT 'Q' || dossier_code AS petition_code, unit_code, dossier_code,
      CASE WHEN n % 4 = 0 THEN 'dislike' ELSE 'petition' END AS form, accepted_at + INTERVAL 7 DAY AS received_at,
      CASE n WHEN 9 THEN accepted_at + INTERVAL 8 DAY END AS due_at,
      CASE n % 5 WHEN 1 THEN 'refuse' WHEN 2 THEN 'ask_more' WHEN 3 THEN 'publish' WHEN 4 THEN 'resolve' END AS outcome,
      CASE WHEN n = 1 THEN accepted_at WHEN n % 5 > 0 THEN accepted_at + INTERVAL 10 DAY END AS answered_at,
      {again} AS disliked, n = 6 AS repeated
    FROM (SELECT *, row_number() OVER (ORDER BY dossier_code) AS n FROM '{landing}/2026-W03/dossiers.VN.parquet')
    WHERE n BETWEEN {first} AND {last}
"""


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first weeks of a year of two provinces, with faults."""
    folder = tmp_path_factory.mktemp("made")
    make(folder, 60_000, landing=True, provinces=2)
    for week in (folder / "landing").iterdir():
        if week.name > LAST_WEEK:
            shutil.rmtree(week)
    for name, first, last, again in (("2026-W05", 1, 16, "FALSE"), ("2026-W06", 2, 5, "TRUE")):
        rows = PETITIONS.format(landing=folder / "landing", first=first, last=last, again=again)
        duckdb.sql(f"COPY ({rows}) TO '{folder}/landing/{name}/petitions.VN.parquet'")
    for name, statement in FAULTS.items():
        _rewrite(folder / "landing" / f"{name}.VN.parquet", statement.format(landing=folder / "landing"))
    return folder / "landing"


def _rewrite(path: Path, statement: str) -> None:
    with duckdb.connect() as con:
        numbered = f"SELECT *, file_row_number + 1 AS n FROM read_parquet('{path}', file_row_number = true)"
        con.execute(f"CREATE TABLE rows AS SELECT * EXCLUDE (file_row_number) FROM ({numbered})")
        con.execute(f"COPY ({statement}) TO '{path}' (FORMAT parquet)")


@pytest.fixture(scope="module")
def ours(landing: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ours")
    make_ours(landing, folder)
    return folder


def test_rows_are_set_aside_and_told_of_in_what_the_peers_are_held_against(ours: Path) -> None:
    rows = duckdb.execute(f"SELECT DISTINCT rule FROM '{ours}/quarantine.parquet'").fetchall()
    rules = {rule for (rule,) in rows}
    assert rules == {
        "dossiers.filed_after_accepted",
        "dossiers.digitised_beyond_components",
        "dossiers.waiting_negative",
        "dossiers.superseded_in_file",
        "petitions.answered_before_received",
        "procedures.term_negative",
        "procedures.superseded_in_file",
    }


@pytest.mark.parametrize("name", PEERS)
def test_a_peer_counts_scores_ranks_and_sets_aside_what_we_do(
    name: str, landing: Path, ours: Path, tmp_path: Path
) -> None:
    run = run_peer(name, landing, tmp_path)

    assert run.outcome == "done", run.told
    assert run.cpu_seconds > 0 < run.peak_mb
    compared = compare(ours, tmp_path)
    assert set(compared) == set(COLUMNS)
    assert all(compared.values()), compared


def test_one_differing_count_or_total_is_told_with_its_row(ours: Path, tmp_path: Path) -> None:
    for name, changed in (("counts", "numerator + 1 AS numerator"), ("totals", "rank + 1 AS rank")):
        theirs = tmp_path / name
        shutil.copytree(ours, theirs)
        where = "week = DATE '2026-01-12' AND unit_code = 'H02.05' AND period_kind = 'ytd'"
        where += " AND indicator = 'on_time'" if name == "counts" else " AND level = 'unit'"
        duckdb.sql(
            f"COPY (SELECT * FROM '{ours}/{name}.parquet' WHERE NOT ({where}) UNION ALL"
            f" SELECT * REPLACE ({changed}) FROM '{ours}/{name}.parquet' WHERE {where}) TO '{theirs}/{name}.parquet'"
        )
        with pytest.raises(AssertionError, match=r"ours only[^\n]*\n\(datetime.date\(2026, 1, 12\), .*H02\.05"):
            compare(ours, theirs)


def test_missing_rows_and_inexact_totals_are_refused(ours: Path, tmp_path: Path) -> None:
    for name, select, said in (
        ("counts", "SELECT * FROM {} LIMIT 100", "rows are ours"),
        ("totals", "SELECT * REPLACE (CAST(total AS DOUBLE) AS total) FROM {}", "not exact decimals: total"),
    ):
        theirs = tmp_path / name
        shutil.copytree(ours, theirs)
        rows = select.format(f"'{ours}/{name}.parquet'")
        duckdb.sql(f"COPY ({rows}) TO '{theirs}/{name}.parquet'")
        with pytest.raises(AssertionError, match=said):
            compare(ours, theirs)


def test_a_peer_that_takes_too_much_memory_died_and_one_that_takes_too_long_was_given_up(
    landing: Path, tmp_path: Path
) -> None:
    died = run_peer("pandas", landing, tmp_path / "died", memory_limit_gb=0.02)
    assert (died.outcome, died.told) == ("died", "more than 0.02 GiB")
    assert died.peak_mb > 20
    assert run_peer("pandas", landing, tmp_path / "gave_up", time_limit_seconds=0.5).outcome == "gave_up"


def test_a_peer_that_fails_died_with_its_words(tmp_path: Path) -> None:
    run = run_peer("Polars", tmp_path / "nothing here", tmp_path / "out")
    assert run.outcome == "died"
    assert "nothing here" in run.told


def test_dbt_runs_on_the_engine_we_run_on() -> None:
    assert f"duckdb=={duckdb.__version__} " in LOCK.read_text(encoding="utf-8")


def test_the_peers_calendar_and_rule_set_are_the_houses() -> None:
    with (SEEDS / "special_days.csv").open(encoding="utf-8", newline="") as file:
        days = {(date.fromisoformat(row["day"]), row["kind"]) for row in csv.DictReader(file)}
    known = {(day, "off") for day in working_days.days_off()} | {
        (day, "worked") for day in working_days.worked_weekends()
    }
    assert days == {(day, kind) for day, kind in known if 2025 <= day.year <= 2027}

    ruleset = get_ruleset("766-2026")
    with (SEEDS / "indicators.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["indicator"]: row for row in csv.DictReader(file)}
    assert list(rows) == [indicator.code for indicator in ruleset.indicators]
    for indicator in ruleset.indicators:
        row, worth = rows[indicator.code], points_per_ratio(indicator, "commune")
        assert (row["group_code"], int(row["max_points"])) == (indicator.group, indicator.max_points)
        assert (int(row["worth_up"]), int(row["worth_down"])) == (worth.numerator, worth.denominator)
        assert int(row["zero_points"]) == (zero_points(indicator, "commune") or 0)
        flat = indicator.flat_for("department")
        assert row["department_flat"] == ("" if flat is None else str(flat))
        assert row["inherited"] == str(bool(indicator.inherit)).lower()
