"""Compaction: the same rows in the same places in fewer bytes, once, and nothing that was derived from them becomes other."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import dagster as dg
import duckdb
import pyarrow.parquet as pq
import pytest

import resources.compaction as compaction
from assets.exports import take_in_weeks
from assets.house import House
from assets.pending import pending_weeks
from assets.reproduction import reproduce
from pipelines.compacting import compaction as job
from resources.compaction import NotTheSame, compact_file, compact_lake
from resources.engine import connect, write_parquet
from resources.office import Office
from scoring.calendar import Week
from tests.explaining.conftest import WEEKS, publish, take_in
from tests.pipelines.command import ask

pytestmark = pytest.mark.xdist_group("explaining")
ROOT = Path(__file__).resolve().parents[2]
_KILLED = """
import os, signal, sys
import resources.compaction as compaction
from resources.office import open_office
from resources.settings import load_settings
from scoring.calendar import Week

left = 3

def die(con, draft, path):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    return reads_alike(con, draft, path)

reads_alike, compaction._reads_alike = compaction._reads_alike, die
compaction.compact_lake(open_office(load_settings(home=sys.argv[1])), Week.parse("2025-W46"))
"""


def parquet(office: Office) -> dict[str, Path]:
    """The files of exports, by their place in the lake."""
    lake = office.home.lake
    places = ("exports", "tables", "quarantine")
    return {str(path.relative_to(lake)): path for place in places for path in sorted((lake / place).rglob("*.parquet"))}


def bytes_of(office: Office) -> dict[str, bytes]:
    return {name: path.read_bytes() for name, path in parquet(office).items()}


def rows_of(office: Office) -> dict[str, list[tuple[object, ...]]]:
    """All rows in their order, and the types of their columns."""
    con = duckdb.connect()
    return {
        name: con.execute(f"DESCRIBE FROM '{path}'").fetchall() + con.execute(f"FROM '{path}'").fetchall()
        for name, path in parquet(office).items()
    }


def test_rows_stay_and_bytes_go_once_and_every_figure_is_derived_again(own: Office) -> None:
    rows, before = rows_of(own), bytes_of(own)
    times = {name: path.stat().st_mtime_ns for name, path in parquet(own).items()}
    done = compact_lake(own, WEEKS[-1])
    after = bytes_of(own)
    assert rows_of(own) == rows
    assert {each.place for each in done} >= {"exports", "tables"}
    assert sum(each.before_bytes - each.after_bytes for each in done) == sum(map(len, before.values())) - sum(
        map(len, after.values())
    )
    assert all(
        len(after[name]) < len(before[name]) for name in before if "dossiers" in name and "quarantine" not in name
    )
    assert sum(map(len, after.values())) < 0.9 * sum(map(len, before.values()))
    assert {name: path.stat().st_mtime_ns for name, path in parquet(own).items()} == times

    assert compact_lake(own, WEEKS[-1]) == []
    assert bytes_of(own) == after

    for revision in own.database.revisions():
        found = reproduce(own, Week.parse(revision.week), revision.revision)
        assert found.is_equal, list(found.lines())
    assert list(pending_weeks(own)) == []
    take_in(own, WEEKS)  # what is read again is written as ever, but not taken for another file, nor typed again
    typed = {name for name in after if not name.startswith("exports")}
    assert {name: content for name, content in bytes_of(own).items() if name in typed} == {
        name: after[name] for name in typed
    }
    assert publish(own, "again") == []


def test_the_newest_weeks_are_left_unless_asked_for(own: Office) -> None:
    assert compact_lake(own) == []
    done = compact_lake(own, WEEKS[0])
    week = own.database.exports(WEEKS[0])
    assert done
    assert len(done) <= 3 * len(week)
    assert not any(str(WEEKS[1]) in name for name in parquet(own) if _is_done(parquet(own)[name]))


def _is_done(path: Path) -> bool:
    return b"compacted" in (pq.read_metadata(path).metadata or {})


def test_killed_in_the_middle_each_file_is_old_or_new_and_the_next_call_does_the_rest(own: Office) -> None:
    rows = rows_of(own)
    own.database.close()
    command = [sys.executable, "-c", _KILLED, str(own.home.root)]
    ended = subprocess.run(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=False)
    assert ended.returncode == -signal.SIGKILL
    done = [name for name, path in parquet(own).items() if _is_done(path) and ".partial" not in name]
    assert len(done) == 2
    assert list(own.home.lake.rglob("*.partial"))
    own.home.prepare()
    assert not list(own.home.lake.rglob("*.partial"))
    assert rows_of(own) == rows
    _free_leases(own)
    assert compact_lake(own, WEEKS[-1])
    assert rows_of(own) == rows
    assert all(_is_done(path) for name, path in parquet(own).items() if name.startswith("tables/dossiers"))


def _free_leases(office: Office) -> None:
    """As if the killed one's beat had stopped long ago."""
    from resources.connections import writing
    from resources.schema import leases

    with writing(office.database.engine) as connection:
        connection.execute(leases.update().values(holder=None))


def test_notes_stay_and_a_file_that_was_typed_again_is_done_again(tmp_path: Path) -> None:
    path = tmp_path / "typed.parquet"
    with connect(threads=1) as con:
        select = "SELECT range AS source_row, 'H05.' || range AS code, CAST(range AS DECIMAL(9,2)) AS points FROM range(50000)"
        write_parquet(con, select, path, notes={"corrections": "3,7"})
        assert compact_file(con, path) is not None
        told = pq.read_metadata(path).metadata or {}
        assert told[b"corrections"] == b"3,7"
        assert compact_file(con, path) is None
        write_parquet(con, select, path, notes={"corrections": "3,7"})
        assert compact_file(con, path) is not None


@pytest.mark.parametrize(
    "instead",
    [
        "FROM '{path}' ORDER BY source_row DESC",
        "FROM '{path}' WHERE source_row < 49999",
        "SELECT source_row, CASE WHEN source_row = 7 THEN NULL ELSE code END AS code FROM '{path}'",
        "SELECT source_row::INTEGER AS source_row, code FROM '{path}'",
    ],
)
def test_what_does_not_read_the_same_replaces_nothing(
    instead: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "typed.parquet"
    copy = compaction._copy

    def other(con: duckdb.DuckDBPyConnection, sql: str, to: Path, notes: Mapping[str, str]) -> int:
        return copy(con, instead.format(path=path), to, notes)

    with connect(threads=1) as con:
        write_parquet(con, "SELECT range AS source_row, 'H05.' || range AS code FROM range(50000)", path)
        before = path.read_bytes()
        monkeypatch.setattr(compaction, "_copy", other)
        with pytest.raises(NotTheSame, match=r"typed\.parquet"):
            compact_file(con, path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_the_command_tells_what_it_saved_and_that_nothing_is_left(own: Office) -> None:
    told = ask("compact", "--until", str(WEEKS[-1]), "--home", own.home.root)
    assert told.code == 0, told.err
    assert "tables/dossiers" in told.out
    again = ask("compact", "--until", str(WEEKS[-1]), "--home", own.home.root)
    assert (again.code, "no file is left to compact" in again.out) == (0, True)
    assert ask("compact", "--until", "November", "--home", own.home.root).code == 2


def test_the_job_does_it_on_dagsters_page(own: Office) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(
            resources={"house": House(home=str(own.home.root), landing=str(own.landing))}, instance=instance
        )
    assert result.success
    take_in_weeks(own, WEEKS)


def test_an_empty_home_has_nothing_to_compact(tmp_path: Path) -> None:
    told = ask("compact", "--home", tmp_path / "home")
    assert (told.code, "no file is left to compact" in told.out) == (0, True)
