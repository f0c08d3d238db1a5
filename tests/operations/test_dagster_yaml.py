"""The files of deploy/dagster load, and mean what they say: queue, pools, monitoring, retention, no telemetry."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy as sa
from dagster._core.instance.config import PoolGranularity

from pipelines.build import build_defs
from resources.home import Home
from tests.databases import new_database

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
