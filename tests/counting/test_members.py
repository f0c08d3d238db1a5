"""The rows listed behind a count are the rows counted: for every unit, indicator and period, in histories of every kind."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings

from resources.members import Members, open_members
from scoring.calendar import Week
from scoring.members import columns_of, parts_of, source_of
from scoring.readings import COUNTED_KINDS
from scoring.ruleset import RuleSet, get_ruleset, ruleset_for
from tests.counting.builders import CON, at, dossier, petition
from tests.counting.conftest import inputs_of, tally
from tests.counting.reference import History
from tests.counting.test_counting_laws import LAWS, _unusual, cases

WEEK = Week.parse("2026-W10")


def _differences(members: Members, weeks: list[Week]) -> list[object]:
    found: list[object] = []
    for week in weeks:
        for kind in COUNTED_KINDS:
            moment, counts = members.at(week, kind), members.counts(week, kind)
            for indicator in moment.ruleset.indicators:
                if source_of(indicator) is None or indicator.population == "sync":
                    continue
                told = tally(members, moment, indicator)
                for (unit, code), counted in counts.items():
                    if code == indicator.code and told.get(unit, (0, 0)) != counted:
                        found.append((str(week), kind, unit, code, counted, told.get(unit)))
    return found


@pytest.mark.parametrize("ruleset_on", [ruleset_for, _unusual], ids=["published", "unusual"])
@settings(LAWS, max_examples=5)
@given(case=cases())
def test_the_rows_listed_are_the_rows_counted(
    con: duckdb.DuckDBPyConnection, ruleset_on: Callable[[date], RuleSet], case: tuple[list[Week], History]
) -> None:
    weeks, history = case
    with (
        tempfile.TemporaryDirectory() as folder,
        open_members(con, inputs_of(history, Path(folder)), weeks, ruleset_on) as members,
    ):
        assert _differences(members, weeks) == []


def test_a_row_says_which_part_of_the_condition_it_lacks(tmp_path: Path) -> None:
    history = History(
        dossiers=[
            dossier("a", has_result=True, digitised_count=2),
            dossier("b", has_result=False, digitised_count=2),
            dossier("c", has_result=False, digitised_count=0),
        ]
    )
    with open_members(CON, inputs_of(history, tmp_path), [WEEK], unit_code="H05.101") as members:
        moment = members.at(WEEK, "ytd")
        indicator = moment.ruleset.indicator("components_digitised")
        lacking = {one.code: one.lacking for one in members.listed(moment, indicator, "H05.101")}
    assert [columns_of(part) for part in parts_of(indicator)] == [{"digitised_count"}, {"has_result"}]
    assert lacking == {"a": (), "b": (1,), "c": (0, 1)}


def test_a_dossier_thought_on_time_counts_wherever_that_matters(tmp_path: Path) -> None:
    late: dict[str, Any] = {"due_at": at("03-03 17:00"), "finished_at": at("03-04 09:00")}
    history = History(
        dossiers=[dossier("a", **late), dossier("b", **late)],
        petitions=[petition(form="dislike", dossier_code="b")],
    )
    with open_members(CON, inputs_of(history, tmp_path), [WEEK], unit_code="H05.101") as members:
        moment = members.at(WEEK, "ytd")
        assert moment.ruleset == get_ruleset("766-2026")
        both = members.changed(moment, [(["a", "b"], {"timely": "TRUE"})], "H05.101")
        complained = members.changed(moment, [(["b"], {"timely": "TRUE"})], "H05.101")
    assert both == {"on_time": (2, 0), "procedure_satisfaction": (1, 0)}
    assert complained == {"on_time": (1, 0)}
