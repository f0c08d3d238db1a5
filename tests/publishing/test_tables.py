"""What people read: every number in its habit, every mark with its word, nothing left unsaid."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.text import Text

from publishing.figures import arrow, csv_text, json_text, people, places_moved, safe_cell
from publishing.release import publish
from publishing.tables import RANKING_COLUMNS, print_scores, ranking_csv, ranking_table, show_ranking
from publishing.views import RankingView, read_ranking
from resources.database import Database
from resources.home import Home
from resources.verdicts import Verdict
from tests.publishing.releases import ranking_row, release


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.prepare()
    return home


@pytest.fixture
def database(home: Home) -> Database:
    database = Database(home.database_url)
    database.migrate()
    return database


def view(*rows: dict[str, Any]) -> RankingView:
    return RankingView("2025-W41", "commune", "H05", "ytd", 1, list(rows))


def shown(ranking: RankingView, width: int = 150) -> str:
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(ranking_table(ranking, width))
    return console.export_text()


def test_the_csv_has_exactly_the_promised_columns_in_order() -> None:
    text = ranking_csv([ranking_row("H05.101", 1, "91.64", change=Decimal("-0.07"), move=-3)])
    assert text == (
        "rank,unit_code,unit_name,total,transparency,progress,online_services,online_payment,satisfaction,digitisation,"
        "previous_total,change,previous_rank,move,gap_to_first,band,basis,status,revision,"
        "last_sound_week,last_sound_total\n"
        "1,H05.101,Xã H05.101,91.64,15.64,18.99,8.42,10.00,17.86,20.73,"
        ",-0.07,,-3,0.00,excellent,computed,provisional,1,,\n"
    )


def test_json_keeps_every_digit_and_says_cohort_and_period(
    database: Database, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(release(), database, home)
    assert show_ranking(database, "2025-W41", "commune", "H05", "ytd", format="json")
    text = capsys.readouterr().out
    assert '"online_payment": 10.00' in text
    found = json.loads(text, parse_float=Decimal)
    assert {name: found[name] for name in ("period", "cohort_size", "ranked", "revision", "reason")} == {
        "period": "2025",
        "cohort_size": 3,
        "ranked": 3,
        "revision": 1,
        "reason": None,
    }
    assert found["rows"][0]["total"] == Decimal("92.61")
    assert list(found["rows"][0])[: len(RANKING_COLUMNS)] == list(RANKING_COLUMNS)


def test_units_that_are_not_in_all_six_components_are_kept_named_and_not_ranked() -> None:
    """known_failures 4: keep every row, say which group is missing; "15 of 16 ranked" stands with the table."""
    rows = [ranking_row(f"H05.{101 + n}", n + 1, "91.00") for n in range(15)]
    rows.append(
        ranking_row("H05.199", None, None, transparency=None, digitisation=None, status="incomplete", note="incomplete")
    )
    text = shown(view(*rows))
    assert "15/16 được xếp hạng (15 of 16 ranked)" in text
    assert "Xã H05.199: không xếp hạng (not ranked); chưa đủ số liệu (incomplete); " in text
    assert "thiếu Công khai, minh bạch, Số hóa hồ sơ (missing transparency, digitisation)" in text
    line = next(line for line in text.splitlines() if "Xã H05.199" in line)
    cells = line.replace("Xã H05.199", "unit").split()
    assert cells[:8] == ["–", "unit", "–", "–", "18,99", "8,42", "◂", "10,00"]  # missing is a dash, never a zero


def test_nothing_found_is_shown_as_nothing_with_its_reason(
    database: Database, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    """known_failures 5: a filter that found nothing never shows everything, nor drops the table without a word."""
    publish(release(), database, home)
    console = Console(width=300, file=io.StringIO(), record=True)
    assert not show_ranking(database, "2025-W41", "department", "H05", "ytd", console=console)
    text = console.export_text()
    assert "Không có dòng nào. (No rows.)" in text
    assert "is published but has no table department H05 ytd; there are: commune H05 ytd" in text
    assert not show_ranking(database, "2025-W41", "department", "H05", "ytd", format="csv")
    said = capsys.readouterr()
    assert said.out == ",".join(RANKING_COLUMNS) + "\n"
    assert "has no table department H05 ytd" in said.err
    assert not show_ranking(database, "2025-W41", "department", "H05", "ytd", format="json")
    found = json.loads(capsys.readouterr().out)
    assert found["rows"] == []
    assert "has no table department H05 ytd" in found["reason"]


def test_each_kind_of_nothing_has_a_reason_of_its_own(database: Database, home: Home) -> None:
    def reason(week: str, revision: int | None = None) -> str:
        return str(read_ranking(database, week, "commune", "H05", "ytd", revision).reason)

    assert reason("2025-W41").endswith("week 2025-W41 is not published; published weeks: –")
    publish(release(), database, home)
    assert reason("2025-W40").endswith("week 2025-W40 is not published; published weeks: 2025-W41..2025-W41 (1)")
    assert reason("2025-W41", 7).endswith("week 2025-W41 has no revision 7, only 1 to 1")
    database.replace_verdict(Verdict(week="2025-W42", decision="held", reasons=("tệp rỗng / empty file",)))
    assert reason("2025-W42").endswith(
        "is held and not published; the ranking of week 2025-W41 stands: tệp rỗng / empty file"
    )


def test_period_week_revision_basis_and_status_stand_on_every_table() -> None:
    """known_failures 19: departments by month stood beside communes by year, unlabelled."""
    for width in (80, 150):
        text = shown(view(ranking_row("H05.101", 1, "91.64")), width).replace("\n", " ")
        assert "2025-W41 (6/10 – 12/10/2025)" in text
        assert "lũy kế năm 2025 (year to date 2025)" in " ".join(text.split())
        assert "Bản (revision) 1" in text
        assert "tính từ hồ sơ (computed from dossiers)" in text
        assert "tạm tính (provisional)" in text
    month = shown(view(ranking_row("H05.101", 1, "91.64", period_kind="month", period="2025-10")))
    assert "tháng 10/2025 (month 2025-10)" in month


def test_basis_and_status_stand_in_each_row_where_they_differ() -> None:
    text = shown(
        view(
            ranking_row("H05.101", 1, "91.64"),
            ranking_row("H05.102", 2, "91.00", basis="as_published", status="under_review"),
        )
    )
    assert "Căn cứ (basis): ghi từng dòng (in each row)" in text
    assert "như cổng công bố" in next(line for line in text.splitlines() if "H05.102" in line)


def test_cohort_and_its_size_stand_with_the_ranks_and_ties_share_one() -> None:
    """known_failures 20: 79 distinct scores got 102 ranks; cohort and size with every rank, ties as =16."""
    rows = [ranking_row("H05.101", 15, "91.00"), *(ranking_row(f"H05.{n}", 16, "90.00") for n in (102, 103))]
    text = shown(view(*rows))
    assert "Nhóm (cohort) commune/H05, 3 đơn vị (units)" in text
    assert [line.split()[0] for line in text.splitlines() if "Xã" in line] == ["15", "=16", "=16"]
    assert "đồng hạng (= before a rank: tied)" in text
    assert "đồng hạng" not in shown(view(rows[0]))


def test_moves_between_cohorts_of_other_members_are_blank_with_the_reason() -> None:
    """known_failures 21: rank moves only when the cohort is the same, else blank with the reason."""
    row = ranking_row(
        "H05.101", 1, "91.64", previous_total=Decimal("91.60"), change=Decimal("0.04"), note="cohort_changed"
    )
    text = shown(view(row))
    assert "tuần trước nhóm xếp hạng có thành viên khác (no moves: the cohort had other members)" in text
    new_period = shown(view(ranking_row("H05.101", 1, "91.64")))
    assert "không có số liệu tuần liền trước cùng kỳ (no figures of the week before in this period)" in new_period


@pytest.mark.parametrize(
    ("change", "text", "colour"),
    [
        ("0.004", "0,00", ""),
        ("-0.004", "0,00", ""),
        ("0.005", "▲ 0,01", "green"),
        ("0.05", "▲ 0,05", "green"),
        ("-0.07", "▼ 0,07", "red"),
        ("0", "0,00", ""),
    ],
)
def test_arrow_and_colour_follow_the_displayed_figure(change: str, text: str, colour: str) -> None:
    """known_failures 22: +0.004 was shown green."""
    from publishing.tables import _first_cells

    row = ranking_row("H05.101", 1, "91.64", change=Decimal(change))
    cell = _first_cells(view(row), row)["Thay đổi\nChange"]
    assert isinstance(cell, Text)
    assert (cell.plain, str(cell.style)) == (text, colour)


def test_the_lowest_component_is_marked_in_the_wide_table_and_named_in_the_narrow_one() -> None:
    row = ranking_row("H05.101", 1, "91.64")
    wide, narrow = shown(view(row), 150), shown(view(row), 80)
    assert "8,42 ◂" in wide
    assert wide.count("◂") == 2  # the cell, and its word below
    assert "/12" in wide  # the maximum, by the row's rule set
    assert "CLGQ 70,2 %" in narrow
    assert all(len(line) <= 80 for line in narrow.splitlines())


def test_numbers_have_a_comma_and_thousands_a_point() -> None:
    assert people(Decimal("92.37")) == "92,37"
    assert people(Decimal("1234.5")) == "1.234,50"
    assert people(1074) == "1.074"
    assert people(Decimal("-0.001")) == "0,00"
    assert people(None) == "–"
    assert (places_moved(5), places_moved(-12), places_moved(0), places_moved(None)) == ("▲ 5", "▼ 12", "=", "")
    assert arrow(None) == ""


def test_text_that_a_spreadsheet_would_run_is_disarmed_and_numbers_are_not() -> None:
    for text in ("=1+1", "+84", "-x", "@SUM(A1)", "\tx", "\rx", "＝1"):
        assert safe_cell(text) == "'" + text
    assert safe_cell("Xã An Lạc = cũ") == "Xã An Lạc = cũ"
    assert (safe_cell(Decimal("-0.07")), safe_cell(-3), safe_cell(None)) == ("-0.07", "-3", "")
    with pytest.raises(TypeError, match="must be a Decimal"):
        safe_cell(0.1)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_any_text_comes_back_from_the_csv_and_never_as_a_formula(text: str) -> None:
    written = csv_text(["a", "b"], [{"a": text, "b": 1}])
    _, (cell, one) = csv.reader(io.StringIO(written, newline=""))
    assert one == "1"
    assert cell in (text, "'" + text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.text()
        | st.decimals(allow_nan=False, allow_infinity=False, places=2),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_json_is_read_back_as_it_was(value: Any) -> None:
    assert json.loads(json_text(value), parse_float=Decimal) == value


def test_a_name_cannot_write_on_the_terminal_or_in_rich_markup() -> None:
    text = shown(view(ranking_row("H05.101", 1, "91.64", unit_name="[red]Xã\x1b[2J\u202eẠ[/red]")))
    assert "[red]Xã·[2J·Ạ[/red]" in text
    assert "\x1b" not in text


def test_scores_are_printed_in_the_documented_columns(capsys: pytest.CaptureFixture[str]) -> None:
    frame = pd.DataFrame(
        {
            "unit_code": ["H44", "H44"],
            "group_code": ["progress", "satisfaction"],
            "indicator": ["on_time", "petitions_on_time"],
            "numerator": pd.array([949, None], dtype="Int64"),
            "denominator": pd.array([1000, None], dtype="Int64"),
            "score": [Decimal("18.98"), None],
            "max_points": [Decimal("20.00"), Decimal("6.00")],
        }
    )
    print_scores(frame)
    assert capsys.readouterr().out == (
        "unit_code,group,indicator,numerator,denominator,score,max_points\n"
        "H44,progress,on_time,949,1000,18.98,20.00\n"
        "H44,satisfaction,petitions_on_time,,,,6.00\n"
    )
    print_scores(frame, "json")
    assert json.loads(capsys.readouterr().out)[1]["score"] is None
    print_scores(frame, "table", Console(width=100))
    assert "18,98" in capsys.readouterr().out
