"""Issue 5, true when done 1: exports dropped into the landing folder are published with no further hand, by real processes."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import zstandard

from resources.office import open_office
from resources.settings import load_settings
from tests.pipelines.command import ask, service_index
from tests.pipelines.test_dev import answer, free_port

pytestmark = pytest.mark.xdist_group("dev")

READY_SECONDS, PUBLISHED_SECONDS = 300, 600  # only the limits of waiting, for machines that do much else


def drop(file: Path, folder: Path) -> None:
    """A file as a clerk puts it there, unpacked."""
    name = file.name.replace(".zst", "")
    if file.suffix == ".zst":
        with file.open("rb") as packed, (folder / name).open("wb") as whole:
            zstandard.ZstdDecompressor().copy_stream(packed, whole)
    else:
        shutil.copy(file, folder / name)


def used_by(process: subprocess.Popen[bytes]) -> float:
    """Processor seconds of a process and all it started, those that ended too."""
    seconds = 0.0
    for each in (psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):
            seconds += sum(each.cpu_times()[:4])
    return seconds


def test_what_is_dropped_into_the_next_weeks_folder_is_published_with_no_further_hand(tmp_path: Path) -> None:
    portal, landing, home = tmp_path / "portal", tmp_path / "landing", tmp_path / "home"
    asked = ask("emulate", "--out", portal, "--weeks", "2025-W38..2025-W40", "--dossiers-per-week", "400")
    assert asked.code == 0, asked.err
    for week in ("2025-W38", "2025-W39"):
        shutil.copytree(portal / week, landing / week)
    told = service_index("run", "--landing", landing, "--home", home)
    assert told.code in (0, 3), told.out + told.err
    office = open_office(load_settings(home=home, landing=landing))
    assert office.database.weeks_published() == ["2025-W38", "2025-W39"]

    ports = free_port(), free_port()
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("SERVICE_INDEX_", "DAGSTER_"))}
    command = [sys.executable, "-m", "pipelines.cli", "dev", "--home", home, "--landing", landing]
    with (tmp_path / "said.txt").open("w") as said:
        dev = subprocess.Popen(
            [*map(str, command), "--port", str(ports[0]), "--desk-port", str(ports[1])],
            env=clean | {"PYTHONUTF8": "1"},
            stdout=said,
            stderr=said,
        )
        try:
            assert "Dagster" in answer(f"http://127.0.0.1:{ports[0]}/", time.monotonic() + READY_SECONDS)
            (landing / "2025-W40").mkdir()
            for file in sorted((portal / "2025-W40").iterdir()):  # as people copy: one after the other, not at once
                drop(file, landing / "2025-W40")
            assert (landing / "2025-W40" / "dossiers.H05.ndjson").is_file()
            dropped, used = time.monotonic(), used_by(dev)
            while not office.database.revisions("2025-W40"):
                assert dev.poll() is None, (tmp_path / "said.txt").read_text()[-3000:]
                assert time.monotonic() < dropped + PUBLISHED_SECONDS, (tmp_path / "said.txt").read_text()[-3000:]
                time.sleep(0.5)
            print(  # told, not judged: what a machine that does much else needs on the clock says nothing
                f"published {time.monotonic() - dropped:.0f} seconds after it was dropped,"
                f" {used_by(dev) - used:.0f} processor seconds"
            )
        finally:
            dev.terminate()
            dev.wait(60)
    (revision,) = office.database.revisions("2025-W40")
    assert {entry["file"] for entry in revision.inputs} >= {"2025-W40/dossiers.H05.ndjson"}
    assert office.database.ranking("2025-W40", "province", "VN", "ytd")[0]["unit_code"]
