"""The site in a real browser, as the desk serves it: axe finds nothing serious, pages fit, and nothing else is asked for."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import uvicorn

from console.app import create_app
from resources.office import Office
from tests.site.office import HELD, REVIEWED, REVISED, WEEKS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.xdist_group("browser")

PAGES = (
    "/vi/",
    f"/vi/ky/{WEEKS[-1]}/",
    f"/en/releases/{REVISED}/r1/",
    f"/vi/ky/{HELD}/",
    "/vi/tinh/",
    "/vi/tinh/H05/",
    "/en/units/H05.104/",
    f"/vi/don-vi/{REVIEWED}/",
    "/vi/phuong-phap/",
    "/en/methodology/766-2026/",
    "/vi/tu-dien/",
    "/en/data/",
    f"/vi/du-lieu/{WEEKS[-1]}/",
    f"/vi/sua-doi/{REVISED}/",
    "/en/revisions/",
)


@pytest.fixture(scope="module")
def address(built: Office) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(create_app(built, "k" * 40), port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("there is no chromium on this machine")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A page that must meet no error and ask nothing of another place. axe is brought in past the server's own rules."""
    context = browser.new_context(base_url=address, bypass_csp=True)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on("request", lambda asked: faults.append(asked.url) if not asked.url.startswith(address) else None)
    yield page
    context.close()
    assert faults == []


def serious(page: Page) -> list[str]:
    """What axe finds, of what matters; the rest of what it could tell is not asked for, which takes most of its time."""
    asked = "async () => (await axe.run({resultTypes: ['violations']})).violations"
    return [
        f"{each['id']}: {each['nodes'][0]['html'][:200]}"
        for each in page.evaluate(asked)
        if each["impact"] in ("serious", "critical")
    ]


def test_axe_finds_nothing_serious_on_a_phone_on_a_desk_or_on_paper_and_no_page_is_wider_than_the_screen(
    page: Page,
) -> None:
    axe = pytest.importorskip("axe_playwright_python.base", reason="axe-playwright-python is not installed")
    script = axe.AXE_FILE_PATH.read_text(encoding="utf-8")
    for path in PAGES:
        page.emulate_media(media="screen")
        page.goto(path)
        page.evaluate(script)
        for width, height, media in ((390, 900, "screen"), (1280, 900, "screen"), (1040, 720, "print")):
            page.emulate_media(media=media)  # type: ignore[arg-type]
            page.set_viewport_size({"width": width, "height": height})
            assert serious(page) == [], (path, width, media)
            assert media == "print" or page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (
                path,
                width,
            )


def test_a_reader_finds_a_commune_by_keyboard_and_changes_language(page: Page) -> None:
    page.goto("/vi/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.get_by_role("link", name="Tỉnh, thành phố").focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Bắc Ninh").click()
    page.get_by_role("link", name="Xã Hợp Thịnh").first.click()
    page.get_by_role("heading", name="Xã Hợp Thịnh").wait_for()
    page.get_by_role("link", name="English").click()
    page.get_by_role("heading", name="Every indicator and how it is scored").wait_for()
    assert page.url.endswith("/en/units/H05.104/")


def test_the_latest_release_is_one_click_without_script(browser: Browser, address: str) -> None:
    context = browser.new_context(base_url=address, java_script_enabled=False)
    page = context.new_page()
    page.goto("/vi/ky/moi-nhat/")
    page.wait_for_url(f"**/vi/ky/{WEEKS[-1]}/")
    assert page.get_by_role("heading", level=1).inner_text().startswith(f"Tuần {WEEKS[-1]}")
    context.close()


def test_it_prints_on_a4(browser: Browser, address: str) -> None:
    context = browser.new_context(base_url=address)
    page = context.new_page()
    for path, size in ((f"/vi/ky/{WEEKS[-1]}/", b"841"), ("/vi/don-vi/H05.104/", b"594")):
        page.goto(path)
        printed = page.pdf(prefer_css_page_size=True)
        first = printed[printed.index(b"/MediaBox") :][:60]
        assert size in first.split(b"]")[0].split()[-2], first
    context.close()
