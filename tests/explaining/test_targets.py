"""Targets are kept, held against published figures, and said to be beyond reach when they are set."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from assets.targets import TargetRefused, progress, set_target
from resources.office import Office
from resources.targets import Target, Targets
from tests.pipelines.command import ask

pytestmark = pytest.mark.xdist_group("explaining")


def _target(value: str | None, **more: str) -> Target:
    given: dict[str, Any] = {
        "unit_code": "H05",
        "figure": "total",
        "period_kind": "ytd",
        "week": "2025-W46",
        "owner": "lan",
    } | more
    return Target(value=Decimal(value) if value else None, **given)


def test_a_target_within_reach_and_one_beyond_it(own: Office) -> None:
    near, _ = set_target(own, _target("92.60", week="2025-W48"))
    assert near.reach is not None
    assert Decimal("92.60") < near.reach < 100
    assert not near.is_beyond_reach
    far, _ = set_target(own, _target("99.99", week="2025-W49"))
    assert far.is_beyond_reach
    group, _ = set_target(own, _target("20", figure="progress"))
    assert group.reach == 20
    assert [each.state for each in progress(own)] == ["missed", "open", "beyond_reach"]


def test_progress_follows_the_newest_published_week_up_to_the_targets(own: Office) -> None:
    set_target(own, _target("50", week="2025-W45"))
    set_target(own, _target("12", figure="on_time"))
    set_target(own, _target("90", unit_code="H24"))
    early, on_time, other = progress(own)
    assert (early.as_of, early.state, early.gap) == ("2025-W45", "reached", 0)
    assert (on_time.now, on_time.state) == (Decimal("19.24"), "reached")
    assert (other.now, other.target.reach) == (Decimal("91.98"), None), "no counts: what it could reach is not known"


def test_a_later_target_takes_the_place_of_one_about_the_same_and_none_is_ever_changed(own: Office) -> None:
    for value in ("91", "92", None):
        set_target(own, _target(value))
    targets = Targets(own.database.engine)
    assert targets.standing() == []
    assert [each.value for each in targets.all("H05")] == [91, 92, None]
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), own.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE targets SET value = '1.00'")


def test_a_target_no_unit_can_ever_reach_or_of_no_known_figure_is_refused(own: Office) -> None:
    with pytest.raises(TargetRefused, match="between 0 and 20"):
        set_target(own, _target("21", figure="progress"))
    with pytest.raises(TargetRefused, match="no such figure"):
        set_target(own, _target("1", figure="nonsense"))


def test_the_commands(own: Office) -> None:
    home = own.home.root
    arguments = ("target", "set", "H05", "--week", "2025-W48", "--owner", "lan", "--home", home)
    assert ask(*arguments, "--value", "92,60").code == 0
    beyond = ask(*arguments, "--value", "99.90")
    assert beyond.code == 3
    assert "BEYOND REACH" in beyond.out
    assert ask(*arguments, "--value", "101").code == 2
    (row,) = ask("target", "list", "--format", "csv", "--home", home).rows
    assert (row["value"], row["state"], row["as_of"]) == ("99.90", "beyond_reach", "2025-W46")
    assert ask("target", "list", "--home", home).code == 0
    assert ask(*arguments, "--withdraw").code == 0
    assert ask("target", "list", "--format", "json", "--home", home).out.strip() == "[]"
