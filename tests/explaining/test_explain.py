"""For every published number explain ends at counts that equal the rows listed."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from assets.derivation import as_it_stood, inputs_of
from assets.explaining import COUNTED, NothingPublished, explain, rows_behind
from publishing.differences import NoSuchRevision
from resources.exports import ExportRecord
from resources.office import Office
from resources.published import published_scores
from scoring.calendar import PeriodKind, Week
from scoring.members import source_of
from tests.counting.conftest import tally
from tests.explaining.conftest import WEEKS
from tests.pipelines.command import ask

pytestmark = pytest.mark.xdist_group("explaining")
KINDS: tuple[PeriodKind, ...] = ("ytd", "quarter", "month")
DRAWS = 200
Key = tuple[str, str]


def _used(office: Office, week: Week) -> list[ExportRecord]:
    (revision,) = office.database.revisions(week)
    return [each for each in inputs_of(office, revision).exports if each.kind in COUNTED]


def _published(office: Office, week: Week, kind: PeriodKind) -> dict[Key, dict[str, Any]]:
    rows = published_scores(office.home, week, 1, kind)
    return {(row["unit_code"], row["indicator"]): row for row in rows if row["basis"] == "computed"}


def test_every_published_count_equals_the_rows_behind_it_and_so_do_200_drawn_and_listed_one_by_one(
    office: Office,
) -> None:
    chance, compared, drawn = random.Random(766), 0, 0
    for week in WEEKS:
        with rows_behind(office, _used(office, week), week) as members:
            for kind in KINDS:
                published, at = _published(office, week, kind), members.at(week, kind)
                counted = {one.code: one for one in at.ruleset.indicators if source_of(one)}
                told = {code: tally(members, at, one) for code, one in counted.items()}
                for (unit, code), row in published.items():
                    if code in counted:
                        numbers = told[code].get(unit, (0, 0))
                        assert numbers[0] == row["numerator"], (week, kind, unit, code)
                        if counted[code].population != "sync":
                            assert numbers[1] == row["denominator"], (week, kind, unit, code)
                        compared += 1
                draws = chance.sample(sorted(key for key in published if key[1] in counted), DRAWS // 8)
                for unit, code in draws:
                    listed = members.listed(at, counted[code], unit)
                    assert sum(one.in_numerator for one in listed) == published[unit, code]["numerator"]
                    if counted[code].population != "sync":
                        assert len(listed) == published[unit, code]["denominator"]
                    drawn += 1
    assert compared > 20_000
    assert drawn >= DRAWS


@pytest.mark.parametrize("unit", ["H05", "H05.02", "H05.101"])
def test_a_unit_is_explained_down_to_its_dossiers(office: Office, unit: str) -> None:
    found = explain(office, unit, WEEKS[-1], members=True)
    assert (found.basis, found.revision, found.lineage.run_id) == ("computed", 1, "run")
    assert [each.agrees for each in found.indicators if each.rows] == [True] * 20
    on_time = next(each for each in found.indicators if each.indicator == "on_time")
    assert on_time.members is not None
    assert on_time.numerator is not None
    assert on_time.denominator is not None
    assert on_time.formula == (
        f"{on_time.score} = 20 × {on_time.numerator:,}/{on_time.denominator:,}".translate(str.maketrans(",.", ".,")),
        f"{on_time.score} = 20 × {on_time.numerator:,}/{on_time.denominator:,}",
    )
    late = [member for member in on_time.members if not member.in_numerator]
    assert len(late) == on_time.denominator - on_time.numerator
    assert all(member.near and member.thing and "dossiers.H05" in member.source.file for member in late)
    said = {member.thing[1].split(" ")[0] for member in late if member.thing}
    assert said <= {"finished", "not", "supplement", "supplements"}
    assert on_time.moved is not None
    assert on_time.moved.into_denominator > 0
    assert [each.file for each in found.exports] == [
        f"{week}/{name}"
        for week in WEEKS
        for name in ("dossiers.H05.ndjson.zst", "petitions.H05.csv", "procedures.H05.csv", "units.H05.csv")
    ]


def test_listing_for_one_unit_alone_gives_what_listing_for_all_gives(office: Office) -> None:
    week = WEEKS[-1]
    used, unit = _used(office, week), "H05.12"
    with rows_behind(office, used, week) as of_all:
        at = of_all.at(week, "ytd")
        together = {one.code: of_all.listed(at, one, unit) for one in at.ruleset.indicators}
    with rows_behind(office, used, week, unit) as of_one:
        at = of_one.at(week, "ytd")
        assert {one.code: of_one.listed(at, one, unit) for one in at.ruleset.indicators} == together


def test_figures_of_the_portal_end_at_its_file_and_row(office: Office) -> None:
    found = explain(office, "H24", WEEKS[-1])
    assert found.basis == "as_published"
    assert {each.indicator for each in found.indicators} == {"group_total"}
    assert all(each.source and each.source.file == "2025-W46/scores.VN.ytd.csv" for each in found.indicators)
    assert all(each.members is None and each.rows is None for each in found.indicators)
    assert "no dossiers" in found.limits[0][1] or "computed again" in found.limits[0][1]


def test_what_is_not_published_is_said(office: Office) -> None:
    with pytest.raises(NothingPublished, match=r"H05\.999"):
        explain(office, "H05.999", WEEKS[-1])
    with pytest.raises(NothingPublished, match="on_time"):
        explain(office, "H05.101", WEEKS[-1], indicator="nonsense")
    with pytest.raises(NoSuchRevision, match="there are: 1"):
        explain(office, "H05.101", WEEKS[-1], revision=7)


def test_the_lake_is_as_it_was_after_explaining(office: Office) -> None:
    before = sorted(path for path in office.home.root.rglob("*") if "tmp" not in path.parts)
    (revision,) = office.database.revisions(WEEKS[0])
    gate = inputs_of(office, revision)
    with as_it_stood(office, gate) as scratch:
        assert scratch.home.root.is_relative_to(office.home.temporary)
    explain(office, "H05.101", WEEKS[0])
    assert sorted(path for path in office.home.root.rglob("*") if "tmp" not in path.parts) == before
    assert list(office.home.temporary.iterdir()) == []


def test_the_command_prints_a_table_or_json(office: Office) -> None:
    home = office.home.root
    table = ask("explain", "H05.101", "--week", "2025-W46", "--indicator", "on_time", "--dossiers", "--home", home)
    assert table.code == 0, table.err
    assert "= 20 ×" in table.out
    assert "tử số / numerator" in table.out
    told = ask("explain", "H05.101", "--week", "2025-W46", "--format", "json", "--home", home)
    assert {each["agrees"] for each in json.loads(told.out)["indicators"]} == {True, None}
    assert ask("explain", "H05.999", "--week", "2025-W46", "--home", home).code == 2
    assert ask("explain", "H05.101", "--week", "2025-W60", "--home", home).code == 2
    first = ask("explain", "H05.101", "--week", "2025-W46", "--revision", "1", "--format", "json", "--home", home)
    assert json.loads(first.out)["revision"] == 1
    assert ask("explain", "H05.101", "--week", "2025-W46", "--revision", "7", "--home", home).code == 2
