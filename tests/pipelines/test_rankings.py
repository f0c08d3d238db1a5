"""Cohorts of a week: which rows stand together, which are withheld, what may be compared, and the word for a row."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pandas as pd

from assets.rankings import Cohort, rank_week, ranking_frame
from assets.scores import Slice
from resources.exports import ExportRecord
from resources.units import level_of
from resources.verdicts import FeedVerdict, UnitHold, Verdict
from scoring.basis import assemble
from scoring.calendar import Period, Week
from scoring.ruleset import ruleset_for

W41, W42 = Week.parse("2025-W41"), Week.parse("2025-W42")
SHARES = {
    "transparency": "15.00",
    "progress": "19.00",
    "online_services": "8.00",
    "online_payment": "9.00",
    "satisfaction": "17.00",
}


def export(week: Week, exported_at: datetime | None, **facts: Any) -> ExportRecord:
    known: dict[str, Any] = {
        "export_id": f"{week}-{facts.get('period', '2025')}",
        "week": str(week),
        "kind": "scores",
        "scope": "VN",
        "period_kind": "ytd",
        "period": "2025",
        "file": "x",
        "sha256": "x",
        "size_bytes": 1,
        "rows": 1,
        "rejected_rows": 0,
        "exported_at": exported_at,
        "received_at": datetime(2025, 10, 20),
    }
    return ExportRecord(**known | facts)


def published(
    week: Week,
    digitisation: dict[str, str | None],
    exported_at: datetime | None = None,
    label: str = "2025",
    **facts: Any,
) -> Slice:
    """A slice of a published table: unit code to its digitisation; the other five are the same for all."""
    period = Period.parse(label)
    rows: list[dict[str, Any]] = [
        {"unit_code": code}
        | {name: Decimal(value) for name, value in SHARES.items()}
        | {
            "digitisation": Decimal(score) if score else None,
            "total": Decimal("68.00") + Decimal(score) if score else None,
        }
        for code, score in digitisation.items()
    ]
    units = pd.DataFrame(
        [(code, level_of(code), code[:3]) for code in digitisation],
        columns=["unit_code", "level", "province_code"],
        dtype=object,
    )
    ruleset = ruleset_for(min(week.sunday, period.end_day))
    figures = assemble(units, ruleset, tables=pd.DataFrame(rows, dtype=object))
    return Slice(
        week, period, ruleset, figures, (export(week, exported_at, period=label, period_kind=period.kind, **facts),)
    )


def rows(week: Week, cohorts: list[Cohort], level: str = "province") -> dict[str, dict[str, Any]]:
    frame = ranking_frame(week, cohorts, {})
    return {row["unit_code"]: row for row in frame[frame["level"] == level].to_dict("records")}  # type: ignore[misc]


def verdict(week: Week, *holds: UnitHold) -> Verdict:
    return Verdict(week=str(week), decision="publishable_with_reviews" if holds else "publishable", holds=holds)


def hold(unit_code: str, kind: str) -> UnitHold:
    return UnitHold(unit_code=unit_code, kind=kind, period=None, rule="r", reason="vi / en")


def test_provinces_communes_and_departments_are_cohorts_of_their_own_and_units_of_a_province_one_together() -> None:
    figures = published(
        W41, {"H05": "20.00", "H05.101": "19.00", "H05.01": "18.00", "H01.101": "17.00", "H01": "16.00"}
    )
    cohorts = {
        (key[0], key[1]): len(cohort.rows) for cohort in rank_week([figures], (), None, None) for key in [cohort.key]
    }
    assert cohorts == {
        ("province", "VN"): 2,
        ("commune", "H05"): 1,
        ("department", "H05"): 1,
        ("unit", "H05"): 2,
        ("commune", "H01"): 1,
        ("unit", "H01"): 1,
    }


def test_a_unit_under_review_keeps_its_total_has_no_rank_and_the_others_are_ranked_without_it() -> None:
    figures = published(W41, {"H05": "21.00", "H01": "20.00", "H12": "19.00"})
    found = rows(W41, rank_week([figures], (), verdict(W41, hold("H05", "scores")), None))
    assert (found["H05"]["rank"], found["H05"]["status"], found["H05"]["total"]) == (
        None,
        "under_review",
        Decimal("89.00"),
    )
    assert [found[code]["rank"] for code in ("H01", "H12")] == [1, 2]
    assert found["H01"]["ranked"] == 2
    assert found["H01"]["cohort_size"] == 3


def test_a_hold_on_one_kind_does_not_touch_a_row_that_stands_on_another() -> None:
    figures = published(W41, {"H05": "21.00", "H01": "20.00"})
    found = rows(W41, rank_week([figures], (), verdict(W41, hold("H05", "dossiers")), None))
    assert found["H05"]["rank"] == 1


def test_while_the_nations_table_is_held_nobody_is_ranked_first_of_the_few_provinces_that_are_left() -> None:
    figures = published(W41, {"H05": "21.00", "H05.101": "20.00"})
    feeds = tuple(
        FeedVerdict(kind="scores", scope=scope, period="2025", export_id=scope, admitted=scope != "VN")
        for scope in ("VN", "H05")
    )
    held = Verdict(week=str(W41), decision="publishable", feeds=feeds)
    assert rows(W41, rank_week([figures], (), held, None)) == {}
    assert rows(W41, rank_week([figures], (), held, None), "commune")["H05.101"]["rank"] == 1


def test_rank_moves_are_left_blank_when_the_cohort_had_other_members() -> None:
    """Known failures, line 21."""
    before = published(W41, {"H05": "20.00", "H01": "21.00"})
    now = published(W42, {"H05": "22.00", "H01": "21.00", "H12": "19.00"})
    found = rows(W42, rank_week([now], [before], None, None))
    assert (found["H05"]["change"], found["H05"]["previous_rank"], found["H05"]["move"]) == (
        Decimal("2.00"),
        None,
        None,
    )
    assert found["H05"]["note"] == "cohort_changed"
    assert found["H12"]["previous_total"] is None


def test_the_month_before_is_not_what_a_new_month_is_compared_with() -> None:
    """Known failures, line 14: W45 of 2025 is read in November, W44 in October."""
    w44, w45 = Week.parse("2025-W44"), Week.parse("2025-W45")
    october = published(w44, {"H05": "20.00"}, label="2025-10")
    november = published(w45, {"H05": "15.00"}, label="2025-11")
    found = rows(w45, rank_week([november], [october], None, None))
    assert (found["H05"]["previous_total"], found["H05"]["change"]) == (None, None)


def test_no_change_is_shown_across_the_merger_of_july_2025() -> None:
    """Known failures, line 12: "+47 points" over the merger."""
    w26, w27 = Week.parse("2025-W26"), Week.parse("2025-W27")
    before, now = published(w26, {"H05": "10.00"}), published(w27, {"H05": "21.00"})
    found = rows(w27, rank_week([now], [before], None, None))
    assert (found["H05"]["previous_total"], found["H05"]["change"], found["H05"]["move"]) == (None, None, None)
    later = Week.parse("2025-W28")
    found = rows(later, rank_week([published(later, {"H05": "21.10"})], [now], None, None))
    assert found["H05"]["change"] == Decimal("0.10")


def test_a_row_is_final_only_when_its_export_was_made_after_the_last_moment_it_measures() -> None:
    """Known failures, line 18. W41 ends on Sunday 12 October, 24:00 in Việt Nam: 17:00 UTC."""
    for exported_at, status in (
        (datetime(2025, 10, 12, 16, 59, 59), "provisional"),
        (datetime(2025, 10, 12, 17, 0), "final"),
        (None, "provisional"),
    ):
        found = rows(W41, rank_week([published(W41, {"H05": "20.00"}, exported_at)], (), None, None))
        assert found["H05"]["status"] == status


def test_figures_their_source_calls_provisional_are_published_with_a_flag_and_are_final_when_it_clears() -> None:
    """Known failures, line 8: TEMP_NATIONAL_REPORT_DENOMINATOR and the like."""
    after = datetime(2025, 11, 1)
    told = rows(W41, rank_week([published(W41, {"H05": "20.00"}, after, provisional=True)], (), None, None))
    assert (told["H05"]["status"], told["H05"]["note"], told["H05"]["rank"]) == ("provisional", "unsettled", 1)
    cleared = rows(W41, rank_week([published(W41, {"H05": "20.00"}, after)], (), None, None))
    assert (cleared["H05"]["status"], cleared["H05"]["note"]) == ("final", None)


def test_a_corrected_export_makes_its_rows_corrected() -> None:
    figures = published(W41, {"H05": "20.00"}, datetime(2025, 11, 1), corrects="the counter was repaired")
    assert rows(W41, rank_week([figures], (), None, None))["H05"]["status"] == "corrected"


def test_a_unit_without_a_component_is_incomplete_and_has_neither_total_nor_rank() -> None:
    figures = published(W41, {"H05": "20.00", "H01": None})
    found = rows(W41, rank_week([figures], (), None, None))
    assert (found["H01"]["status"], found["H01"]["rank"], found["H01"]["total"]) == ("incomplete", None, None)
    assert found["H05"]["ranked"] == 1


def test_of_two_months_told_in_one_week_the_calendars_own_counts() -> None:
    # The week of Monday 31 August 2026 is read in September; an export of August may arrive in it too.
    w36 = Week.parse("2026-W36")
    august, september = (
        published(w36, {"H05": score}, label=label) for label, score in (("2026-08", "20.00"), ("2026-09", "5.00"))
    )
    found = rows(w36, rank_week([august, september], (), None, None))
    assert found["H05"]["period"] == "2026-09"
    alone = rows(w36, rank_week([august], (), None, None))
    assert alone["H05"]["period"] == "2026-08"
