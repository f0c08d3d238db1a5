"""The files of deploy/dagster load, and mean what they say: queue, pools, monitoring, retention, no telemetry."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy as sa
from dagster._core.instance.config import PoolGranularity
from dagster._core.run_coordinator import QueuedRunCoordinator

from pipelines.build import build_defs
from resources.home import Home
from tests.databases import new_database

DAEMON = """
import sys
import dagster as dg
from dagster._core.instance.ref import InstanceRef
print("pipelines" in sys.modules)
with dg.DagsterInstance.from_ref(dg.deserialize_value(sys.argv[1], InstanceRef)) as instance:
    instance.report_runless_asset_event(dg.AssetMaterialization("publication"))
    with instance.event_log_storage.index_connection() as connection:
        print(connection.exec_driver_sql("PRAGMA synchronous").scalar_one())
        file = connection.exec_driver_sql("PRAGMA database_list").fetchone()[2]
    import pathlib
    print(pathlib.Path(file + "-wal").stat().st_size > 0)
"""
FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "dagster"


def means_what_it_says(instance: dg.DagsterInstance) -> None:
    assert not instance.telemetry_enabled
    assert not instance.nux_enabled
    assert instance.run_monitoring_enabled
    assert instance.run_retries_enabled
    assert not instance.run_retries_retry_on_asset_or_op_failure
    concurrency = instance.get_concurrency_config()
    assert concurrency.run_queue_config is not None
    assert concurrency.run_queue_config.max_concurrent_runs == 2
    assert isinstance(instance.run_coordinator, QueuedRunCoordinator)
    assert instance.run_coordinator.dequeue_interval_seconds == 1
    assert concurrency.pool_config.default_pool_limit == 1
    assert concurrency.pool_config.pool_granularity == PoolGranularity.RUN
    purged = instance.get_tick_retention_settings(dg._core.definitions.run_request.InstigatorType.SENSOR)
    assert all(days > 0 for days in purged.values())


def test_a_new_home_has_the_embedded_file_and_dagster_takes_it(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.prepare()
    assert (home.dagster / "dagster.yaml").read_bytes() == (FOLDER / "embedded.yaml").read_bytes()
    with dg.DagsterInstance.from_config(str(home.dagster)) as instance:
        means_what_it_says(instance)
        assert Path(instance.root_directory) == home.dagster


def test_a_process_of_dagster_that_loads_none_of_our_code_waits_no_more_for_the_disk_than_ours(tmp_path: Path) -> None:
    """The daemon tells hundreds of events before a run; it is handed the instance as text, by `dagster dev`."""
    home = Home(tmp_path)
    home.prepare()
    with dg.DagsterInstance.from_config(str(home.dagster)) as instance:
        handed = dg.serialize_value(instance.get_ref())
    done = subprocess.run([sys.executable, "-c", DAEMON, handed], capture_output=True, encoding="utf-8", check=False)
    assert done.stdout.split() == ["False", "1", "True"], done.stderr  # NORMAL, and the log stays while nobody writes


def test_with_the_lines_for_celery_runs_become_its_tasks_and_all_else_stays(
    tmp_path: Path, postgresql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dagster_celery.launcher import CeleryRunLauncher

    address = sa.make_url(new_database(postgresql)).set(drivername="postgresql+psycopg2")
    monkeypatch.setenv("DAGSTER_POSTGRES_URL", address.render_as_string(hide_password=False))
    monkeypatch.setenv("DAGSTER_CELERY_BROKER", "memory://broker")
    monkeypatch.setenv("DAGSTER_CELERY_BACKEND", "cache+memory://")
    files = [(FOLDER / name).read_text(encoding="utf-8") for name in ("postgresql.yaml", "celery.yaml")]
    (tmp_path / "dagster.yaml").write_text("".join(files), encoding="utf-8")
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        means_what_it_says(instance)
        launcher = instance.run_launcher
        assert isinstance(launcher, CeleryRunLauncher)
        assert (launcher.broker, launcher.default_queue) == ("memory://broker", "service-index")


def test_the_postgresql_file_keeps_everything_on_the_server(
    tmp_path: Path, postgresql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = sa.make_url(new_database(postgresql)).set(drivername="postgresql+psycopg2")
    monkeypatch.setenv("DAGSTER_POSTGRES_URL", address.render_as_string(hide_password=False))
    (tmp_path / "dagster.yaml").write_bytes((FOLDER / "postgresql.yaml").read_bytes())
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        means_what_it_says(instance)
        instance.report_runless_asset_event(dg.AssetMaterialization("publication", partition="2025-W46-1"))
    engine = sa.create_engine(address.set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM event_logs")).scalar_one() == 1
    engine.dispose()
    assert not list(tmp_path.rglob("*.db"))


def test_intake_and_scoring_are_pools_of_one() -> None:
    pools = {
        pool
        for definition in build_defs().assets or []
        if isinstance(definition, dg.AssetsDefinition)
        for pool in definition.op.pools
    }
    assert {"intake", "scoring"} <= pools
