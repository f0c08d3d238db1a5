"""The bulletins of the two weeks that were reported say what the reports say, and add up where those did not."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from checks.claims import check_claims
from publishing.bulletin.claims import claims_of
from publishing.bulletin.facts import Facts, read_facts
from publishing.bulletin.statements import Statement
from publishing.bulletin.targets import parse_target
from publishing.bulletin.weekly import statements_of
from publishing.site.languages import languages
from resources.database import Database
from resources.office import Office
from resources.targets import Target, Targets
from tests.bulletin.reports import OWN

VI, EN = languages()


def said(facts: Facts, code: str) -> list[str]:
    """What is said of one thing, in Vietnamese."""
    return [each.phrase.text(VI) for each in statements_of(facts) if each.code == code]


def test_week_9_is_told_as_the_bulletin_of_19_november_told_it(w46: Facts) -> None:
    assert said(w46, "standing") == ["Bắc Ninh đạt 92,37 điểm, hạng 1 trong 34 tỉnh, thành phố"]
    assert said(w46, "streak") == ["dẫn đầu tuần thứ 9 liên tiếp"]
    assert said(w46, "week_change") == [
        "Tăng 0,09 điểm so với tuần trước (92,28); tuần trước +0,20: tăng chậm lại",
    ]
    assert said(w46, "lead") == [
        "Tiếp theo: Hải Phòng 91,98 (kém 0,39); Đồng Nai 91,96 (kém 0,41). "
        "Khoảng cách dẫn trước thu hẹp từ 0,63 xuống 0,39"
    ]
    assert said(w46, "department.leaders")[0].startswith(
        "Dẫn đầu, đều trên 93 điểm: Văn phòng UBND 95,38; Sở Dân tộc và Tôn giáo 94,76; "
        "Ban Quản lý các khu công nghiệp 94,55;"
    )
    assert said(w46, "department.to_improve") == [
        "Cần cải thiện: Sở Nội vụ 89,07; Sở Công Thương 89,02; Sở Giáo dục và Đào tạo 87,74"
    ]
    assert "Xã Hợp Thịnh 94,06; Phường Bắc Giang 94,01; Phường Tân Tiến 93,96" in said(w46, "commune.leaders")[0]
    assert said(w46, "commune.moves") == [
        "Tăng hạng mạnh nhất: Xã Trung Chính từ hạng 21 lên 9; Xã An Lạc từ hạng 16 lên 6"
    ]
    assert said(w46, "commune.bottom") == ["Trong 10 đơn vị cuối bảng, 6 đơn vị tăng điểm"]
    assert said(w46, "repaired") == [
        "Tuần 2025-W44 đã công bố lại (bản 2), 2 đơn vị đổi số liệu; nay đã khắc phục: Bộ đếm của cổng bỏ sót hồ sơ số hóa"
    ]


def test_the_component_changes_of_week_9_add_up_to_0_09_and_not_to_0_02(w46: Facts) -> None:
    assert said(w46, "components") == [
        "Sáu nhóm cộng lại +0,09: Tiến độ giải quyết +0,04; Số hóa hồ sơ +0,03; Thanh toán trực tuyến +0,02. "
        "Không đổi: Công khai, minh bạch; Dịch vụ công trực tuyến; Mức độ hài lòng"
    ]
    assert sum(w46.component_changes.values()) == w46.row["change"]


def test_the_lowest_completion_is_a_warning_with_its_percentage(w46: Facts) -> None:
    (lowest,) = [each for each in statements_of(w46) if each.code == "lowest"]
    assert lowest.tone == "warn"
    assert lowest.phrase.text(EN) == "Online services: only 70.7% of the maximum (8.48/12): the lowest of the six"


def test_the_targets_of_week_9_are_told_with_the_room_that_is_left(office: Office) -> None:
    asked = ("2025-W47:92.50..92.60", "2025-W47:online_services:+0.10", "2025-W50:93,lead=1")
    facts = read_facts(office.database, "2025-W46", OWN, [parse_target(each) for each in asked])
    assert said(facts, "target") == [
        "Đến 2025-W47: tổng điểm 92,50 đến 92,60; còn +0,13 (dư địa 7,63)",
        "Đến 2025-W47: Dịch vụ công trực tuyến ít nhất +0,10, lên 8,58 (dư địa 3,52)",
        "Đến 2025-W50: tổng điểm 93,00, hơn đơn vị thứ hai ít nhất 1,00; còn +0,63 (dư địa 7,63)",
    ]


def test_targets_that_were_set_are_told_without_being_named_again(office: Office, tmp_path: Path) -> None:
    with (
        sqlite3.connect(office.home.root / "service-index.db") as source,
        sqlite3.connect(tmp_path / "copy.db") as copy,
    ):
        source.backup(copy)
    database = Database(f"sqlite:///{tmp_path}/copy.db")
    kept = Targets(database.engine)
    for figure, week, value in (
        ("total", "2025-W47", "92.50"),
        ("total", "2025-W45", "92.00"),  # gone by
        ("on_time", "2025-W47", "19.50"),  # no group: the bulletin speaks of groups
    ):
        target = Target(
            unit_code=OWN, figure=figure, period_kind="ytd", week=week, value=Decimal(value), owner="Chủ tịch"
        )
        kept.add(target)
    (told,) = said(read_facts(database, "2025-W46", OWN), "target")
    assert told == "Đến 2025-W47: tổng điểm 92,50; còn +0,13 (dư địa 7,63)"


def test_week_4_is_told_as_the_report_of_mid_october_told_it(w41: Facts) -> None:
    assert said(w41, "standing") == ["Bắc Ninh đạt 91,70 điểm, hạng 1 trong 34 tỉnh, thành phố"]
    assert said(w41, "streak") == ["dẫn đầu tuần thứ 4 liên tiếp"]
    assert said(w41, "week_change")[0].startswith("Tăng 2,21 điểm so với tuần trước (89,49)")
    assert said(w41, "longer_change") == [
        "Mức tăng lớn nhất trong 4 tuần so sánh được; +3,09 điểm trong 4 tuần, kể từ 2025-W37"
    ]
    assert "Số hóa hồ sơ +2,07" in said(w41, "components")[0]
    assert said(w41, "full") == ["Đạt điểm tối đa: Thanh toán trực tuyến 10,00/10"]
    assert said(w41, "mean") == ["Bình quân 113 đơn vị: 91,06 điểm"]
    assert said(w41, "department.leaders") == [
        "Dẫn đầu, đều trên 92 điểm: Sở Nội vụ 93,20; Ban Quản lý các khu công nghiệp 92,90; "
        "Sở Khoa học và Công nghệ 92,60; Sở Y tế 92,30; Sở Xây dựng 92,10"
    ]
    assert said(w41, "commune.leaders") == [
        "Dẫn đầu, đều trên 92 điểm: Phường Tân Tiến 93,94; Xã Hợp Thịnh 93,20; Phường Bắc Giang 93,00; "
        "Xã Xuân Cẩm 92,90; Xã Hoàng Vân 92,75"
    ]


def test_week_4_does_not_call_all_components_high_since_the_sixth_is_at_70_2_per_cent(w41: Facts) -> None:
    assert said(w41, "lowest") == [
        "Dịch vụ công trực tuyến chỉ đạt 70,2% điểm tối đa (8,42/12), +0,02 so với tuần trước: thấp nhất trong sáu nhóm"
    ]


@pytest.mark.parametrize("week", [f"2025-W{number}" for number in range(37, 47)])
def test_no_bulletin_contradicts_itself(office: Office, week: str, tmp_path: Path) -> None:
    """Its own sentences, entered as claims: none of the contradictions that the published reports had."""
    targets = [parse_target("2025-W47:92.50..92.60"), parse_target("2025-W50:online_services:+1")]
    facts = read_facts(office.database, week, OWN, targets)
    statements: Sequence[Statement] = statements_of(facts)
    file = tmp_path / "claims.yaml"
    file.write_text(claims_of(facts, statements), encoding="utf-8")
    assert check_claims(file) == []
    assert file.read_text(encoding="utf-8").count('"unit"') > 10


def test_the_claims_would_catch_a_bulletin_that_does_not_add_up(w46: Facts, tmp_path: Path) -> None:
    file = tmp_path / "claims.yaml"
    file.write_text(claims_of(w46, statements_of(w46)).replace("0.03", "-0.04"), encoding="utf-8")
    assert [each.rule for each in check_claims(file)] == ["claims.changes_add"]


def test_every_figure_of_the_bulletin_stands_somewhere_or_follows_from_its_neighbours(w46: Facts) -> None:
    figures = [
        piece
        for each in statements_of(w46)
        if each.code in ("standing", "streak", "week_change", "lead", "components", "lowest", "commune.leaders")
        for piece in each.phrase.pieces(VI)
        if not isinstance(piece, str) and piece.is_number and piece.kind not in ("plain",)
    ]
    assert len(figures) > 20
    without = [piece.written(VI) for piece in figures if piece.place is None]
    assert without == ["93"]  # the level that all leaders exceed: no page has it
