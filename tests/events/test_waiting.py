"""A week waits for what is expected, up to a deadline; then it goes without, says what is missing, and is overdue at nine."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

import pipelines.sensors as sensors
from assets.awaiting import STAGE, awaited, last_due, last_overdue, waits
from assets.house import House
from pipelines.sensors import admitted_weeks
from pipelines.telling import everything, look_at_weeks
from resources.exports import ExportRecord
from resources.notices.ledger import Ledger
from resources.notices.notice import Notice
from resources.office import Office, open_office
from resources.settings import load_settings
from resources.timetable import read_timetable
from scoring.calendar import VIETNAM_OFFSET, Week
from scoring.yamlnodes import RuleSetError
from tests.databases import keep_in
from tests.events.ticking import tick
from tests.pipelines.test_events import run
from tests.publishing.releases import release

EXPECTED = 'expected: {like_weeks_before: 0, feeds: ["scores VN", "dossiers H05"]}\n'


def local(text: str) -> datetime:
    """A moment as a clock in Vietnam shows it, as naive UTC."""
    return datetime.fromisoformat(text) - VIETNAM_OFFSET


@pytest.fixture
def office(tmp_path: Path) -> Office:
    (tmp_path / "empty" / "landing").mkdir(parents=True)
    office = open_office(load_settings(home=tmp_path / "empty"))
    (office.home.root / "timetable.yaml").write_text(EXPECTED)
    return office


@pytest.fixture
def office_of_either(url: str, tmp_path: Path) -> Office:
    """The same with a database of either kind."""
    (tmp_path / "empty" / "landing").mkdir(parents=True)
    keep_in(tmp_path / "empty", url)
    (tmp_path / "empty" / "timetable.yaml").write_text(EXPECTED)
    return open_office(load_settings(home=tmp_path / "empty"))


def landed(office: Office, week: str, *names: str) -> None:
    for name in names:
        path = office.landing / week / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")


def take_in(office: Office, week: str, kind: str, scope: str = "H05") -> None:
    """An export that was taken in some time ago."""
    known = ExportRecord(
        export_id=f"{week}{kind}{scope}",
        week=week,
        kind=kind,
        scope=scope,
        period_kind=None,
        period=None,
        file=f"{week}/{kind}.{scope}.csv",
        part=None,
        sha256=f"{week}{kind}{scope}",
        size_bytes=1,
        rows=1,
        rejected_rows=0,
        exported_at=None,
        received_at=datetime(2025, 11, 1),
        source=None,
        mapping=None,
        ruleset=None,
        partial=False,
        corrects=None,
        status="accepted",
    )
    office.database.record_exports([known])


@pytest.mark.parametrize(
    ("now", "due", "late"),
    [
        ("2025-11-17T08:29", "2025-W45", "2025-W45"),
        ("2025-11-17T08:30", "2025-W46", "2025-W45"),
        ("2025-11-17T09:00", "2025-W46", "2025-W46"),
        ("2025-11-17T00:30", "2025-W45", "2025-W45"),  # still Sunday evening in UTC
        ("2025-11-24T06:59", "2025-W46", "2025-W46"),
        ("2025-12-29T09:00", "2025-W52", "2025-W52"),
        ("2026-01-01T03:00", "2025-W52", "2025-W52"),
        ("2026-12-31T23:59", "2026-W52", "2026-W52"),
        ("2027-01-04T09:00", "2026-W53", "2026-W53"),
    ],
)
def test_which_week_is_due_and_which_overdue_follows_the_clock_of_vietnam(
    office: Office, now: str, due: str, late: str
) -> None:
    """Known failures, lines 14 to 16: exactly the week that ended, ISO week 53, times between 00:00 and 07:00."""
    timetable = read_timetable(office.home.root)
    assert str(last_due(timetable, local(now))) == due
    assert str(last_overdue(timetable, local(now))) == late


def test_what_is_expected_is_named_or_came_in_half_of_the_weeks_before(office: Office) -> None:
    (office.home.root / "timetable.yaml").write_text('expected: {feeds: ["units VN"]}\n')
    for week in ("2025-W43", "2025-W45"):
        take_in(office, week, "dossiers")
    for week in ("2025-W42", "2025-W43", "2025-W44", "2025-W45"):
        take_in(office, week, "scores", "VN")
        take_in(office, week, "procedures")  # not a kind that is looked at
    take_in(office, "2025-W44", "petitions")  # once in four weeks
    missing = awaited(office, Week.parse("2025-W46")).missing
    assert list(map(str, missing)) == ["dossiers H05", "scores VN", "units VN"]
    landed(office, "2025-W46", "dossiers.H05.ndjson.gz", "scores.VN.month.2.csv")
    take_in(office, "2025-W46", "units", "VN")  # a sheet of a workbook of another name
    assert awaited(office, Week.parse("2025-W46")).missing == ()


def test_the_first_revision_waits_until_the_deadline_and_a_later_one_never(office: Office) -> None:
    """Known failures, line 18: what is not complete is not final; it waits, and a correction flows at once."""
    week = Week.parse("2025-W46")
    landed(office, "2025-W46", "scores.VN.ytd.csv")
    waiting = waits(office, week, local("2025-11-17T06:30"))
    assert str(waiting) == "2025-W46: dossiers H05"
    assert waits(office, week, local("2025-11-17T08:30")) is None
    landed(office, "2025-W46", "dossiers.H05.ndjson")
    assert waits(office, week, local("2025-11-17T06:30")) is None
    (office.landing / "2025-W46/dossiers.H05.ndjson").unlink()
    office.database.publish(release("2025-W46"))
    assert waits(office, week, local("2025-11-17T06:30")) is None


def test_the_sensor_asks_for_a_week_when_it_is_complete_or_the_waiting_ends(
    house: House, instance: dg.DagsterInstance, landing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = house.open()
    (office.home.root / "timetable.yaml").write_text('expected: {feeds: ["petitions H05"]}\n')
    assert run(house, instance, "intake", "2025-W41", "2025-W42").success

    def at(moment: str) -> None:
        monkeypatch.setattr(sensors, "utc_now", lambda: local(moment))

    at("2025-10-20T06:30")  # the Monday after W42
    early = tick(admitted_weeks, house, instance)
    assert [key.rpartition(":")[0] for key in early.keys] == ["2025-W41..2025-W41"]  # its own deadline is long past
    doubled = tick(admitted_weeks, house, instance, early.cursor)
    assert doubled.keys == []
    at("2025-10-20T08:30")
    later = tick(admitted_weeks, house, instance, doubled.cursor)
    assert [key.rpartition(":")[0] for key in later.keys] == ["2025-W42..2025-W42"]
    assert tick(admitted_weeks, house, instance, later.cursor).keys == []


def test_what_is_missing_is_a_finding_a_case_and_a_notice_once_and_goes_when_it_arrives(
    office_of_either: Office,
) -> None:
    office = office_of_either
    landed(office, "2025-W46", "scores.VN.ytd.csv")
    before, after = local("2025-11-17T08:29"), local("2025-11-17T08:31")
    _, cursor = look_at_weeks(office, None, before)
    assert "2025-W46" not in {one.week for one in office.database.outcomes(stage=STAGE)}
    changed, cursor = look_at_weeks(office, cursor, after)
    assert "2025-W46: dossiers H05" in map(str, changed)
    (finding,) = office.database.outcomes(week="2025-W46", stage=STAGE)
    assert finding.describe("en").startswith("dossiers H05 of week 2025-W46 has not arrived")
    assert not finding.blocks
    case = next(case for case in office.review.cases() if "2025-W46" in case.failing and case.kind == "dossiers")
    assert case.severity == "warning"
    assert look_at_weeks(office, cursor, after) == ([], cursor)  # doubled
    assert look_at_weeks(office, None, after)[0] == []  # its cursor was lost
    assert len(of(office, "exports_missing:2025-W46")) == 1

    landed(office, "2025-W46", "dossiers.H05.ndjson")
    assert "2025-W46: " in map(str, look_at_weeks(office, cursor, after + timedelta(hours=2))[0])
    assert office.database.outcomes(week="2025-W46", stage=STAGE) == []
    (now,) = [each for each in office.review.cases() if each.id == case.id]
    assert "2025-W46" not in now.failing
    assert len(of(office, "exports_missing:2025-W46")) == 1


def test_nothing_published_by_monday_nine_is_an_alarm_whoever_looks(office_of_either: Office) -> None:
    """Known failures, line 23: a worker died unseen and 14 jobs waited 17 hours.

    The command finds it too, with no daemon alive.
    """
    office = office_of_either
    office.database.publish(release("2025-W45"))
    _, cursor = look_at_weeks(office, None, local("2025-11-17T08:59"))
    assert of(office, "week_overdue") == []
    _, cursor = look_at_weeks(office, cursor, local("2025-11-17T09:00"))
    (alarm,) = of(office, "week_overdue")
    assert (alarm.severity, alarm.week, alarm.at) == ("error", "2025-W46", local("2025-11-17T09:00"))
    with dg.DagsterInstance.ephemeral() as instance:
        found = {notice.key for notice in everything(office, instance, local("2025-11-17T11:00"))}
    assert "week_overdue:2025-W46" in found
    office.database.publish(release("2025-W46"))
    look_at_weeks(office, cursor, local("2025-11-24T08:00"))
    assert of(office, "week_overdue") == [alarm]


def test_of_weeks_that_passed_while_nobody_looked_none_is_forgotten(office: Office) -> None:
    _, cursor = look_at_weeks(office, None, local("2025-11-17T10:00"))
    look_at_weeks(office, cursor, local("2025-12-08T10:00"))
    assert [notice.week for notice in of(office, "week_overdue")] == ["2025-W46", "2025-W47", "2025-W48", "2025-W49"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("wait_until: monday\n", "timetable.yaml:1: cần ngày và giờ dạng 'monday 08:30'"),
        ("publish_by: monday 24:00\n", "timetable.yaml:1: cần ngày và giờ"),
        ("expected:\n  feeds: [scores.VN]\n", "timetable.yaml:2: cần dạng 'scores VN'"),
        ("expected: {like_weeks_before: many}\n", "timetable.yaml:1: cần một số"),
        ("expected: {kinds: [dosiers]}\n", "timetable.yaml:1: 'dosiers'"),
        ("until: monday 08:30\n", "timetable.yaml:1: khóa lạ 'until'"),
    ],
)
def test_a_wrong_timetable_is_named_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "timetable.yaml").write_text(text)
    with pytest.raises(RuleSetError) as error:
        read_timetable(tmp_path)
    assert said in str(error.value)


def of(office: Office, key: str) -> list[Notice]:

    return [notice for notice in Ledger(office.database.engine).notices() if notice.key.startswith(key)]
