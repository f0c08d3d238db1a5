"""What Spark counts is what DuckDB counts, to the byte."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import pytest

from resources.counting import CountInputs, count_weeks
from resources.engine import connect, write_parquet
from resources.spark_engine import SparkEngine
from resources.spark_sql import SparkError
from scoring.ruleset import RuleSet, ruleset_for
from tests.counting.test_counting_laws import _unusual
from tests.spark.conftest import WEEKS

pytestmark = pytest.mark.xdist_group("spark")  # one server, one set of dossiers


def _rules(day: date) -> RuleSet:
    """Two rule sets in one range: the one in force, and one with conditions that ask for everything there is."""
    return ruleset_for(day) if day <= WEEKS[0].sunday else _unusual(day)


@pytest.fixture(scope="module")
def by_duckdb(inputs: CountInputs) -> duckdb.DuckDBPyConnection:
    con = connect()
    count_weeks(con, inputs, WEEKS, _rules)
    return con


@pytest.fixture(scope="module")
def by_spark(inputs: CountInputs, connect_address: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where Spark worked; the counts stand beside it."""
    folder = tmp_path_factory.mktemp("shared folder")
    con = connect()
    count_weeks(con, inputs, WEEKS, _rules, spark=SparkEngine(connect_address, folder / "scratch"))
    _write(con, folder / "spark.parquet")
    return folder


def _write(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    write_parquet(con, "SELECT * FROM counts ORDER BY week, period_kind, unit_code, indicator", path)


def test_spark_and_duckdb_make_the_same_file(by_duckdb: duckdb.DuckDBPyConnection, by_spark: Path) -> None:
    _write(by_duckdb, by_spark / "duckdb.parquet")
    spark = f"(FROM read_parquet('{by_spark}/spark.parquet'))"
    differ = by_duckdb.execute(
        f"SELECT indicator, count(*) FROM ((FROM counts EXCEPT ALL {spark}) UNION ALL ({spark} EXCEPT ALL FROM counts))"
        " GROUP BY ALL ORDER BY 2 DESC"
    ).fetchall()
    assert differ == []
    assert (by_spark / "spark.parquet").read_bytes() == (by_spark / "duckdb.parquet").read_bytes()


def test_what_was_compared_says_something(by_duckdb: duckdb.DuckDBPyConnection) -> None:
    """Every indicator has rows that differ from one another; those of dossiers and lists have many."""
    shares = by_duckdb.execute(
        "SELECT indicator, count(DISTINCT (numerator, denominator)) FROM counts GROUP BY ALL"
    ).fetchall()
    assert len(shares) > 20
    assert {indicator for indicator, distinct in shares if distinct < 3} == set()


def test_nothing_is_left_in_the_shared_folder(by_spark: Path) -> None:
    assert list((by_spark / "scratch").iterdir()) == []


def test_without_pyspark_the_message_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyspark.sql", None)
    with pytest.raises(SparkError, match=r"pip install 'service-index\[spark\]'"):
        count_weeks(connect(), CountInputs(), WEEKS, spark=SparkEngine("local[1]", tmp_path))


def test_without_java_one_line_says_what_to_look_at(tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from resources.counting import CountInputs, count_weeks
from resources.engine import connect
from resources.spark_engine import SparkEngine
from resources.spark_sql import SparkError
from scoring.calendar import Week

try:
    count_weeks(connect(), CountInputs(), [Week.parse("2026-W02")], spark=SparkEngine("local[1]", Path(sys.argv[1])))
except SparkError as error:
    assert error.__cause__ is None and error.__suppress_context__
    print(error)
"""
    environment = {**os.environ, "JAVA_HOME": str(tmp_path / "no java here"), "PATH": os.defpath}
    told = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        cwd=Path(__file__).resolve().parents[2],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert len(told.splitlines()) == 1
    assert "Check Java 17 (java -version, JAVA_HOME)" in told
    assert "Kiểm tra Java 17" in told
