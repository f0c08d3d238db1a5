"""What is published, on the desk: the rankings of a week with what is under review, links to Dagster, Data Docs."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from console import rankings
from publishing.views import RankingView
from resources.office import Office
from resources.verdicts import Verdict
from tests.console.conftest import SCRIPT, Browser, case_number


def row_of(page: str, code: str) -> str:
    """A unit's row as text."""
    (row,) = re.findall(rf'<tr id="{re.escape(code)}".*?</tr>', page, re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", row).split())


def test_the_ranking_shows_who_is_under_review_beside_its_last_sound_score(steward: Browser) -> None:
    page = steward.open("/rankings/2025-W44")
    assert row_of(page, "H05.141") == "– Xã Hợp Thịnh H05.141 88,40 đang xem xét 91,65 · 2025-W43"
    assert "1 đơn vị đang xem xét nên chưa có hạng; 2 đơn vị khác được xếp hạng không tính các đơn vị này" in page
    assert row_of(page, "H05.108").startswith("2 Phường Tân Tiến H05.108 92,20")
    assert "Bản 1 · tạm tính" in page


def test_it_speaks_english_too(steward: Browser) -> None:
    steward.open("/")
    steward.send("/language", language="en")
    page = steward.open("/rankings/2025-W44")
    assert "1 under review and without a rank; the other 2 are ranked without them" in page
    assert "Last sound total" in page
    assert row_of(page, "H05.141").split("88,40 ")[1] == "under review 91,65 · 2025-W43"


def test_what_a_revision_says_is_made_once_and_what_may_change_each_time(steward: Browser, office: Office) -> None:
    """Languages are kept apart, another revision is another table, and a week held since says so above the same table."""
    first = steward.open("/rankings/2025-W44")
    table = first[first.index("<table") : first.index("</table>")]
    assert "chưa có bản" not in first
    asked = steward.open("/rankings/2025-W44?revision=7")  # before it is there: nothing of that may be kept
    assert "không có bản 7" in asked
    verdict = office.database.verdict("2025-W44")
    assert verdict is not None
    office.database.replace_verdict(replace(verdict, decision="held", reasons=("gửi sau / late",), fingerprint=""))
    again = steward.open("/rankings/2025-W44")
    assert table in again
    assert "Số liệu gửi sau của tuần này đang bị giữ lại, bản 1 vẫn có giá trị: gửi sau / late" in again


def test_it_is_reached_from_the_menu_the_case_and_leads_back_to_the_case(steward: Browser, office: Office) -> None:
    assert 'href="/rankings"' in steward.open("/")
    assert "Xếp hạng tuần 2025-W45" in steward.open("/rankings")
    assert "Xếp hạng tuần 2025-W40" in steward.open("/rankings?week=2025-W40&period=ytd")
    assert 'href="/rankings/2025-W44?scope=H05#H05.141"' in steward.open(f"/cases/{case_number(office)}")
    page = steward.open("/rankings/2025-W44")
    assert 'href="/?state=all&amp;week=2025-W44&amp;text=H05.141"' in page
    assert f"/cases/{case_number(office)}" in steward.open("/?state=all&week=2025-W44&text=H05.141")


def test_a_held_week_shows_why_and_that_last_weeks_ranking_stands(steward: Browser, office: Office) -> None:
    office.database.replace_verdict(Verdict(week="2025-W46", decision="held", reasons=("tệp rỗng / empty file",)))
    page = steward.open("/rankings/2025-W46")
    assert "đang bị giữ lại" in page
    assert "bảng của tuần 2025-W45 vẫn có giá trị" in page
    assert "tệp rỗng / empty file" in page
    assert "<table" not in page


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/rankings/2025-W99", 404),
        ("/rankings/x", 404),
        ("/rankings?week=x", 404),
        ("/rankings/2025-W44?period=day", 400),
        ("/rankings/2025-W44?revision=-1", 400),
        ("/rankings/2025-W44?revision=7", 200),
        ("/rankings/2030-W01", 200),
    ],
)
def test_what_cannot_be_asked_is_refused_and_what_is_not_there_is_said(
    steward: Browser, path: str, status: int
) -> None:
    steward.open(path)
    assert steward.status == status
    assert status != 200 or 'class="refusal"' in steward.page


def test_of_a_nation_one_scope_is_shown_at_a_time(
    steward: Browser, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three thousand units are no page."""
    assert 'name="scope"' not in steward.open("/rankings/2025-W44")
    cohorts = office.database.cohorts("2025-W44")
    others = [("commune", f"H{number}", "ytd") for number in (12, 13, 14)]
    monkeypatch.setattr(type(office.database), "cohorts", lambda *_: [*cohorts, *others])
    page = steward.open("/rankings/2025-W44")
    assert "<option selected>H05</option>" in page.partition('name="scope"')[2]
    assert row_of(page, "H05.141")
    page = steward.open("/rankings/2025-W44?scope=H12")
    assert steward.status == 200, page
    assert "<option selected>H12</option>" in page.partition('name="scope"')[2]
    assert "<table" not in page
    assert row_of(steward.open("/rankings/2025-W44?scope=H01"), "H05.141")  # without a table of its own
    assert row_of(steward.open("/rankings?week=2025-W44&scope=H05"), "H05.141")
    steward.open("/rankings/2025-W44?scope=x")
    assert steward.status == 404


def test_a_script_in_a_units_name_is_text_here_too(steward: Browser) -> None:
    page = steward.open("/rankings/2025-W44")
    assert SCRIPT not in page
    assert "&lt;script&gt;" in page


def test_a_case_links_to_its_asset_in_dagster_and_to_the_run_that_judged_it(steward: Browser, office: Office) -> None:
    number = case_number(office)
    asset = f"{office.dagster_url}/assets/portal_counts?view=partitions&amp;partition=2025-W44-1"
    page = steward.open(f"/cases/{number}")
    assert f'href="{asset}"' in page
    assert "/runs/" not in page
    office.database.record_judging(["2025-W43", "2025-W44"], "0b5f7a1e-run")
    assert f'href="{office.dagster_url}/runs/0b5f7a1e-run"' in steward.open(f"/cases/{number}")
    office.database.record_judging(["2025-W44"], "a-later-run")
    assert office.database.judged_by("2025-W43") == "0b5f7a1e-run"
    assert f'href="{office.dagster_url}/runs/a-later-run"' in steward.open(f"/cases/{number}")


@pytest.mark.parametrize(
    ("rule", "asset"),
    [
        ("dossiers.cash_as_online", "dossiers"),
        ("portal_scores.sum", "portal_scores"),
        ("file.unreadable", "exports"),
        ("history.progress", "quality"),
    ],
)
def test_the_asset_of_a_case_is_the_table_its_rule_is_about(
    steward: Browser, office: Office, rule: str, asset: str
) -> None:
    page = steward.open(f"/cases/{case_number(office, rule)}")
    assert f"{office.dagster_url}/assets/{asset}?view=partitions" in page


def test_data_docs_are_shown_once_they_are_written_and_nothing_else_of_the_home(
    steward: Browser, office: Office
) -> None:
    number = case_number(office)
    assert "/quality/" not in steward.open(f"/cases/{number}")
    folder = office.home.documents("2025-W44")
    folder.mkdir(parents=True)
    (folder / "index.html").write_text("<p>Chất lượng số liệu</p>")
    assert 'href="/quality/2025-W44/index.html"' in steward.open(f"/cases/{number}")
    assert "Chất lượng số liệu" in steward.open("/quality/2025-W44/index.html")
    for path in (
        "/quality/2025-W43/index.html",
        "/quality/2025-W44/..%2f..%2f..%2fdesk.secret",
        "/quality/x/index.html",
    ):
        steward.open(path)
        assert steward.status == 404


def test_a_unit_above_one_with_a_higher_printed_total_is_explained(
    steward: Browser, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ranks stand on unrounded totals."""
    week, cohort = "2025-W43", ("commune", "H05", "ytd")
    rows = office.database.ranking(week, *cohort)
    said = "Hạng xếp theo điểm chưa làm tròn, nên có thể khác thứ tự"
    assert said not in steward.open(f"/rankings/{week}")
    ranked = [row for row in rows if row["rank"] is not None]
    turned = [dict(each, total=other["total"]) for each, other in zip(ranked, reversed(ranked), strict=True)]
    monkeypatch.setattr(rankings, "read_ranking", lambda *_: RankingView(week, *cohort, 1, turned))
    rankings._table.cache_clear()
    assert said in steward.open(f"/rankings/{week}")
    rankings._table.cache_clear()
