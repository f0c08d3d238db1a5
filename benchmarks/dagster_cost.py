"""What Dagster costs: a year's weeks launched as its page does it, beside the same functions called one after the other.

Belongs here: both, each in a process of its own on a home of its own, the published bytes compared, events counted. Does not
belong here: other speed (bench.py), what a process costs before it works (startup.py).
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from benchmarks.make_data import make
from scoring.calendar import Week

ROOT = Path(__file__).resolve().parents[1]
GOAL = 1.25
_MARK = "measured: "  # what libraries print stands beside it
_INSTANCE = """\
run_launcher: {module: dagster._core.launcher.sync_in_memory_run_launcher, class: SyncInMemoryRunLauncher}
run_coordinator: {module: dagster._core.run_coordinator, class: DefaultRunCoordinator}
telemetry: {enabled: false}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dossiers", type=int, default=1_000_000)
    parser.add_argument("--landing", type=Path, help="a landing folder that is there")
    parser.add_argument("--child", nargs=3, metavar=("HOW", "LANDING", "HOME"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        how, landing, home = arguments.child
        (_directly if how == "directly" else _by_the_page)(Path(landing), Path(home))
        return
    with tempfile.TemporaryDirectory() as temporary:
        landing = arguments.landing
        if landing is None:
            make(Path(temporary), arguments.dossiers, landing=True)
            landing = Path(temporary) / "landing"
        told = {how: _run(how, landing, Path(temporary) / how) for how in ("directly", "page")}
        published = [_published(Path(temporary) / how) for how in told]
        same = published[0] == published[1] != {}
    for how, one in told.items():
        print(f"{how:10} {one['seconds']:7.1f} s  {one['cpu_seconds']:7.1f} s of processor  {one['events']:6} events")
    print(f"by the page / directly: {told['page']['seconds'] / told['directly']['seconds']:.2f} (goal: at most {GOAL})")
    print(f"  of processor:         {told['page']['cpu_seconds'] / told['directly']['cpu_seconds']:.2f}")
    more = (told["page"]["cpu_seconds"] - told["directly"]["cpu_seconds"]) / told["page"]["weeks"]
    print(f"a week: {more:.2f} s of processor more, {told['page']['events'] / told['page']['weeks']:.0f} events")
    assert same, "what was published differs, or nothing was"


def _run(how: str, landing: Path, home: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.dagster_cost", "--child", how, str(landing), str(home)]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    (line,) = [line for line in done.stdout.splitlines() if line.startswith(_MARK)]
    told: dict[str, float] = json.loads(line.removeprefix(_MARK))
    return told


def _published(home: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(home)): path.read_bytes()
        for path in sorted((home / "published").glob("2*/r*/*"))
        if path.is_file() and path.suffix == ".csv"
    }


def _weeks(landing: Path) -> list[Week]:
    """The weeks that have begun: Dagster's page knows no others."""
    weeks = (Week.parse(folder.name) for folder in landing.iterdir() if folder.is_dir())
    return sorted(week for week in weeks if week.monday <= date.today())


def _tell(started: float, cpu: float, events: int, weeks: int) -> None:
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu
    print(_MARK + json.dumps({"seconds": seconds, "cpu_seconds": cpu_seconds, "events": events, "weeks": weeks}))


def _directly(landing: Path, home: Path) -> None:
    """The work of both jobs, without a run."""
    from assets.dossiers import type_weeks
    from assets.exports import take_in_weeks
    from assets.intake_steps import CORE_TABLES
    from assets.publication import publish_weeks
    from assets.quality import decide_weeks, judge_weeks
    from resources.office import open_office
    from resources.settings import load_settings

    office, weeks = open_office(load_settings(home=home, landing=landing)), _weeks(landing)
    started, cpu = time.perf_counter(), time.process_time()
    take_in_weeks(office, weeks)
    for table in CORE_TABLES:
        type_weeks(office, table, weeks)
    judge_weeks(office, weeks)
    verdicts = decide_weeks(office, weeks)
    for _ in publish_weeks(office, [week for week in weeks if verdicts[week].decision != "held"]):
        pass
    _tell(started, cpu, 0, len(weeks))


def _by_the_page(landing: Path, home: Path) -> None:
    """A backfill of all weeks as Dagster's page asks for it over GraphQL, taken up as its daemon does."""
    import dagster as dg
    from dagster._core.workspace.context import WorkspaceProcessContext
    from dagster._core.workspace.load_target import ModuleTarget
    from dagster._daemon.backfill import execute_backfill_iteration
    from dagster_graphql.schema import create_schema

    from assets.partitions import key_of
    from pipelines.build import build_defs
    from resources.office import open_office
    from resources.settings import load_settings
    from resources.sqlite_files import open_dagster, spare_the_disk

    os.environ.update({"SERVICE_INDEX_HOME": str(home), "SERVICE_INDEX_LANDING": str(landing)})
    office, weeks = open_office(load_settings(home=home, landing=landing)), _weeks(landing)
    (office.home.dagster / "dagster.yaml").write_text(_INSTANCE, encoding="utf-8")
    keepers = spare_the_disk(office.home.dagster)
    groups = dg.AssetSelection.groups("intake", "scoring")
    chosen = sorted(key.to_user_string() for key in groups.resolve(build_defs().resolve_asset_graph()))
    target = ModuleTarget(
        "pipelines.definitions", attribute=None, working_directory=None, location_name="service-index"
    )
    with open_dagster(office.home.dagster) as instance, WorkspaceProcessContext(instance, target) as workspace:
        started, cpu = time.perf_counter(), time.process_time()
        asked = create_schema().execute(
            "mutation($asked: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $asked) { __typename } }",
            context_value=workspace.create_request_context(),
            variables={
                "asked": {
                    "assetSelection": [{"path": [name]} for name in chosen],
                    "partitionNames": [key_of(week) for week in weeks],
                }
            },
        )
        assert asked.data == {"launchPartitionBackfill": {"__typename": "LaunchBackfillSuccess"}}, asked
        while (status := instance.get_backfills()[0].status.value) == "REQUESTED":
            list(execute_backfill_iteration(workspace, logging.getLogger("backfill")))
        held = [each.week for each in office.database.verdicts() if each.decision == "held"]
        assert status == ("COMPLETED_FAILED" if held else "COMPLETED_SUCCESS"), f"{status}; held: {held}"
        runs = instance.get_runs()
        events = sum(len(instance.all_logs(run.run_id)) for run in runs)
        _tell(started, cpu, events, len(weeks))
    keepers.close()


if __name__ == "__main__":
    main()
