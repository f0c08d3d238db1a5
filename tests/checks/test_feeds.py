"""Measurements of a feed, and what is made of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from checks.feeds import FeedMeasures, measure_feed
from checks.rows import Measurement
from checks.rules import MEASURES
from checks.suites import judge_feeds
from resources.exports import ExportRecord
from resources.outcomes import RuleOutcome
from scoring.calendar import Week
from tests.checks.making import WEEK, a_split, an_export, count_row, failed, score_row


def judged(*measured: FeedMeasures) -> dict[str, RuleOutcome]:
    """What was found of the feeds, by rule."""
    return {outcome.rule: outcome for outcome in failed(judge_feeds(measured))}


def test_every_measure_a_rule_may_name_is_taken() -> None:
    assert set(measure_feed(an_export(), a_split()).readings) == set(MEASURES)


def test_a_sound_feed_breaks_no_rule() -> None:
    assert judged(measure_feed(an_export(), a_split())) == {}


@pytest.mark.parametrize("kind", ["dossiers", "procedures", "units", "counts", "scores"])
def test_an_empty_feed_is_held(kind: str) -> None:
    (outcome,) = judged(measure_feed(an_export(kind), a_split(0))).values()
    assert outcome.rule.endswith(".empty")
    assert outcome.blocks
    assert (outcome.value, outcome.expected) == ("0", ">= 1")


def test_a_week_without_petitions_is_told_and_not_held() -> None:
    (outcome,) = judged(measure_feed(an_export("petitions"), a_split(0))).values()
    assert (outcome.rule, outcome.blocks) == ("petitions.empty", False)


def test_a_feed_of_which_every_row_is_set_aside_is_held_however_small() -> None:
    assert "dossiers.empty" in judged(measure_feed(an_export(), a_split(0, 2)))


def test_a_feed_with_too_many_rows_in_quarantine_is_held() -> None:
    assert judged(measure_feed(an_export(), a_split(95, 5))) == {}  # 5 % are tolerated
    assert list(judged(measure_feed(an_export(), a_split(94, 6)))) == ["dossiers.quarantined_share"]


def test_a_single_bad_row_does_not_hold_a_small_feed() -> None:
    assert judged(measure_feed(an_export(), a_split(7, 1))) == {}


def test_lines_the_door_could_not_read_count_among_the_lost() -> None:
    assert "dossiers.quarantined_share" in judged(measure_feed(an_export(rejected_rows=6), a_split(94)))


def test_superseded_rows_are_no_fault() -> None:
    twice = Measurement("dossiers.superseded_in_file", None, 100, 40)
    assert judged(measure_feed(an_export(), a_split(60, 40, rules=[twice]))) == {}


def test_a_rule_that_breaks_too_many_rows_holds_the_feed_with_one_finding() -> None:
    late = Measurement("dossiers.accepted_after_week", None, 100, 60, 17, "2025-10-14 09:00:00")
    found = judged(measure_feed(an_export(), a_split(40, 60, rules=[late])))
    (outcome,) = found.values()  # and not also that too many rows are in quarantine
    assert (outcome.rule, outcome.grain) == ("dossiers.accepted_after_week", "feed")
    assert (outcome.row, outcome.value) == (17, "2025-10-14 09:00:00")
    assert "60.0% of the rows, 5% are tolerated" in outcome.message_en


def test_a_warning_tells_and_does_not_hold() -> None:
    odd = Measurement("dossiers.code_form", None, 100, 100, 1, "18-00269879")
    (outcome,) = judged(measure_feed(an_export(), a_split(rules=[odd]))).values()
    assert (outcome.severity, outcome.blocks, outcome.failed) == ("warning", False, 100)


def test_what_passed_is_recorded_with_its_numbers() -> None:
    few = Measurement("dossiers.negative", None, 1000, 3, 9, "fee_total_vnd=-1")
    outcomes = judge_feeds([measure_feed(an_export(), a_split(997, 3, rules=[few]))])
    (outcome,) = [each for each in outcomes if each.rule == "dossiers.negative"]
    assert (outcome.status, outcome.checked, outcome.failed) == ("passed", 1000, 3)


def test_an_export_from_before_its_week_is_held() -> None:
    start = Week.parse(WEEK).start
    assert judged(measure_feed(an_export(exported_at=start), a_split())) == {}
    (outcome,) = judged(measure_feed(an_export(exported_at=start - timedelta(minutes=1)), a_split())).values()
    assert outcome.rule == "dossiers.exported_before_week"
    assert outcome.value == "1 (2025-10-05 23:59)"  # a part of a day counts as one


def test_the_same_bytes_as_in_an_earlier_week_are_told() -> None:
    before = an_export("scores", "VN", "2025-W40", sha256="s")
    (outcome,) = judged(measure_feed(an_export("scores", "VN", sha256="s"), a_split(34), history=[before])).values()
    assert outcome.rule == "portal_scores.same_as_before"
    assert outcome.value == "1 (2025-W40)"


def test_a_dossier_export_in_which_nothing_is_new_is_told() -> None:
    start = Week.parse(WEEK).start
    for days, told in ((6, False), (7, False), (8, True), (40, True)):
        found = judged(measure_feed(an_export(), a_split(), newest_event=start - timedelta(days=days)))
        assert ("dossiers.nothing_new" in found) is told


def history(*rows: int) -> list[ExportRecord]:
    """Exports of the weeks before, the last number for the week just before."""
    week = Week.parse(WEEK)
    return [an_export(week=str(week.shift(back - len(rows))), rows=count) for back, count in enumerate(rows)]


def test_a_number_of_rows_out_of_all_proportion_is_held() -> None:
    (outcome,) = judged(measure_feed(an_export(), a_split(10), history=history(900, 1000, 1100, 1000))).values()
    assert outcome.rule == "dossiers.volume"  # 1000 is the median, and 100 times 10
    assert outcome.value == "100 (10 / 1000)"


def test_a_first_export_of_a_whole_year_does_not_make_the_weeks_after_it_look_cut() -> None:
    assert judged(measure_feed(an_export(), a_split(100), history=history(400_000, 110, 90, 100))) == {}


def test_few_weeks_give_no_verdict_on_the_volume() -> None:
    measured = measure_feed(an_export(), a_split(10), history=history(1000, 1000, 1000))
    assert measured.readings["volume_ratio"].value is None
    assert not any(outcome.rule == "dossiers.volume" for outcome in judge_feeds([measured]))


def test_only_earlier_weeks_of_the_same_feed_are_its_history() -> None:
    others = [
        *history(1000, 1000, 1000),
        an_export(scope="H01", week="2025-W37", rows=1000),
        an_export("units", week="2025-W36", rows=1000),
        an_export(week="2025-W42", rows=1000),
        an_export(week="2025-W35", rows=1000, status="rejected"),
    ]
    assert measure_feed(an_export(), a_split(10), history=others).readings["volume_ratio"].value is None


def national(number: int) -> list[dict[str, Any]]:
    return [score_row(f"H{code:02d}", row) for row, code in enumerate(range(10, 10 + number), 1)]


def test_a_national_table_has_34_provinces_unless_it_says_it_is_a_part() -> None:
    def found(number: int, **facts: Any) -> list[str]:
        export = an_export("scores", "VN", **facts)
        return list(judged(measure_feed(export, a_split(number), rows=national(number))))

    assert found(34) == []
    assert found(33) == ["portal_scores.provinces"]
    assert found(35) == ["portal_scores.provinces"]
    assert found(5, partial=True) == []
    assert found(63, week="2025-W20") == []  # before 2025-07-01


def test_a_province_may_list_as_many_units_as_it_has() -> None:
    rows = [score_row("H05.101"), score_row("H05.102")]
    assert judged(measure_feed(an_export("scores"), a_split(2), rows=rows)) == {}


def test_a_table_of_counts_is_no_table_of_components() -> None:
    rows = [count_row(f"H05.{unit}") for unit in range(101, 110)]
    assert judged(measure_feed(an_export("counts"), a_split(9), rows=rows)) == {}


def test_a_number_that_cannot_be_read_puts_its_unit_under_review_and_many_hold_the_table() -> None:
    def measured(units: int) -> FeedMeasures:
        whole = Measurement("portal_scores.unreadable", None, 100, units, 4, "progress=chưa có")
        of_units = [
            Measurement("portal_scores.unreadable", f"H05.{101 + number}", 1, 1, 4 + number, "progress=chưa có")
            for number in range(units)
        ]
        return measure_feed(an_export("scores"), a_split(100 - units, units, units=100, rules=[whole, *of_units]))

    outcomes = failed(judge_feeds([measured(2)]))
    assert [(outcome.grain, outcome.unit_code, outcome.row) for outcome in outcomes] == [
        ("unit", "H05.101", 4),
        ("unit", "H05.102", 5),
    ]
    assert (outcomes[0].field, outcomes[0].value) == ("progress", "chưa có")
    (outcome,) = failed(judge_feeds([measured(11)]))  # 10 % are tolerated
    assert (outcome.grain, outcome.failed, outcome.checked) == ("feed", 11, 100)


def test_feeds_of_many_weeks_are_judged_together_and_each_for_itself() -> None:
    weeks = [str(Week.parse("2025-W36").shift(number)) for number in range(10)]
    measured = [measure_feed(an_export(week=week), a_split(0 if week == "2025-W40" else 100)) for week in weeks]
    assert [(each.week, each.rule) for each in failed(judge_feeds(measured))] == [("2025-W40", "dossiers.empty")]


def test_a_moment_is_shown_by_the_vietnamese_clock() -> None:
    reading = measure_feed(an_export(exported_at=datetime(2025, 10, 4, 22, 25)), a_split()).readings
    assert reading["exported_before_week_days"].note == "2025-10-05 05:25"
    assert Decimal(str(reading["exported_before_week_days"].value)) == 1
