"""What is predicted is what comes: the change made in real dossiers, taken in, scored and ranked again."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from assets.explaining import explain
from assets.planning import NoPlan, ground, reach, way_to, what_if
from resources.office import Office
from scoring.whatif import Change, NotPossible, Place
from tests.explaining.changing import rewrite
from tests.explaining.conftest import WEEKS, publish, take_in
from tests.pipelines.command import ask

pytestmark = pytest.mark.xdist_group("explaining")
WEEK = WEEKS[-1]
DEPARTMENT = "H05.02"
RESULT = [{"MaThanhPhanHoSo": "KQ1", "GiayToId": "KQ", "MaGiayToKetQua": "KQ", "DuongDanTepTinKetQua": "/kq.pdf"}]


def _give_result(record: dict[str, Any]) -> None:
    record["DanhSachGiayToKetQua"] = RESULT


def _give_time(record: dict[str, Any]) -> None:
    record["NgayHenTra"] = "20251231170000"


def test_what_was_predicted_for_named_dossiers_is_what_running_again_gives(own: Office) -> None:
    start = ground(own, DEPARTMENT, WEEK)
    plan = what_if(start, {"electronic_result": Change(3), "on_time": Change(1)})
    results, on_time = plan.effects
    assert len(results.dossiers) == 3
    assert results.changes["components_digitised"].numerator > 0, "what comes along is part of it"
    above = ground(own, "H05", WEEK)
    province = above.effect("", plan.together.changes)

    for week in WEEKS:
        rewrite(own.landing, week, results.dossiers, _give_result)
        rewrite(own.landing, week, on_time.dossiers, _give_time)
    take_in(own, WEEKS)
    assert publish(own) == WEEKS

    for unit, predicted in ((DEPARTMENT, plan.together), ("H05", province)):
        found = explain(own, unit, WEEK)
        assert found.revision == 2
        assert found.total == predicted.scored.total
        assert {row["level"]: Place(row["rank"], row["ranked"]) for row in found.rankings} == predicted.places
        assert found.groups == predicted.scored.groups
    assert plan.together.scored.total != plan.now.total


def test_each_addition_is_told_alone_and_all_of_them_together(office: Office) -> None:
    start = ground(office, "H05", WEEK)
    plan = what_if(start, {"electronic_result": Change(20), "on_time": Change(30)})
    assert [each.name for each in plan.effects] == ["electronic_result", "on_time"]
    now = plan.now.total or Decimal(0)
    gains = [each.scored.total - now for each in plan.effects if each.scored.total]
    assert len(gains) == 2
    assert plan.together.scored.total == now + sum(gains)
    assert plan.together.places["province"].rank == 1


def test_new_dossiers_grow_the_denominator(office: Office) -> None:
    plan = what_if(ground(office, "H05", WEEK), {"on_time": Change(100, 100)})
    assert plan.together.changes == {"on_time": Change(100, 100)}
    assert plan.together.dossiers == ()


def test_more_than_there_are_is_refused(office: Office) -> None:
    with pytest.raises(NotPossible, match="cannot be"):
        what_if(ground(office, "H05", WEEK), {"on_time": Change(10_000)})
    with pytest.raises(NotPossible, match="no such indicator"):
        what_if(ground(office, "H05", WEEK), {"nonsense": Change(1)})


def test_the_cheapest_way_to_a_target_keeps_to_what_can_be_mended_while_that_is_enough(office: Office) -> None:
    start = ground(office, "H05", WEEK)
    assert start.now.total is not None
    near = way_to(start, total=start.now.total + Decimal("0.10"))
    assert near.reaches
    assert near.together.scored.total is not None
    assert near.together.scored.total >= start.now.total + Decimal("0.10")
    assert not any(step.needs_new for step in near.steps)
    assert all(step.dossiers <= step.headroom for step in near.steps)
    far = way_to(start, total=Decimal(100))
    assert not far.reaches
    assert far.together.scored.total is not None
    assert far.together.scored.total <= (reach(start, "total") or 0)


def test_a_rank_is_a_goal_too(office: Office) -> None:
    rows = office.database.ranking(WEEK, "commune", "H05", "ytd")
    unit = next(row["unit_code"] for row in rows if row["rank"] == 40)
    plan = way_to(ground(office, unit, WEEK), rank=35)
    rank = plan.together.places["commune"].rank
    assert rank is not None
    assert (rank <= 35) == plan.reaches


def test_nothing_is_predicted_where_the_rule_does_not_give_the_portals_score(own: Office) -> None:
    with pytest.raises(NoPlan, match="there are no counts"):
        ground(own, "H24", WEEK)
    told = {"period_kind": "ytd", "period": "2025", "unit_code": "H05", "group_code": "total"}
    scores = {"computed": Decimal("92.37"), "recounted": None, "as_published": Decimal("92.30")}
    own.database.replace_disagreements(WEEK, [told | scores])
    with pytest.raises(NoPlan, match=r"the rule gives 92\.3700, the portal 92\.3000"):
        ground(own, "H05", WEEK)


def test_the_command_says_what_would_be_and_what_is_beyond_reach(office: Office) -> None:
    def asked(*arguments: str) -> Any:
        return ask("whatif", *arguments, "--week", "2025-W46", "--home", office.home.root)

    table = asked("H05", "--add", "on_time=30")
    assert table.code == 0, table.err
    assert "on_time +30" in table.out
    told = json.loads(asked("H05", "--target", "92,60", "--format", "json").out)
    assert Decimal(str(told["together"]["total"])) >= Decimal("92.6")
    assert told["reaches"] is True
    assert asked("H05", "--target", "99.99").code == 3
    assert asked("H24", "--target", "99.99").code == 1
    assert asked("H05", "--add", "on_time=30", "--rank", "1").code == 2
    assert asked("H05", "--add", "on_time").code == 2


def test_units_that_show_the_same_total_are_told_as_a_tie_group(office: Office) -> None:
    rows = ask(
        *("robustness", "--week", "2025-W46", "--level", "commune", "--scope", "H05", "--format", "csv"),
        *("--home", office.home.root),
    ).rows
    of_total: dict[str, set[str]] = {}
    for row in rows:
        of_total.setdefault(row["total"], set()).add(row["unit_code"])
    assert len(rows) == 99
    assert any(len(codes) > 1 for codes in of_total.values()), "the demo has units that show the same total"
    for row in rows:
        assert set(row["tied"].split()) == of_total[row["total"]] - {row["unit_code"]}
        assert int(row["best"]) <= int(row["rank"]) <= int(row["worst"])
