"""The desk in a real browser: signing in, filtering, reading a case, waiving it with a reason, seeing it in the log."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from resources.office import Office
from tests.console.conftest import case_number
from tests.review.conftest import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.xdist_group("browser")


def sign_in(page: Page, name: str = "lan") -> None:
    page.goto("/")
    page.get_by_label("Tên").fill(name)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="5 vụ việc đang chờ").wait_for()


def test_a_steward_finds_the_miscount_waives_it_and_sees_it_in_the_log(
    page: Page, office: Office, tmp_path: Path
) -> None:
    sign_in(page)
    assert page.locator(".queue li").count() == 5
    page.screenshot(path=tmp_path / "queue.png", full_page=True)

    page.get_by_label("Mức").select_option("error")
    page.get_by_label("Tìm").fill("hop thinh")
    page.get_by_role("button", name="Lọc").click()
    assert page.locator(".queue li").count() == 1
    page.locator(".queue li a").click()
    page.get_by_text("bỏ sót 106 hồ sơ").last.wait_for()
    page.screenshot(path=tmp_path / "case.png", full_page=True)

    page.locator("form[action*='/decide']").get_by_label("Lý do").fill("Cổng đã nhận lỗi và hẹn sửa")
    page.get_by_label("Có hiệu lực đến hết tuần").select_option("2025-W46")
    page.get_by_role("button", name="Miễn trừ").click()
    page.get_by_text("Đã ghi quyết định. Kết luận thay đổi: 2025-W44.").wait_for()
    verdict = office.database.verdict("2025-W44")
    assert verdict is not None
    assert verdict.holds == ()

    page.get_by_role("link", name="Nhật ký").click()
    page.get_by_text("Cổng đã nhận lỗi và hẹn sửa").wait_for()
    page.screenshot(path=tmp_path / "log.png", full_page=True)


def test_everything_is_done_by_keyboard_alone(page: Page, office: Office) -> None:
    sign_in(page)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.locator(".queue li a", has_text="Xã Hợp Thịnh").focus()
    page.keyboard.press("Enter")
    page.locator("form[action*='/decide']").get_by_label("Lý do").focus()
    page.keyboard.type("Chờ cổng sửa")
    for _ in range(2):  # past the week, to the first button
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("Đã ghi quyết định").wait_for()
    assert office.review.log(case_number(office))[-1].action == "keep"


def test_without_a_reason_the_browser_sends_nothing(page: Page, office: Office) -> None:
    sign_in(page)
    page.goto(f"/cases/{case_number(office)}")
    page.get_by_role("button", name="Miễn trừ").click()
    assert (
        page.locator("form[action*='/decide']").get_by_label("Lý do").evaluate("field => field.validity.valueMissing")
    )
    assert len(office.review.log(case_number(office))) == 1


def test_a_script_in_a_name_and_in_a_remark_is_only_text(page: Page, office: Office) -> None:
    sign_in(page)
    page.goto(f"/cases/{case_number(office, 'dossiers.cash_as_online')}")
    page.get_by_label("ghi chú").fill("<script>alert('ghi chú')</script>")
    page.get_by_role("button", name="Ghi chú").click()
    page.locator(".log").get_by_text("<script>alert('ghi chú')</script>").wait_for()
    assert "<script>alert('tên')</script>" in page.locator("h1").inner_text()


def test_a_wrong_password_stays_outside(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Tên").fill("lan")
    page.get_by_label("Mật khẩu").fill("không phải mật khẩu")
    with page.expect_response(lambda answer: answer.request.method == "POST") as answer:
        page.keyboard.press("Enter")
    assert answer.value.status == 401


def test_the_page_fits_a_narrow_screen_and_reads_in_english(page: Page, office: Office, tmp_path: Path) -> None:
    sign_in(page, "khach")
    page.set_viewport_size({"width": 390, "height": 800})
    page.get_by_role("button", name="English").click()
    page.get_by_role("heading", name="Cases waiting: 5").wait_for()
    page.goto(f"/cases/{case_number(office)}")
    page.get_by_text("Deciding takes the role steward.").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.screenshot(path=tmp_path / "narrow.png", full_page=True)
