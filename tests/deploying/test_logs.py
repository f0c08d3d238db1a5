"""Lines of the log: what they carry, in which form, from which level on, and what never comes into them."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assets.review import take
from resources import logs
from resources.logs import HIDDEN, logger, secrets_of, start_logs, told_with
from resources.settings import Settings, load_settings
from resources.users import User
from tests.pipelines.command import service_index
from tests.review.making import miscount
from tests.review.office import office_with


@pytest.fixture(autouse=True)
def as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a test starts does not reach the next."""
    monkeypatch.setattr(logs, "_known", ())
    monkeypatch.setattr(logs, "_quietly", False)
    loggers = [logging.getLogger(name) for name in (logs.LOGGER, "uvicorn", "uvicorn.error")]
    before = [(each.handlers, each.propagate, each.level) for each in loggers]
    loggers[-1].setLevel(logging.NOTSET)  # a server of another test may have silenced it
    yield
    for each, (handlers, propagate, level) in zip(loggers, before, strict=True):
        each.handlers, each.propagate = handlers, propagate
        each.setLevel(level)


def settings(tmp_path: Path, **more: Any) -> Settings:
    return load_settings(home=tmp_path, **{"log_format": "json", "log_level": "info"} | more)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    captured = capsys.readouterr()
    assert captured.out == "", "a log line stood among what a command prints"
    return [json.loads(line) for line in captured.err.splitlines()]


def test_a_line_is_json_with_week_unit_and_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    start_logs(settings(tmp_path))
    with told_with(week="2025-W41", unit="H05.101", run_id="0b6", step=None):
        logger().info("published", revision=2)
    logger().info("after")
    first, second = lines(capsys)
    assert first.pop("timestamp").endswith("Z")
    assert first == {
        "event": "published", "level": "info", "week": "2025-W41", "unit": "H05.101", "run_id": "0b6", "revision": 2,
    }  # fmt: skip
    assert set(second) == {"event", "level", "timestamp"}


def test_the_same_is_told_to_people_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    start_logs(settings(tmp_path, log_format="console"))
    logger().info("published", week="2025-W41", revision=2)
    (line,) = capsys.readouterr().err.splitlines()
    assert all(part in line for part in ("published", "2025-W41", "revision=2", "info"))


def test_nothing_below_the_level_is_told_and_a_second_start_doubles_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start_logs(settings(tmp_path, log_level="warning"))
    start_logs(settings(tmp_path, log_level="warning"))
    logger().info("low")
    logger().warning("high")
    assert [line["event"] for line in lines(capsys)] == ["high"]


def test_no_secret_and_nothing_personal_comes_into_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    secrets = {
        "database_url": "postgresql+psycopg://clerk:p%40ss-w\u00f6rd@db/index",
        "desk_secret": "d" * 40,
        "portal_token": "token-766",
        "portal_proxy": "http://u:proxy-word@proxy:3128",
        "landing_url": "sftp://u:landing-word@host/x",
    }
    start_logs(settings(tmp_path, **secrets))
    try:
        raise ConnectionError(f"cannot connect with {secrets['database_url']} or p@ss-w\u00f6rd")
    except ConnectionError:
        logger().exception("failed", tried=[secrets["portal_token"], {"deep": "landing-word"}])
    logging.getLogger("uvicorn.error").error("Exception with %s", secrets["desk_secret"])
    logger().info("row", said="Tr\u1ea7n B\u01b0\u1edfi, 001085077777", mail="buoi@vidu.vn", proxy=b"proxy-word")
    text = json.dumps(told := lines(capsys), ensure_ascii=False)
    for hidden in (
        *secrets.values(),
        "p@ss-w\u00f6rd",
        "p%40ss",
        "landing-word",
        "proxy-word",
        "001085077777",
        "buoi@",
    ):
        assert hidden not in text
    assert [line["event"] for line in told][1:] == [f"Exception with {HIDDEN}", "row"]
    assert "ConnectionError" in told[0]["exception"]


def test_every_secret_setting_and_every_address_of_a_notice_is_known_as_a_secret(tmp_path: Path) -> None:
    found = secrets_of(
        settings(tmp_path, portal_token="token-766"),
        {"NOTICES_X": "json://a", "DAGSTER_POSTGRES_URL": "postgresql+psycopg2://b", "PATH": "/bin"},
    )
    assert found == {"token-766", "json://a", "postgresql+psycopg2://b"}


def test_a_command_tells_its_user_and_its_log_is_empty_unless_a_level_is_set(tmp_path: Path) -> None:
    asked = ("findings", "--format", "csv", "--home", str(tmp_path / "home"))
    quiet = service_index(*asked)
    told = service_index(*asked, env={"SERVICE_INDEX_LOG_FORMAT": "json", "SERVICE_INDEX_LOG_LEVEL": "info"})
    assert (quiet.code, told.code) == (0, 0)
    assert "command_done" not in quiet.out + quiet.err
    line = json.loads(told.err.splitlines()[-1])
    assert (line["event"], line["command"], line["code"]) == ("command_done", "findings", 0)
    assert told.out == quiet.out


def test_a_decision_and_what_it_changes_are_told_with_week_and_unit_and_without_its_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settled = office_with(tmp_path / "home", {"2025-W44": [miscount()]})
    (case,) = settled.review.cases()
    start_logs(settings(tmp_path / "home"))
    capsys.readouterr()
    taken = take(
        settled, case.id, version=case.version, action="waive", who=User("lan", "steward"), reason="Lan gọi 0912345678"
    )
    told = lines(capsys)
    assert taken.weeks
    assert [(line["event"], line["week"], line.get("unit")) for line in told] == [
        ("decided", "2025-W44", case.unit_code),
        ("verdict_given", "2025-W44", case.unit_code),
    ]
    again = take(
        settled, case.id, version=taken.case.version, action="reopen", who=User("lan", "steward"), reason="xem lại"
    )
    told = lines(capsys)
    assert again.weeks
    assert [(line["event"], line.get("unit")) for line in told][-1] == ("unit_held", case.unit_code)
    assert "0912345678" not in json.dumps(told)
    assert "lan" not in {str(value) for line in told for value in line.values()}
