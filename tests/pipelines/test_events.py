"""Real Dagster on a throw-away instance: sensors, the hinge between the phases, and ranges with a bad week in them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from assets.house import House
from assets.partitions import key_of, range_tags
from assets.quality_checks import PAGES_LINKED, _case_numbers, _desk_pages
from pipelines.build import build_defs
from pipelines.sensors import admitted_weeks, landing_folder
from scoring.calendar import Week
from tests.review.making import judged, miscount

pytestmark = pytest.mark.xdist_group("events")

W41, W42 = Week.parse("2025-W41"), Week.parse("2025-W42")
HEADER = (
    "unit_code,unit_name,level,transparency,progress,online_services,online_payment,satisfaction,digitisation,total\n"
)


def table(total: str, satisfaction: str = "17.00") -> str:
    """A province and six communes; their components add to `total` when it is 91.00 and satisfaction is 17.00."""
    units = ["H05,UBND tỉnh Bắc Ninh,province", *[f"H05.10{n},UBND xã Thử {n},commune" for n in range(1, 7)]]
    return HEADER + "".join(f"{unit},16.00,19.00,9.00,9.50,{satisfaction},20.50,{total}\n" for unit in units)


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    for week in ("2025-W40", "2025-W41", "2025-W42", "2025-W43"):
        folder = tmp_path / "landing" / week
        folder.mkdir(parents=True)
        (folder / "scores.H05.ytd.csv").write_text(table("91.00"), encoding="utf-8")
        (folder / "scores.H05.ytd.csv.meta.yaml").write_text("exported_at: 2026-01-05T08:00:00+07:00\n")
    return tmp_path / "landing"


@pytest.fixture
def house(tmp_path: Path, landing: Path) -> House:
    return House(home=str(tmp_path / "home"), landing=str(landing))


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def run(house: House, instance: dg.DagsterInstance, job: str, first: str, last: str) -> dg.ExecuteInProcessResult:
    definitions = build_defs(home=house.home, landing=house.landing)
    return definitions.resolve_job_def(job).execute_in_process(
        instance=instance,
        tags=range_tags(Week.parse(first), Week.parse(last)),
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        raise_on_error=False,
    )


def tick(
    sensor: dg.SensorDefinition, house: House, instance: dg.DagsterInstance, cursor: str | None
) -> dg.SensorResult:
    context = dg.build_sensor_context(
        instance=instance, cursor=cursor, resources={"house": house}, definitions=build_defs(home=house.home)
    )
    result = sensor(context)
    assert isinstance(result, dg.SensorResult)
    return result


def keys(result: dg.SensorResult) -> list[str]:
    return [str(request.run_key) for request in result.run_requests or []]


def test_files_that_land_ask_for_one_run_however_many_they_are(
    house: House, instance: dg.DagsterInstance, landing: Path
) -> None:
    first = tick(landing_folder, house, instance, None)
    assert [key.rpartition(":")[0] for key in keys(first)] == ["2025-W40..2025-W43"]
    for number in range(40):  # a burst of files in one week is one run of that week
        shutil.copy(landing / "2025-W43/scores.H05.ytd.csv", landing / f"2025-W43/scores.H05.ytd.{number + 2}.csv")
    second = tick(landing_folder, house, instance, first.cursor)
    assert [key.rpartition(":")[0] for key in keys(second)] == ["2025-W43..2025-W43"]


def test_a_tick_that_is_replayed_or_doubled_starts_nothing_twice(house: House, instance: dg.DagsterInstance) -> None:
    first = tick(landing_folder, house, instance, None)
    replayed = tick(landing_folder, house, instance, None)  # its cursor was lost
    doubled = tick(landing_folder, house, instance, first.cursor)
    assert keys(replayed) == keys(first)  # the same run keys: Dagster launches none of them again
    assert keys(doubled) == []


def test_the_cursor_names_what_was_seen_and_never_the_clock(house: House, instance: dg.DagsterInstance) -> None:
    cursor = json.loads(tick(landing_folder, house, instance, None).cursor or "")
    assert set(cursor) == {"2025-W40", "2025-W41", "2025-W42", "2025-W43"}
    assert tick(landing_folder, house, instance, None).cursor == tick(landing_folder, house, instance, None).cursor


def test_what_intake_went_through_asks_for_nothing_until_its_files_change(
    house: House, instance: dg.DagsterInstance, landing: Path
) -> None:
    assert run(house, instance, "intake", "2025-W40", "2025-W43").success
    assert keys(tick(landing_folder, house, instance, None)) == []
    (landing / "2025-W41/scores.H05.ytd.csv").write_text(table("91.00") + "\n", encoding="utf-8")
    assert [key.rpartition(":")[0] for key in keys(tick(landing_folder, house, instance, None))] == [
        "2025-W41..2025-W41"
    ]


def test_a_verdict_starts_scoring_for_the_weeks_it_admits_and_publication_ends_it(
    house: House, instance: dg.DagsterInstance, landing: Path
) -> None:
    (landing / "2025-W42/scores.H05.ytd.csv").write_text(table("91.00", satisfaction="18.50"), encoding="utf-8")
    assert run(house, instance, "intake", "2025-W40", "2025-W43").success
    asked = tick(admitted_weeks, house, instance, None)
    assert [key.rpartition(":")[0] for key in keys(asked)] == ["2025-W40..2025-W41", "2025-W43..2025-W43"]
    for first, last in (("2025-W40", "2025-W41"), ("2025-W43", "2025-W43")):
        assert run(house, instance, "scoring", first, last).success
    assert keys(tick(admitted_weeks, house, instance, asked.cursor)) == []
    done = instance.get_materialized_partitions(dg.AssetKey("publication"))
    assert done == {key_of(Week.parse(week)) for week in ("2025-W40", "2025-W41", "2025-W43")}


def test_a_range_with_one_bad_week_publishes_the_others_and_names_the_bad_one(
    house: House, instance: dg.DagsterInstance, landing: Path
) -> None:
    (landing / "2025-W42/scores.H05.ytd.csv").write_text(table("95.00"), encoding="utf-8")  # components give 91.00
    assert run(house, instance, "intake", "2025-W40", "2025-W43").success
    scoring = run(house, instance, "scoring", "2025-W40", "2025-W43")
    assert not scoring.success
    (failure,) = [event for event in scoring.all_events if event.is_step_failure]
    error = failure.step_failure_data.error
    assert error is not None
    told = str(error.to_string())
    assert "2025-W42" in told
    assert "95.00" in told
    for asset in ("counts", "scores", "rankings", "publication"):
        done = instance.get_materialized_partitions(dg.AssetKey(asset))
        assert done == {key_of(Week.parse(week)) for week in ("2025-W40", "2025-W41", "2025-W43")}
    assert house.open().database.weeks_published() == ["2025-W40", "2025-W41", "2025-W43"]


def test_scoring_refuses_a_week_that_was_never_judged(house: House, instance: dg.DagsterInstance) -> None:
    scoring = run(house, instance, "scoring", "2025-W41", "2025-W41")
    assert not scoring.success
    assert house.open().database.weeks_published() == []


def test_a_held_week_is_a_failed_check_of_that_week_alone(
    house: House, instance: dg.DagsterInstance, landing: Path
) -> None:
    (landing / "2025-W42/scores.H05.ytd.csv").write_text(table("95.00"), encoding="utf-8")
    result = run(house, instance, "intake", "2025-W40", "2025-W43")
    assert result.success
    failed = [
        (evaluation.check_name, evaluation.partition)
        for event in result.all_events
        if event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION
        and not (evaluation := event.asset_check_evaluation_data).passed
    ]
    for check in ("week_admitted", "portal_scores__adds_up"):
        # One evaluation of the week, and the run's own over its range, in whichever order the log has them.
        assert {partition for name, partition in failed if name == check} == {None, "2025-W42-1"}


def test_a_failed_check_links_to_its_case_on_the_desk_and_the_case_knows_the_run(
    house: House, instance: dg.DagsterInstance, landing: Path
) -> None:
    (landing / "2025-W42/scores.H05.ytd.csv").write_text(table("95.00"), encoding="utf-8")
    result = run(house, instance, "intake", "2025-W40", "2025-W43")
    office = house.open()
    case = next(case for case in office.review.cases() if case.rule == "portal_scores.adds_up")
    linked = {
        (evaluation.partition, metadata.value)
        for event in result.all_events
        if event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION
        and (evaluation := event.asset_check_evaluation_data).check_name == "portal_scores__adds_up"
        for metadata in evaluation.metadata.values()
        if isinstance(metadata, dg.UrlMetadataValue)
    }
    page = f"{office.desk_url}/cases/{case.id}"
    assert linked == {(None, page), ("2025-W42-1", page)}
    assert office.database.judged_by("2025-W42") == result.run_id


def test_where_cases_are_many_a_check_links_to_the_queue_by_rule_and_week(house: House) -> None:
    office = house.open()
    found = [miscount(unit=f"H05.{101 + at}") for at in range(PAGES_LINKED + 1)]
    judged(office.review, "2025-W44", found)
    numbers = _case_numbers(office)
    few, many = _desk_pages(office, found[:2], numbers), _desk_pages(office, found, numbers)
    assert {page.value for page in few.values()} == {
        f"{office.desk_url}/cases/{case.id}"
        for case in office.review.cases()
        if case.unit_code in ("H05.101", "H05.102")
    }
    (queue,) = many.values()
    assert queue.value == f"{office.desk_url}/?state=all&rule=reconcile.electronic_result&week=2025-W44"


def test_data_docs_are_written_on_request_and_go_when_the_week_is_judged_again(
    house: House, instance: dg.DagsterInstance, landing: Path
) -> None:
    run(house, instance, "intake", "2025-W42", "2025-W42")
    office = house.open()
    assert not office.home.documents("2025-W42").exists()  # no run of intake pays for them
    result = run(house, instance, "documents", "2025-W42", "2025-W42")
    assert result.success
    page = office.home.documents("2025-W42") / "index.html"
    assert "portal_scores" in page.read_text()
    materialized = [
        event.materialization for event in result.all_events if event.event_type_value == "ASSET_MATERIALIZATION"
    ]
    addresses = [
        metadata.value
        for event in materialized
        for metadata in event.metadata.values()
        if isinstance(metadata, dg.UrlMetadataValue)
    ]
    assert addresses == [f"{office.desk_url}/quality/2025-W42/index.html"]
    (landing / "2025-W42/scores.H05.ytd.csv").write_text(table("95.00"), encoding="utf-8")
    run(house, instance, "intake", "2025-W42", "2025-W42")
    assert not page.exists()


def test_the_same_intake_may_run_twice_and_its_checks_are_recorded_twice(
    house: House, instance: dg.DagsterInstance, landing: Path
) -> None:
    (landing / "2025-W42/scores.H05.ytd.csv").write_text(table("95.00"), encoding="utf-8")
    assert run(house, instance, "intake", "2025-W41", "2025-W42").success
    assert run(house, instance, "intake", "2025-W41", "2025-W42").success


def test_a_corrected_week_flows_into_the_later_ones_without_a_hand(
    house: House, instance: dg.DagsterInstance, landing: Path
) -> None:
    assert run(house, instance, "intake", "2025-W40", "2025-W43").success
    assert run(house, instance, "scoring", "2025-W40", "2025-W43").success
    better = table("91.00").replace("16.00,19.00", "16.50,18.50", 1)
    (landing / "2025-W41/scores.H05.ytd.2.csv").write_text(better, encoding="utf-8")
    (landing / "2025-W41/scores.H05.ytd.2.csv.meta.yaml").write_text(
        "exported_at: 2026-01-06T08:00:00+07:00\ncorrects: components were exchanged\n"
    )
    assert run(house, instance, "intake", "2025-W41", "2025-W41").success
    asked = tick(admitted_weeks, house, instance, None)
    assert [key.rpartition(":")[0] for key in keys(asked)] == ["2025-W41..2025-W43"]
    assert run(house, instance, "scoring", "2025-W41", "2025-W43").success
    revisions = {revision.week: revision for revision in house.open().database.revisions()}
    assert {week: revision.revision for week, revision in revisions.items()} == {
        "2025-W40": 1,
        "2025-W41": 2,
        "2025-W42": 2,
        "2025-W43": 2,
    }
    assert (revisions["2025-W41"].status, revisions["2025-W41"].reason) == ("corrected", "components were exchanged")


def test_metadata_of_a_run_stays_small_and_tells_rows_columns_and_lineage(
    house: House, instance: dg.DagsterInstance
) -> None:
    assert run(house, instance, "intake", "2025-W41", "2025-W42").success
    assert run(house, instance, "scoring", "2025-W41", "2025-W42").success
    record = instance.fetch_materializations(dg.AssetKey("rankings"), limit=1).records[0]
    metadata = record.asset_materialization.metadata  # type: ignore[union-attr]
    assert metadata["dagster/partition_row_count"].value == 13  # one province, six communes, six units
    assert "dagster/column_lineage" in metadata
    assert len(str(metadata["national"].value)) < 4000


def test_a_week_whose_own_figures_contradict_themselves_is_not_published_and_the_others_are(
    house: House, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    import assets.publication as publication

    def with_a_fault(week: Week, cohorts: object, names: object) -> object:
        frame = sound(week, cohorts, names)  # type: ignore[arg-type]
        if str(week) == "2025-W42":
            frame.loc[frame["unit_code"] == "H05.101", "total"] += 1
        return frame

    sound = publication.ranking_frame
    assert run(house, instance, "intake", "2025-W41", "2025-W43").success
    monkeypatch.setattr(publication, "ranking_frame", with_a_fault)
    scoring = run(house, instance, "scoring", "2025-W41", "2025-W43")
    assert not scoring.success
    office = house.open()
    assert office.database.weeks_published() == ["2025-W41", "2025-W43"]
    failed = {(one.rule, one.week) for one in office.database.outcomes(stage="publication", failed_only=True)}
    assert ("rankings.adds_up", "2025-W42") in failed
    (case,) = [one for one in office.review.cases() if one.rule == "rankings.adds_up"]
    assert (case.failing, "waive" in case.actions) == (("2025-W42",), False)  # no decision makes it right
    checks = {
        evaluation.check_name
        for event in scoring.all_events
        if event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION
        and not (evaluation := event.asset_check_evaluation_data).passed
    }
    assert "rankings__adds_up" in checks

    monkeypatch.setattr(publication, "ranking_frame", sound)  # the software is mended
    assert run(house, instance, "scoring", "2025-W42", "2025-W42").success
    assert office.database.weeks_published() == ["2025-W41", "2025-W42", "2025-W43"]
    assert {one.state for one in office.review.cases() if one.rule == "rankings.adds_up"} == {"resolved"}
