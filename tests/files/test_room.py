"""Room on the disk is asked for before long work begins."""

from __future__ import annotations

import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from assets.exports import take_in_weeks
from resources.engine import connect, write_parquet
from resources.office import open_office
from resources.room import NoRoom, require_room, require_room_to_count
from resources.settings import load_settings
from resources.trouble import of_the_machine
from scoring.calendar import Week

Usage = namedtuple("Usage", "total used free")


def left(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 10**12 - free, free))


def test_what_is_missing_is_told_with_the_folder_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left(monkeypatch, 1_500_000_000)
    require_room(tmp_path, 1_500_000_000, "đếm", "count")
    with pytest.raises(NoRoom) as caught:
        require_room(tmp_path, 2_300_000_000, "đếm", "count")
    told = str(caught.value)
    assert str(tmp_path) in told
    assert "cần khoảng 2,3 GB, còn 1,5 GB" in told
    assert "about 2.3 GB needed, 1.5 GB free" in told
    assert "prune" in told
    assert of_the_machine(caught.value)


def test_counting_begins_only_with_room_for_what_does_not_stand_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "versions.parquet"
    con = connect(memory_limit="512MiB", temp_directory=tmp_path / "tmp")
    write_parquet(con, "SELECT * FROM range(4000000)", file)  # 600 MB of versions, 37 MB more than may stand in memory
    left(monkeypatch, 100_000_000)
    require_room_to_count(con, tmp_path, [file])
    left(monkeypatch, 10_000_000)
    with pytest.raises(NoRoom):
        require_room_to_count(con, tmp_path, [file])
    require_room_to_count(con, tmp_path, [])


def test_a_full_disk_stops_intake_before_a_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    landing = tmp_path / "landing"
    (landing / "2025-W41").mkdir(parents=True)
    (landing / "2025-W41" / "units.H05.csv").write_text(
        "unit_code,unit_name,certified_copy\nH05.101,UBND phường A,true\n"
    )
    office = open_office(load_settings(home=tmp_path / "home", landing=landing))
    left(monkeypatch, 20)
    with pytest.raises(NoRoom, match="2025-W41"):
        take_in_weeks(office, [Week.parse("2025-W41")])
    assert not office.database.current_exports()
    left(monkeypatch, 10**9)
    taken = take_in_weeks(office, [Week.parse("2025-W41")])
    assert [record.status for record in taken[Week.parse("2025-W41")]] == ["accepted"]
