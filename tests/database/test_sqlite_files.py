"""SQLite files whose log is kept open: nothing is lost, nothing is left behind, other folders are left alone."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy as sa

from resources.connections import open_engine, upgrade_schema
from resources.sqlite_files import Keepers, spare_the_disk


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with a write-ahead log and a table, closed."""
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'events.db'}", poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode = WAL")
        connection.exec_driver_sql("CREATE TABLE event (id INTEGER PRIMARY KEY)")
    return tmp_path / "events.db"


def add(file: Path, number: int) -> int:
    """Writes one row as Dagster does, with a connection of its own; returns how the disk is waited for."""
    engine = sa.create_engine(f"sqlite:///{file}", poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"INSERT INTO event VALUES ({number})")
        return int(connection.exec_driver_sql("PRAGMA synchronous").scalar_one())


def log_of(file: Path) -> Path:
    return file.with_name(file.name + "-wal")


def test_the_log_stays_while_connections_come_and_go_and_is_gone_when_all_is_done(file: Path) -> None:
    keepers = spare_the_disk(file.parent)
    for number in range(3):
        assert add(file, number) == 1  # NORMAL: sound after a power cut
    assert log_of(file).stat().st_size > 0
    keepers.close()
    assert not log_of(file).exists()
    with sa.create_engine(f"sqlite:///{file}").connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM event").scalar_one() == 3


def test_files_of_other_folders_are_opened_as_ever(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "dagster"
    other.mkdir()
    spare_the_disk(other)
    assert add(file, 1) == 2  # FULL
    assert not log_of(file).exists()


def test_of_many_files_only_those_used_last_are_kept(file: Path) -> None:
    keepers = Keepers()
    keepers.keep(str(file))
    for number in range(20):
        keepers.keep(str(file.with_name(f"{number}.db")))
    add(file, 1)
    assert not log_of(file).exists()
    keepers.close()


def test_our_own_database_waits_for_the_disk_at_every_commit_and_is_one_file_when_closed(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'index.db'}")
    upgrade_schema(engine)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
    assert log_of(tmp_path / "index.db").exists()
    engine.dispose()
    assert [path.name for path in tmp_path.iterdir()] == ["index.db"]


def test_dagster_logs_a_run_with_a_few_engines_not_one_for_every_event(tmp_path: Path) -> None:
    (tmp_path / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    spare_the_disk(tmp_path)
    made: list[sa.Engine] = []
    sa.event.listen(sa.Engine, "engine_connect", lambda connection: made.append(connection.engine))

    @dg.op
    def nothing() -> None:
        pass

    @dg.job
    def idle() -> None:
        nothing()

    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        for _ in range(2):
            assert idle.execute_in_process(instance=instance).success
        assert len(instance.get_runs()) == 2
        assert len(instance.all_logs(instance.get_runs()[0].run_id)) > 5
    of_logs = [engine for engine in made if "history" in str(engine.url)]
    assert len(of_logs) > 40
    assert len({id(engine) for engine in of_logs}) < 10
