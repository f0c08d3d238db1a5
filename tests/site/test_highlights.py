"""What a release says first follows from its table."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from publishing.site.highlights import Highlights, highlights
from tests.publishing.releases import ranking_row

MAXIMA = {
    "transparency": Decimal(18),
    "progress": Decimal(20),
    "online_services": Decimal(12),
    "online_payment": Decimal(10),
    "satisfaction": Decimal(18),
    "digitisation": Decimal(22),
}


def table(week: str, *totals: str, **changes: Any) -> list[dict[str, Any]]:
    """A cohort, best first: unit H05.101, H05.102, ..."""
    return [ranking_row(f"H05.{101 + at}", at + 1, total, week=week, **changes) for at, total in enumerate(totals)]


def told(rows: list[dict[str, Any]], **earlier: list[dict[str, Any]]) -> Highlights:
    return highlights(rows, {name.replace("_", "-"): each for name, each in earlier.items()}, MAXIMA)


def test_the_leader_leads_by_so_much_for_so_many_weeks() -> None:
    now = table("2025-W41", "92.37", "91.98", "91.96")
    found = told(
        now, **{"2025_W40": table("2025-W40", "92.28", "91.73"), "2025_W39": table("2025-W39", "92.0", "90.0")}
    )
    assert [row["unit_code"] for row in found.leaders] == ["H05.101"]
    assert (found.streak, found.since) == (3, "2025-W39")
    assert (found.lead, found.lead_before) == (Decimal("0.39"), Decimal("0.55"))


def test_a_streak_ends_at_a_missing_week_and_at_another_leader() -> None:
    now = table("2025-W41", "92.37", "91.98")
    assert told(now, **{"2025_W39": table("2025-W39", "92.0", "91.0")}).streak == 1
    other = [ranking_row("H05.102", 1, "92.0", week="2025-W40"), ranking_row("H05.101", 2, "91.0", week="2025-W40")]
    assert told(now, **{"2025_W40": other}).streak == 1


def test_a_shared_first_rank_has_no_lead() -> None:
    rows = [ranking_row("H05.101", 1, "92.00"), ranking_row("H05.102", 1, "92.00"), ranking_row("H05.103", 3, "90.00")]
    found = told(rows)
    assert len(found.leaders) == 2
    assert found.lead == 0


def test_a_lead_is_not_compared_across_a_new_year() -> None:
    now = table("2026-W01", "92.37", "91.98", period="2026")
    before = table("2025-W52", "92.0", "91.0", period="2025")
    assert told(now, **{"2025_W52": before}).lead_before is None


def test_gains_and_falls_follow_what_is_displayed() -> None:
    changes = {"H05.101": "0.004", "H05.102": "-0.30", "H05.103": "0.20", "H05.104": None}
    rows = [
        ranking_row(code, at + 1, "90.00", change=Decimal(change) if change else None)
        for at, (code, change) in enumerate(changes.items())
    ]
    found = told(rows)
    assert [row["unit_code"] for row in found.rising] == ["H05.103"]
    assert [row["unit_code"] for row in found.falling] == ["H05.102"]


def test_the_bottom_ten_are_told_of_a_cohort_of_twenty_or_more() -> None:
    totals = [str(Decimal(95) - at) for at in range(20)]
    rows = table("2025-W41", *totals, change=Decimal("0.10"), move=0)
    found = told(rows)
    assert (found.last, found.last_rose) == (10, 10)
    assert told(rows[:19]).last == 0


def test_mean_spread_ninety_and_the_lowest_component() -> None:
    found = told(table("2025-W41", "92.01", "90.00", "80.00"))
    assert (found.mean, found.best, found.worst, found.ninety) == (
        Decimal("87.34"),
        Decimal("92.01"),
        Decimal("80.00"),
        2,
    )
    assert found.lowest is not None
    assert (found.lowest.component, found.lowest.completion) == ("online_services", Decimal("70.2"))


def test_a_unit_under_review_is_told_and_not_counted() -> None:
    rows = [*table("2025-W41", "92.00", "91.00"), ranking_row("H05.109", None, "99.00", status="under_review")]
    found = told(rows)
    assert [row["unit_code"] for row in found.reviewed] == ["H05.109"]
    assert (found.ranked, found.units, found.best) == (2, 3, Decimal("92.00"))


def test_an_empty_table_says_nothing() -> None:
    found = told([])
    assert (found.leaders, found.streak, found.mean, found.lowest, found.lead) == ((), 0, None, None, None)
