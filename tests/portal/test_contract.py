"""Client and emulator are held to portal_contract.md, sections B and C, to docs/portal.md, and to published figures served back.

Belongs here: what is asked, what an answer may look like, and what comes of it at the door.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from emulator.http_app import Portal
from emulator.portal_faults import WEEK, settings_for
from resources.door import take_in
from resources.home import Home
from resources.landing import scan
from resources.portal.answers import dumped, value_of
from resources.portal.errors import BrokenAnswer, EndedEarly, HtmlForJson, LoginPage, NullNumber
from resources.portal.feeds import feeds_of
from resources.portal.pulling import pull
from scoring.calendar import Period, Week
from tests.door.conftest import RECEIVED, Desk
from tests.portal.conftest import TODAY, Office

Make = Callable[[Path], tuple[Portal, str]]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    home = Home(tmp_path / "door")
    home.prepare()
    return Desk(home, tmp_path / "landing")


def typed(desk: Desk, landing: Path, week: str, name: str) -> list[dict[str, Any]]:
    """The typed rows of a landed file, without what tells where they came from."""
    (file,) = [file for file in scan(landing).files if file.name.startswith(f"{week}/{name}.")]
    (record,), outcomes = take_in(desk, file, received_at=RECEIVED)
    assert record.status == "accepted", [outcome.describe("en") for outcome in outcomes]
    provenance = {"export_id", "source_row", "mapping"}
    rows = [{key: value for key, value in row.items() if key not in provenance} for row in desk.typed(record)]
    return sorted(rows, key=lambda row: json.dumps(row, default=str))


# ---- what is asked


def test_the_evaluation_interfaces_are_asked_as_the_contract_says(office: Office) -> None:
    office.pull("counts")
    asked = {interface: body for (interface, _), body in zip(office.portal.asked, office.portal.bodies, strict=True)}
    assert set(asked) == {
        *("service-results", "transparency", "handling-satisfaction", "dossier-digitized"),
        *("dvc-progress-tree", "provide-online-tree", "formality-online-payment-tree"),
    }
    paged = {"rootDepartmentId", "currentPage", "pageSize", "asOf"}
    assert set(asked["transparency"]) == {"timeType", "year"} | paged
    assert (asked["transparency"]["timeType"], asked["transparency"]["year"]) == ("year", 2025)
    assert set(asked["handling-satisfaction"]) == {"fromDate", "toDate"} | paged
    assert asked["handling-satisfaction"]["fromDate"] == "2025-01-01"
    assert asked["handling-satisfaction"]["toDate"] == "2025-12-31"


@pytest.mark.parametrize(
    ("period", "counts", "scores"),
    [
        (
            "2025-10",
            {"timeType": "month", "year": 2025, "month": 10},
            ("report_by_month_sum_service", "2025", "10", ""),
        ),
        (
            "2025-Q4",
            {"timeType": "quarter", "year": 2025, "quarter": 4},
            ("report_by_quarter_sum_service", "2025", "", "4"),
        ),
        ("2025", {"timeType": "year", "year": 2025}, ("report_by_year_sum_service", "2025", "", "")),
    ],
)
def test_a_period_is_asked_for_by_its_own_name(
    office: Office, period: str, counts: dict[str, object], scores: tuple[str, ...]
) -> None:
    feeds = feeds_of(office.settings, [WEEK], TODAY, kinds=["counts", "scores"], period=Period.parse(period))
    pull(office.settings, office.home, office.landing, feeds)
    asked = {interface: body for (interface, _), body in zip(office.portal.asked, office.portal.bodies, strict=True)}
    assert {name: asked["service-results"][name] for name in counts} == counts
    told = asked["score-table"]
    assert (told["service"], told["p_nam"], told["p_thang"], told["p_quy"]) == scores
    assert {"p_tinh_id", "p_xa_id", "p_loaidonvi", "pageIndex", "pageSize"} <= set(told)


def test_the_nation_is_asked_for_as_provinces_and_a_province_by_the_portals_own_id(office: Office) -> None:
    office.more["portal_roots"] = "H05=401621"
    office.pull("scores")
    nation, own = office.portal.bodies[0], office.portal.bodies[-1]
    assert (nation["p_tinh_id"], nation["p_loaidonvi"]) == ("", "1")
    assert (own["p_tinh_id"], own["p_loaidonvi"]) == ("401621", "")


def test_the_procedures_catalogue_is_asked_with_q_and_pages(office: Office) -> None:
    office.pull("procedures")
    assert [(body["q"], body["currentPage"], body["pageSize"]) for body in office.portal.bodies] == [
        ("", 1, 2),
        ("", 2, 2),
        ("", 3, 2),
    ]


def test_files_are_listed_by_kind_unit_and_days_and_each_is_asked_for_by_its_id(office: Office) -> None:
    office.pull("dossiers")
    assert office.portal.bodies[0] == {
        **{"kind": "dossiers", "unit": "H05", "from": "2025-11-10", "to": "2025-11-16"},
        **{"page": "1", "size": "2"},
    }
    assert len(office.portal.asked) == 3  # the list, then two files


# ---- what an answer may look like


def response(text: str) -> requests.Response:
    made = requests.Response()
    made.status_code, made._content = 200, text.encode()
    return made


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("<html><form><input type='password'></form></html>", LoginPage),
        ("  <!DOCTYPE html><h1>502</h1>", HtmlForJson),
        ('{"total": 3, "data": [{"a": 1}, {"a"', EndedEarly),
        ('{"total": 3, "data": "cut', EndedEarly),
        ('{"total": 3, data: []}', BrokenAnswer),
        ("", BrokenAnswer),
    ],
)
def test_what_is_no_json_is_named_as_what_it_is(text: str, error: type[Exception]) -> None:
    """Known failures, lines 25 and 27: a login page is not data, and broken JSON is refused by name."""
    with pytest.raises(error):
        value_of(response(text), "transparency", 1)


def test_numbers_keep_the_digits_they_were_sent_with() -> None:
    text = '{"data":[{"score":15.60,"ratio":0.81470980000000001,"n":184513,"zero":0,"none":null,"text":"1.50"}]}'
    assert dumped(value_of(response(text), "transparency", 1)).decode() == text


@pytest.mark.parametrize(
    "wrapped", ['{{"data": {{"content": {rows}, "totalElements": 2}}}}', '{{"rows": {rows}}}', "{rows}"]
)
def test_an_answer_may_be_wrapped_in_the_ways_portals_wrap_it(
    office: Office, monkeypatch: pytest.MonkeyPatch, wrapped: str
) -> None:
    from resources.portal.answers import answer_of

    answer = answer_of(response(wrapped.format(rows='[{"a": "1"}, {"a": "2"}]')), "x", 1, now=datetime(2025, 11, 17))
    assert [row["a"] for row in answer.rows] == ["1", "2"]
    assert answer.total in (2, None)


@pytest.mark.parametrize("total", ["null", '"many"', "-1", "1.5"])
def test_a_total_that_is_no_count_is_refused(total: str) -> None:
    from resources.portal.answers import answer_of

    with pytest.raises(NullNumber, match="total"):
        answer_of(response(f'{{"total": {total}, "data": []}}'), "x", 1, now=datetime(2025, 11, 17))


def test_an_answer_without_a_list_is_refused_and_nothing_of_it_is_quoted() -> None:
    from resources.portal.answers import answer_of

    with pytest.raises(BrokenAnswer) as caught:
        answer_of(response('{"message": "Nguyen Van A 001099012345"}'), "x", 1, now=datetime(2025, 11, 17))
    assert "Nguyen" not in str(caught.value)


# ---- published figures served back


def counts_of(rows: list[dict[str, Any]]) -> dict[tuple[str, str, str], tuple[object, ...]]:
    # The interface tells no maximum beside a group's total.
    return {
        (row["unit_code"], row["group_code"], row["indicator"]): (
            *(row["numerator"], row["denominator"], row["portal_score"]),
            row["max_points"] if row["indicator"] != "group_total" else None,
        )
        for row in rows
    }


@pytest.fixture
def real_pull(real_landing: Path, make_portal: Make, tmp_path: Path) -> Callable[..., None]:
    """Serves the folder of published inputs and pulls some of it back."""
    _, url = make_portal(real_landing)

    def run(week: str, today: date, scopes: str, kind: str, period: str) -> None:
        settings = settings_for(url, tmp_path / "home", portal_scopes=scopes, portal_page_size=3)
        feeds = feeds_of(settings, [Week.parse(week)], today, kinds=[kind], period=Period.parse(period))
        report = pull(settings, Home(tmp_path / "home"), tmp_path / "landing", feeds)
        assert report.exit_code == 0, report.errors

    return run


def test_the_counts_of_phu_tho_served_back_are_the_same_at_the_door(
    real_landing: Path, real_pull: Callable[..., None], desk: Desk, tmp_path: Path
) -> None:
    real_pull("2026-W36", date(2026, 9, 7), "H44", "counts", "2026-08")
    dropped = typed(desk, real_landing, "2026-W36", "counts.H44.month")
    back = typed(desk, tmp_path / "landing", "2026-W36", "counts.H44.month")
    assert len(dropped) == 87
    assert counts_of(back) == counts_of(dropped)
    assert {row["period"] for row in back} == {"2026-08"} == {row["period"] for row in dropped}
    sidecar = (tmp_path / "landing/2026-W36/counts.H44.month.json.meta.yaml").read_text(encoding="utf-8")
    assert 'exported_at: "2026-08-31T23:00:00+07:00"' in sidecar  # when the portal said so, not when it was pulled
    assert "partial: true" in sidecar


@pytest.mark.parametrize(
    ("scopes", "name", "period", "size"),
    [("VN", "scores.VN.ytd", "2025", 34), ("H01", "scores.H01.month", "2025-10", 15)],
)
def test_the_score_tables_of_2025_served_back_are_the_same_at_the_door(
    real_landing: Path,
    real_pull: Callable[..., None],
    desk: Desk,
    tmp_path: Path,
    scopes: str,
    name: str,
    period: str,
    size: int,
) -> None:
    real_pull("2025-W42", date(2025, 10, 20), scopes, "scores", period)
    dropped = typed(desk, real_landing, "2025-W42", name)
    assert len(dropped) == size
    assert typed(desk, tmp_path / "landing", "2025-W42", name) == dropped


# ---- identity


def test_codes_written_in_two_ways_are_one_unit(office: Office) -> None:
    """Known failures, line 6 (a unit on two pages) and line 7 (000.00.00.H37 beside H37)."""
    from resources.portal.evaluation import unit_of
    from resources.portal.score_tables import key_of

    assert key_of({"MA_COQUAN": "000.00.00.H37"}) == key_of({"MA_COQUAN": "H37"}) == "H37"
    assert unit_of({"departmentCode": "000.00.00.H37"}) == "H37"


def test_a_month_is_never_taken_for_a_year(office: Office) -> None:
    """Known failures, line 17: the key holds scope, kind, period kind, period and instant."""
    (feed, *_) = office.feeds("scores")
    keys = [
        each.key(settings)
        for each in (
            feed,
            replace(feed, scope="H05"),
            replace(feed, kind="counts"),
            replace(feed, period=Period.parse("2025-11")),
            replace(feed, period=Period.parse("2025-10")),
            replace(feed, week=WEEK.previous),
        )
        for settings in (office.settings,)
    ]
    texts = {json.dumps(key, sort_keys=True) for key in keys}
    assert len(texts) == len(keys)
