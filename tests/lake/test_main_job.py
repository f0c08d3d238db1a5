"""The whole main job with its lake on S3: on two machines in turn, and killed at its effects; the same bytes are published."""

from __future__ import annotations

import os
import random
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import pipelines.launch
from resources import lake
from resources.lake_health import look_at_lake
from resources.office import Office, open_office
from resources.settings import load_settings
from tests.databases import copy_home, new_database
from tests.lake.homes import keeper, lake_bytes, lose_copy, say
from tests.pipelines.command import ask, published_bytes
from tests.pipelines.test_kill import Effects, finish, start, take_in_and_publish, torn

pytestmark = pytest.mark.xdist_group("lake")
FIRST, SECOND = "2025-W45", "2025-W46"
KILLS = 8


@contextmanager
def at(home: Path, landing: Path) -> Iterator[Office]:
    """The office of a home, its lake brought; afterwards this process knows nothing of it."""
    office = open_office(load_settings(home=home, landing=landing))
    try:
        office.bring_lake()
        yield office
    finally:
        office.database.close()
        lake.register(office.home.lake, None)


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lake") / "landing"
    assert (
        ask(
            "emulate", "--out", folder, "--weeks", f"{FIRST}..{SECOND}", "--dossiers-per-week", "400", "--no-story"
        ).code
        == 0
    )
    return folder


@pytest.fixture(scope="module")
def first_landing(landing: Path) -> Path:
    """The landing folder before the second week came."""
    folder = landing.with_name("first")
    shutil.copytree(landing, folder, ignore=shutil.ignore_patterns(SECOND))
    return folder


@pytest.fixture(scope="module")
def undisturbed(first_landing: Path) -> Path:
    """A home with a lake of its own, after the first week."""
    home = first_landing.with_name("undisturbed")
    finish(go, str(first_landing), str(home), 0, {})
    return home


@pytest.fixture(scope="module")
def _no_site() -> Iterator[None]:
    """Pages and papers cost seconds a run, and are made from what was published."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipelines.launch, "site_mark", lambda office: None)
        yield


@pytest.mark.usefixtures("_no_site")
def test_two_machines_in_turn_publish_what_one_with_a_lake_of_its_own_does(
    landing: Path, first_landing: Path, undisturbed: Path, s3: dict[str, str], postgresql: str, tmp_path: Path
) -> None:
    local, one, other = tmp_path / "local", tmp_path / "one", tmp_path / "other"
    copy_home(undisturbed, local)
    finish(go, str(landing), str(local), 0, {})
    expected = published_bytes(local)

    database = new_database(postgresql)
    for home, landed in ((one, first_landing), (other, landing)):
        say(home, database_url=database, lake_url="s3://lake/two-machines")
        told = ask("run", "--landing", landed, "--home", home)
        assert told.code == 0, told.out + told.err
    assert {name.partition("/")[0] for name in expected} == {FIRST, SECOND}
    assert published_bytes(one) | published_bytes(other) == expected
    assert f"{SECOND}/r1/ranking.province.VN.ytd.csv" in published_bytes(other)
    assert lake_bytes(other) == lake_bytes(local)
    assert lake_bytes(one) != lake_bytes(local)
    with at(one, landing) as office:
        assert lake_bytes(one) == lake_bytes(local)
        settings = load_settings(home=one)
        assert [found.level for found in look_at_lake(office.home, settings.lake_url)] == ["ok", "ok"]
    lose_copy(one)
    told = ask("reproduce", FIRST, "--home", one)
    assert told.code == 0, told.out + told.err
    assert lake_bytes(one) == lake_bytes(local)


def go(landing: str, home: str, kill_at: int, environment: dict[str, str]) -> None:
    """In a child: every stage without Dagster, killed just before an effect (0: never); puttings count, begun and done."""
    os.setpgrp()
    os.environ.update(environment)
    from resources.lake_manifest import Content
    from resources.lake_objects import Objects

    effects, put = Effects(kill_at), Objects.put

    def put_counted(self: Objects, content: Path, told: Content) -> None:
        effects.one_more()
        put(self, content, told)
        effects.one_more()

    Objects.put = put_counted  # type: ignore[method-assign]
    office = open_office(load_settings(home=Path(home), landing=Path(landing)))
    with office.locks.held("intake"), office.locks.held("scoring"):
        take_in_and_publish(office)
    Path(f"{home}.effects").write_text(str(effects.count))
    os._exit(0)


def test_killed_at_its_effects_it_goes_on_from_what_the_manifest_names(
    first_landing: Path, undisturbed: Path, s3: dict[str, str], tmp_path: Path
) -> None:
    expected, expected_lake = published_bytes(undisturbed), lake_bytes(undisturbed)
    local_effects = int(Path(f"{undisturbed}.effects").read_text())
    assert expected

    rng = random.Random(766)
    kills, homes, home = 0, 0, tmp_path / "killed-0"
    say(home, lake_url="s3://lake/killed-0")
    while kills < KILLS:
        # Here a file has three more: the putting, begun and done, and its row in the manifest; and fetching is one.
        process = start(go, str(first_landing), str(home), rng.randint(1, 2 * local_effects), s3)
        process.join(300)
        if process.exitcode == -signal.SIGKILL:
            kills += 1
            assert not torn(home, expected)
            assert_whole(home, expected_lake)
            if kills % 3 == 1:
                lose_copy(home)
        else:
            assert process.exitcode == 0
            assert published_bytes(home) == expected
            homes += 1
            home = tmp_path / f"killed-{homes}"
            say(home, lake_url=f"s3://lake/killed-{homes}")
    assert homes, "no home came to its end between the kills: the last stages were never struck"
    finish(go, str(first_landing), str(home), 0, s3)
    assert published_bytes(home) == expected
    assert lake_bytes(home) == expected_lake


def assert_whole(home: Path, expected: dict[str, bytes]) -> None:
    """Whatever moment it was: another machine brings every file the manifest names, with the bytes it has in the end."""
    database = home / "service-index.db"
    if not database.is_file():
        return
    elsewhere = home.with_name(f"{home.name}.elsewhere")
    settings = (home / "service-index.toml").read_text()
    elsewhere.mkdir(exist_ok=True)
    (elsewhere / "service-index.toml").write_text(f'{settings}database_url = "sqlite:///{database}"\n')
    with at(elsewhere, home / "landing") as office:
        named = keeper(office.home).manifest.files()
    assert lake_bytes(elsewhere).keys() == named.keys()
    others = {
        name
        for name, content in lake_bytes(elsewhere).items()
        if not name.endswith(".pending") and expected.get(name) != content
    }
    assert not others
