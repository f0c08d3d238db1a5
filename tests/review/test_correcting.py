"""A correction from end to end on a small office: due for intake by itself, laid over the rows, judged, scored, published.

The stages are called as the job calls them, without Dagster; on SQLite and on PostgreSQL.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import dagster as dg
import pytest

import assets.publication
import assets.quality
from assets.dossiers import type_weeks
from assets.exports import take_in_weeks
from assets.house import House
from assets.intake_marks import changed_weeks
from assets.intake_steps import CORE_TABLES
from assets.pending import pending_weeks
from assets.publication import publish_weeks
from assets.quality import decide_weeks, judge_weeks
from assets.review import correct, withdraw
from pipelines.sensors import admitted_weeks, landing_folder
from resources.cases import Case
from resources.corrections import suggested
from resources.office import Office, open_office
from resources.review import DecisionRefused
from resources.settings import load_settings
from scoring.calendar import Week
from tests.databases import copy_home
from tests.door.samples import dossier, ndjson
from tests.pipelines.command import published_bytes
from tests.review.conftest import PASSWORD
from tests.review.making import correction

W41, W42, W43 = (Week.parse(f"2025-W{number}") for number in (41, 42, 43))
WRONG = "H05.103"
HEADER = (
    "unit_code,unit_name,level,transparency,progress,online_services,online_payment,satisfaction,digitisation,total\n"
)


def table(week: Week, progress: str = "19.00") -> str:
    """A province and six communes that add up to 91 and a bit; of one commune the progress may be another."""
    day = week.sunday.day
    rows = [
        f"{code},{name},{level},16.00,{progress if code == WRONG else '19.00'},9.00,9.50,17.00,20.{50 + day},91.{day}\n"
        for code, name, level in (
            ("H05", "UBND tỉnh Bắc Ninh", "province"),
            *((f"H05.10{n}", f"UBND xã Thử {n}", "commune") for n in range(1, 7)),
        )
    ]
    return HEADER + "".join(rows)


def land(office: Office, week: Week, text: str, name: str = "scores.H05.ytd.csv", exported: str = "05T08") -> None:
    folder = office.landing / str(week)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    (folder / f"{name}.meta.yaml").write_text(f"exported_at: 2026-01-{exported}:00:00+07:00\n")


def open_home(home: Path) -> Office:
    """The office of a home; its landing folder stands in it."""
    return open_office(load_settings(home=home))


@pytest.fixture(scope="module")
def template(make_home: Callable[[], Path]) -> Path:
    """Published; of W42 the progress of H05.103 was typed as 9.00 for 19.00, so its row does not add up."""
    home = make_home()
    office = open_home(home)
    office.users.add("lan", PASSWORD, "steward")
    for week in (W41, W42, W43):
        land(office, week, table(week, "9.00" if week == W42 else "19.00"))
    run(office)
    office.database.close()
    return home


@pytest.fixture
def office(template: Path, tmp_path: Path) -> Office:
    copy_home(template, tmp_path / "home")
    return open_home(tmp_path / "home")


def intake(office: Office) -> list[Week]:
    """What the sensor would start: intake of the weeks that are due."""
    due = list(changed_weeks(office))
    take_in_weeks(office, due)
    type_and_judge(office, due)
    return due


def type_and_judge(office: Office, weeks: Sequence[Week]) -> None:
    for core in CORE_TABLES:
        type_weeks(office, core, weeks)
    judge_weeks(office, weeks)
    decide_weeks(office, weeks)


def run(office: Office) -> tuple[list[Week], list[Week]]:
    """Both phases: the weeks that were taken in, and those that were published."""
    due = intake(office)
    return due, [each.week for each in publish_weeks(office, list(pending_weeks(office)))]


def the_case(office: Office, rule: str = "portal_scores.adds_up") -> Case:
    return next(case for case in office.review.cases() if case.rule == rule)


def mend(office: Office, **facts: object) -> int:
    """The correction that the steward makes; its number."""
    case, lan = the_case(office), office.users.get("lan")
    asked = {
        "table": "portal_scores",
        "rows": {"unit_code": WRONG},
        "field": "progress",
        "value": "19.00",
        "expect": {"progress": "9.00"},
        "first_week": "2025-W42",
        "last_week": "2025-W42",
        "reason": "Gõ nhầm: 19 thành 9",
    }
    taken = correct(office, correction(case, **{**asked, **facts}), version=case.version, who=lan)
    assert taken.case.state == "corrected"
    return office.review.corrections()[-1].id


def progress(office: Office, week: Week, revision: int | None = None) -> tuple[str, int | None, str]:
    """Progress, rank and status of the commune among the communes."""
    rows = office.database.ranking(week, "commune", "H05", "ytd", revision)
    row = next(each for each in rows if each["unit_code"] == WRONG)
    return str(row["progress"]), row["rank"], row["status"]


def revisions(office: Office) -> dict[str, tuple[int, str, str | None]]:
    return {each.week: (each.revision, each.status, each.reason) for each in office.database.revisions()}


def test_a_correction_is_published_by_itself_as_a_revision_with_its_reason(office: Office) -> None:
    assert progress(office, W42) == ("9.00", None, "under_review")
    assert run(office) == ([], [])
    raw = {path: path.read_bytes() for path in (office.home.lake / "exports").rglob("*.parquet")}
    mend(office)
    assert pending_weeks(office) == {}  # nothing is scored before the rows are mended
    assert run(office) == ([W42, W43], [W42, W43])
    assert progress(office, W42) == ("19.00", 1, "corrected")
    assert progress(office, W42, 1) == ("9.00", None, "under_review")  # what was published stays readable
    assert progress(office, W41) == ("19.00", 1, "final")
    why = "lan: correct: Gõ nhầm: 19 thành 9"
    assert revisions(office) == {
        "2025-W41": (1, "final", None),
        "2025-W42": (2, "corrected", why),
        "2025-W43": (2, "revised", why),
    }
    (inputs,) = [each.inputs for each in office.database.revisions(W42) if each.revision == 2]
    assert [entry.get("corrections") for entry in inputs] == [None, [1]]
    case = the_case(office)
    assert (case.state, case.failing) == ("resolved", ())
    assert [entry.action for entry in office.review.log(case.id)] == ["opened", "correct", "resolved"]
    assert raw == {path: path.read_bytes() for path in (office.home.lake / "exports").rglob("*.parquet")}
    assert run(office) == ([], [])


def test_it_is_published_by_itself_too_when_the_files_have_left_the_landing_folder(office: Office) -> None:
    found = office.database.outcomes(week=W42, failed_only=True)
    shutil.rmtree(office.landing)
    assert run(office) == ([], [])
    mend(office)
    assert run(office) == ([W42, W43], [W42, W43])
    assert progress(office, W42) == ("19.00", 1, "corrected")
    kept = {one.rule for one in office.database.outcomes(week=W42, stage="exports")}
    assert kept == {one.rule for one in found if one.stage == "exports"}


def test_the_sensors_ask_for_one_run_of_each_phase(office: Office) -> None:
    def asked(sensor: dg.SensorDefinition) -> list[str]:
        house = House(home=str(office.home.root))
        with dg.DagsterInstance.ephemeral() as instance:
            result = sensor(dg.build_sensor_context(instance=instance, resources={"house": house}))
        assert isinstance(result, dg.SensorResult)
        return [str(request.run_key).rpartition(":")[0] for request in result.run_requests or []]

    assert (asked(landing_folder), asked(admitted_weeks)) == ([], [])
    mend(office)
    assert (asked(landing_folder), asked(admitted_weeks)) == (["2025-W42..2025-W43"], [])
    intake(office)
    assert (asked(landing_folder), asked(admitted_weeks)) == ([], ["2025-W42..2025-W43"])


def test_a_withdrawn_correction_leaves_what_the_source_says_and_opens_the_case_again(office: Office) -> None:
    number = mend(office)
    run(office)
    lan = office.users.get("lan")
    withdraw(office, number, version=the_case(office).version, who=lan, reason="Sở báo lại: 9 là đúng")
    assert run(office) == ([W42, W43], [W42, W43])
    assert progress(office, W42) == ("9.00", None, "under_review")
    assert revisions(office)["2025-W42"] == (3, "revised", "lan: withdraw: Sở báo lại: 9 là đúng")
    assert the_case(office).state == "open"
    assert run(office) == ([], [])


def test_made_and_withdrawn_before_anyone_looked_it_changes_nothing(office: Office) -> None:
    number = mend(office)
    case = the_case(office)
    withdraw(office, number, version=case.version, who=office.users.get("lan"), reason="Nhầm")
    assert run(office) == ([W42, W43], [])
    assert (the_case(office).state, run(office)) == ("open", ([], []))


def test_a_source_that_mends_itself_is_not_mended_twice_and_everybody_is_told(office: Office) -> None:
    number = mend(office)
    run(office)
    land(office, W42, table(W42), "scores.H05.ytd.2.csv", exported="06T08")
    run(office)
    assert progress(office, W42) == ("19.00", None, "under_review")
    told = the_case(office, "corrections.expectation")
    assert (told.state, told.unit_code, told.outcome.value, told.outcome.expected) == ("open", WRONG, "19.00", "9.00")
    assert told.outcome.file == "2025-W42/scores.H05.ytd.2.csv"
    case = the_case(office)
    withdraw(office, number, version=case.version, who=office.users.get("lan"), reason="Sở đã gửi lại")
    run(office)
    assert progress(office, W42)[:2] == ("19.00", 1)
    assert the_case(office, "corrections.expectation").state == "resolved"


def test_a_dropped_row_is_gone_from_the_ranking_and_a_flagged_unit_from_the_ranks(office: Office) -> None:
    mend(office, action="drop", field=None, value=None)
    mend(office, action="flag", field=None, value=None, rows={"unit_code": "H05.104"}, expect={"progress": "19.00"},
         reason="Đang kiểm tra")  # fmt: skip
    run(office)
    rows = {row["unit_code"]: row for row in office.database.ranking(W42, "commune", "H05", "ytd")}
    assert WRONG not in rows
    assert (rows["H05.104"]["rank"], rows["H05.104"]["status"]) == (None, "under_review")
    assert "lan: correct: Đang kiểm tra" in (revisions(office)["2025-W42"][2] or "")
    assert revisions(office)["2025-W43"][2] == "lan: correct: Gõ nhầm: 19 thành 9"  # a flag flows nowhere


def test_a_correction_that_speaks_of_no_export_is_refused(office: Office) -> None:
    for facts in ({"first_week": "2025-W50", "last_week": "2025-W51"}, {"rows": {"unit_code": WRONG, "scope": "VN"}}):
        with pytest.raises(DecisionRefused, match="no export of portal_scores"):
            mend(office, **facts)
    assert (office.review.correction_entries(), the_case(office).state) == ([], "open")


# ---- at the same time, and stopped half-way


@pytest.mark.parametrize("stage", ["judge", "decide"])
def test_a_correction_made_during_an_intake_is_neither_lost_nor_half_applied(
    office: Office, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    """The rows were typed without it; the run ends as if it were not there; the weeks are due again by themselves."""
    land(office, W42, table(W42, "9.00") + "\n", exported="05T09")
    name = {"judge": "reconcile_weeks", "decide": "settle"}[stage]
    plain = getattr(assets.quality, name)

    def interrupted(*arguments: object) -> object:
        monkeypatch.setattr(assets.quality, name, plain)
        mend(office)
        return plain(*arguments)

    monkeypatch.setattr(assets.quality, name, interrupted)
    intake(office)
    assert list(publish_weeks(office, list(pending_weeks(office))))
    assert progress(office, W42) == ("9.00", None, "under_review")
    assert run(office) == ([W42, W43], [W42, W43])
    assert progress(office, W42) == ("19.00", 1, "corrected")
    assert run(office) == ([], [])


def test_a_correction_laid_over_the_rows_while_they_are_scored_is_published_whole(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    land(office, W42, table(W42, "9.00") + "\n", exported="05T09")
    intake(office)
    plain = assets.publication.score_week

    def interrupted(*arguments: object) -> object:
        found = plain(*arguments)  # type: ignore[arg-type]
        monkeypatch.setattr(assets.publication, "score_week", plain)
        mend(office)
        intake(office)
        return found

    monkeypatch.setattr(assets.publication, "score_week", interrupted)
    list(publish_weeks(office, list(pending_weeks(office))))
    assert progress(office, W42) == ("19.00", 1, "corrected")
    assert revisions(office)["2025-W42"] == (2, "corrected", "lan: correct: Gõ nhầm: 19 thành 9")
    assert run(office) == ([], [])


class Killed(BaseException):
    pass


def dying(monkeypatch: pytest.MonkeyPatch, module: object, name: str, *, after: bool) -> None:
    plain: Callable[..., object] = getattr(module, name)

    def once(*arguments: object, **named: object) -> object:
        if after:
            plain(*arguments, **named)
        raise Killed

    monkeypatch.setattr(module, name, once)


@pytest.mark.parametrize(
    ("module", "name", "after"),
    [
        (assets.quality, "reconcile_weeks", False),
        (assets.quality, "settle_verdict", False),
        (assets.quality, "settle", False),
        (assets.publication, "score_week", True),
        (assets.publication, "publish", False),
        (assets.publication, "publish", True),
    ],
)
def test_killed_anywhere_and_run_again_it_publishes_the_same_bytes(
    office: Office,
    undisturbed: dict[str, bytes],
    monkeypatch: pytest.MonkeyPatch,
    module: object,
    name: str,
    after: bool,
) -> None:
    mend(office)
    with monkeypatch.context() as patched:
        dying(patched, module, name, after=after)
        with pytest.raises(Killed):
            run(office)
    run(office)
    assert published_bytes(office.home.root) == undisturbed
    assert run(office) == ([], [])


@pytest.fixture(scope="module")
def undisturbed(template: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What is published with the correction when nobody is killed."""
    home = tmp_path_factory.mktemp("undisturbed") / "home"
    copy_home(template, home)
    office = open_home(home)
    mend(office)
    run(office)
    found = published_bytes(home)
    assert any("2025-W43/r2" in name for name in found)
    return found


# ---- dossiers flow into the weeks after


def test_a_mended_dossier_counts_in_its_week_and_in_every_later_one(make_home: Callable[[], Path]) -> None:
    """Two dossiers a week, both done in time; of W41 one was filed after it was accepted and stands in quarantine.

    On time, year to date, by hand: 1/1, 3/3, 5/5; with the corrected row 2/2, 4/4, 6/6.
    """
    office = open_home(make_home())
    office.users.add("lan", PASSWORD, "steward")
    for week in (W41, W42, W43):
        monday, friday = (f"{day:%Y%m%d}" for day in (week.monday, week.thursday))
        rows = [
            dossier(
                *(number,),
                MaHoSo=f"H05.101-{week.monday:%y%m%d}-{number:04d}",
                NgayNopHoSo=f"{monday}{'09' if week == W41 and number == 2 else '07'}3000",
                NgayTiepNhan=f"{monday}090000",
                NgayHenTra=f"{friday}170000",
                NgayKetThucXuLy=f"{friday}160000",
                DanhSachHoSoBoSung=[],
            )
            for number in (1, 2)
        ]
        land(office, week, ndjson(*rows), "dossiers.H05.ndjson")
    run(office)

    def on_time(week: Week) -> tuple[int, int]:
        import pyarrow.parquet as pq

        (row,) = [
            each
            for each in pq.read_table(office.home.stage_path("counts", week)).to_pylist()
            if (each["indicator"], each["unit_code"], each["period_kind"]) == ("on_time", "H05.101", "ytd")
        ]
        return row["numerator"], row["denominator"]

    assert [on_time(week) for week in (W41, W42, W43)] == [(1, 1), (3, 3), (5, 5)]
    case = the_case(office, "dossiers.filed_after_accepted")
    draft = suggested(case)
    assert draft is not None
    moment = f"{W41.monday} 08:30:00"
    asked = {"rows": draft.rows, "expect": draft.expect, "table": "dossiers", "field": "filed_at", "value": moment}
    weeks = {"first_week": "2025-W41", "last_week": "2025-W41", "reason": "Gõ nhầm giờ nộp"}
    taken = correct(office, correction(case, **asked, **weeks), version=case.version, who=office.users.get("lan"))
    assert taken.weeks == (W41,)
    assert run(office) == ([W41, W42, W43], [W41, W42, W43])
    assert [on_time(week) for week in (W41, W42, W43)] == [(2, 2), (4, 4), (6, 6)]
    assert {week: reason for week, (_, _, reason) in revisions(office).items()} == dict.fromkeys(
        map(str, (W41, W42, W43)), "lan: correct: Gõ nhầm giờ nộp"
    )
    assert the_case(office, "dossiers.filed_after_accepted").state == "resolved"
