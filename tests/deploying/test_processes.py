"""The very processes that deploy/systemd declares, started on real PostgreSQL: they publish by themselves, when their schedule
ticks too, and survive a kill."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
import requests
import sqlalchemy as sa
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.scheduler.instigation import InstigatorTick, TickStatus

from assets.partitions import key_of
from assets.quality_checks import weeks_of_run
from resources.office import Office, open_office
from resources.settings import load_settings
from resources.timetable import DAYS
from scoring.calendar import Week
from tests.databases import new_database
from tests.deploying.declared import DEPLOY, INSTALLED, ROOT, SERVICES, STATE, SYSTEMD, env_file, started_by
from tests.events.conftest import drop
from tests.pipelines.test_dev import answer, free_port

pytestmark = pytest.mark.xdist_group("deploying")

QUESTION = """{ workspaceOrError { ... on Workspace { locationEntries { name loadStatus locationOrLoadError {
    ... on RepositoryLocation { repositories { schedules { scheduleState { status } } } } } } } } }"""
HOUSE_CLOCK = ZoneInfo("Asia/Ho_Chi_Minh")
PATIENCE_SECONDS = 400  # only the limit of waiting, for machines that do much else


class Server:
    """A machine on which the units stand: started and stopped as systemd does it, with other ports and folders."""

    def __init__(self, folder: Path, postgresql: str) -> None:
        self.home, self.landing = folder / "state", folder / "state" / "landing"
        self.landing.mkdir(parents=True)
        (self.home / "dagster").mkdir()
        shutil.copy(DEPLOY / "dagster" / "postgresql.yaml", self.home / "dagster" / "dagster.yaml")
        self.ports = {port: str(free_port()) for port in ("4000", "3000", "8766")}
        dagster = sa.make_url(new_database(postgresql)).set(drivername="postgresql+psycopg2")
        declared = {name: self._here(value) for name, value in env_file(SYSTEMD / "service-index.env").items()}
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("SERVICE_", "DAGSTER_"))}
        self.environment = clean | declared | {
            "SERVICE_INDEX_DATABASE_URL": new_database(postgresql),
            "DAGSTER_POSTGRES_URL": dagster.render_as_string(hide_password=False),
            "SERVICE_INDEX_DESK_SECRET": "k" * 40,
        }  # fmt: skip
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self._folder = folder
        self._logs: list[IO[bytes]] = []

    def _here(self, word: str) -> str:
        """A word of a unit as it is on this machine: other folders, other ports."""
        word = word.replace(f"{INSTALLED}/.venv/bin", str(Path(sys.executable).parent)).replace(INSTALLED, str(ROOT))
        return self.ports.get(word, word.replace(STATE, str(self.home)))

    def start(self, name: str) -> None:
        log = (self._folder / f"{name}.log").open("ab")
        self._logs.append(log)
        words = [self._here(word) for word in started_by(SYSTEMD / f"service-index-{name}.service")]
        self.running[name] = subprocess.Popen(
            words, env=self.environment, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
        )

    def kill(self, name: str) -> None:
        """At once and with all it started, as when the machine runs out of memory."""
        os.killpg(self.running[name].pid, signal.SIGKILL)
        self.running.pop(name).wait(30)

    def said(self) -> str:
        return "".join(f"== {path.name}\n{path.read_text()[-2500:]}\n" for path in sorted(self._folder.glob("*.log")))

    def wait_for(self, happens: Callable[[], object], what: str) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        while not happens():
            for name, process in self.running.items():
                assert process.poll() is None, f"{name} ended by itself\n{self.said()}"
            assert time.monotonic() < until, f"{what} did not happen\n{self.said()}"
            time.sleep(0.4)

    def stop(self) -> dict[str, int]:
        """Ends all as systemd does; what does not end is killed. How each ended."""
        for process in self.running.values():
            process.terminate()
        codes = {}
        for name, process in self.running.items():
            try:
                codes[name] = process.wait(20)
            except subprocess.TimeoutExpired:
                codes[name] = -9
            if _lives(process.pid):
                os.killpg(process.pid, signal.SIGKILL)
        for log in self._logs:
            log.close()
        self.running.clear()
        return codes


def _lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def server(tmp_path: Path, postgresql: str) -> Iterator[Server]:
    server = Server(tmp_path, postgresql)
    try:
        yield server
    finally:
        server.stop()


def office_of(server: Server, monkeypatch: pytest.MonkeyPatch) -> Office:
    for name, value in server.environment.items():
        if name.startswith(("SERVICE_INDEX_", "DAGSTER_")):
            monkeypatch.setenv(name, value)
    return open_office(load_settings())


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def location_at(page: str) -> dict[str, Any]:
    told = requests.post(f"{page}/graphql", json={"query": QUESTION}, timeout=60).json()
    (location,) = told["data"]["workspaceOrError"]["locationEntries"]
    assert location["name"] == "service-index"
    return dict(location)


def asked_for(instance: dg.DagsterInstance, week: str) -> bool:
    return any(Week.parse(week) in weeks_of_run(run) for run in instance.get_runs())


def set_the_clock_of_the_week(server: Server) -> Week:
    """The office's timetable names a minute that comes soon; the week that the tick will be about."""
    soon = datetime.now(HOUSE_CLOCK) + timedelta(seconds=70)
    (server.home / "timetable.yaml").write_text(f"take_in_at: {DAYS[soon.weekday()]} {soon:%H:%M}\n")
    week = Week.containing(soon.date()).previous
    drop(server.landing, str(week)).with_name("scores.H05.ytd.csv.meta.yaml").write_text(
        f"exported_at: {soon - timedelta(hours=1):%Y-%m-%dT%H:%M:%S%z}\n"
    )
    return week


def ticked(instance: dg.DagsterInstance) -> list[InstigatorTick]:
    """The ticks of the weekly schedule that asked for a run."""
    states = instance.all_instigator_state(instigator_type=InstigatorType.SCHEDULE)
    return [
        tick
        for state in states
        if state.instigator_name == "weekly"
        for tick in instance.get_ticks(state.instigator_origin_id, state.selector_id)
        if tick.status == TickStatus.SUCCESS
    ]


def test_they_publish_what_is_dropped_and_when_the_schedule_ticks_and_a_killed_daemon_loses_nothing(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = office_of(server, monkeypatch)
    drop(server.landing, "2025-W40")
    for name in SERVICES:
        server.start(name)
    with dg.DagsterInstance.from_config(str(office.home.dagster)) as instance:
        server.wait_for(lambda: instance.get_runs_count() > 0, "asking for a run of the dropped week")
        server.kill("daemon")
        server.kill("code")  # it reads the timetable when it starts
        drop(server.landing, "2025-W41")  # while nobody looks
        due = set_the_clock_of_the_week(server)
        server.start("code")
        server.wait_for(lambda: answers(int(server.ports["4000"])), "starting the code server again")
        server.start("daemon")
        server.wait_for(lambda: asked_for(instance, "2025-W41"), "asking for a run of the week dropped meanwhile")
        for week in ("2025-W40", "2025-W41"):
            server.wait_for(lambda week=week: office.database.revisions(week), f"publishing {week}")  # type: ignore[misc]
        server.wait_for(lambda: ticked(instance), "a tick of the weekly schedule")
        (tick,) = ticked(instance)
        (run_id,) = tick.run_ids
        server.wait_for(lambda: instance.get_run_by_id(run_id).is_finished, "the run of the tick")  # type: ignore[union-attr]
        server.wait_for(lambda: office.database.revisions(str(due)), "publishing the week of the tick")
        runs, beats = instance.get_runs(), instance.get_daemon_heartbeats()
    (scheduled,) = [run for run in runs if run.run_id == run_id]
    assert (scheduled.job_name, scheduled.tags["dagster/schedule_name"]) == ("intake", "weekly")
    assert (scheduled.tags["dagster/partition"], scheduled.status) == (key_of(due), dg.DagsterRunStatus.SUCCESS)
    for week in ("2025-W40", "2025-W41", str(due)):
        assert [each.revision for each in office.database.revisions(week)] == [1]
    assert not {run.status for run in runs} & {dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED}
    keys = [key for run in runs if (key := run.tags.get("dagster/run_key"))]
    assert len(keys) == len(set(keys)) >= 4
    assert {"SENSOR", "SCHEDULER", "QUEUED_RUN_COORDINATOR", "MONITORING"} <= set(beats)

    page = f"http://127.0.0.1:{server.ports['3000']}"
    assert "Dagster" in answer(f"{page}/", time.monotonic() + 60)
    server.wait_for(lambda: location_at(page)["loadStatus"] == "LOADED", "loading the code on the page")
    (repository,) = location_at(page)["locationOrLoadError"]["repositories"]
    assert {each["scheduleState"]["status"] for each in repository["schedules"]} == {"RUNNING"}
    desk = f"http://127.0.0.1:{server.ports['8766']}"
    assert requests.get(f"{desk}/healthz", timeout=30).json() == {"status": "ok", "wrong": {}}
    measured = requests.get(f"{desk}/metrics", timeout=30).text
    assert 'service_index_runs{status="FAILURE"} 0.0' in measured
    assert "service_index_newest_publication_age_seconds" in measured
    assert not list(office.home.root.rglob("*.db")), "something was kept beside PostgreSQL"
    office.database.close()
    # Dagster's own servers may wait for a call that is under way until they are killed, as systemd does; ours ends at once.
    codes = server.stop()
    assert codes["desk"] in (0, -signal.SIGTERM), f"{codes}\n{server.said()}"
