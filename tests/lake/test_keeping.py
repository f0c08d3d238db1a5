"""Files of a lake that stands elsewhere: kept before they are there, brought to every machine, refused when not sound."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from resources import remote_lake
from resources.backup import back_up, restore
from resources.clock import utc_now
from resources.files import remove, write_bytes_atomically
from resources.home import Home
from resources.lake import LakeError, LakeUnreachable
from resources.lake_copy import content_of
from resources.lake_health import look_at_lake
from resources.lake_manifest import Content, Manifest
from resources.lake_objects import Objects
from resources.locks import Lease, LeaseLost
from resources.office import Office, open_office
from resources.pruning import prune_objects
from resources.schema import leases
from resources.settings import load_settings
from resources.trouble import of_the_machine, passes
from tests.lake.conftest import OpenHome
from tests.lake.homes import keeper, lake_bytes, lose_copy, object_of
from tests.pipelines.test_kill import start

pytestmark = pytest.mark.xdist_group("lake")
ONE, TWO = "stages/scores/2025-W45.parquet", "tables/dossiers/2025-W45/a.checks.json.gz"


def write(office: Office, name: str, data: bytes) -> None:
    write_bytes_atomically(office.home.lake / name, data)


def files(address: str) -> Any:
    import fsspec

    return fsspec.core.url_to_fs(address, skip_instance_cache=True)


# -- keeping and bringing


@pytest.mark.parametrize("scheme", ["file", "memory", "s3"])
def test_what_one_home_writes_changes_and_removes_another_sees(
    scheme: str, request: pytest.FixtureRequest, open_home: OpenHome, tmp_path: Path
) -> None:
    if scheme == "s3":
        request.getfixturevalue("s3")
    address = {"file": f"file://{tmp_path}/there", "memory": "memory://lake-shared", "s3": "s3://lake/shared"}[scheme]
    one, other = open_home("one", address), open_home("other", address)
    write(one, ONE, b"first")
    write(one, TWO, b"second")
    other.bring_lake()
    assert lake_bytes(other.home.root) == {ONE: b"first", TWO: b"second"}
    write(one, ONE, b"changed")
    remove(one.home.lake / TWO)
    remove(one.home.lake / "stages/never/was.json")
    other.bring_lake()
    assert lake_bytes(other.home.root) == lake_bytes(one.home.root) == {ONE: b"changed"}


def test_without_the_setting_the_lake_is_the_folder_and_the_database_names_nothing(tmp_path: Path) -> None:
    office = open_office(load_settings(home=tmp_path))
    write(office, ONE, b"first")
    office.bring_lake()
    assert lake_bytes(tmp_path) == {ONE: b"first"}
    assert Manifest(office.database.engine).files() == {}
    assert not list(tmp_path.glob("lake-copy*"))


def test_how_far_a_machine_has_read_its_own_landing_folder_stays_its_own(open_home: OpenHome) -> None:
    one, other = open_home("one"), open_home("other")
    state = one.home.stage_path("landing_url", "fetched").with_suffix(".json")
    write_bytes_atomically(state, b"{}")
    write(one, ONE, b"first")
    with one.locks.held("intake"), other.locks.held("scoring"):
        assert set(lake_bytes(other.home.root)) == {ONE}
        assert state.read_bytes() == b"{}"


def test_a_copy_that_was_lost_or_spoilt_is_fetched_again_and_nothing_is_hashed_twice(
    open_home: OpenHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    office, other = open_home("one"), open_home("other")
    hashed: list[str] = []

    def counted(path: Path) -> Content:
        hashed.append(path.name)
        return content_of(path)

    write(office, ONE, b"first")
    write(office, TWO, b"second")
    other.bring_lake()
    monkeypatch.setattr(remote_lake, "content_of", counted)
    with other.locks.held("intake"):
        assert hashed == []
    (office.home.lake / ONE).write_bytes(b"spoil")  # as long as what it was
    (office.home.lake / TWO).unlink()
    with office.locks.held("intake"):
        assert lake_bytes(office.home.root) == {ONE: b"first", TWO: b"second"}
    assert hashed.count(Path(ONE).name) == 1
    lose_copy(office.home.root)
    with office.locks.held("intake"):
        assert lake_bytes(office.home.root) == {ONE: b"first", TWO: b"second"}


def test_a_file_nobody_kept_is_set_aside_and_one_that_was_removed_elsewhere_goes(open_home: OpenHome) -> None:
    one, other = open_home("one"), open_home("other")
    write(one, ONE, b"first")
    other.bring_lake()
    remove(one.home.lake / ONE)
    (other.home.lake / "stages/by-hand.json").write_bytes(b"?")
    with other.locks.held("intake"):
        assert lake_bytes(other.home.root) == {}
    assert (other.home.root / "lake.strays/stages/by-hand.json").read_bytes() == b"?"


def test_files_written_at_once_by_two_homes_end_the_same_in_both(open_home: OpenHome) -> None:
    offices = [open_home("one"), open_home("other")]

    def write_many(office: Office, own: bytes) -> None:
        for number in range(12):
            write(office, f"stages/both/{number % 4}.json", own + b"%d" % number)
            office.bring_lake()

    with ThreadPoolExecutor() as pool:
        list(pool.map(write_many, offices, (b"a", b"b")))
    for office in offices:
        office.bring_lake()
    one, other = (lake_bytes(office.home.root) for office in offices)
    assert one == other
    assert len(one) == 4


# -- killed between


def write_killed(home: str, moment: str) -> None:
    """In a child: writes one file anew and is killed before it is put, named, or in its place."""
    office = open_office(load_settings(home=Path(home)))
    office.bring_lake()

    def kill(*_: object, **__: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    if moment == "put":
        Objects.put = kill  # type: ignore[method-assign]
    elif moment == "named":
        Manifest.put = kill  # type: ignore[method-assign]
    else:
        os.replace = kill
    write(office, ONE, b"changed")


@pytest.mark.parametrize(("moment", "stands"), [("put", b"first"), ("named", b"first"), ("in its place", b"changed")])
def test_killed_at_any_moment_the_file_is_as_it_was_or_as_it_becomes_on_every_machine(
    moment: str, stands: bytes, open_home: OpenHome
) -> None:
    office, other = open_home("one"), open_home("other")
    write(office, ONE, b"first")
    child = start(write_killed, str(office.home.root), moment)
    child.join(120)
    assert child.exitcode == -signal.SIGKILL
    office.home.prepare()
    for each in (office, other):
        with each.locks.held("intake"):
            assert lake_bytes(each.home.root) == {ONE: stands}


# -- what is not sound


def test_a_torn_foreign_or_missing_object_is_refused_by_name_and_leaves_nothing_half(
    open_home: OpenHome, store: str
) -> None:
    office = open_home("one")
    write(office, ONE, b"first")
    place = Path(object_of(store, office.home, ONE).removeprefix("file://"))
    for spoil, said in ((b"fir", "3 bytes"), (b"other", "5 bytes"), (None, "missing")):
        if spoil is None:
            place.unlink()
        else:
            place.write_bytes(spoil)
        with pytest.raises(LakeError, match=said) as told:
            open_home(f"new-{said}")
        assert ONE in str(told.value)
        assert lake_bytes(Home(office.home.root.with_name(f"new-{said}")).root) == {}
        assert not isinstance(told.value, LakeUnreachable)
        assert not passes(told.value)
        found = {
            each.subject: each for each in look_at_lake(office.home, load_settings(home=office.home.root).lake_url)
        }
        assert found["lake_url"].level == ("ok" if spoil == b"other" else "fail")
    assert lake_bytes(office.home.root) == {ONE: b"first"}


def test_an_address_that_does_not_answer_is_told_without_it_and_nothing_has_changed(
    open_home: OpenHome, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = open_home("one")
    write(office, ONE, b"first")
    monkeypatch.setattr(
        "fsspec.implementations.local.LocalFileSystem.put_file", lambda *_, **__: (_ for _ in ()).throw(OSError(store))
    )
    with pytest.raises(LakeUnreachable) as told:
        write(office, ONE, b"changed")
    assert store not in str(told.value)
    assert told.value.__cause__ is None
    assert passes(told.value)
    assert of_the_machine(told.value)
    assert lake_bytes(office.home.root) == {ONE: b"first"}
    with office.locks.held("intake"):
        assert lake_bytes(office.home.root) == {ONE: b"first"}


def test_no_key_or_word_of_the_address_is_in_an_error(open_home: OpenHome) -> None:
    address = "sftp://clerk:s3cret-w0rd@127.0.0.1:1/lake"
    office = open_home("one", address)
    with pytest.raises(LakeUnreachable) as told:
        write(office, ONE, b"first")
    assert "s3cret" not in f"{told.value} {office} {keeper(office.home)!r}"


def test_whoever_was_overtaken_keeps_nothing_more(open_home: OpenHome) -> None:
    office, other = open_home("one"), open_home("other")
    with office.locks.held("scoring"):
        write(office, ONE, b"first")
        with office.database.engine.begin() as connection:  # another machine took it for silent, and is done
            taken = leases.update().where(leases.c.name == "scoring")
            connection.execute(taken.values(token=leases.c.token + 1, holder=None))
        with pytest.raises(LeaseLost):
            write(office, ONE, b"changed")
    other.bring_lake()
    assert lake_bytes(other.home.root) == lake_bytes(office.home.root) == {ONE: b"first"}
    with other.locks.held("scoring"):
        write(other, ONE, b"theirs")


# -- moving in, and whose lake it is


def test_the_lake_a_home_has_moves_to_the_address_whole(open_home: OpenHome, tmp_path: Path) -> None:
    home = Home(tmp_path / "one")
    home.prepare()
    for name in (ONE, TWO):
        write_bytes_atomically(home.lake / name, name.encode())
    before = lake_bytes(home.root)
    open_home("one")
    assert lake_bytes(home.root) == before
    assert lake_bytes(open_home("other").home.root) == before


def test_a_home_with_another_lake_is_refused_and_loses_nothing(open_home: OpenHome, tmp_path: Path) -> None:
    write(open_home("one"), ONE, b"first")
    home = Home(tmp_path / "other")
    home.prepare()
    write_bytes_atomically(home.lake / TWO, b"its own")
    with pytest.raises(LakeError, match="move the folder lake away") as told:
        open_home("other")
    assert TWO in str(told.value)
    assert lake_bytes(home.root) == {TWO: b"its own"}


def test_one_address_is_the_lake_of_one_database(open_home: OpenHome, store: str) -> None:
    office = open_home("one")
    write(office, ONE, b"first")
    stranger = open_home("stranger", store, "another.db")
    with pytest.raises(LakeError, match="another database"):
        write(stranger, ONE, b"theirs")
    moved = open_home("moved", f"{store}-elsewhere-without-its-objects-", "empty.db")
    write(moved, ONE, b"first")
    with pytest.raises(LakeError, match="wrong address"):
        open_home("astray", f"{store}-nothing-there")


def test_a_marker_that_another_process_writes_meanwhile_makes_no_wrong_address(
    open_home: OpenHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both begin at an empty address: one has not found the marker yet when the other has kept the first file of all."""
    from fsspec.implementations.local import LocalFileSystem

    one, other, read, asked = open_home("one"), open_home("other"), LocalFileSystem.cat_file, []

    def late(self: LocalFileSystem, path: str, **more: Any) -> Any:
        asked.append(path)
        if len(asked) == 1:
            write(one, ONE, b"first")
            raise FileNotFoundError(path)
        return read(self, path, **more)

    monkeypatch.setattr(LocalFileSystem, "cat_file", late)
    write(other, TWO, b"second")
    one.bring_lake()
    assert lake_bytes(one.home.root) == {ONE: b"first", TWO: b"second"}


# -- backups, pruning


def test_a_backup_holds_the_lake_and_what_is_restored_stands_on_its_own(open_home: OpenHome, tmp_path: Path) -> None:
    office = open_home("one")
    write(office, ONE, b"first")
    lose_copy(office.home.root)
    back_up(office, tmp_path / "backup")
    restore(tmp_path / "backup", Home(tmp_path / "restored"))
    again = open_office(load_settings(home=tmp_path / "restored"))
    assert lake_bytes(again.home.root) == {ONE: b"first"}
    assert Manifest(again.database.engine).files() == {}
    assert Manifest(again.database.engine).name() != Manifest(office.database.engine).name()


def test_objects_nothing_names_are_pruned_after_a_day(
    open_home: OpenHome, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = open_home("one")
    write(office, ONE, b"first")
    old = Path(object_of(store, office.home, ONE).removeprefix("file://"))
    write(office, ONE, b"changed")
    young = keeper(office.home).objects
    young.put(_file(office.home.root / "x", b"just put"), content_of(office.home.root / "x"))
    day_ago = (utc_now() - timedelta(days=1, hours=1)).timestamp()
    for path in old.parent.parent.rglob("*"):
        if path.is_file() and path.read_bytes() != b"just put":
            os.utime(path, (day_ago, day_ago))
    assert [each.name for each in prune_objects(office.home, really=False)] == [old.name]
    assert old.is_file()
    assert len(prune_objects(office.home, really=True)) == 1
    assert not old.exists()
    assert prune_objects(office.home, really=True) == []
    assert lake_bytes(open_home("other").home.root) == {ONE: b"changed"}


def _file(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


# -- S3 itself, and the manifest in either database


def test_a_large_file_goes_to_s3_in_parts_and_only_once(
    s3: dict[str, str], open_home: OpenHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resources.lake_objects.PART_BYTES", 5 * 2**20)
    office = open_home("one", "s3://lake/parts")
    data = os.urandom(11 * 2**20)
    write(office, ONE, data)
    there, place = files(object_of("s3://lake/parts", office.home, ONE))
    assert there.info(place)["ETag"].strip('"').endswith("-3")
    before = there.info(place)["LastModified"]
    write(office, TWO, data)
    assert there.info(place)["LastModified"] == before
    assert lake_bytes(open_home("other", "s3://lake/parts").home.root) == {ONE: data, TWO: data}


def test_the_manifest_changes_one_after_the_other_and_shows_the_token(url: str) -> None:
    from resources.database import Database

    database = Database(url)
    database.migrate()
    manifest, content = Manifest(database.engine), Content("a" * 64, 5)
    manifest.put(ONE, content)
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda number: manifest.put(f"x/{number}", content), range(8)))
    assert len(manifest.files()) == 9
    assert manifest.changes() == 9
    with pytest.raises(LeaseLost):
        manifest.drop(ONE, [Lease("intake", 7)])
    with pytest.raises(LeaseLost):
        manifest.put(ONE, Content("b" * 64, 6), [Lease("intake", 7)])
    assert manifest.files([ONE, TWO]) == {ONE: content}
    with pytest.raises(LakeError):
        manifest.fill({TWO: content})
    manifest.drop(ONE)
    assert manifest.changes() == 10
    with database.engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM lake_files")).scalar_one() == 8
    database.close()
