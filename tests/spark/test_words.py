"""The plan in Spark's words, without a Spark: every statement of it can be said."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from resources.office import open_office
from resources.settings import SettingsError, load_settings
from resources.spark_engine import SparkEngine, _told
from resources.spark_sql import SparkError, spark_rows, spark_statements
from resources.trouble import of_the_machine
from scoring.calendar import parse_weeks
from scoring.counting import plan
from scoring.ruleset import RuleSet, get_ruleset, ruleset_for
from tests.counting.test_counting_laws import SPANS, _unusual

#: What sqlglot does not know by itself, and Spark does.
KNOWN = {"xxhash64", "make_dt_interval", "weekday"}


def _always(ruleset_id: str) -> RuleSet:
    return get_ruleset(ruleset_id)


RULES = {
    "in force": ruleset_for,
    "alternative": lambda day: _always("766-2026-single"),
    "first": lambda day: _always("766-2025"),
    "second": lambda day: _always("766-2025-r2"),
    "unusual": _unusual,
}


CASES = [*((span, "in force") for span in ("2026-W30", *SPANS)), *((SPANS[-1], rules) for rules in RULES)]


@pytest.mark.parametrize(("span", "rules"), CASES)
def test_every_statement_of_a_plan_is_one_statement_of_spark(span: str, rules: str) -> None:
    statements = spark_statements(plan(parse_weeks(span), RULES[rules]).statements, "own")
    assert len(statements) > 20
    made = {"counts"}
    for statement in statements:
        (tree,) = sqlglot.parse(statement, dialect="spark")
        assert isinstance(tree, exp.Create | exp.Insert | exp.Drop), statement
        nodes = list(tree.walk())
        assert {node.name.lower() for node in nodes if isinstance(node, exp.Anonymous)} <= KNOWN, statement
        assert not [node for node in nodes if isinstance(node, exp.Qualify | exp.Command)], statement
        assert not [node for node in nodes if isinstance(node, exp.Star) and node.args.get("replace")], statement
        tables = [node for node in nodes if isinstance(node, exp.Table)]
        assert {table.db for table in tables} <= {"", "own"}
        if isinstance(tree, exp.Create):
            made.add(tables[0].name)
            assert "USING PARQUET" in statement
        if not isinstance(tree, exp.Drop):
            assert {table.name for table in tables if table.db} <= made, statement
    assert sum("own.counts" in statement for statement in statements) == 1, "one insert of all counts"


@pytest.mark.parametrize(
    ("duckdb", "spark"),
    [
        ("SELECT hash(a, b)", "SELECT XXHASH64(a, a IS NULL, b, b IS NULL)"),
        ("SELECT t - to_seconds(n)", "SELECT t - MAKE_DT_INTERVAL(0, 0, 0, n)"),
        ("SELECT arg_min(a, b)", "SELECT MIN_BY(a, b) FILTER(WHERE NOT a IS NULL)"),
        ("SELECT isodow(d)", "SELECT (WEEKDAY(d) + 1)"),
        ("SELECT s.* REPLACE (a AS b), c FROM s", "SELECT s.* EXCEPT (b), a AS b, c FROM s"),
        ("SELECT a // 2, w >> 31", "SELECT a DIV 2, SHIFTRIGHT(w, 31)"),
        ("SELECT x FROM counting.days", "SELECT x FROM own.days"),
        ("SELECT lead(x) OVER (ORDER BY y)", "SELECT LEAD(x) OVER (ORDER BY y NULLS LAST)"),
        ("SELECT CAST(d AS TIMESTAMP)", "SELECT CAST(d AS TIMESTAMP_NTZ)"),
    ],
)
def test_what_differs_is_carried_over(duckdb: str, spark: str) -> None:
    assert spark_statements([duckdb], "own") == [spark]


def test_a_macro_is_written_out_wherever_it_is_called() -> None:
    made = "CREATE MACRO counting.twice(x) AS x + x"
    assert spark_statements([made, "SELECT counting.twice(counting.twice(a))"], "own") == [
        "SELECT ((a) + (a)) + ((a) + (a))"
    ]
    with pytest.raises(ValueError, match="expected a macro"):
        spark_statements(["SELECT counting.thrice(a)"], "own")


def test_inserts_of_counts_become_one() -> None:
    rows = [f"INSERT INTO counts SELECT {number}" for number in range(3)]
    assert spark_statements(rows, "own") == ["INSERT INTO own.counts SELECT 0 UNION ALL SELECT 1 UNION ALL SELECT 2"]


def test_rows_are_told_with_their_types_and_texts_stay_texts() -> None:
    text = "it's \\ 100 %"
    select = spark_rows([(text, date(2026, 1, 5))], {"kind": "VARCHAR", "week": "DATE"})
    values = sqlglot.parse_one(select, dialect="spark").find(exp.Tuple)
    assert values is not None
    assert values.expressions[0].name == text
    assert "AS STRING" in select
    assert spark_rows([], {"week": "DATE"}) == "SELECT CAST(NULL AS DATE) AS `week` WHERE FALSE"


@pytest.mark.parametrize("address", ["duckdb", "local", "local[2]", "local[*]", "spark://h:7077", "spark://a:1,b:2"])
def test_an_engine_is_duckdb_or_an_address_of_spark(address: str) -> None:
    assert load_settings(engine=address).engine == address


def test_connect_may_ask_for_a_secure_line() -> None:
    assert load_settings(engine="sc://h:15002/;use_ssl=true").engine.startswith("sc://")


@pytest.mark.parametrize(
    "address", ["spark", "spark://host", "http://h:1", "local[0x]", "sc://h/;token=hidden1", "polars"]
)
def test_another_engine_is_refused_in_one_line_that_shows_no_token(address: str) -> None:
    with pytest.raises(SettingsError, match=r"^engine: expected duckdb, local\[2\], spark://host:7077") as refused:
        load_settings(engine=address)
    assert "hidden1" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_an_office_counts_with_the_engine_that_was_set(tmp_path: Path) -> None:
    assert open_office(load_settings(home=tmp_path / "a")).spark is None
    office = open_office(load_settings(home=tmp_path / "b", engine="spark://h:7077"))
    assert office.spark == SparkEngine("spark://h:7077", office.home.temporary)


def test_what_spark_says_is_told_in_one_line_and_blames_no_week(tmp_path: Path) -> None:
    from pyspark.errors import PySparkException

    with pytest.raises(SparkError) as told, _told(SparkEngine("spark://h:7077", tmp_path)):
        raise PySparkException(
            "An error occurred while calling o33.sql.\n: org.apache: no memory\n\nJVM stacktrace:\n a"
        )
    assert str(told.value) == "spark://h:7077: Spark không đếm được / Spark could not count: org.apache: no memory"
    assert of_the_machine(told.value)


def test_an_error_of_ours_stays_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(KeyError), _told(SparkEngine("local[1]", tmp_path)):
        raise KeyError("a column")
