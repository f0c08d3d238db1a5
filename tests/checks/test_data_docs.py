"""Data Docs: pages of a week's suites, in Vietnamese, that load nothing from elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from checks.data_docs import clean_page, write_data_docs
from checks.feeds import measure_feed
from checks.rules import rule_named
from checks.tables import TableFeed
from resources.home import Home
from tests.checks.making import WEEK, a_split, a_table, score_row


@pytest.fixture(scope="module")
def table() -> TableFeed:
    """A table in which one unit of three stands above the maximum of satisfaction, 18."""
    rows = [score_row("H05.101"), score_row("H05.102"), score_row("H05.103", satisfaction=19, total=93)]
    return a_table(rows)


@pytest.fixture(scope="module")
def docs(tmp_path_factory: pytest.TempPathFactory, table: TableFeed) -> Path:
    home = Home(tmp_path_factory.mktemp("docs"))
    measured = [measure_feed(table.export, a_split(3, units=3), rows=table.rows)]
    return write_data_docs(home, WEEK, measured, [table]).parent


def test_there_is_an_index_a_page_of_measurements_and_one_of_the_table(docs: Path) -> None:
    assert docs.parts[-3:] == ("quality", "docs", WEEK)
    assert sorted(path.name for path in docs.iterdir()) == [
        "01-portal_scores.html",
        "02-portal_scores.html",
        "index.html",
        "style.css",
    ]
    index = (docs / "index.html").read_text(encoding="utf-8")
    assert re.findall(r'<a href="([^"]+)">', index) == ["01-portal_scores.html", "02-portal_scores.html"]


def test_the_pages_name_the_rules_in_vietnamese(docs: Path) -> None:
    page = (docs / "02-portal_scores.html").read_text(encoding="utf-8")
    for rule in ("portal_scores.component_range", "portal_scores.adds_up", "portal_scores.rank_follows_total"):
        assert f"{rule_named(rule).title_vi} [{rule}]" in page
    assert "Mức độ hài lòng (satisfaction)" in page
    assert "≤ 18" in page
    assert rule_named("portal_scores.empty").title_vi in (docs / "01-portal_scores.html").read_text(encoding="utf-8")
    for word in ("Expectation Validation Result", "Unsuccessful Expectations", "Table of Contents", "newsletter"):
        assert word not in page
    assert '<html lang="vi">' in page


def test_the_page_shows_what_failed(docs: Path) -> None:
    page = (docs / "02-portal_scores.html").read_text(encoding="utf-8")
    assert "1 giá trị không đạt" in page
    assert "19" in page


def test_nothing_is_loaded_from_another_host_and_nothing_runs(docs: Path) -> None:
    for path in docs.iterdir():
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"https?:|//[a-z]|@import|<script|<iframe|<img|\son\w+=|url\(", text), path.name
    local = {"style.css", "index.html", "01-portal_scores.html", "02-portal_scores.html"}
    for path in docs.glob("*.html"):
        linked = re.findall(r'(?:href|src)="([^"#]+)"', path.read_text(encoding="utf-8"))
        assert set(linked) <= local


def test_pages_are_bounded_and_the_index_says_what_has_none(tmp_path: Path, table: TableFeed) -> None:
    index = write_data_docs(Home(tmp_path), WEEK, [], [table], most_pages=0)
    assert [path.name for path in sorted(index.parent.iterdir())] == ["index.html", "style.css"]
    assert f"Không có trang: {table.export.file}" in index.read_text(encoding="utf-8")


def test_a_script_in_a_name_does_not_outlive_the_cleaning() -> None:
    page = "<html><body><p onclick='x()'>H05<script>alert(1)</script></p><a href='//evil'>đơn vị</a></body></html>"
    clean = clean_page(page, "<b>", "portal_scores")
    assert "alert" not in clean
    assert "evil" not in clean
    assert "onclick" not in clean
    assert "&lt;b&gt;" in clean
    assert "đơn vị" in clean
