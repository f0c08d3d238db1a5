"""The adapter to Great Expectations: what we rely on of it."""

from __future__ import annotations

import os
import subprocess
import sys

import pandas as pd

from checks.great import Expectation, judge_frame

BETWEEN = "expect_column_values_to_be_between"


def test_failing_rows_come_back_as_plain_positions() -> None:
    frame = pd.DataFrame({"score": [18.0, 18.02, None, 17.5, 19.0]}, index=[7, 7, 8, 9, 9])
    judged = judge_frame(frame, [Expectation("over", BETWEEN, {"column": "score", "max_value": 18})], "t")
    assert (judged["over"].status, judged["over"].rows) == ("failed", (1, 4))
    assert all(type(row) is int for row in judged["over"].rows)


def test_an_expectation_that_could_not_be_run_has_not_failed_and_spoils_no_other() -> None:
    frame = pd.DataFrame({"score": [18.0, 19.0]})
    judged = judge_frame(
        frame,
        [
            Expectation("missing column", BETWEEN, {"column": "nope", "max_value": 18}),
            Expectation("unknown type", "expect_the_unexpected", {"column": "score"}),
            Expectation("wrong arguments", BETWEEN, {"column": "score", "most": 18}),
            Expectation("sound", BETWEEN, {"column": "score", "max_value": 20}),
        ],
        "t",
    )
    crashed = [one.key for one in judged.values() if one.status == "crashed"]
    assert crashed == ["missing column", "unknown type", "wrong arguments"]
    assert all(judged[key].error for key in crashed)
    assert judged["sound"].status == "passed"


def test_more_failures_than_a_sample_holds_are_all_listed() -> None:
    frame = pd.DataFrame({"score": [float(number) for number in range(500)]})
    judged = judge_frame(frame, [Expectation("over", BETWEEN, {"column": "score", "max_value": 99})], "t")
    assert judged["over"].rows == tuple(range(100, 500))


def test_a_column_without_any_value_breaks_nothing() -> None:
    frame = pd.DataFrame({"score": pd.Series([None, None], dtype="float64")})
    judged = judge_frame(frame, [Expectation("in", BETWEEN, {"column": "score", "min_value": 0})], "t")
    assert judged["in"].status == "passed"


def test_nothing_is_asked_of_the_library_when_there_is_nothing_to_ask() -> None:
    assert judge_frame(pd.DataFrame(), [], "t") == {}


def test_the_library_is_not_imported_before_it_is_needed() -> None:
    modules = "checks.suites, checks.verdict, checks.rows, checks.rules, checks.feeds, checks.great"
    code = f"import sys, {modules}; print('great_expectations' in sys.modules, 'pandas' in sys.modules)"
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    assert said.stdout.split() == ["False", "False"]
