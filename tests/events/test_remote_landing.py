"""The landing folder at an address: what is new is fetched, whole and once, whatever is lost or stopped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from pipelines.telling import fetch
from resources.notices.ledger import Ledger
from resources.office import Office, open_office
from resources.remote_landing import Unreachable, fetch_new
from resources.settings import SettingsError, load_settings

MORNING = datetime(2025, 11, 16, 23, 30)  # Monday 06:30 in Vietnam


@pytest.fixture
def store() -> Iterator[Any]:
    """A store in memory, empty, that fsspec reaches under memory://."""
    import fsspec

    files = fsspec.filesystem("memory")
    files.store.clear()
    files.pseudo_dirs[:] = [""]
    yield files
    files.store.clear()


def landed(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in sorted(folder.glob("*/*"))}


def test_what_is_new_is_fetched_once_and_what_changes_is_fetched_again(store: Any, tmp_path: Path) -> None:
    store.pipe("/office/2025-W46/scores.VN.ytd.csv", b"one")
    store.pipe("/office/2025-W46/scores.VN.ytd.csv.meta.yaml", b"exported_at: 2025-11-17T08:00:00+07:00")
    landing, state = tmp_path / "landing", tmp_path / "state.json"
    assert fetch_new("memory://office", landing, state).files == (
        "2025-W46/scores.VN.ytd.csv.meta.yaml",  # a file is never seen without its sidecar
        "2025-W46/scores.VN.ytd.csv",
    )
    assert fetch_new("memory://office", landing, state).files == ()
    (landing / "2025-W46/scores.VN.ytd.csv").unlink()
    assert fetch_new("memory://office", landing, state).files == ()  # what was taken away stays away
    store.pipe("/office/2025-W46/scores.VN.ytd.csv", b"three")
    assert fetch_new("memory://office", landing, state).files == ("2025-W46/scores.VN.ytd.csv",)
    assert landed(landing)["2025-W46/scores.VN.ytd.csv"] == "three"
    assert set(store.find("/office")) == {
        "/office/2025-W46/scores.VN.ytd.csv",
        "/office/2025-W46/scores.VN.ytd.csv.meta.yaml",
    }


def test_a_state_that_was_lost_fetches_the_same_bytes_again(store: Any, tmp_path: Path) -> None:
    store.pipe("/office/2025-W46/scores.VN.ytd.csv", b"one")
    fetch_new("memory://office", tmp_path / "landing", tmp_path / "state.json")
    before = landed(tmp_path / "landing")
    (tmp_path / "state.json").unlink()
    assert len(fetch_new("memory://office", tmp_path / "landing", tmp_path / "state.json").files) == 1
    assert landed(tmp_path / "landing") == before


def test_a_folder_where_files_grow_is_looked_at_twice_before_a_file_is_fetched(tmp_path: Path) -> None:
    there = tmp_path / "there/2025-W46"
    there.mkdir(parents=True)
    (there / "dossiers.H05.ndjson").write_text("half")
    address, landing, state = f"file://{tmp_path}/there", tmp_path / "landing", tmp_path / "state.json"
    assert fetch_new(address, landing, state).left == 1
    (there / "dossiers.H05.ndjson").write_text("half and the rest")
    assert fetch_new(address, landing, state).left == 1
    assert landed(landing) == {}
    assert fetch_new(address, landing, state).files == ("2025-W46/dossiers.H05.ndjson",)
    assert landed(landing) == {"2025-W46/dossiers.H05.ndjson": "half and the rest"}


def test_what_is_no_weeks_file_stays_where_it_is_and_is_told(store: Any, tmp_path: Path) -> None:
    for name in ("readme.txt", "mappings/evil.yaml", "2025-W46/a/b.csv", "2025-W46/.hidden", "2025-W46/x.csv.part"):
        store.pipe(f"/office/{name}", b"x")
    found = fetch_new("memory://office", tmp_path / "landing", tmp_path / "state.json")
    assert found.files == ()
    assert set(found.strange) == {"readme.txt", "mappings", "2025-W46/a"}
    assert landed(tmp_path / "landing") == {}


def test_a_fetching_that_is_stopped_leaves_no_half_file_and_goes_on_where_it_was(
    store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fsspec.implementations.memory as memory

    for number in range(4):
        store.pipe(f"/office/2025-W46/dossiers.H0{number}.ndjson", b"whole")
    landing, state, asked = tmp_path / "landing", tmp_path / "state.json", []
    whole = memory.MemoryFileSystem.get_file

    def stopped(self: Any, there: str, here: str, **more: Any) -> None:
        asked.append(there)
        if len(asked) == 3:
            Path(here).write_text("hal")
            raise KeyboardInterrupt
        whole(self, there, here, **more)

    monkeypatch.setattr(memory.MemoryFileSystem, "get_file", stopped)
    with pytest.raises(KeyboardInterrupt):
        fetch_new("memory://office", landing, state)
    assert set(landed(landing).values()) == {"whole"}
    assert fetch_new("memory://office", landing, state).files == (
        "2025-W46/dossiers.H02.ndjson",
        "2025-W46/dossiers.H03.ndjson",
    )


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return open_office(load_settings(home=tmp_path / "home"))


def test_a_place_that_does_not_answer_is_told_once_a_day_without_its_address(office: Office) -> None:
    away = replace(office, landing_url=SecretStr("sftp://clerk:s3cret-w0rd@127.0.0.1:1/landing"))
    said = [fetch(away, MORNING), fetch(away, MORNING), fetch(away, MORNING.replace(day=17))]
    notices = Ledger(office.database.engine).notices()
    assert [notice.key for notice in notices] == ["landing_unreachable:2025-11-17", "landing_unreachable:2025-11-18"]
    assert "s3cret" not in f"{said} {notices} {away}"


def test_an_error_of_the_place_tells_its_kind_and_never_the_address(tmp_path: Path) -> None:
    with pytest.raises(Unreachable) as told:
        fetch_new("nowhere://clerk:s3cret-w0rd@somewhere/x", tmp_path / "landing", tmp_path / "state.json")
    assert "s3cret" not in str(told.value)
    assert told.value.__cause__ is None


def test_a_wrong_address_is_one_line_at_start_that_does_not_show_it(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="landing_url") as told:
        load_settings(home=tmp_path, landing_url="s3cret-w0rd")
    assert "s3cret" not in str(told.value)


def test_the_sensor_says_what_it_did_and_runs_nothing_where_no_address_is_set(office: Office, store: Any) -> None:
    store.pipe("/office/2025-W46/scores.VN.ytd.csv", b"one")
    assert "not set" in fetch(office, MORNING)
    here = replace(office, landing_url=SecretStr("memory://office"))
    assert fetch(here, MORNING) == "fetched 1"
    assert fetch(here, MORNING) == "fetched 0"
    assert landed(office.landing) == {"2025-W46/scores.VN.ytd.csv": "one"}
