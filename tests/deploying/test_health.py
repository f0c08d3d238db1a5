"""/metrics and /healthz: what they count is what the house holds, and what is wrong is named without telling anything else."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from console import health
from console.app import create_app
from resources.office import Office, open_office
from resources.settings import load_settings
from tests.databases import keep_in
from tests.review.making import feed_failure, miscount
from tests.review.office import NAMES, office_with


@pytest.fixture
def office(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setattr(health, "KEPT_SECONDS", -1)
    health._instance.cache_clear()  # folders of tests may have the same name
    (tmp_path / "home").mkdir()
    keep_in(tmp_path / "home", url)
    return open_office(load_settings(home=tmp_path / "home"))


def browser(office: Office) -> TestClient:
    return TestClient(create_app(office, "k" * 40))


def measured(office: Office) -> dict[str, float]:
    text = browser(office).get("/metrics").text
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_an_empty_house_counts_zeros_and_has_no_newest_publication(office: Office) -> None:
    found = measured(office)
    assert {name: found[f"service_index_{name}"] for name in ("rows_taken_in", "rows_quarantined")} == {
        "rows_taken_in": 0,
        "rows_quarantined": 0,
    }
    assert found["service_index_cases_open"] == found["service_index_weeks_held"] == 0
    assert found["service_index_runs SUCCESS"] == found["service_index_runs FAILURE"] == 0
    assert "service_index_newest_publication_age_seconds" not in found


def test_what_is_counted_is_what_the_house_holds(office: Office) -> None:
    share = {"rule": "dossiers.quarantined_share", "grain": "feed", "kind": "dossiers", "scope": "H05"}
    set_aside = miscount(**share, unit_code=None, severity="warning", failed=7, checked=100, diagnosis=None)
    office_with(office.home.root, {"2025-W44": [miscount(), set_aside], "2025-W45": [feed_failure(severity="error")]})
    with dg.DagsterInstance.from_config(str(office.home.dagster)) as instance:
        for _ in range(3):
            instance.add_run(dg.DagsterRun(job_name="intake", status=dg.DagsterRunStatus.FAILURE))
    found = measured(office)
    assert found["service_index_runs FAILURE"] == 3
    assert found["service_index_rows_taken_in"] == sum(export.rows for export in office.database.exports()) == 8
    assert found["service_index_rows_quarantined"] == 7
    waiting = [case for case in office.review.cases() if case.state in ("open", "returned")]
    assert found["service_index_cases_open"] == len(waiting) > 0
    held = [verdict for verdict in office.database.verdicts() if verdict.decision == "held"]
    assert found["service_index_weeks_held"] == len(held)
    newest = max(revision.published_at for revision in office.database.revisions())
    age = (datetime.now(UTC).replace(tzinfo=None) - newest).total_seconds()
    assert abs(found["service_index_newest_publication_age_seconds"] - age) < 120


def test_nothing_but_counts_is_told_to_whoever_asks(office: Office) -> None:
    office_with(office.home.root, {"2025-W44": [miscount()]})
    client = browser(office)
    told = client.get("/metrics").text + client.get("/healthz").text
    private = ["2025-W", "H05", *NAMES.values(), str(office.home.root), "lan", "reconcile"]
    assert not [word for word in private if word in told.replace("balance", "")]
    assert client.get("/metrics").headers["content-type"].startswith("text/plain")
    assert client.get("/metrics").headers["cache-control"] == "no-store"


def test_all_is_well_until_something_is_not_and_then_it_is_named(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = browser(office)
    assert (client.get("/healthz").status_code, client.get("/healthz").json()) == (200, {"status": "ok", "wrong": {}})
    monkeypatch.setattr(health, "FAIL_BELOW_BYTES", 2**62)
    told = client.get("/healthz")
    assert (told.status_code, list(told.json()["wrong"])) == (503, ["disk"])


def test_a_database_of_another_version_or_none_at_all_is_said_without_its_address(tmp_path: Path) -> None:
    office = open_office(load_settings(home=tmp_path / "home"))
    with office.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'of another'")
    assert list(health.unwell(office)) == ["database"]
    gone = Office(office.home, office.landing, type(office.database)("postgresql+psycopg://u:hidden1@127.0.0.1:1/gone"))
    client = browser(gone)
    told = [client.get("/healthz"), client.get("/metrics")]
    assert [each.status_code for each in told] == [503, 503]
    assert not [each.text for each in told if "hidden1" in each.text or "127.0.0.1" in each.text]


def test_whoever_asks_in_a_loop_costs_one_reading(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Office] = []

    def unwell(each: Office) -> dict[str, str]:
        asked.append(each)
        return {}

    monkeypatch.setattr(health, "KEPT_SECONDS", 600)
    monkeypatch.setattr(health, "unwell", unwell)
    client = browser(office)
    assert [client.get("/healthz").status_code for _ in range(5)] == [200] * 5
    assert len(asked) == 1
