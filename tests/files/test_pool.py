"""The pool: in order, on several processes, and none outlives whoever started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import psutil
import pytest

from resources.pool import Beside, cores, on_all_cores

_WORKING = """
import sys, time
from functools import partial
from pathlib import Path
from resources.pool import on_all_cores
from tests.files.test_pool import grow

if __name__ == "__main__":
    list(on_all_cores(partial(grow, Path(sys.argv[1])), range(2), at_least=1, workers=2))
"""


def where(item: int) -> tuple[int, int]:
    return item, os.getpid()


def fail(item: int) -> int:
    if item == 3:
        raise ValueError("item 3 cannot be done")
    return item


def die_once(folder: Path, item: int) -> int:
    """Kills the process it is in, the first time it meets item 2."""
    if item == 2 and not (folder / "died").exists():
        (folder / "died").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return item * 10


def grow(folder: Path, item: int) -> None:
    """Writes for ever, its process number first."""
    (folder / f"{item}.process").write_text(str(os.getpid()))
    with (folder / f"{item}.written").open("ab", buffering=0) as file:
        while True:
            file.write(b".")
            time.sleep(0.01)


def write_late(path: Path) -> None:
    path.with_name("begun").touch()
    time.sleep(0.5)
    path.write_text("whole")


def nested(item: int) -> list[tuple[int, int]]:
    return list(on_all_cores(where, range(3), at_least=1, workers=2))


def test_many_things_are_done_in_order_by_other_processes() -> None:
    found = list(on_all_cores(where, range(20), at_least=20, workers=2))
    assert [item for item, _ in found] == list(range(20))
    assert os.getpid() not in {process for _, process in found}


@pytest.mark.parametrize(("at_least", "workers"), [(21, 2), (1, 1)])
def test_few_things_or_one_worker_start_no_process(at_least: int, workers: int) -> None:
    assert list(on_all_cores(where, range(20), at_least=at_least, workers=workers)) == [
        (n, os.getpid()) for n in range(20)
    ]


def test_a_worker_starts_no_workers() -> None:
    for inner in on_all_cores(nested, range(2), at_least=1, workers=2):
        assert len({process for _, process in inner} - {os.getpid()}) == 1


def test_an_error_comes_out_and_ends_the_work() -> None:
    found = on_all_cores(fail, range(50), at_least=1, workers=2)
    assert [next(found) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="item 3"):
        next(found)
    assert list(found) == []


def test_what_a_killed_worker_left_is_done_here(tmp_path: Path) -> None:
    found = list(on_all_cores(partial(die_once, tmp_path), range(6), at_least=1, workers=2))
    assert found == [0, 10, 20, 30, 40, 50]
    assert (tmp_path / "died").exists()


def test_a_killed_parent_leaves_no_one_writing(tmp_path: Path) -> None:
    script = tmp_path / "working.py"
    script.write_text(_WORKING)
    root = Path(__file__).resolve().parents[2]
    parent = subprocess.Popen(
        [sys.executable, str(script), str(tmp_path)], cwd=root, env=os.environ | {"PYTHONPATH": str(root)}
    )
    try:
        told = [tmp_path / f"{item}.process" for item in range(2)]
        while not all(path.exists() and path.read_text() for path in told):
            assert parent.poll() is None
            time.sleep(0.02)
    finally:
        parent.kill()
        parent.wait()
    until = time.monotonic() + 30
    while any(is_running(int(path.read_text())) for path in told):
        assert time.monotonic() < until, "a worker outlived its parent"
        time.sleep(0.02)


def is_running(process: int) -> bool:
    try:
        return psutil.Process(process).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_once_it_is_stopped_the_process_beside_writes_nothing_more(tmp_path: Path) -> None:
    with Beside() as beside:
        beside.hand_over(write_late, tmp_path / "file")
        while not (tmp_path / "begun").exists():
            time.sleep(0.02)
        beside.stop()
        assert (tmp_path / "file").read_text() == "whole"
        assert beside.hand_over(len, "later")() == 5, "and it may be used again"


def test_a_process_may_use_at_least_one_core() -> None:
    assert 1 <= cores() <= (os.cpu_count() or 1)
