"""Backfills: one bad week neither stops nor hides the others, whoever launches them; a plan before, a summary after."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest

import assets.dossiers
import assets.publication
import assets.quality
from assets.partitions import WEEKS as PARTITIONS
from assets.partitions import key_of
from assets.plan import CHANGED
from pipelines.instance import open_instance
from pipelines.launch import run_weeks
from pipelines.overview import overview
from resources.exports import ExportRecord
from resources.office import Office, open_office
from resources.settings import load_settings
from scoring.calendar import Week
from tests.operations.weeks import SOUND, WEEKS, land, landing_of
from tests.pipelines.command import ask, published_bytes

W42 = Week.parse("2025-W42")
OTHERS = ["2025-W40", "2025-W41", "2025-W43"]


def states(office: Office) -> dict[str, str]:
    """Week to how it stands; the newest week by the clock is left out."""
    return {str(each.week): each.state for each in overview(office).weeks if each.state != "overdue"}


def backfill(office: Office, *more: str) -> tuple[int, str]:
    told = ask("backfill", "2025-W40..2025-W43", "--home", office.home.root, "--landing", office.landing, *more)
    return told.code, told.out


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Office]:
    """Nothing taken in yet; W42 is wrong."""
    landing = landing_of(tmp_path / "landing", wrong="2025-W42")
    office = open_office(load_settings(home=tmp_path / "home", landing=landing))
    yield office
    office.database.close()


def test_a_dry_run_shows_weeks_reasons_and_inputs_and_does_nothing(empty: Office) -> None:
    code, told = backfill(empty, "--dry-run")
    assert code == 0
    assert "2025-W40..2025-W43: scores 1" in told
    assert CHANGED in told
    assert "4 tuần / weeks" in told
    assert empty.database.exports() == []
    with open_instance(empty) as instance:
        assert instance.get_runs() == []


def test_a_broken_week_is_named_held_and_mended_and_the_others_are_published(empty: Office) -> None:
    code, told = backfill(empty)
    assert code == 3
    assert empty.database.weeks_published() == OTHERS
    assert states(empty) == dict.fromkeys(OTHERS, "published") | {"2025-W42": "held"}
    assert "service-index review list --week 2025-W42" in told
    status = ask("status", "--home", empty.home.root)
    assert status.code == 3
    assert "service-index backfill 2025-W42" in status.out

    land(empty.landing, "2025-W42", SOUND)
    code, told = backfill(empty)
    assert code == 0, told
    assert set(states(empty).values()) == {"published"}
    # How long it takes is known from the runs before.
    assert "không có gì phải làm / nothing to do" in backfill(empty, "--dry-run")[1]
    assert "theo các lần trước / by earlier runs" in backfill(empty, "--dry-run", "--only", "scores")[1]


def test_the_page_launches_the_same_work_and_shows_what_failed(
    empty: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Dagster's page asks for it: a backfill of all assets over GraphQL, taken up by the daemon's own function."""
    from dagster._core.workspace.context import WorkspaceProcessContext
    from dagster._core.workspace.load_target import ModuleTarget
    from dagster._daemon.backfill import execute_backfill_iteration
    from dagster_graphql.schema import create_schema

    monkeypatch.setenv("SERVICE_INDEX_HOME", str(empty.home.root))
    monkeypatch.setenv("SERVICE_INDEX_LANDING", str(empty.landing))
    (tmp_path / "instance").mkdir()
    (tmp_path / "instance" / "dagster.yaml").write_text(
        "run_launcher: {module: dagster._core.launcher.sync_in_memory_run_launcher, class: SyncInMemoryRunLauncher}\n"
        "run_coordinator: {module: dagster._core.run_coordinator, class: DefaultRunCoordinator}\n"
        "telemetry: {enabled: false}\n"
    )
    target = ModuleTarget(
        "pipelines.definitions", attribute=None, working_directory=None, location_name="service-index"
    )
    groups = dg.AssetSelection.groups("intake", "scoring")
    from pipelines.build import build_defs

    chosen = sorted(key.to_user_string() for key in groups.resolve(build_defs().resolve_asset_graph()))
    with (
        dg.DagsterInstance.from_config(str(tmp_path / "instance")) as instance,
        WorkspaceProcessContext(instance, target) as workspace,
    ):
        asked = create_schema().execute(
            "mutation($asked: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $asked)"
            " { __typename ... on PythonError { message } } }",
            context_value=workspace.create_request_context(),
            variables={
                "asked": {
                    "assetSelection": [{"path": [name]} for name in chosen],
                    "partitionNames": [f"{week}-1" for week in WEEKS],
                }
            },
        )
        assert asked.data == {"launchPartitionBackfill": {"__typename": "LaunchBackfillSuccess"}}, asked
        for _ in range(5):
            list(execute_backfill_iteration(workspace, logging.getLogger("backfill")))
            if (status := instance.get_backfills()[0].status.value) != "REQUESTED":
                break
        assert status == "COMPLETED_FAILED"  # one week is held; the page says so
        shown = instance.get_status_by_partition(
            dg.AssetKey("publication"), [key_of(Week.parse(week)) for week in WEEKS], PARTITIONS
        )
    assert {key: status.value for key, status in (shown or {}).items() if status} == {
        **{f"{week}-1": "MATERIALIZED" for week in OTHERS},
        "2025-W42-1": "FAILED",
    }
    assert empty.database.weeks_published() == OTHERS
    by_command = open_office(load_settings(home=tmp_path / "by-command", landing=empty.landing))
    run_weeks(by_command, None)
    assert published_bytes(empty.home.root) == published_bytes(by_command.home.root)


# ---- weeks that software, not data, cannot go through


def breaking(work: Callable, week: str) -> Callable:
    """The function, failing for whatever is about one week."""

    def broken(*arguments: object, **named: object) -> object:
        for each in arguments:
            if (isinstance(each, ExportRecord) and each.week == week) or (isinstance(each, Week) and str(each) == week):
                raise ZeroDivisionError("a defect nobody knew of")
        return work(*arguments, **named)

    return broken


@pytest.mark.parametrize(
    ("module", "function"),
    [(assets.quality, "measure_feed"), (assets.publication, "score_week")],
)
def test_a_week_the_software_fails_on_is_shown_failed_and_the_others_are_published(
    empty: Office, monkeypatch: pytest.MonkeyPatch, module: object, function: str
) -> None:
    land(empty.landing, "2025-W42", SOUND)
    broken = breaking(getattr(module, function), "2025-W42")
    if function == "measure_feed":
        sound = assets.quality.measure_feed
        broken = lambda export, *more, **named: breaking(sound, "2025-W42")(export, *more, **named)  # noqa: E731
    with monkeypatch.context() as patch:
        patch.setattr(module, function, broken)
        code, told = backfill(empty)
    assert code == 1
    assert "ZeroDivisionError: a defect nobody knew of" in told
    failed = {week for week, state in states(empty).items() if state == "failed"}
    assert "2025-W42" in failed
    assert {"2025-W40", "2025-W41"} <= set(empty.database.weeks_published())
    assert failed.isdisjoint(empty.database.weeks_published())
    with open_instance(empty) as instance:
        done = instance.get_materialized_partitions(dg.AssetKey("publication"))
        assert done == {f"{week}-1" for week in empty.database.weeks_published()}
    # Mended, the same command brings them all: nothing of the failure is left behind.
    code, told = backfill(empty)
    assert code == 0, told
    assert states(empty) == dict.fromkeys(WEEKS, "published")
    assert {case.state for case in empty.review.cases() if case.rule.endswith("_failed")} == {"resolved"}


# ---- doing a stage again


@pytest.mark.parametrize("stage", ["scores", "publication"])
def test_redoing_a_stage_publishes_nothing_new_where_nothing_changed(office: Office, stage: str) -> None:
    before = published_bytes(office.home.root)
    code, told = backfill(office, "--only", stage)
    assert code == 0, told
    assert published_bytes(office.home.root) == before
    assert [each.revision for each in office.database.revisions()] == [1, 1, 1, 1]


def test_redoing_dossiers_types_them_again_and_redoing_counts_counts_again(office: Office) -> None:
    typed = sorted(office.home.lake.glob("tables/portal_scores/*/*.checks.json.gz"))
    counted = sorted(office.home.lake.glob("stages/counts/*.mark"))
    assert len(typed) == 4
    old = {path: path.stat().st_mtime_ns for path in (*typed, *counted)}
    before = published_bytes(office.home.root)
    backfill(office, "--only", "dossiers")
    assert all(path.stat().st_mtime_ns > old[path] for path in typed)
    backfill(office, "--only", "counts")
    again = [path for path in counted if path.stat().st_mtime_ns > old[path]]
    assert [path.stem for path in again] == list(WEEKS)
    assert published_bytes(office.home.root) == before
    assert [each.revision for each in office.database.revisions()] == [1, 1, 1, 1]


def test_redoing_publication_writes_a_damaged_file_again(office: Office) -> None:
    before = published_bytes(office.home.root)
    damaged = next((office.home.published / "2025-W41" / "r1").glob("ranking.*.csv"))
    damaged.write_text("rubbish")
    assert "published files are missing or damaged" in backfill(office, "--dry-run", "--only", "publication")[1]
    assert backfill(office, "--only", "publication")[0] == 0
    assert published_bytes(office.home.root) == before


def test_a_stage_that_is_none_and_weeks_that_are_none_are_told_and_nothing_is_done(office: Office) -> None:
    assert backfill(office, "--only", "exports")[0] == 2
    assert ask("backfill", "2025-W54", "--home", office.home.root).code == 2
