"""A steward decided: the verdict follows, scoring is asked for once, and whoever should know is told once."""

from __future__ import annotations

import dagster as dg

from assets.house import House
from pipelines.sensors import admitted_weeks
from pipelines.telling_sensors import decisions_taken
from resources.users import User
from tests.events.ticking import tick, told

LAN = User("lan", "steward")
REASON = "Đã gọi điện cho ông Nguyễn Văn Bình, 0912345678, xác nhận số liệu"


def test_a_decision_starts_scoring_of_its_week_once_and_is_told_once(
    held_of_either: House, instance: dg.DagsterInstance
) -> None:
    office, house = held_of_either.open(), held_of_either
    asked = tick(admitted_weeks, house, instance)
    seen = tick(decisions_taken, house, instance)
    assert [key.rpartition(":")[0] for key in asked.keys] == ["2025-W40..2025-W40", "2025-W42..2025-W42"]
    assert told(house) == []  # what the software opened by itself is no decision

    (case,) = [case for case in office.review.cases() if case.rule == "portal_scores.adds_up"]
    # Recorded, and then the steward's process is killed before the verdict follows.
    office.review.decide(case.id, version=case.version, action="waive", who=LAN, reason=REASON, until="2025-10-31")
    assert office.database.verdict("2025-W41").decision == "held"  # type: ignore[union-attr]

    after = tick(decisions_taken, house, instance, seen.cursor)
    assert office.database.verdict("2025-W41").decision != "held"  # type: ignore[union-attr]
    due = tick(admitted_weeks, house, instance, asked.cursor)
    assert any(key.startswith("2025-W41") for key in due.keys)
    assert tick(admitted_weeks, house, instance, due.cursor).keys == []

    (notice,) = told(house)
    assert (notice.event, notice.facts, notice.units) == (
        "decision_taken",
        {"case": case.id, "action": "waive"},
        ("H05",),
    )
    assert notice.link == f"{office.desk_url}/cases/{case.id}"
    assert "0912345678" not in repr(notice)  # the reason stays on the desk
    assert "nothing was decided" in tick(decisions_taken, house, instance, after.cursor).said  # doubled
    tick(decisions_taken, house, instance, None)  # its cursor was lost
    assert told(house) == [notice]


def test_decisions_of_ticks_that_were_lost_are_told_by_the_next_one(held: House, instance: dg.DagsterInstance) -> None:
    office, house = held.open(), held
    seen = tick(decisions_taken, house, instance)
    (case,) = [case for case in office.review.cases() if case.rule == "portal_scores.adds_up"]
    for action in ("keep", "return", "reopen"):
        now = office.review.case(case.id)
        office.review.decide(case.id, version=now.version, action=action, who=LAN, reason="để xem / to be looked at")
    tick(decisions_taken, house, instance, seen.cursor)
    assert [notice.facts["action"] for notice in told(house)] == ["keep", "return", "reopen"]
