"""The workbook can take the place of the one in use: laid out as people know it, numbers are numbers, text is text."""

from __future__ import annotations

import re
import time
import zipfile
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from publishing.files import Edition
from publishing.files.counts import sheet_name
from publishing.files.leaders import HEADINGS
from publishing.words import COMPONENTS
from tests.files.conftest import FORMULA, MARKUP, as_scope, edition_of, rows
from tests.publishing.releases import ranking_row

Write = Callable[[Edition], Path]
LEADERS = "Xếp hạng cùng cấp"


@pytest.fixture
def book(edition: Edition, written: Write) -> Any:
    return openpyxl.load_workbook(written(edition) / "workbook.H05.xlsx")


def cells(sheet: Any, row: int, last: int | None = None) -> list[Any]:
    """The values of some rows: of one as a list, of several as a list of lists."""
    found = [[cell.value for cell in line] for line in sheet.iter_rows(min_row=row, max_row=last or row)]
    return found if last else found[0]


def text_of(sheet: Any) -> str:
    return "\n".join(str(cell.value) for line in sheet.iter_rows() for cell in line if cell.value is not None)


def test_the_sheets_stand_in_the_order_in_which_they_are_read(book: Any) -> None:
    assert book.sheetnames == [
        LEADERS,
        *("Thay đổi", "Cần lưu ý", "Các bản", "Từ điển"),
        *map(sheet_name, COMPONENTS),
    ]


def test_the_leaders_sheet_has_its_heading_in_rows_1_to_4_and_fifteen_columns_from_row_6_on(book: Any) -> None:
    sheet = book[LEADERS]
    heading = [cells(sheet, row)[0] for row in range(1, 6)]
    assert heading[0].startswith("Xếp hạng cùng cấp")
    assert heading[1] == (
        "Kỳ: lũy kế năm 2025 · Tuần 2025-W46 (10/11 – 16/11/2025) · Phạm vi: Bắc Ninh, 6 đơn vị, 4 được xếp hạng"
    )
    assert heading[2] == "Cập nhật: đến hết ngày 16/11/2025 (giờ Việt Nam)"
    assert heading[3].startswith("Đơn vị: Bắc Ninh (H05)")
    assert heading[4] is None
    assert cells(sheet, 6) == list(HEADINGS)
    assert len(HEADINGS) == 15
    assert HEADINGS[:4] == ("STT", "Đơn vị", "Công khai, minh bạch", "Hạng")
    assert HEADINGS[-1] == "Tổng điểm"


def test_it_is_frozen_filtered_and_printed_on_a4_across_one_page_wide(book: Any) -> None:
    sheet = book[LEADERS]
    assert sheet.freeze_panes == "C7"
    assert sheet.auto_filter.ref == "A6:O12"
    assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "landscape")
    assert sheet.page_setup.fitToWidth in (None, 1)  # 1 is what the format takes where nothing is said
    assert sheet.page_setup.fitToHeight in (None, 1)  # with its notes a short table takes one page, a long one more
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_title_rows == "$6:$6"
    assert all(book[name].page_setup.orientation == "landscape" for name in book.sheetnames)


def test_a_long_table_takes_as_many_pages_as_it_needs_and_its_heading_stands_on_each(written: Write) -> None:
    many = [ranking_row(f"H05.{101 + n}", n + 1, f"{90 - n}.00", week="2025-W46") for n in range(40)]
    sheet = openpyxl.load_workbook(written(edition_of(many)) / "workbook.H05.xlsx")[LEADERS]
    assert (sheet.page_setup.fitToHeight, sheet.print_title_rows) == (0, "$6:$6")


def test_units_stand_by_rank_ties_share_one_and_those_without_stand_last(book: Any) -> None:
    table = cells(book[LEADERS], 7, 12)
    assert [row[0] for row in table] == [1, 2, 2, 4, None, None]
    assert [row[14] for row in table] == [95.43, 94.1, 94.1, 93, 88.4, None]
    assert cells(book[LEADERS], 12)[2:] == [None] * 13  # what is not known is blank, never 0


def test_ranks_in_a_group_are_taken_among_the_units_that_have_a_rank(book: Any) -> None:
    table = cells(book[LEADERS], 7, 12)
    assert [(row[2], row[3]) for row in table] == [
        (15.64, 4),
        (17, 2),
        (17, 2),
        (18, 1),
        (15.64, None),
        (None, None),
    ]


def test_numbers_are_numbers_with_two_decimals_and_text_is_text(book: Any) -> None:
    for line in book[LEADERS].iter_rows(min_row=7, max_row=12):
        number, name, *figures = line
        assert (number.data_type, name.data_type) == ("n", "s")
        for cell in figures:
            assert cell.data_type == "n"
            assert cell.number_format == ("0.00" if cell.column % 2 else "0")


def test_the_notes_below_tell_of_ties_blanks_and_an_open_period(book: Any) -> None:
    notes = text_of(book[LEADERS]).split("Ghi chú:")[1]
    assert "(1, 2, 2, 4)" in notes
    assert "Ô trống: không có dữ liệu (không phải điểm 0)" in notes
    assert "Kỳ chưa kết thúc: số liệu đến hết ngày 16/11/2025" in notes
    assert "1 đơn vị đang xem xét nên chưa có hạng" in notes


def test_a_period_that_is_over_is_said_to_be_over(written: Write) -> None:
    edition = as_scope(edition_of(rows()), period="2025-10", period_kind="month")
    sheet = openpyxl.load_workbook(written(edition) / "workbook.H05.xlsx")[LEADERS]
    assert "Kỳ đã kết thúc ngày 31/10/2025." in text_of(sheet)
    assert "Kỳ: tháng 10/2025" in text_of(sheet)


def test_updated_is_when_the_newest_export_behind_it_was_made_on_the_vietnamese_clock(written: Write) -> None:
    """known_failures 16: a run at 22:25 UTC is of the next day."""
    exports = {"H05": "2025-11-16T22:25:00Z", "VN": "2025-11-16T10:00:00Z", "H01": "2025-11-18T00:00:00Z"}
    nation = ranking_row("H05", 1, "92.37", week="2025-W46", level="province", scope="VN")
    folder = written(edition_of([*rows(), nation], exports=exports))
    for scope, moment in (("H05", "05:25 ngày 17/11/2025"), ("VN", "07:00 ngày 18/11/2025")):
        sheet = openpyxl.load_workbook(folder / f"workbook.{scope}.xlsx")[LEADERS]
        assert sheet["A3"].value == f"Cập nhật: {moment} (giờ Việt Nam)"


def test_no_text_is_ever_a_formula_or_markup(edition: Edition, written: Write) -> None:
    path = written(edition) / "workbook.H05.xlsx"
    book = openpyxl.load_workbook(path)
    assert not [cell for sheet in book for line in sheet.iter_rows() for cell in line if cell.data_type == "f"]
    names = [row[1] for row in cells(book[LEADERS], 7, 8)]
    assert names == [FORMULA, f"{MARKUP} "]
    assert book[LEADERS]["B7"].quotePrefix  # stays text when somebody edits the cell
    assert not book[LEADERS]["B9"].quotePrefix
    parts = {name: data.decode() for name, data in unzipped(path).items() if name.startswith("xl/worksheets/sheet")}
    assert not [name for name, text in parts.items() if "<f>" in text or "<hyperlink" in text]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_whatever_a_formula_may_begin_with_is_text(start: str, written: Write) -> None:
    folder = written(edition_of(rows(unit_name=f"{start}1+1")))
    cell = openpyxl.load_workbook(folder / "workbook.H05.xlsx")[LEADERS]["B7"]
    assert (cell.data_type, cell.quotePrefix) == ("s", True)
    assert openpyxl.utils.escape.unescape(cell.value) == f"{start}1+1"


def test_changes_tell_the_trend_by_the_figure_that_is_shown(book: Any) -> None:
    """known_failures 22."""
    heads = cells(book["Thay đổi"], 3)
    found = cells(book["Thay đổi"], 4, 9)
    trends = [(row[heads.index("Thay đổi")], row[heads.index("Xu hướng")]) for row in found]
    assert trends == [(0.09, "Tăng"), (-1.2, "Giảm"), (0, "Không đổi"), (None, "Mới"), (None, None), (None, None)]


def test_flags_tell_who_has_no_rank_and_why_beside_the_last_sound_total(book: Any) -> None:
    told = {row[1]: row for row in cells(book["Cần lưu ý"], 4, book["Cần lưu ý"].max_row)}
    assert set(told) == {"H05.105", "H05.106"}
    assert told["H05.105"][4:6] == ["không xếp hạng; đang xem xét", "not ranked; under review"]
    assert told["H05.105"][-2:] == [91.65, "2025-W45"]
    assert "thiếu Công khai, minh bạch" in told["H05.106"][4]


def test_counts_stand_beside_the_score_they_give(book: Any) -> None:
    sheet = book[sheet_name("progress")]
    assert cells(sheet, 3)[3] == "Hồ sơ đúng hạn (tối đa 20)"
    assert cells(sheet, 4)[3:] == ["Tử số", "Mẫu số", "Điểm", "Điểm nhóm"]
    assert cells(sheet, 5)[3:] == [949, 1000, 18.98, 18.99]


def test_the_dictionary_names_every_column_and_word(book: Any) -> None:
    names = {row[1] for row in cells(book["Từ điển"], 4, book["Từ điển"].max_row)}
    assert {"total", "previous_rank", "numerator", "revision", "under_review", "as_published", "on_time"} <= names


def test_the_first_revision_says_so_and_the_second_tells_what_changed(
    edition: Edition, second: Edition, written: Write
) -> None:
    first = openpyxl.load_workbook(written(edition) / "workbook.H05.xlsx")["Các bản"]
    assert "Đây là bản đầu tiên" in text_of(first)
    sheet = openpyxl.load_workbook(written(second) / "workbook.H05.xlsx")["Các bản"]
    assert cells(sheet, 4, 5)[1][:3] == [2, "tạm tính", "đếm lại"]
    assert cells(sheet, 9, 10) == [
        ["xã, phường, đặc khu", "lũy kế năm", "H05.101", FORMULA, "tổng điểm", 95.43, 95.93, 1, 1],
        ["xã, phường, đặc khu", "lũy kế năm", "H05.101", FORMULA, "Số hóa hồ sơ", 20.73, 21.23, 1, 1],
    ]


def test_a_province_has_a_sheet_for_communes_and_one_for_departments_and_the_nation_a_book_of_its_own(
    written: Write,
) -> None:
    more = [
        ranking_row("H05.01", 1, "95.00", week="2025-W46", level="department"),
        ranking_row("H05", 1, "92.37", week="2025-W46", level="province", scope="VN", unit_name="Bắc Ninh"),
    ]
    folder = written(edition_of([*rows(), *more]))
    province = openpyxl.load_workbook(folder / "workbook.H05.xlsx")
    assert province.sheetnames[:2] == [LEADERS, f"{LEADERS} (sở)"]
    assert cells(province[f"{LEADERS} (sở)"], 7)[0] == 1
    nation = openpyxl.load_workbook(folder / "workbook.VN.xlsx")
    assert cells(nation[LEADERS], 7)[:2] == [1, "Bắc Ninh"]
    assert nation[LEADERS]["A4"].value.startswith("Đơn vị: 34 tỉnh, thành phố")


def test_made_again_the_workbook_is_the_same_to_the_byte(second: Edition, written: Write) -> None:
    first = written(second) / "workbook.H05.xlsx"
    time.sleep(2.1)  # the times in a zip file have steps of two seconds
    again = written(second) / "workbook.H05.xlsx"
    assert first.read_bytes() == again.read_bytes()
    with zipfile.ZipFile(first) as packed:
        assert {part.date_time for part in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert openpyxl.load_workbook(first).properties.created == datetime(2025, 11, 16, 17)


def test_digits_are_written_as_published_not_as_the_nearest_float(written: Write) -> None:
    folder = written(edition_of(rows(total=Decimal("92.37"), digitisation=Decimal("0.10"))))
    sheet = unzipped(folder / "workbook.H05.xlsx")["xl/worksheets/sheet1.xml"].decode()
    (row,) = re.findall(r'<row r="7".*?</row>', sheet)
    assert re.findall(r"<v>(.*?)</v>", row)[-3:] == ["0.10", "4", "92.37"]


def unzipped(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as packed:
        return {name: packed.read(name) for name in packed.namelist()}
