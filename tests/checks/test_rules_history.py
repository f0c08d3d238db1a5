"""A unit against its own past: limits that hold, and what lies outside them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.aggregates import FLAGS, UnitFacts
from checks.history import history_limits, judge_jumps, judge_pace, judge_rates, judge_volumes
from checks.tables import TableFeed
from tests.checks.making import a_table, an_export, published_scores, score_row

numbers = st.lists(st.integers(0, 10_000), min_size=5, max_size=12)


def test_the_limits_of_a_series_worked_by_hand() -> None:
    # 10 12 11 13 9: the median is 11, deviations 1 1 0 2 2, their median 1, the spread 1.4826; 3 of it: 4.4478
    limits = history_limits([10, 12, 11, 13, 9], spreads=Decimal(3))
    assert limits is not None
    assert (limits.median, limits.spread, limits.weeks) == (11, Decimal("1.4826"), 5)
    assert (limits.low, limits.high) == (Decimal("6.5522"), Decimal("15.4478"))


def test_few_weeks_give_no_verdict() -> None:
    assert history_limits([10, 10, 10, 10], spreads=Decimal(3)) is None
    assert history_limits([10, 10, 10, 10, 10], spreads=Decimal(3)) is not None


def test_only_the_last_eight_weeks_count() -> None:
    limits = history_limits([1000] * 20 + [10] * 8, spreads=Decimal(3))
    assert limits is not None
    assert (limits.median, limits.weeks) == (10, 8)


def test_one_wild_week_does_not_widen_the_limits() -> None:
    calm = history_limits([10, 12, 11, 13, 9, 11, 10], spreads=Decimal(3))
    wild = history_limits([10, 12, 11, 13, 9, 11, 10_000], spreads=Decimal(3))
    assert calm is not None
    assert wild is not None
    assert wild.high - wild.low <= 2 * (calm.high - calm.low)


def test_a_series_that_never_moved_still_has_room() -> None:
    limits = history_limits([20] * 8, spreads=Decimal(3), least_spread=Decimal(1), relative_spread=Decimal("0.1"))
    assert limits is not None
    assert (limits.low, limits.high) == (14, 26)  # a tenth of 20 is 2, three times that


@given(numbers, st.integers(-500, 500), st.integers(1, 9))
def test_limits_move_with_the_series_and_grow_with_it(past: list[int], shift: int, factor: int) -> None:
    limits = history_limits(past, spreads=Decimal(4))
    moved = history_limits([value + shift for value in past], spreads=Decimal(4))
    grown = history_limits([value * factor for value in past], spreads=Decimal(4))
    assert limits is not None
    assert moved is not None
    assert grown is not None
    assert (moved.low, moved.high) == (limits.low + shift, limits.high + shift)
    assert (grown.low, grown.high) == (limits.low * factor, limits.high * factor)
    assert limits.holds(limits.median)


def a_week(**rows: int) -> dict[str, UnitFacts]:
    """Units with so many dossiers, three quarters of them filed online."""
    asked = dict.fromkeys(FLAGS, 0)
    return {f"H05.{unit[1:]}": UnitFacts(count, asked, asked, online=count * 3 // 4) for unit, count in rows.items()}


def test_a_unit_that_falls_silent_is_named_with_what_was_expected() -> None:
    past = [a_week(u101=100, u102=100, u103=100)] * 6
    (told,) = judge_volumes(an_export(), a_week(u101=110, u102=95, u103=0), past)
    assert (told.rule, told.unit_code, told.value) == ("dossiers.unit_volume", "H05.103", "0")
    assert told.severity == "warning"


def test_a_holiday_of_all_units_is_no_units_fault() -> None:
    past = [a_week(u101=100, u102=200, u103=300)] * 6
    assert judge_volumes(an_export(), a_week(u101=10, u102=20, u103=30), past) == []


def test_a_rate_that_breaks_with_the_units_own_past_is_named() -> None:
    past = [a_week(u101=100, u102=100, u103=100)] * 6
    now = a_week(u101=100, u102=100, u103=100)
    now["H05.103"] = UnitFacts(100, dict.fromkeys(FLAGS, 0), dict.fromkeys(FLAGS, 0), online=0)
    told = judge_rates(an_export(), now, past)
    assert [(each.rule, each.unit_code, each.field, each.value) for each in told] == [
        ("dossiers.unit_rate", "H05.103", "filed_online", "0.0 %")
    ]


def paid(**rates: tuple[int, int]) -> dict[str, UnitFacts]:
    nothing = dict.fromkeys(FLAGS, 0)
    return {
        f"H05.{unit[1:]}": UnitFacts(base, nothing, nothing, fee_bearing=base, paid_online=top)
        for unit, (top, base) in rates.items()
    }


def test_a_careless_unit_loses_more_than_the_others_when_the_whole_feed_gets_worse() -> None:
    # The others fall from 99 % to 92 %, ninefold odds of failing: for a unit with 90 % that is 50 %.
    past = [paid(u101=(9900, 10000), u102=(36, 40))] * 6
    assert judge_rates(an_export(), paid(u101=(9200, 10000), u102=(21, 40)), past) == []
    (told,) = judge_rates(an_export(), paid(u101=(9900, 10000), u102=(21, 40)), past)
    assert (told.unit_code, told.field) == ("H05.102", "paid_online")


def test_a_few_units_whose_software_went_wrong_do_not_make_the_others_look_wrong() -> None:
    sound = {f"u{number}": (0, 40) for number in range(101, 160)}
    past = [paid(**sound, u100=(1, 400))] * 6
    told = judge_rates(an_export(), paid(**sound | {"u101": (40, 40), "u102": (40, 40)}, u100=(1, 400)), past)
    assert {each.unit_code for each in told} == {"H05.101", "H05.102"}


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=4, max_size=4), min_size=2, max_size=10
    )
)
def test_what_floats_pass_over_exact_working_would_not_have_found(weeks: list[list[tuple[int, int]]]) -> None:
    """Most weeks are like their neighbours, so that findings stand beside units that are sound."""
    nothing = dict.fromkeys(FLAGS, 0)
    facts = [
        {
            f"H05.10{unit}": UnitFacts(30 + more, nothing, nothing, online=min(online, 30 + more))
            for unit, (more, online) in enumerate(week)
        }
        for week in weeks
    ]
    now, past = facts[-1], facts[:-1]
    quick = [*judge_volumes(an_export(), now, past), *judge_rates(an_export(), now, past)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("checks.history._surely_holds", lambda *_: False)
        assert [*judge_volumes(an_export(), now, past), *judge_rates(an_export(), now, past)] == quick


def test_with_few_dossiers_a_rate_says_nothing() -> None:
    past = [a_week(u101=100, u102=100, u103=15)] * 6
    now = a_week(u101=100, u102=100, u103=15)
    now["H05.103"] = UnitFacts(15, dict.fromkeys(FLAGS, 0), dict.fromkeys(FLAGS, 0), online=0)
    assert judge_rates(an_export(), now, past) == []


def tables(*digitisation: str) -> list[TableFeed]:
    """Weeks of a table of three units; the first unit's digitisation moves as given, the others stand still."""
    return [
        a_table([score_row("H05.101", digitisation=Decimal(score)), score_row("H05.102"), score_row("H05.103")])
        for score in digitisation
    ]


def test_a_component_that_jumps_after_quiet_weeks_is_named() -> None:
    *past, now = tables("20", "20.1", "20.2", "20.3", "20.4", "20.5", "12.5")
    (told,) = judge_jumps(now, past)
    assert (told.rule, told.unit_code, told.field) == ("portal_scores.unit_jump", "H05.101", "digitisation")
    assert judge_jumps(tables("20.6")[0], past) == []


def test_a_step_of_all_units_is_left_to_the_rule_about_the_feed() -> None:
    past = tables(*["20"] * 6)
    rows = [{**row, "satisfaction": row["satisfaction"] - 6} for row in past[-1].rows]
    assert judge_jumps(a_table(rows), past) == []


def test_of_the_published_tables_only_tay_ninhs_progress_moves_too_fast(real_landing: Path) -> None:
    for name in ("scores.VN.ytd", "scores.VN.month", "scores.H01.ytd", "scores.H01.month"):
        before, now = (published_scores(real_landing, week, name) for week in ("2025-W41", "2025-W42"))
        told = [(each.unit_code, each.field, each.value) for each in judge_pace(before, now)]
        assert told == ([("H53", "progress", "17.85 → 18.86")] if name == "scores.VN.ytd" else [])
        assert judge_jumps(now, [before]) == []  # two weeks are no history
