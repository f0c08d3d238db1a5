"""A unit under review is shown with its last sound score and the others are ranked without it; what is held is told."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from publishing.release import publish
from publishing.tables import ranking_table
from publishing.views import read_ranking
from resources.database import Database
from resources.home import Home
from resources.verdicts import FeedVerdict, Verdict
from tests.publishing.releases import ranking_row, release

UNIT = "H05.102"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.prepare()
    return home


@pytest.fixture
def database(home: Home) -> Iterator[Database]:
    database = Database(home.database_url)
    database.migrate()
    yield database
    database.close()


def week_of(home: Home, database: Database, week: str, total: str, *, reviewed: bool = False, inputs: str = "") -> None:
    """Publishes two communes, of which the second has this total and is ranked, or under review."""
    status = "under_review" if reviewed else "final"
    rows = [
        ranking_row("H05.101", 1, "95.00", week=week, status="final"),
        ranking_row(UNIT, None if reviewed else 2, total, week=week, status=status),
    ]
    publish(release(week, inputs=inputs or week, rows=rows), database, home)


def told(database: Database, week: str, revision: int | None = None) -> tuple[Any, str | None]:
    row = next(row for row in database.ranking(week, "commune", "H05", "ytd", revision) if row["unit_code"] == UNIT)
    return row["last_sound_week"], str(row["last_sound_total"]) if row["last_sound_total"] is not None else None


def test_the_last_sound_total_is_of_the_newest_earlier_week_that_ranked_the_unit(
    home: Home, database: Database
) -> None:
    week_of(home, database, "2025-W42", "91.00")
    week_of(home, database, "2025-W43", "92.30")
    week_of(home, database, "2025-W44", "60.00", reviewed=True)
    week_of(home, database, "2025-W45", "61.00", reviewed=True)
    assert told(database, "2025-W43") == (None, None)
    assert told(database, "2025-W44") == told(database, "2025-W45") == ("2025-W43", "92.30")
    csv = (home.revision_path("2025-W45", 1) / "ranking.commune.H05.ytd.csv").read_text()
    assert csv.splitlines()[-1].endswith(",under_review,1,2025-W43,92.30")


def test_a_week_that_took_the_units_rank_back_is_not_sound(home: Home, database: Database) -> None:
    week_of(home, database, "2025-W42", "91.00")
    week_of(home, database, "2025-W43", "99.00")
    week_of(home, database, "2025-W43", "99.00", reviewed=True, inputs="looked at again")
    week_of(home, database, "2025-W44", "60.00", reviewed=True)
    assert told(database, "2025-W43", 1) == (None, None)
    assert told(database, "2025-W43", 2) == told(database, "2025-W44") == ("2025-W42", "91.00")


def test_a_unit_that_was_never_ranked_has_none(home: Home, database: Database) -> None:
    week_of(home, database, "2025-W44", "60.00", reviewed=True)
    assert told(database, "2025-W44") == (None, None)


def test_what_is_published_about_the_past_stays_when_the_past_is_restated(home: Home, database: Database) -> None:
    """The same inputs then still make no new revision, and files that were lost come back as they were."""
    week_of(home, database, "2025-W43", "92.30")
    week_of(home, database, "2025-W44", "60.00", reviewed=True)
    file = home.revision_path("2025-W44", 1) / "ranking.commune.H05.ytd.csv"
    before = file.read_bytes()
    week_of(home, database, "2025-W43", "92.50", inputs="restated")
    file.unlink()
    week_of(home, database, "2025-W44", "60.00", reviewed=True)
    assert file.read_bytes() == before
    assert [each.revision for each in database.revisions("2025-W44")] == [1]


@pytest.mark.parametrize("width", [80, 200])
def test_the_table_says_that_the_others_are_ranked_without_it(home: Home, database: Database, width: int) -> None:
    week_of(home, database, "2025-W43", "92.30")
    week_of(home, database, "2025-W44", "60.00", reviewed=True)
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(ranking_table(read_ranking(database, "2025-W44", "commune", "H05", "ytd"), width))
    text = " ".join(console.export_text().split())
    assert "1 đơn vị đang xem xét nên chưa có hạng; 1 đơn vị khác được xếp hạng không tính các đơn vị này" in text
    assert "1 under review and without a rank; the other 1 are ranked without them" in text
    assert "92,30 · 2025-W43" in text
    assert "đang xem xét" in text


def test_of_a_held_week_nothing_is_shown_but_the_reason_and_that_last_weeks_stands(
    home: Home, database: Database
) -> None:
    week_of(home, database, "2025-W43", "92.30")
    database.replace_verdict(Verdict(week="2025-W44", decision="held", reasons=("tệp rỗng / empty file",)))
    view = read_ranking(database, "2025-W44", "commune", "H05", "ytd")
    assert view.rows == []
    assert view.reason is not None
    assert "bảng của tuần 2025-W43 vẫn có giá trị" in view.reason
    assert "the ranking of week 2025-W43 stands" in view.reason
    assert "empty file" in view.reason


def test_of_a_held_feed_its_table_is_missing_with_the_reason_and_the_last_one_that_stands(
    home: Home, database: Database
) -> None:
    province = {"level": "province", "scope": "VN"}
    publish(release("2025-W43", rows=[ranking_row("H05", 1, "92.00", week="2025-W43", **province)]), database, home)
    week_of(home, database, "2025-W44", "92.30")
    feed = FeedVerdict(
        kind="scores", scope="VN", period="2025", export_id="x", admitted=False, reason="thiếu tỉnh / few provinces"
    )
    database.replace_verdict(Verdict(week="2025-W44", decision="publishable", feeds=(feed,)))
    reason = str(read_ranking(database, "2025-W44", "province", "VN", "ytd").reason)
    assert "scores VN 2025: thiếu tỉnh / few provinces" in reason
    assert "bảng của tuần 2025-W43 vẫn có giá trị" in reason


def test_a_week_whose_later_delivery_is_held_says_so_beside_the_revision_that_stands(
    home: Home, database: Database
) -> None:
    week_of(home, database, "2025-W43", "92.30")
    database.replace_verdict(Verdict(week="2025-W43", decision="held", reasons=("tệp rỗng / empty file",)))
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(ranking_table(read_ranking(database, "2025-W43", "commune", "H05", "ytd"), 200))
    text = console.export_text()
    assert "bản 1 vẫn có giá trị: tệp rỗng / empty file" in text
