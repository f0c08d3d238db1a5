"""`service-index score`: what is enough of a counts table, and that what it prints can be read again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pipelines.command import ask

HEADING = "unit_code,metric,numerator,denominator\n"
COUNTS = [("H05", "on_time", 951, 1000), ("H05.101", "on_time", 3, 3), ("H05.12", "filed_online", 1, 8)]


def counts(heading: str = HEADING) -> str:
    return heading + "".join(f"{','.join(map(str, row))}\n" for row in COUNTS)


@pytest.mark.parametrize("heading", [HEADING, HEADING.replace("metric", "indicator")])
def test_units_metrics_and_two_numbers_are_enough(tmp_path: Path, heading: str) -> None:
    (tmp_path / "counts.csv").write_text(counts(heading), encoding="utf-8")
    told = ask("score", "--counts", tmp_path / "counts.csv", "--ruleset", "766-2026")
    assert told.code == 0, told.err
    scored = {(row["unit_code"], row["indicator"]): row for row in told.rows if row["score"]}
    # 951 of 1,000 on time: 0.951 * 20 = 19.02; 3 of 3 is 20
    assert (scored["H05", "on_time"]["score"], scored["H05", "on_time"]["group"]) == ("19.02", "progress")
    assert scored["H05.101", "on_time"]["score"] == "20.00"


@pytest.mark.parametrize("column", ["metric", "numerator", "denominator", "unit_code"])
def test_less_is_refused_by_name(tmp_path: Path, column: str) -> None:
    (tmp_path / "counts.csv").write_text(counts(HEADING.replace(column, "x")), encoding="utf-8")
    told = ask("score", "--counts", tmp_path / "counts.csv", "--ruleset", "766-2026")
    assert told.code == 1
    assert column in told.err


@pytest.mark.parametrize(
    ("file", "ruleset"),
    [
        *(
            ("2026-W36/counts.H44.month.csv", each)
            for each in ("766-2025", "766-2025-r2", "766-2026", "766-2026-single")
        ),
        ("2026-W41/counts.H21.ytd.csv", "766-2026"),
    ],
)
def test_scoring_what_was_printed_gives_the_same_scores(
    real_landing: Path, tmp_path: Path, file: str, ruleset: str
) -> None:
    first = ask("score", "--counts", real_landing / file, "--ruleset", ruleset)
    (tmp_path / "own.csv").write_text(first.out, encoding="utf-8")
    second = ask("score", "--counts", tmp_path / "own.csv", "--ruleset", ruleset)
    assert (first.code, second.code) == (0, 0), second.err
    assert len(first.rows) > 70
    assert second.out == first.out
