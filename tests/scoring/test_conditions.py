"""A condition is one expression over the columns of its population, and nothing else gets through."""

from __future__ import annotations

import pytest

from resources.rules_columns import condition_columns
from scoring.conditions import ConditionError, check_condition

COLUMNS = {"timely", "channel", "fee_total_vnd", "payment"}


@pytest.mark.parametrize(
    "condition",
    [
        "timely",
        "channel = 'online' and fee_total_vnd > 0",
        "payment in ('portal', 'gateway') or not timely",
        "payment is not null and fee_total_vnd between 1 and 10",
        "greatest(fee_total_vnd, coalesce(fee_total_vnd, 0)) - 1 <> 0",
        "case when timely then fee_total_vnd > 0 else channel = 'online' end",
        "channel = '-- no comment'",
    ],
)
def test_expressions_over_known_columns_pass(condition: str) -> None:
    check_condition(condition, COLUMNS)


@pytest.mark.parametrize(
    "condition",
    [
        "select 1",
        "timely; drop table dossiers",
        "timely union select true",
        "fee_total_vnd in (select 1)",
        "(select true)",
        "exists (select 1)",
        "count(*) > 0",
        "sum(fee_total_vnd) over () > 0",
        "read_text('secret') = ''",
        "current_timestamp > accepted_at",
        "random() < 0.5",
        "cast(timely as integer) = 1",
        "dossiers.timely",
        "missing_column",
        "? = 1",
        "timely -- and the rest of the query",
        "*",
        "timely and",
        "",
        "true) or (true",
    ],
)
def test_everything_else_is_refused(condition: str) -> None:
    with pytest.raises(ConditionError, match=" / "):
        check_condition(condition, COLUMNS)


def test_where_a_row_came_from_is_no_condition() -> None:
    columns = condition_columns()
    assert {"timely", "complained", "service_level", "has_result"} <= columns["dossiers"]
    assert {"published_lead_days", "dossier_count", "fee_bearing"} <= columns["procedures"]
    for names in columns.values():
        assert names.isdisjoint({"export_id", "source_row", "arrived_week"})
