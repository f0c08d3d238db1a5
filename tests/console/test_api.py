"""The read interface tells programs what is published, exactly and to anyone, and says clearly what it cannot tell."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from console.app import create_app
from publishing.release import publish
from resources.catalogue import table
from resources.office import Office, open_office
from resources.settings import load_settings
from tests.publishing.releases import ranking_row, release

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")
engine = pytest.importorskip("schemathesis.engine")

ROOT = "/api/v1"
UNITS = 5
WHY = "đếm lại / recounted"
EVIL = '=HYPERLINK("http://evil")'


def rows(week: str, top: str) -> list[dict[str, Any]]:
    named = [ranking_row(f"H05.{101 + n}", n + 1, str(Decimal(top) - n), week=week) for n in range(UNITS - 1)]
    nameless = ranking_row("H05.199", None, None, week=week, unit_name=EVIL, status="incomplete")
    return [*named, nameless, ranking_row("H05", 1, top, week=week, level="province", scope="VN")]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Starlette]:
    """An office with two published weeks, the second of them twice; nobody has an account."""
    office: Office = open_office(load_settings(home=tmp_path_factory.mktemp("home")))
    for week, inputs, top in (("2025-W45", "a", "92.30"), ("2025-W46", "a", "91.10"), ("2025-W46", "b", "93.45")):
        made = release(week, inputs=inputs, rows=rows(week, top), reason=WHY if inputs == "b" else None)
        files = [{"export_id": inputs, "file": f"{week}/scores.VN.ytd.csv", "sha256": inputs}]
        publish(replace(made, inputs=files), office.database, office.home)
    yield create_app(office, "k" * 40)
    office.database.close()


@pytest.fixture
def client(app: Starlette) -> TestClient:
    return TestClient(app)


def exact(answer: Any) -> Any:
    """The body as a careful program reads it."""
    return json.loads(answer.text, parse_float=Decimal)


H05 = {"level": "commune", "scope": "H05"}


def test_the_published_weeks_are_told_newest_first(client: TestClient) -> None:
    told = exact(client.get(f"{ROOT}/releases"))
    assert [(row["week"], row["revision"], row["status"], row["revisions"]) for row in told["rows"]] == [
        ("2025-W46", 2, "revised", 2),
        ("2025-W45", 1, "provisional", 1),
    ]
    assert (told["page"], told["total"], told["next"]) == (1, 2, None)


def test_a_week_tells_its_revisions_rankings_and_files(client: TestClient) -> None:
    told = exact(client.get(f"{ROOT}/releases/2025-W46"))
    assert [(row["revision"], row["reason"]) for row in told["rows"]] == [(1, None), (2, WHY)]
    assert told["rankings"] == [
        {"level": "commune", "scope": "H05", "period": "ytd"},
        {"level": "province", "scope": "VN", "period": "ytd"},
    ]
    assert {"rankings.csv", "datapackage.json", "workbook.H05.xlsx"} <= {file["name"] for file in told["files"]}


def test_a_ranking_is_told_digit_by_digit(client: TestClient, app: Starlette) -> None:
    answer = client.get(f"{ROOT}/rankings", params={"week": "2025-W45", **H05})
    assert '"total": 92.30,' in answer.text
    told = exact(answer)
    assert (told["week"], told["revision"], told["cohort_size"]) == ("2025-W45", 1, 1)
    assert told["rows"] == app.state.office.database.ranking("2025-W45", "commune", "H05", "ytd")
    assert told["rows"][-1]["rank"] is None


def test_without_week_and_revision_the_newest_is_told_and_an_older_one_on_request(client: TestClient) -> None:
    newest = exact(client.get(f"{ROOT}/rankings", params=H05))
    assert (newest["week"], newest["revision"], newest["rows"][0]["total"]) == ("2025-W46", 2, Decimal("93.45"))
    first = exact(client.get(f"{ROOT}/rankings", params={**H05, "week": "2025-W46", "revision": 1}))
    assert (first["revision"], first["rows"][0]["total"]) == (1, Decimal("91.10"))


def test_a_unit_is_told_over_the_weeks(client: TestClient) -> None:
    told = exact(client.get(f"{ROOT}/units/H05.101"))
    assert (told["unit_code"], told["level"]) == ("H05.101", "commune")
    assert [(row["week"], row["revision"], row["total"]) for row in told["rows"]] == [
        ("2025-W45", 1, Decimal("92.30")),
        ("2025-W46", 2, Decimal("93.45")),
    ]


def test_changes_are_those_since_the_first_publication(client: TestClient) -> None:
    told = exact(client.get(f"{ROOT}/changes", params={"week": "2025-W46"}))
    assert (told["old_revision"], told["new_revision"], told["reason"]) == (1, 2, WHY)
    first = told["rows"][0]
    assert (first["unit_code"], first["figure"], first["old"], first["new"]) == (
        "H05.101",
        "total",
        Decimal("91.10"),
        Decimal("93.45"),
    )
    assert exact(client.get(f"{ROOT}/changes", params={"week": "2025-W46", "scope": "H01"}))["rows"] == []


@pytest.mark.parametrize(
    ("asked", "headers"), [({"format": "csv"}, {}), ({}, {"accept": "text/csv, application/json;q=0.5"})]
)
def test_csv_is_told_on_request_with_every_column_and_no_formula(
    client: TestClient, asked: dict[str, str], headers: dict[str, str]
) -> None:
    answer = client.get(f"{ROOT}/rankings", params={**H05, **asked}, headers=headers)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    told = list(csv.DictReader(io.StringIO(answer.text)))
    assert list(told[0]) == table("rankings").column_names
    assert [row["week"] for row in told] == ["2025-W46"] * UNITS
    assert [told[0]["revision"], told[0]["total"], told[-1]["total"]] == ["2", "93.45", ""]
    assert told[-1]["unit_name"] == "'" + EVIL


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", "json"),
        ("*/*", "json"),
        ("text/html", "json"),
        ("text/csv", "csv"),
        ("text/csv;q=0.2, application/json", "json"),
        ("text/csv; q=x", "json"),
    ],
)
def test_the_form_follows_accept_and_json_is_the_rule(client: TestClient, accept: str, form: str) -> None:
    answer = client.get(f"{ROOT}/releases", headers={"accept": accept})
    assert form in answer.headers["content-type"]
    assert answer.headers["vary"] == "Accept"


def test_pages_follow_one_another_and_hold_every_row_once(client: TestClient) -> None:
    address: str | None = f"{ROOT}/rankings?level=commune&scope=H05&limit=2"
    found: list[str] = []
    while address:
        answer = client.get(address)
        told = exact(answer)
        assert (told["limit"], told["total"]) == (2, UNITS)
        found += [row["unit_code"] for row in told["rows"]]
        address = told["next"]
        assert answer.headers.get("link") == (f'<{address}>; rel="next"' if address else None)
    assert found == ["H05.101", "H05.102", "H05.103", "H05.104", "H05.199"]
    assert exact(client.get(f"{ROOT}/rankings?level=commune&scope=H05&page=9"))["rows"] == []


def test_who_has_an_answer_is_told_that_it_still_holds(client: TestClient) -> None:
    address = f"{ROOT}/rankings?level=commune&scope=H05"
    first = client.get(address)
    mark = first.headers["etag"]
    for told in (mark, f"W/{mark}", f'"other", {mark}', "*"):
        again = client.get(address, headers={"if-none-match": told})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", mark)
    assert client.get(address, headers={"if-none-match": '"other"'}).status_code == 200
    assert client.get(address + "&format=csv").headers["etag"] != mark


def test_what_cannot_change_is_kept_for_longer_and_problems_not_at_all(client: TestClient) -> None:
    def holds(query: str) -> str:
        return client.get(f"{ROOT}/rankings?level=commune&scope=H05{query}").headers["cache-control"]

    assert holds("") == "public, max-age=60"
    assert holds("&week=2025-W46&revision=1") == "public, max-age=86400"
    assert holds("&week=2099-W01") == "no-store"


def test_no_cookie_is_set_and_none_is_needed(client: TestClient) -> None:
    answer = client.get(f"{ROOT}/releases")
    assert "set-cookie" not in answer.headers
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert (
        client.get("/rankings", follow_redirects=False).status_code == 303
    )  # the desk's own pages stay behind the login


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/rankings?week=2025-46", 400, "2025-W46"),
        ("/rankings?level=district", 400, "commune"),
        ("/rankings?scop=H05", 400, "scop"),
        ("/rankings?scope=H05&scope=H01", 400, "scope"),
        ("/rankings?page=0", 400, "page"),
        ("/rankings?limit=1001", 400, "1000"),
        ("/rankings?revision=1.5", 400, "revision"),
        ("/rankings?week=2025-W01", 404, "2025-W01"),
        ("/rankings?week=2021-W53", 404, "2021-W53"),
        ("/rankings?week=2025-W46&revision=7&level=commune&scope=H05", 404, "there are: 1, 2"),
        ("/rankings?period=month", 404, "province VN month"),
        ("/releases/2024-W01", 404, "2024-W01"),
        ("/units/H05.998", 404, "H05.998"),
        ("/units/x", 400, "H05.101"),
        ("/changes?week=2025-W46&old=3", 404, "there are: 1, 2"),
        ("/nothing", 404, "Not found"),
    ],
)
def test_what_cannot_be_told_is_refused_with_the_reason_in_both_languages(
    client: TestClient, path: str, status: int, says: str
) -> None:
    answer = client.get(ROOT + path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == status
    assert says in told["detail_en"]
    assert told["detail"] == f"{told['detail_vi']} / {told['detail_en']}"
    assert told["instance"] == ROOT + path.split("?")[0]


def test_nothing_can_be_changed(client: TestClient) -> None:
    answer = client.post(f"{ROOT}/rankings", json={})
    assert (answer.status_code, answer.headers["content-type"]) == (405, "application/problem+json")
    assert "GET" in answer.headers["allow"]


def test_an_office_that_has_published_nothing_says_so(tmp_path: Path) -> None:
    office = open_office(load_settings(home=tmp_path))
    client = TestClient(create_app(office, "k" * 40))
    assert client.get(f"{ROOT}/releases").json()["rows"] == []
    assert "No week is published yet" in client.get(f"{ROOT}/rankings").json()["detail_en"]
    office.database.close()


def test_a_held_weeks_reasons_are_not_told_to_strangers(client: TestClient) -> None:
    said = client.get(f"{ROOT}/rankings?week=2025-W44").text
    assert "held" not in said
    assert "bị giữ" not in said


def test_no_request_that_can_be_made_up_gets_an_answer_other_than_described(app: Starlette) -> None:
    described = schemathesis.openapi.from_asgi(f"{ROOT}/openapi.json", app)
    described.config.generation.update(max_examples=10, deterministic=True)
    findings: list[str] = []
    answers: Counter[int] = Counter()
    judged: set[str] = set()
    for event in engine.from_schema(described).execute():
        if isinstance(event, engine.events.NonFatalError | engine.events.FatalError):
            findings.append(str(event))
        if isinstance(event, engine.events.ScenarioFinished):
            answers.update(made.response.status_code for made in event.recorder.interactions.values() if made.response)
            for check in chain.from_iterable(event.recorder.checks.values()):
                judged.add(check.name)
                if check.failure_info:
                    findings.append(f"{check.failure_info.failure}\n{check.failure_info.code_sample}")
    assert not findings, "\n\n".join(findings)
    assert {"response_schema_conformance", "negative_data_rejection", "unsupported_method"} <= judged
    assert min(answers[200], answers[400], answers[404], answers[405]) > 10
