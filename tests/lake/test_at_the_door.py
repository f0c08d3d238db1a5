"""Where people meet a lake that stands elsewhere: the desk when it does not answer, commands, `doctor` and the settings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from console.app import create_app
from resources.files import write_bytes_atomically
from resources.home import Home
from resources.lake_health import look_at_lake
from resources.settings import SettingsError, load_settings
from tests.console.conftest import SECRET, Browser
from tests.lake.conftest import OpenHome
from tests.lake.homes import lake_bytes, say
from tests.pipelines.command import ask
from tests.review.conftest import PASSWORD

pytestmark = pytest.mark.xdist_group("lake")
ONE = "stages/scores/2025-W45.parquet"
GET = "fsspec.implementations.local.LocalFileSystem.get_file"


@pytest.fixture
def answers_no_more(store: str) -> Callable[..., None]:
    def refuse(*_: object, **__: object) -> None:
        raise ConnectionRefusedError(store)

    return refuse


def test_the_desk_shows_what_it_has_and_records_nothing_while_the_lake_does_not_answer(
    open_home: OpenHome, answers_no_more: Callable[..., None]
) -> None:
    office, other = open_home("desk"), open_home("other")
    office.users.add("lan", PASSWORD, "steward")
    browser = Browser(TestClient(create_app(office, SECRET), raise_server_exceptions=False)).sign_in("lan")
    write_bytes_atomically(other.home.lake / ONE, b"first")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(GET, answers_no_more)
        browser.open("/")
        assert browser.status == 200
        browser.send("/language", language="en")
        assert browser.status == 503
        assert "Kho chưa trả lời" in browser.page
        assert lake_bytes(office.home.root) == {}
    browser.open("/")
    assert lake_bytes(office.home.root) == {ONE: b"first"}


def test_a_command_ends_with_one_line_when_the_lake_cannot_be_used(open_home: OpenHome, store: str) -> None:
    one = open_home("one")
    write_bytes_atomically(one.home.lake / ONE, b"first")
    with_its_own = Home(one.home.root.with_name("with-its-own"))
    say(with_its_own.root, lake_url=store, database_url=one.home.database_url)
    with_its_own.prepare()
    write_bytes_atomically(with_its_own.lake / "stages/own.json", b"{}")
    told = ask("status", "--home", with_its_own.root)
    assert told.code == 1
    assert told.out == ""
    assert "stages/own.json" in told.err
    assert store not in told.err


def test_doctor_says_whether_the_address_is_sound_and_that_the_setting_is_missing(
    open_home: OpenHome, store: str, answers_no_more: Callable[..., None]
) -> None:
    office = open_home("one")
    write_bytes_atomically(office.home.lake / ONE, b"first")
    address = load_settings(home=office.home.root).lake_url
    assert [(each.subject, each.level) for each in look_at_lake(office.home, address)] == [
        ("lake_url", "ok"),
        ("lake", "ok"),
    ]
    assert not list(Path(store.removeprefix("file://")).glob(".doctor*"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fsspec.implementations.local.LocalFileSystem.cat_file", answers_no_more)
        (elsewhere, _) = look_at_lake(office.home, address)
        assert elsewhere.level == "fail"
        assert store not in elsewhere.text
    (missing,) = look_at_lake(office.home, None)
    assert missing.level == "fail"
    assert "lake_url" in missing.text


def test_a_wrong_address_is_one_line_at_start_that_does_not_show_it(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="lake_url") as told:
        load_settings(home=tmp_path, lake_url="s3cret-w0rd")
    assert "s3cret" not in str(told.value)
