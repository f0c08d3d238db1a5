"""A sentence appears only with the figures behind it: each statement by cases worked by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from publishing.bulletin import statements, unit_statements
from publishing.bulletin.facts import Facts, Held, read_facts
from publishing.bulletin.statements import Statement
from publishing.bulletin.targets import Target, TargetError, parse_target
from publishing.bulletin.weekly import statements_of
from publishing.release import publish
from publishing.site.languages import languages
from publishing.views import RankingView, Row
from resources.office import Office, open_office
from resources.settings import load_settings
from tests.bulletin.reports import hold
from tests.databases import copy_home
from tests.publishing.releases import release

VI, EN = languages()


def told(said: Statement | None) -> tuple[str, str]:
    assert said is not None
    return said.phrase.text(VI), said.phrase.text(EN)


def with_row(facts: Facts, **changes: Any) -> Facts:
    row = {**facts.row, **changes}
    return replace(facts, row=row, history=[*facts.history[:-1], row])


@pytest.mark.parametrize(
    ("now", "before", "pace"),
    [
        ("0.09", "0.20", ("tăng chậm lại", "growth slows")),
        ("0.20", "0.09", ("tăng nhanh hơn", "growth quickens")),
        ("0.09", "0.09", ("giữ nguyên nhịp", "the same pace")),
        ("0.35", "-0.05", ("tăng trở lại", "it rises again")),
        ("-0.05", "0.08", ("chuyển sang giảm", "it turns down")),
        ("-0.30", "-0.10", ("giảm nhanh hơn", "it falls faster")),
        ("-0.10", "-0.30", ("giảm chậm lại", "it falls more slowly")),
        ("0.00", "0.10", ("dừng lại", "it stands still")),
    ],
)
def test_the_pace_follows_the_two_changes(w46: Facts, now: str, before: str, pace: tuple[str, str]) -> None:
    facts = with_row(w46, change=Decimal(now))
    facts = replace(facts, before={**(w46.before or {}), "change": Decimal(before)})
    vi, en = told(statements.week_change(facts))
    assert (vi.rpartition(": ")[2], en.rpartition(": ")[2]) == pace
    assert vi.startswith({1: "Tăng", -1: "Giảm", 0: "Thay đổi"}[(Decimal(now) > 0) - (Decimal(now) < 0)])


@pytest.mark.parametrize(
    "say",
    [statements.week_change, statements.components, statements.longer_change],
    ids=lambda say: say.__name__,
)
def test_without_the_week_before_nothing_is_said_of_changes(
    w46: Facts, say: Callable[[Facts], Statement | None]
) -> None:
    facts = with_row(replace(w46, before=None, history=w46.history[-1:]), change=None, previous_total=None)
    assert say(facts) is None
    assert any("Chưa đủ dữ liệu lịch sử" in told(each)[0] for each in statements.unknown(facts))


def test_a_province_without_a_rank_has_no_standing_streak_or_lead_and_that_is_said(w46: Facts) -> None:
    facts = with_row(w46, rank=None, status="under_review")
    assert [statements.standing(facts), statements.streak(facts), statements.lead(facts)] == [None, None, None]
    assert any(told(each)[0] == "Bắc Ninh chưa có hạng: đang xem xét" for each in statements.unknown(facts))


def test_a_province_whose_table_holds_no_other_has_no_rank_to_boast_of(w46: Facts) -> None:
    alone = replace(w46, nation=replace(w46.nation, rows=[w46.nation.rows[0]]))
    assert told(statements.standing(alone))[0] == "Bắc Ninh đạt 92,37 điểm"
    assert [statements.streak(alone), statements.lead(alone)] == [None, None]
    assert any("Chỉ có số liệu của 1/34 tỉnh" in told(each)[0] for each in statements.unknown(alone))


def test_a_streak_needs_two_weeks_and_ends_where_the_rank_was_another(w46: Facts) -> None:
    assert told(statements.streak(w46))[1] == "in the lead for the 9th week in a row"
    assert statements.streak(replace(w46, history=w46.history[-1:])) is None
    broken = [*w46.history[:-2], {**w46.history[-2], "rank": 2}, w46.history[-1]]
    assert statements.streak(replace(w46, history=broken)) is None


def test_a_streak_as_long_as_the_record_says_from_when_the_record_is(w46: Facts) -> None:
    vi, _ = told(statements.streak(replace(w46, history=w46.history[-3:])))
    assert vi == "dẫn đầu tuần thứ 3 liên tiếp kể từ tuần đầu tiên có số liệu (2025-W44)"


def test_what_rounding_leaves_between_components_and_total_is_said(w46: Facts) -> None:
    facts = with_row(w46, change=Decimal("0.10"))
    assert "; làm tròn +0,01. Không đổi" in told(statements.components(facts))[0]


def test_a_lowest_component_that_falls_is_told_with_its_fall(w46: Facts) -> None:
    facts = with_row(w46, online_services=Decimal("8.41"), lowest_completion_pct=Decimal("70.1"))
    assert told(statements.lowest(facts)) == (
        "Dịch vụ công trực tuyến chỉ đạt 70,1% điểm tối đa (8,41/12), −0,07 so với tuần trước: thấp nhất trong sáu nhóm",
        "Online services: only 70.1% of the maximum (8.41/12), −0.07 on the week: the lowest of the six",
    )


def test_a_component_that_is_not_determined_is_said_to_be_so_and_changes_are_not_told(w46: Facts) -> None:
    facts = with_row(w46, digitisation=None)
    assert statements.components(facts) is None
    assert any(told(each)[0] == "Chưa xác định: Số hóa hồ sơ" for each in statements.unknown(facts))


def test_one_who_does_not_lead_is_told_how_far_the_first_and_the_next_are(w46: Facts) -> None:
    row = next(row for row in w46.nation.rows if row["rank"] == 3)
    facts = replace(w46, scope=row["unit_code"], row=row, before=None)
    assert told(statements.lead(facts)) == (
        "Kém Bắc Ninh (hạng nhất) 0,41 điểm; kém Hải Phòng (ngay trên) 0,02",
        "Behind Bắc Ninh, the first, by 0.41; behind Hải Phòng, next above, by 0.02",
    )


@pytest.mark.parametrize(
    ("target", "tail", "tone"),
    [
        ("2025-W46:92.30", "; đã đạt (92,37)", "plain"),
        ("2025-W46:92.50", "; chưa đạt, còn +0,13", "plain"),
        ("2025-W50:online_services:12.5", "; cần +4,02, chỉ còn 3,52: không thể đạt", "warn"),
        ("2025-W50:101", "; cần +8,63, chỉ còn 7,63: không thể đạt", "warn"),
    ],
)
def test_a_target_is_met_missed_or_beyond_reach(w46: Facts, target: str, tail: str, tone: str) -> None:
    (said,) = statements.targets(replace(w46, targets=[parse_target(target)]))
    assert told(said)[0].endswith(tail)
    assert said.tone == tone


def test_a_target_of_a_week_gone_by_is_not_told(w46: Facts) -> None:
    assert statements.targets(replace(w46, targets=[Target("2025-W45", low=Decimal(92))])) == []


@pytest.mark.parametrize("text", ["92.5", "2025-W99:92", "2025-W47:nothing:92", "2025-W47:93..92", "2025-W47:1e3"])
def test_a_target_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(TargetError):
        parse_target(text)


# ---- units


def changed(view: RankingView, change: Callable[[Row], dict[str, Any]]) -> RankingView:
    return replace(view, rows=[{**row, **change(row)} for row in view.rows])


def test_moves_are_told_only_between_equal_cohorts(w46: Facts) -> None:
    assert unit_statements.moves(changed(w46.communes, lambda row: {"move": None})) is None


def test_the_bottom_ten_are_told_only_when_all_of_them_can_be_compared(w46: Facts) -> None:
    last = w46.communes.rows[-1]["unit_code"]
    partly = changed(w46.communes, lambda row: {"change": None} if row["unit_code"] == last else {})
    assert unit_statements.bottom(partly) is None


def test_a_change_that_shows_as_nothing_is_no_rise(w46: Facts) -> None:
    still = changed(w46.communes, lambda row: {"change": Decimal("0.004")})
    assert told(unit_statements.bottom(still))[1] == "Of the bottom 10, 0 rose"


def test_a_ranking_of_a_month_names_its_month(w46: Facts) -> None:
    month = replace(changed(w46.departments, lambda row: {"period": "2025-11"}), period_kind="month")
    for said in (unit_statements.leaders(month), unit_statements.to_improve(month), unit_statements.bands(month)):
        assert "(tháng 11/2025)" in told(said)[0]


def test_a_small_cohort_is_not_told_as_leading_and_to_improve_at_once(w46: Facts) -> None:
    five = replace(w46.departments, rows=w46.departments.rows[:5])
    assert len(unit_statements.best_of(five)) == 3
    assert unit_statements.last_of(five) == []


def test_printed_totals_in_another_order_than_the_ranks_are_explained(w46: Facts) -> None:
    rows = [dict(row) for row in w46.communes.rows]
    rows[0]["total"], rows[1]["total"] = rows[1]["total"], rows[0]["total"]
    assert told(unit_statements.leaders(replace(w46.communes, rows=rows)))[0].endswith("(xếp theo điểm chưa làm tròn)")


def test_units_under_review_are_named_with_the_reason_and_their_last_sound_total(w46: Facts) -> None:
    row = {
        **w46.communes.rows[0],
        "unit_name": "Xã {0} <b>",
        "last_sound_week": "2025-W45",
        "last_sound_total": Decimal("93.71"),
    }
    held = [Held(row, "Bộ đếm bỏ sót / The counter missed some")]
    assert told(unit_statements.under_review(held)) == (
        "1 đơn vị đang xem xét, chưa xếp hạng: Xã {0} <b> (gần nhất 93,71, tuần 2025-W45) (Bộ đếm bỏ sót)",
        "1 unit under review and without a rank: Xã {0} <b> (last 93.71, 2025-W45) (The counter missed some)",
    )
    assert unit_statements.under_review([]) is None


def test_the_reason_of_a_hold_is_read_from_the_verdict(office: Office, tmp_path: Path) -> None:
    copy_home(office.home.root, tmp_path / "home")
    own = open_office(load_settings(home=tmp_path / "home"))
    first = own.database.ranking("2025-W44", "commune", "H05", "ytd", 1)
    held = [row["unit_code"] for row in first if row["status"] == "under_review"]
    assert len(held) == 2
    rows = own.database.ranking_rows("2025-W44", 1)
    publish(
        release("2025-W47", rows=[{**row, "week": "2025-W47", "note": None} for row in rows]), own.database, own.home
    )
    hold(own, "2025-W47", held)
    (said,) = [
        each for each in statements_of(read_facts(own.database, "2025-W47", "H05")) if each.code == "under_review"
    ]
    assert told(said)[1].startswith("2 units under review and without a rank: ")
    assert told(said)[1].endswith("(The portal's counter missed digitised dossiers)")
    assert said.tone == "warn"
