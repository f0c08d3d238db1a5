"""The desk: the queue and its filters, a case with all that is known of it, decisions, and what may not happen."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from resources.cases import LIFTING
from resources.office import Office
from tests.console.conftest import SCRIPT, Browser, case_number
from tests.review.making import miscount
from tests.review.office import judge

Visit = Callable[[], Browser]


def shown(page: str) -> list[str]:
    """Subjects in the queue, from the top."""
    return [text.split(" · ")[0].strip() for text in re.findall(r'<span class="about">(.*?)<', page)]


def test_the_queue_shows_what_waits_errors_first_with_counts(steward: Browser) -> None:
    page = steward.open("/")
    assert len(shown(page)) == 5
    assert set(shown(page)[:2]) == {"Xã Hợp Thịnh", "scores.VN.pdf"}
    assert "5 vụ việc đang chờ" in page
    assert "Đang chờ (5)" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("severity=error", 2),
        ("severity=warning&week=2025-W44", 3),
        ("rule=history.progress", 1),
        ("text=xa+hop+thinh", 1),
        ("text=khong+co+gi", 0),
        ("state=resolved", 0),
        ("state=all", 5),
        ("week=2025-W40", 0),
    ],
)
def test_a_filter_shows_what_it_asks_and_says_when_that_is_nothing(steward: Browser, query: str, found: int) -> None:
    page = steward.open(f"/?{query}")
    assert len(shown(page)) == found
    assert ("Không có vụ việc nào như vậy" in page) == (found == 0)


@pytest.mark.parametrize("query", ["state=closed", "severity=fatal", "week=2025-W99", "week=%3Cscript%3E"])
def test_a_filter_that_cannot_be_is_an_error_not_everything(steward: Browser, query: str) -> None:
    steward.open(f"/?{query}")
    assert steward.status == 400


def test_a_case_tells_figures_diagnosis_effect_history_and_evidence(steward: Browser, office: Office) -> None:
    page = steward.open(f"/cases/{case_number(office)}")
    for text in (
        "Xã Hợp Thịnh · H05.141",
        "bỏ sót 106 hồ sơ",
        "318",
        "72,1 %",
        "48,1 %",
        "2,88",
        "88,40 · hạng 3/3",
        "đang xem xét",
        "<svg",
        "20 trong 106",
        "H05.141-251029-1043",
    ):
        assert text in page
    assert page.count("H05.141-251029-") == 20
    codes = steward.client.get(f"/cases/{case_number(office)}/evidence.csv")
    assert codes.text.count("only_ours,") == 106


def test_a_file_outside_the_evidence_is_never_given_out(steward: Browser, office: Office) -> None:
    assert steward.client.get(f"/cases/{case_number(office, 'history.progress')}/evidence.csv").status_code == 404


@pytest.mark.parametrize("path", ["/cases/99", "/cases/x", "/cases/1e3", "/cases/99999999999999999999"])
def test_what_does_not_exist_is_said_to_be_missing(steward: Browser, path: str) -> None:
    steward.open(path)
    assert steward.status == 404
    assert "Không có trang này" in steward.page


def test_a_script_in_a_units_name_is_shown_as_text(steward: Browser, office: Office) -> None:
    for path in ("/", f"/cases/{case_number(office, 'dossiers.cash_as_online')}", "/log"):
        page = steward.open(path)
        assert SCRIPT not in page
        assert "&lt;script&gt;alert(&#39;tên&#39;)&lt;/script&gt;" in page


def test_a_script_in_a_remark_a_reason_and_a_search_is_shown_as_text(steward: Browser, office: Office) -> None:
    number = case_number(office)
    steward.open(f"/cases/{number}")
    steward.send(f"/cases/{number}/comment", reason=SCRIPT)
    steward.send(f"/cases/{number}/decide", action="keep", reason=SCRIPT)
    pages = [steward.page, steward.open("/log"), steward.open("/?text=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")]
    assert all("<script" not in page for page in pages)
    assert all("&lt;script&gt;" in page for page in pages)


def test_deciding_changes_the_verdict_at_once_and_stands_in_the_log(steward: Browser, office: Office) -> None:
    number = case_number(office)
    steward.open(f"/cases/{number}")
    page = steward.send(f"/cases/{number}/decide", action="waive", reason="Cổng đã nhận lỗi", until="2025-W46")
    assert "Đã ghi quyết định. Kết luận thay đổi: 2025-W44." in page
    assert "Đang chờ (4)" in page
    verdict = office.database.verdict("2025-W44")
    assert verdict is not None
    assert verdict.holds == ()
    case = office.review.case(number)
    assert (case.state, case.until) == ("waived", "2025-11-16")
    log = steward.open("/log")
    assert "Cổng đã nhận lỗi" in log
    assert "Trạng thái: đang mở → được miễn trừ" in log


def test_a_decision_needs_a_reason(steward: Browser, office: Office) -> None:
    number = case_number(office)
    assert "required" in steward.open(f"/cases/{number}")
    page = steward.send(f"/cases/{number}/decide", action="waive", reason="   ")
    assert steward.status == 400
    assert "Cần ghi lý do" in page
    assert office.review.case(number).state == "open"


def test_a_reader_sees_everything_and_can_change_nothing(visit: Visit, office: Office) -> None:
    number, reader = case_number(office), visit().sign_in("khach")
    page = reader.open(f"/cases/{number}")
    assert "bỏ sót 106 hồ sơ" in page
    assert "/decide" not in page
    token = re.search(r'name="csrf" value="([^"]+)"', page)
    assert token
    for path, fields in (
        ("decide", {"action": "waive", "reason": "x", "version": "1"}),
        ("comment", {"reason": "x"}),
        ("assign", {"take": "1"}),
    ):
        reader.send(f"/cases/{number}/{path}", forged=True, csrf=token[1], **fields)
        assert reader.status == 403, path
        assert "Không được phép" in reader.page
    assert (office.review.case(number).state, len(office.review.log(number))) == ("open", 1)


def test_of_two_who_decide_the_second_is_told_and_keeps_what_was_written(visit: Visit, office: Office) -> None:
    number = case_number(office)
    lan, minh = visit().sign_in("lan"), visit().sign_in("minh")
    lan.open(f"/cases/{number}")
    minh.open(f"/cases/{number}")
    lan.send(f"/cases/{number}/decide", action="use_dossiers", reason="Hồ sơ đủ bằng chứng")
    page = minh.send(f"/cases/{number}/decide", action="return", reason="Gửi lại cổng đếm lại")
    assert minh.status == 409
    assert "Chưa ghi được" in page
    assert "lan, use_dossiers" in page
    assert "Gửi lại cổng đếm lại</textarea>" in page
    assert office.review.case(number).state == "corrected"
    page = minh.send(f"/cases/{number}/decide", action="reopen", reason="Đã xem lại")  # now it was seen
    assert minh.status == 200
    assert [entry.who for entry in office.review.log(number)] == ["service-index", "lan", "minh"]


def test_a_case_is_taken_on_and_given_back(steward: Browser, office: Office) -> None:
    number = case_number(office)
    steward.open(f"/cases/{number}")
    steward.send(f"/cases/{number}/assign", take="1")
    assert office.review.case(number).assignee == "lan"
    steward.send(f"/cases/{number}/assign", take="0")
    assert office.review.case(number).assignee is None


def test_a_refused_file_cannot_be_waived_by_any_form(steward: Browser, office: Office) -> None:
    number = case_number(office, "file.unreadable")
    page = steward.open(f"/cases/{number}")
    assert 'value="waive"' not in page
    assert "chỉ tệp mới" in page
    for action in LIFTING:
        steward.send(f"/cases/{number}/decide", action=action, reason="x")
        assert steward.status == 400
    assert office.review.case(number).state == "open"


def test_the_page_speaks_the_language_asked_for_and_remembers_it(
    steward: Browser, visit: Visit, office: Office
) -> None:
    steward.open(f"/cases/{case_number(office)}")
    page = steward.send("/language", language="en")
    assert "The portal&#39;s counter missed 106 dossiers" in page
    assert '<html lang="en">' in page
    assert "Cases waiting: 5" in visit().sign_in("lan").open("/")


def test_filters_stay_while_a_case_is_worked_on(steward: Browser, office: Office) -> None:
    number = case_number(office)
    page = steward.open(f"/cases/{number}?severity=error")
    assert len(shown(page)) == 2
    assert f"/cases/{number}/decide?severity=error" in page


def test_everything_can_be_reached_by_keyboard_and_is_named(steward: Browser, office: Office) -> None:
    """Links, buttons and fields only; the way past the menu first; every field has a name."""
    page = steward.open(f"/cases/{case_number(office)}")
    body = page[page.index("<body>") :]
    assert body.index('class="skip"') < body.index("<header>")
    assert not re.search(r"tabindex=\"[1-9]", page)
    for field in re.findall(r"<(?:select|input|textarea)[^>]*>", page):
        named = "aria-label" in field or 'type="hidden"' in field
        assert named or re.search(r"<label[^>]*>[^<]*\s*" + re.escape(field), page), field


# ---- corrections


CORRECTION: dict[str, Any] = {
    "table": "portal_counts",
    "action": "set",
    "where": "unit_code=H05.141\nindicator=electronic_result\n",
    "field": "numerator",
    "value": "318",
    "expect": "numerator=212",
    "first": "2025-W44",
    "last": "2025-W44",
    "reason": "106 hồ sơ bị bỏ sót",
}


def test_a_correction_is_made_and_withdrawn_on_the_page_of_its_case(steward: Browser, office: Office) -> None:
    number = case_number(office)
    steward.open(f"/cases/{number}")
    page = steward.send(f"/cases/{number}/correct", **CORRECTION)
    assert "không cần làm gì thêm: 2025-W44" in page
    assert "numerator := 318 (numerator=212)" in page
    assert office.review.case(number).state == "corrected"
    (stored,) = office.review.corrections()
    assert (stored.who, stored.where) == ("lan", {"unit_code": "H05.141", "indicator": "electronic_result"})
    page = steward.send(f"/cases/{number}/corrections/{stored.id}/withdraw", reason="Cổng đã sửa")
    assert "đã rút" in page
    assert (office.review.corrections(), office.review.case(number).state) == ([], "open")
    log = steward.open("/log")
    for text in ("rút điều chỉnh", "Cổng đã sửa", "điều chỉnh số liệu", "106 hồ sơ bị bỏ sót", "numerator := 318"):
        assert text in log


@pytest.mark.parametrize(
    ("change", "status", "why"),
    [
        ({"where": "HoTen=x"}, 400, "HoTen"),
        ({"where": "xã Hợp Thịnh"}, 400, "column=value"),
        ({"expect": ""}, 400, "expect"),
        ({"value": "x' OR 1=1 --"}, 400, "BIGINT"),
        ({"reason": " "}, 400, "Cần ghi lý do"),
        ({"first": "2025-W50", "last": "2025-W50"}, 400, "Không có bản xuất"),
        ({"version": "7"}, 409, "đã thay đổi"),
    ],
)
def test_a_correction_that_is_refused_keeps_what_was_written(
    steward: Browser, office: Office, change: dict[str, str], status: int, why: str
) -> None:
    number = case_number(office)
    steward.open(f"/cases/{number}")
    page = steward.send(f"/cases/{number}/correct", **{**CORRECTION, **change})
    assert (steward.status, why in page) == (status, True), page
    assert "<details open>" in page
    assert 'value="318"' in page or "value" in change
    assert "indicator=electronic_result" in page or "where" in change
    assert office.review.correction_entries() == []


def test_the_form_is_filled_in_from_the_finding(office: Office, visit: Visit) -> None:
    told = miscount(
        rule="reconcile.on_time", value="212/441", expected="318/441", field="electronic_result",
        file="2025-W44/counts.H05.ytd.csv",
    )  # fmt: skip
    judge(office, "2025-W44", [*office.database.outcomes("2025-W44", "quality"), told])
    page = visit().sign_in("lan").open(f"/cases/{case_number(office, 'reconcile.on_time')}")
    assert "unit_code=H05.141\nperiod=2025\nindicator=electronic_result</textarea>" in page
    assert "numerator=212</textarea>" in page
    assert '<input name="field" list="columns" maxlength="100" value="numerator">' in page
    assert 'value="318"' in page
    assert "<option selected>portal_counts</option>" in page


def test_readers_and_forged_forms_make_and_withdraw_nothing(visit: Visit, steward: Browser, office: Office) -> None:
    number, reader = case_number(office), visit().sign_in("khach")
    page = reader.open(f"/cases/{number}")
    assert "/correct" not in page
    token = re.search(r'name="csrf" value="([^"]+)"', page)
    assert token
    reader.send(f"/cases/{number}/correct", forged=True, csrf=token[1], version="1", **CORRECTION)
    assert reader.status == 403
    steward.open(f"/cases/{number}")
    steward.send(f"/cases/{number}/correct", forged=True, version="1", **CORRECTION)
    assert (steward.status, office.review.correction_entries()) == (403, [])
    steward.open(f"/cases/{number}")
    steward.send(f"/cases/{number}/correct", **CORRECTION)
    (stored,) = office.review.corrections()
    path = f"/cases/{number}/corrections/{stored.id}/withdraw"
    assert f"{path}" not in reader.open(f"/cases/{number}")
    reader.send(path, forged=True, csrf=token[1], version="2", reason="x")
    assert reader.status == 403
    steward.send(path, forged=True, version="2", reason="x")
    assert steward.status == 403
    other = case_number(office, "history.progress")
    steward.open(f"/cases/{number}")
    steward.send(f"/cases/{other}/corrections/{stored.id}/withdraw", version="1", reason="x")
    assert office.review.corrections() == [stored]


def test_a_script_in_a_correction_is_shown_as_text(steward: Browser, office: Office) -> None:
    number = case_number(office)
    steward.open(f"/cases/{number}")
    named = {"field": "unit_name", "value": SCRIPT, "expect": f"unit_name={SCRIPT}"}
    nasty: dict[str, Any] = {**CORRECTION, **named, "reason": SCRIPT}
    pages = [steward.send(f"/cases/{number}/correct", **nasty), steward.open("/log")]
    refused: dict[str, Any] = {**nasty, "where": SCRIPT, "field": SCRIPT}
    steward.open(f"/cases/{number}")
    pages.append(steward.send(f"/cases/{number}/correct", **refused))
    assert all("<script" not in page and "&lt;script&gt;" in page for page in pages)


def test_a_refused_file_offers_no_correction(steward: Browser, office: Office) -> None:
    number = case_number(office, "file.unreadable")
    assert "/correct" not in steward.open(f"/cases/{number}")
    steward.send(f"/cases/{number}/correct", version="1", **CORRECTION)
    assert (steward.status, office.review.correction_entries()) == (403, [])  # the page has no form, so no token
