"""The desk in a real browser, over what the pipeline really published: a waived miscount changes the ranking."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assets.pending import pending_weeks
from assets.publication import publish_weeks
from resources.office import Office, open_office
from resources.settings import load_settings
from tests.pipelines.command import ask
from tests.review.conftest import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.xdist_group("browser")

WEEK = "2025-W45"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Two weeks of a small demo, judged and published: the portal's counter missed results of some communes."""
    landing, home = tmp_path / "landing", tmp_path / "home"
    written = ask("emulate", "--out", landing, "--weeks", f"2025-W44..{WEEK}", "--dossiers-per-week", "400")
    assert written.code == 0, written.err
    told = ask("run", "--landing", landing, "--home", home)
    assert told.code == 3, told.out + told.err
    office = open_office(load_settings(home=home, landing=landing))
    office.users.add("lan", PASSWORD, "steward")
    return office


def test_a_steward_waives_the_miscount_and_sees_the_unit_in_the_ranking(page: Page, office: Office) -> None:
    communes = office.database.ranking(WEEK, "commune", "H05", "ytd")
    unit = next(each for each in communes if each["status"] == "under_review" and each["last_sound_week"])
    page.goto(f"/rankings/{WEEK}")
    page.get_by_label("Tên").fill("lan")
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.keyboard.press("Enter")
    row = page.locator(f"[id='{unit['unit_code']}']")
    row.get_by_text("đang xem xét").wait_for()
    assert row.locator("td").first.inner_text() == "–"
    assert unit["last_sound_week"] in row.inner_text()

    places = set()
    while True:  # one case a rule that found it
        page.goto(f"/?week={WEEK}&severity=error")
        page.get_by_label("Tìm").fill(unit["unit_code"])
        page.get_by_role("button", name="Lọc").click()
        if page.locator(".queue li a").count() == 0:
            break
        page.locator(".queue li a").first.click()
        page.get_by_text("bộ đếm của cổng bỏ sót hồ sơ").last.wait_for()
        places.add(page.locator(".effect div", has_text="Nếu theo hồ sơ").locator("b").inner_text())
        page.locator("form[action*='/decide']").get_by_label("Lý do").fill("Cổng đã nhận lỗi và hẹn sửa")
        page.get_by_role("button", name="Miễn trừ").click()
        page.get_by_text("Đã ghi quyết định").wait_for()
    (place,) = places
    ranked = sum(each["rank"] is not None for each in communes)

    assert [str(week) for week in pending_weeks(office)] == [WEEK]
    list(publish_weeks(office, list(pending_weeks(office))))  # as the sensor `admitted_weeks` has it done

    page.goto(f"/rankings/{WEEK}#{unit['unit_code']}")
    page.get_by_text("Bản 2 · đã cập nhật").wait_for()
    page.get_by_text("Cổng đã nhận lỗi và hẹn sửa").first.wait_for()
    rank, total = (row.locator("td").nth(at).inner_text() for at in (0, 1))
    assert place == f"{total} · hạng {rank}/{ranked + 1}"  # what the case had said would be
    assert "đang xem xét" not in row.inner_text()
    page.get_by_role("link", name="Bản 1").click()
    row.get_by_text("đang xem xét").wait_for()
