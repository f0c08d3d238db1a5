"""The engine: bounded, exact and repeatable."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.engine import connect, quote_name, quote_text, write_bytes_atomically, write_parquet
from resources.files import clean_partials, partial_path, replacing

ROWS = "SELECT i AS n, md5(i::VARCHAR) AS h, i % 7 AS g FROM range(400000) t(i) WHERE i % 3 <> 1"


def test_equal_rows_give_equal_bytes_on_one_thread_and_on_two(tmp_path: Path) -> None:
    written = []
    for number, threads in enumerate((1, 2, 2)):
        path = tmp_path / f"{number}.parquet"
        con = connect(threads=threads)
        assert write_parquet(con, ROWS, path) == 266_667  # 400,000 less every third: 133,333 are i % 3 = 1
        written.append(path.read_bytes())
    assert written[0] == written[1] == written[2]


def test_rows_grouped_by_two_threads_and_put_in_order_give_equal_bytes(tmp_path: Path) -> None:
    con = connect(threads=2)
    write_parquet(con, ROWS, tmp_path / "rows.parquet")
    grouped = "SELECT h, count(*) AS c FROM read_parquet(?) GROUP BY h ORDER BY h"
    for name in ("a.parquet", "b.parquet"):
        write_parquet(con, grouped, tmp_path / name, [str(tmp_path / "rows.parquet")])
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_a_statement_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    con = connect()
    write_parquet(con, "SELECT 1 AS a", path)
    before = path.read_bytes()
    with pytest.raises(duckdb.Error):
        write_parquet(con, "SELECT CAST(x AS INTEGER) FROM (SELECT unnest(['1', 'two'])) t(x)", path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_values_from_outside_are_bound_not_pasted(tmp_path: Path) -> None:
    con = connect()
    path = tmp_path / "it's.parquet"
    assert write_parquet(con, "SELECT ? AS a", path, ["'; DROP TABLE x; --"]) == 1
    assert con.execute("SELECT a FROM read_parquet(?)", [str(path)]).fetchall() == [("'; DROP TABLE x; --",)]


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1))
def test_a_quoted_text_and_a_quoted_name_come_back_as_they_were(text: str) -> None:
    con = connect(threads=1)
    relation = con.sql(f"SELECT {quote_text(text)} AS {quote_name(text)}")
    assert relation.fetchall() == [(text,)]
    assert relation.columns == [text]


def test_a_zero_byte_is_refused_before_it_reaches_sql() -> None:
    with pytest.raises(ValueError, match="zero byte"):
        quote_text("a\0b")


def test_an_engine_reads_instants_as_utc_and_keeps_within_its_memory(tmp_path: Path) -> None:
    con = connect(memory_limit="200MiB", threads=2, temp_directory=tmp_path)
    settings = con.execute("SELECT current_setting('TimeZone'), current_setting('memory_limit')").fetchone()
    assert settings == ("UTC", "200.0 MiB")


def test_two_connections_do_not_share_a_spill_folder_and_leave_none_behind(tmp_path: Path) -> None:
    one, two = (connect(memory_limit="60MiB", threads=1, temp_directory=tmp_path) for _ in range(2))
    sort = "CREATE TABLE t AS SELECT md5(i::VARCHAR) AS h FROM range(2000000) t(i) ORDER BY h"
    for con in (one, two):
        con.execute(sort)
    assert len(list(tmp_path.iterdir())) == 2
    one.close()
    two.close()
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_old_or_new_never_half(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file.txt"
    write_bytes_atomically(path, b"old")

    def write_half() -> None:
        with replacing(path) as partial:
            partial.write_bytes(b"ne")
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        write_half()
    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]


def test_what_a_killed_process_left_is_cleaned_and_what_is_being_written_is_not(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(tmp_path)], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": "."}
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"writing\n"
    assert clean_partials(tmp_path) == []  # its process lives
    child.send_signal(signal.SIGKILL)
    child.wait()
    with replacing(tmp_path / "mine.txt") as mine:
        mine.write_bytes(b"...")
        removed = clean_partials(tmp_path)
        assert mine.exists()
    assert sorted(path.name.split(".")[1] for path in removed) == ["folder", "half"]
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


_CHILD = """
import sys, time
from pathlib import Path
from resources.files import replacing, working_folder
with replacing(Path(sys.argv[1]) / "half.txt") as file, working_folder(Path(sys.argv[1]) / "folder") as folder:
    file.write_bytes(b"half")
    (folder / "x").write_bytes(b"x")
    print("writing", flush=True)
    time.sleep(60)
"""


def test_a_partial_file_of_another_machine_is_left_alone_until_it_is_two_days_old(tmp_path: Path) -> None:
    mine = partial_path(tmp_path / "a.parquet")
    host = mine.name.split(".")[3].split("-")[0]
    other = mine.with_name(mine.name.replace(host, "elsewhere"))
    other.write_bytes(b"")
    assert clean_partials(tmp_path) == []
    old = time.time() - 3 * 24 * 3600
    os.utime(other, (old, old))
    assert clean_partials(tmp_path) == [other]
