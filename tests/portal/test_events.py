"""The portal in Dagster: the job `pull`, the sensor `portal_news`, and that no token is told anywhere.

Real Dagster on a throw-away instance. Known failures, lines 25 and 28.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from assets.house import House
from assets.partitions import key_of
from emulator.http_app import AS_OF, Portal
from emulator.http_serve import serving
from emulator.portal_faults import WEEK, practice_landing
from pipelines import portal_sensor
from pipelines.build import build_defs
from pipelines.portal_sensor import MARK, TRIES, portal_news
from tests.pipelines.command import ask
from tests.portal.conftest import TODAY, Office

pytestmark = pytest.mark.xdist_group("portal-events")
TOKEN = "tok-5eCr3tPlanted"


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """An office whose portal is set in the environment, with a token, as a server has it."""
    portal = Portal(practice_landing(tmp_path / "portal"), token=TOKEN)
    with serving(portal) as url:
        settings = {"URL": url, "TOKEN": TOKEN, "AS_OF": AS_OF, "SCOPES": "VN,H05", "KINDS": "scores,counts,dossiers"}
        settings |= {"PAGE_SIZE": "2", "TRIES": "1", "REQUESTS_PER_SECOND": "1000"}
        for name, value in settings.items():
            monkeypatch.setenv(f"SERVICE_INDEX_PORTAL_{name}", value)
        monkeypatch.setattr(portal_sensor, "_today", lambda: TODAY)
        yield Office(portal, url, tmp_path)


@pytest.fixture
def house(own: Office) -> House:
    return House(home=str(own.root / "home"), landing=str(own.landing))


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def tick(house: House, instance: dg.DagsterInstance, cursor: str | None) -> dg.SensorResult:
    result = portal_news(dg.build_sensor_context(instance=instance, cursor=cursor, resources={"house": house}))
    assert isinstance(result, dg.SensorResult)
    return result


def keys(result: dg.SensorResult) -> list[str]:
    return [str(request.run_key) for request in result.run_requests or []]


def test_news_of_the_portal_ask_for_one_pull_and_a_replayed_or_doubled_tick_for_no_other(
    own: Office, house: House, instance: dg.DagsterInstance
) -> None:
    first = tick(house, instance, None)
    assert [key.partition(":")[0] for key in keys(first)] == ["2025-W46"]
    assert (first.run_requests or [])[0].partition_key == key_of(WEEK)
    assert keys(tick(house, instance, None)) == keys(
        first
    )  # its cursor was lost: the same key, which starts nothing twice
    assert keys(tick(house, instance, first.cursor)) == []
    table = own.portal.landing / str(WEEK) / "scores.VN.ytd.csv"
    table.write_text(table.read_text().replace("91.69,1", "91.69,2"))
    newer = tick(house, instance, first.cursor)
    assert keys(newer) != keys(first)
    assert set(json.loads(newer.cursor or "")) == {"2025-W46"}  # what was seen, never the clock


def test_a_pull_that_failed_is_asked_for_again_but_not_for_ever(
    own: Office, house: House, instance: dg.DagsterInstance
) -> None:
    first = tick(house, instance, None)
    (request,) = first.run_requests or []
    for failed in range(1, TRIES + 1):
        instance.add_run(
            dg.DagsterRun(job_name="pull", tags={MARK: request.tags[MARK]}, status=dg.DagsterRunStatus.FAILURE)
        )
        again = keys(tick(house, instance, first.cursor))
        assert again == ([f"{request.run_key}:{failed + 1}"] if failed < TRIES else [])


def test_a_refused_token_is_not_tried_again_until_there_is_another(
    own: Office, house: House, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVICE_INDEX_PORTAL_TOKEN", "an-old-one")
    refused = tick(house, instance, None)
    assert keys(refused) == []
    asked = len(own.portal.asked)
    skipped = portal_news(dg.build_sensor_context(instance=instance, cursor=refused.cursor, resources={"house": house}))
    assert isinstance(skipped, dg.SkipReason)
    assert len(own.portal.asked) == asked
    monkeypatch.setenv("SERVICE_INDEX_PORTAL_TOKEN", TOKEN)
    assert len(keys(tick(house, instance, refused.cursor))) == 1


def test_without_a_portal_the_sensor_skips(
    house: House, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SERVICE_INDEX_PORTAL_URL")
    told = portal_news(dg.build_sensor_context(instance=instance, cursor=None, resources={"house": house}))
    assert isinstance(told, dg.SkipReason)
    assert "no portal is set" in str(told.skip_message)


def test_a_week_that_cannot_be_asked_for_fails_with_one_clear_message(
    own: Office, house: House, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SERVICE_INDEX_PORTAL_AS_OF")  # a portal that tells only the figures of today
    job = build_defs(home=house.home, landing=house.landing).resolve_job_def("pull")
    result = job.execute_in_process(instance=instance, partition_key=key_of(WEEK), raise_on_error=False)
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    error = failure.step_failure_data.error
    assert error is not None
    assert "The portal tells only the figures of today" in str(error.to_string())
    assert own.portal.asked == []


def test_the_job_lands_the_week_and_no_token_stands_in_any_event_log_file_or_error(
    own: Office,
    house: House,
    instance: dg.DagsterInstance,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A token is planted, a pull does well and others fail in every way that could tell it; then it is searched for."""
    caplog.set_level(logging.DEBUG)
    job = build_defs(home=house.home, landing=house.landing).resolve_job_def("pull")
    told = ""
    for fault in (None, "expired_token", "login_page", "failing", "broken_off", "null_number"):
        own.portal.loose = None
        if fault:
            own.portal.let_loose(fault)
        result = job.execute_in_process(instance=instance, partition_key=key_of(WEEK), raise_on_error=False)
        assert result.success == (fault is None)
        told += "".join(f"{event}" for event in result.all_events)
        told += "".join(f"{entry.user_message}{entry.dagster_event}" for entry in instance.all_logs(result.run_id))
    assert "HTTP 401" in told  # what was searched is what went wrong
    own.portal.loose = None
    arguments = ("pull", "--week", str(WEEK), "--home", house.home, "--landing", house.landing)
    for _ in range(2):
        shown = ask(*arguments, "--format", "json")
        told += shown.out + shown.err
        monkeypatch.setenv("SERVICE_INDEX_PORTAL_URL", "http://127.0.0.1:9")
    assert next(row["error"] for row in json.loads(shown.out)["feeds"]) == "unreachable"
    out, err = capfd.readouterr()
    everywhere = told + out + err + caplog.text
    assert len(own.landed()) == 8
    assert TOKEN not in everywhere
    files = [path for folder in (own.root / "home", own.landing) for path in folder.rglob("*") if path.is_file()]
    assert [path for path in files if TOKEN.encode() in path.read_bytes()] == []
    assert any(f"Bearer {TOKEN}" in headers.get("authorization", "") for headers in own.portal.headers)  # it was sent
