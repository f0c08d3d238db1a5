"""What Dagster shows: every asset described, grouped, owned, with its columns; nothing changes unseen."""

from __future__ import annotations

import subprocess
import sys
import warnings
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest

from assets.house import House
from assets.partitions import WEEKS
from pipelines.build import build_defs
from resources.catalogue import catalogue
from scoring.calendar import Week

ROOT = Path(__file__).resolve().parents[2]

INTAKE = {
    "exports",
    "dossiers",
    "procedures",
    "petitions",
    "units",
    "portal_counts",
    "portal_scores",
    "quality",
    "verdict",
}
SCORING = {"counts", "scores", "rankings", "publication"}


@pytest.fixture(scope="module")
def definitions() -> dg.Definitions:
    return build_defs()


def test_the_assets_jobs_schedules_and_sensors_are_these(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    groups = {key.to_user_string(): graph.get(key).group_name for key in graph.get_all_asset_keys()}
    assert {name for name, group in groups.items() if group == "intake"} == INTAKE
    assert {name for name, group in groups.items() if group == "scoring"} == SCORING
    assert {name for name, group in groups.items() if group == "documents"} == {"data_docs"}
    assert set(groups) == INTAKE | SCORING | {"data_docs", "public_site", "bulletins", "pulled"}
    assert {job.name for job in definitions.jobs or []} == {
        "pull",
        "intake",
        "scoring",
        "site",
        "documents",
        "compaction",
    }
    assert {schedule.name for schedule in definitions.schedules or []} == {"weekly", "monthly"}
    assert {sensor.name for sensor in definitions.sensors or []} == {
        *("landing_folder", "admitted_weeks", "changed_site", "finished_runs", "portal_news"),
        *("remote_landing", "decisions_taken", "failed_runs", "failed_checks", "awaited_weeks", "notices_due"),
    }


def test_schedule_and_sensors_are_on_by_default(definitions: dg.Definitions) -> None:
    assert all(schedule.default_status == dg.DefaultScheduleStatus.RUNNING for schedule in definitions.schedules or [])
    assert all(sensor.default_status == dg.DefaultSensorStatus.RUNNING for sensor in definitions.sensors or [])


def test_every_asset_says_what_it_is_in_two_languages_who_owns_it_and_what_kind_it_is(
    definitions: dg.Definitions,
) -> None:
    for spec in definitions.resolve_all_asset_specs():
        assert spec.description, spec.key
        assert " / " in spec.description, spec.key
        assert spec.owners
        assert spec.kinds
        is_of_weeks = spec.key.to_user_string() not in ("public_site", "bulletins")
        assert spec.partitions_def == (WEEKS if is_of_weeks else None)


def test_every_table_shows_the_columns_of_the_catalogue(definitions: dg.Definitions) -> None:
    specs = {spec.key.to_user_string(): spec for spec in definitions.resolve_all_asset_specs()}
    shown = {name for name, spec in specs.items() if "dagster/column_schema" in spec.metadata}
    assert shown == set(catalogue()) & set(specs)
    for name in shown:
        columns = specs[name].metadata["dagster/column_schema"].columns
        assert [column.name for column in columns] == catalogue()[name].column_names


def test_the_story_runs_one_way_from_exports_to_publication(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    upstream = {
        key.to_user_string(): {parent.to_user_string() for parent in graph.get(key).parent_keys}
        for key in graph.get_all_asset_keys()
    }
    assert upstream["exports"] == set()
    assert upstream["dossiers"] == {"exports"}
    assert upstream["verdict"] == {"quality"}
    assert "verdict" in upstream["counts"]
    assert upstream["publication"] == {"rankings"}


def test_every_rule_of_the_catalogue_is_a_check_of_its_table(definitions: dg.Definitions) -> None:
    from assets.quality_checks import check_name
    from checks.rules import load_rules

    graph = definitions.resolve_asset_graph()
    shown = {(key.asset_key.to_user_string(), key.name) for key in graph.asset_check_keys}
    assert {(rule.table, check_name(rule.id)) for rule in load_rules()} < shown
    assert ("verdict", "week_admitted") in shown


def test_what_is_said_of_corrections_is_a_check_of_the_table_they_are_laid_over(definitions: dg.Definitions) -> None:
    from assets.quality_checks import CORRECTED, _name_of
    from checks.own_rules import DROPPED, EXPECTATION
    from resources.exports import TABLE_OF_KIND
    from resources.outcomes import RuleOutcome

    graph = definitions.resolve_asset_graph()
    shown = {(key.asset_key.to_user_string(), key.name) for key in graph.asset_check_keys}
    assert {(table, CORRECTED) for table in TABLE_OF_KIND.values()} < shown
    missed = RuleOutcome(rule=EXPECTATION.id, week="2025-W42", stage="rows", failed=1, kind="scores", severity="error")
    assert {table: _name_of(missed, table) for table in ("portal_scores", "dossiers")} == {
        "portal_scores": CORRECTED,
        "dossiers": None,
    }
    dropped = replace(missed, rule=DROPPED.id, severity="info")  # what was asked for is no failure
    assert _name_of(dropped, "portal_scores") is None


def test_loading_the_definitions_warns_of_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        dg.Definitions.validate_loadable(build_defs())


def test_the_schedule_asks_on_monday_for_the_week_that_ended(definitions: dg.Definitions, tmp_path: Path) -> None:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from pipelines.schedules import schedules

    weekly, _ = schedules(str(tmp_path / "home"))
    with dg.DagsterInstance.ephemeral() as instance:
        monday = datetime(2025, 11, 17, 6, 30, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
        house = House(home=str(tmp_path / "home"), landing=str(tmp_path))
        context = dg.build_schedule_context(
            instance=instance, scheduled_execution_time=monday, resources={"house": house}
        )
        request = weekly(context)
    assert isinstance(request, dg.RunRequest)
    assert (request.run_key, request.partition_key) == ("2025-W46", "2025-W46-1")
    assert weekly.cron_schedule == "30 6 * * 1"
    assert weekly.execution_timezone == "Asia/Ho_Chi_Minh"


def test_the_first_partition_is_the_first_week_of_2025() -> None:
    assert WEEKS.get_first_partition_key() == f"{Week.parse('2025-W01')}-1"


def test_the_workspace_loads_from_any_folder(tmp_path: Path) -> None:
    told = subprocess.run(
        [Path(sys.executable).with_name("dg"), "check", "defs"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    elsewhere = subprocess.run(
        [
            Path(sys.executable).with_name("dagster"),
            "definitions",
            "validate",
            "-w",
            ROOT / "workspace.yaml",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert elsewhere.returncode == 0, elsewhere.stdout + elsewhere.stderr


def test_the_page_shows_whether_something_was_published_by_monday_nine(definitions: dg.Definitions) -> None:
    policies = {spec.key.to_user_string(): spec.freshness_policy for spec in definitions.resolve_all_asset_specs()}
    policy = policies.pop("publication")
    assert isinstance(policy, type(dg.FreshnessPolicy.cron("0 9 * * 1", timedelta(days=7))))
    assert (policy.deadline_cron, policy.timezone) == ("0 9 * * 1", "Asia/Ho_Chi_Minh")
    assert set(policies.values()) == {None}
