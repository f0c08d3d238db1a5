"""Who may come in, and how: wrong passwords, guessing, forged forms, old sessions, what a browser may load."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from console.guard import HEADERS, TRIES, WINDOW_SECONDS, Throttle, secret_key
from console.texts import texts
from console.visits import local_path
from resources.home import Home
from resources.office import Office
from tests.console.conftest import Browser, case_number
from tests.review.conftest import PASSWORD

Visit = Callable[[], Browser]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/cases/1",
        "/log",
        "/cases/1/evidence.csv",
        "/rankings",
        "/rankings/2025-W44",
        "/quality/2025-W44/index.html",
    ],
)
def test_strangers_are_sent_to_the_login(visit: Visit, path: str) -> None:
    answer = visit().client.get(path, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/login?next={path}")


def test_the_login_leads_to_where_one_was_going(visit: Visit, office: Office) -> None:
    browser = visit()
    browser.open(f"/cases/{case_number(office)}")
    assert "Đăng nhập" in browser.page
    assert "Xã Hợp Thịnh" in browser.send("/login", name="lan", password=PASSWORD)


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(visit: Visit) -> None:
    told = []
    for name in ("lan", "khong-co"):
        browser = visit()
        browser.open("/login")
        told.append(browser.send("/login", name=name, password="không phải mật khẩu").replace(f'value="{name}"', ""))
        assert browser.status == 401
        assert "không đúng" in browser.page
    assert [_without_token(page) for page in told[:1]] == [_without_token(page) for page in told[1:]]


def _without_token(page: str) -> str:
    return "\n".join(line for line in page.splitlines() if "csrf" not in line)


def test_guessing_is_stopped_even_with_the_right_password_after_it(visit: Visit) -> None:
    browser = visit()
    for _ in range(TRIES):
        browser.open("/login")
        browser.send("/login", name="lan", password="đoán mò đoán mò")
    browser.open("/login")
    browser.send("/login", name="lan", password=PASSWORD)
    assert browser.status == 429
    assert "Đăng xuất" not in browser.open("/")
    assert "Đăng xuất" in visit().sign_in("minh").open("/")  # nobody else is kept out


def test_the_pause_ends_and_other_names_cannot_be_tried_without_end() -> None:
    now = [0.0]
    throttle = Throttle(lambda: now[0])
    for at in range(TRIES):
        assert throttle.wait_seconds("here", "lan") == 0
        now[0] = float(at)
        throttle.failed("here", "lan")
    assert throttle.wait_seconds("here", "lan") > 0
    assert throttle.wait_seconds("there", "lan") == 0
    now[0] += WINDOW_SECONDS
    assert throttle.wait_seconds("here", "lan") == 0
    for at in range(4 * TRIES):
        throttle.failed("here", f"name{at}")
    assert throttle.wait_seconds("here", "another") > 0


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/login", {"name": "lan", "password": PASSWORD}),
        ("/logout", {"now": "1"}),
        ("/language", {"language": "en"}),
        ("/cases/1/decide", {"action": "keep", "reason": "x", "version": "1"}),
        ("/cases/1/comment", {"reason": "x"}),
        ("/cases/1/assign", {"take": "1"}),
    ],
)
@pytest.mark.parametrize("token", [None, "", "guessed"])
def test_a_forged_form_is_refused_whatever_it_asks(
    visit: Visit, office: Office, path: str, fields: dict[str, str], token: str | None
) -> None:
    browser = visit().sign_in("lan")
    before = office.review.cases(), office.review.log()
    browser.send(path, forged=True, **fields, **({} if token is None else {"csrf": token}))
    assert browser.status == 403
    assert (office.review.cases(), office.review.log()) == before
    assert "Đăng xuất" in browser.open("/")


def test_a_token_of_another_session_is_a_forged_one(visit: Visit) -> None:
    one, other = visit().sign_in("minh"), visit().sign_in("lan")
    one.open("/")
    other.page = one.page
    other.send("/logout")
    assert other.status == 403


def test_a_token_from_before_the_login_is_worth_nothing_after_it(visit: Visit) -> None:
    browser = visit()
    browser.open("/login")
    before = browser.page
    browser.send("/login", name="lan", password=PASSWORD)
    browser.page = before.replace("/login", "/logout")
    browser.send("/logout")
    assert browser.status == 403


@pytest.mark.parametrize(
    ("headers", "content", "status"),
    [
        ({"content-type": "application/json"}, b"{}", 415),
        ({"content-type": "multipart/form-data; boundary=x"}, b"--x--", 415),
        ({"content-type": "application/x-www-form-urlencoded"}, b"a=" + b"x" * 70_000, 413),
    ],
)
def test_only_small_plain_forms_are_read(visit: Visit, headers: dict[str, str], content: bytes, status: int) -> None:
    assert visit().client.post("/login", content=content, headers=headers).status_code == status


def test_a_new_password_ends_the_sessions_of_the_old(steward: Browser, office: Office) -> None:
    assert "Đăng xuất" in steward.open("/")
    office.users.set_password("lan", "một mật khẩu khác")
    assert "Đăng xuất" not in steward.open("/")


def test_signing_out_ends_the_session(steward: Browser) -> None:
    steward.open("/")
    steward.send("/logout")
    assert "Đăng xuất" not in steward.open("/")


def test_the_cookie_is_for_this_site_and_no_script(visit: Visit) -> None:
    cookie = visit().client.get("/login").headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


def test_a_forged_cookie_opens_nothing(visit: Visit) -> None:
    browser = visit()
    browser.client.cookies.set("desk", "eyJ1c2VyIjogImxhbiJ9.aR0000.c2lnbmF0dXJl")
    assert "Đăng xuất" not in browser.open("/")


def test_every_answer_keeps_to_itself_and_no_page_needs_anything_from_outside(steward: Browser, office: Office) -> None:
    for path in ("/", "/log", "/cases/1", "/rankings/2025-W44", "/nowhere", "/static/desk.css", "/login"):
        answer = steward.client.get(path)
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
        if path != "/static/desk.css":
            for outside in ("http://", "https://", "<script", " style=", " onclick"):
                assert outside not in answer.text.replace(f'<a href="{office.dagster_url}/', ""), path


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example", "/\\evil.example", "/a\r\nb", "", None])
def test_going_back_never_leads_to_another_site(path: str | None) -> None:
    assert local_path(path) == "/"
    assert local_path("/cases/3?state=all") == "/cases/3?state=all"


def test_the_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    home = Home(tmp_path)
    key = secret_key(home, None)
    assert len(key) >= 48
    assert secret_key(home, None) == key
    assert (tmp_path / "desk.secret").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["desk.secret"]
    assert secret_key(home, "given") == "given"


def test_every_text_stands_in_both_languages() -> None:
    assert all(vietnamese and english for vietnamese, english in texts().values())
