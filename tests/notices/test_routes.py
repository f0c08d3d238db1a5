"""Who is told what is data: read strictly, without any address in it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from resources.notices.routes import Route, read_routes
from scoring.yamlnodes import RuleSetError
from tests.notices.post import notice, write_routes

ROUTE = "routes:\n  - {name: a, role: operator, address_variable: NOTICES_A"


def test_without_a_file_of_the_office_nobody_is_told_anything(tmp_path: Path) -> None:
    routes = read_routes(tmp_path)
    assert routes.routes == ()
    assert routes.of(notice()) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{ROUTE}, events: [week_lost]}}\n", "notices.yaml:2: 'week_lost'"),
        (f"{ROUTE}, colour: red}}\n", "notices.yaml:2: khóa lạ 'colour'"),
        (f"{ROUTE}, units: [Bắc Ninh]}}\n", "notices.yaml:2: 'Bắc Ninh'"),
        (f"{ROUTE}}}\n  - {{name: a, role: leader, address_variable: NOTICES_B}}\n", "notices.yaml:3: tuyến 'a'"),
        ("quiet_hours: at night\n", "notices.yaml:1: cần dạng 21:00-06:00"),
        ("tries: 0\n", "notices.yaml:1: cần một số nguyên từ 1 đến 20"),
        ("routes:\n  - {name: a, role: operator}\n", "notices.yaml:2: thiếu khóa 'address_variable'"),
    ],
)
def test_a_wrong_file_is_named_with_its_line_and_what_was_expected(tmp_path: Path, text: str, said: str) -> None:
    write_routes(tmp_path, text)
    with pytest.raises(RuleSetError) as told:
        read_routes(tmp_path)
    assert said in str(told.value)


@pytest.mark.parametrize("variable", ["tgram://12345:s3cret/678", "SERVICE_INDEX_ADDRESS", "lower_case"])
def test_an_address_in_the_file_is_refused_and_not_shown(tmp_path: Path, variable: str) -> None:
    write_routes(tmp_path, f'routes:\n  - {{name: a, role: operator, address_variable: "{variable}"}}\n')
    with pytest.raises(RuleSetError) as told:
        read_routes(tmp_path)
    assert "environment variable" in str(told.value)
    assert "s3cret" not in str(told.value)


@pytest.mark.parametrize(
    ("limits", "takes"),
    [
        ({}, True),
        ({"units": ("H05",)}, True),
        ({"units": ("H05.141",)}, True),
        ({"units": ("H05.14",)}, False),  # a department whose code the commune's begins with
        ({"units": ("H01",)}, False),
        ({"levels": ("commune",)}, True),
        ({"levels": ("department",)}, False),
        ({"severities": ("warning",)}, False),
        ({"events": ("run_failed",)}, False),
    ],
)
def test_role_level_unit_and_severity_decide_who_is_told(limits: dict[str, tuple[str, ...]], takes: bool) -> None:
    route = Route(name="a", role="steward", address_variable="NOTICES_A", **limits)  # type: ignore[arg-type]
    assert route.takes(notice(units=("H05.141",))) is takes


def test_what_is_about_no_unit_is_about_all_of_them() -> None:
    route = Route(name="a", role="steward", address_variable="NOTICES_A", units=("H01",), levels=("commune",))
    assert route.takes(notice(event="run_failed"))


def test_messages_to_leaders_go_only_where_a_route_names_them() -> None:
    route = Route(name="a", role="leader", address_variable="NOTICES_A")
    assert not route.takes(notice(event="leaders_message", severity="info"))


@pytest.mark.parametrize(
    ("utc", "quiet"),
    [("13:59", False), ("14:00", True), ("17:30", True), ("22:59", True), ("23:00", False), ("05:00", False)],
)
def test_quiet_hours_are_of_vietnam_and_go_over_midnight(tmp_path: Path, utc: str, quiet: bool) -> None:
    """Known failures, line 16: the clock of people is Asia/Ho_Chi_Minh, instants are UTC."""
    routes = read_routes(tmp_path)  # 21:00-06:00
    assert routes.are_quiet(datetime.fromisoformat(f"2025-12-31T{utc}")) is quiet
