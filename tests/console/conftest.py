"""An office with cases on its desk, and browsers that come to it: quick ones without a screen, and a real one."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from starlette.testclient import TestClient

from console.app import create_app
from console.pictures import served
from resources.office import Office
from tests.review.conftest import PASSWORD
from tests.review.making import feed_failure, miscount
from tests.review.office import copied, office_with

if TYPE_CHECKING:
    from playwright.sync_api import Page

SCRIPT = "<script>alert('tên')</script>"
SECRET = "k" * 40


def evidence(home: Path) -> str:
    """What reconciliation tells of the miscount: figures, codes, and the file with all of them."""
    file = home / "lake" / "evidence" / "2025-W44" / "reconcile.electronic_result" / "H05.141.2025.csv"
    codes = [f"H05.141-251029-{1043 + 7 * at}" for at in range(106)]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("side,dossier_code\n" + "".join(f"only_ours,{code}\n" for code in codes))
    numbers = {"ours": [318, 441, "4.33"], "theirs": [212, 441, "2.88"], "only_ours": 106, "only_theirs": 0}
    relative = file.relative_to(home).as_posix()
    return json.dumps({"only_ours": codes[:20], "only_theirs": [], "file": relative, "numbers": numbers})


@pytest.fixture(scope="session")
def template(make_home: Callable[[], Path]) -> Path:
    home = make_home()
    findings = [
        miscount(evidence=evidence(home)),
        miscount(unit="H05.108", rule="history.progress", severity="warning", evidence=None, diagnosis=None),
        miscount(unit="H05.101", rule="dossiers.cash_as_online", severity="warning", diagnosis=None),
        feed_failure(severity="warning"),
        replace(
            feed_failure(rule="file.unreadable", stage="exports", kind=None, scope=None),
            file="2025-W44/scores.VN.pdf",
            message_vi="Không đọc được tệp",
            message_en="The file cannot be read",
        ),
    ]
    office_with(home, {"2025-W44": findings}, {"H05.101": SCRIPT}).database.close()
    return home


@pytest.fixture
def office(template: Path, tmp_path: Path) -> Office:
    return copied(template, tmp_path)


class Browser:
    """A browser that fills in the forms it is shown, hidden fields and all."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.page = ""
        self.status = 0

    def open(self, path: str) -> str:
        return self._take(self.client.get(path))

    def send(self, path: str, forged: bool = False, **fields: str) -> str:
        """Fills in the form that goes to this path on the page that is open. forged: as another site would."""
        form = re.search(rf'<form method="post" action="{re.escape(path)}(?:\?[^"]*)?".*?</form>', self.page, re.S)
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form[0] if form else ""))
        return self._take(self.client.post(path, data=fields if forged else hidden | fields))

    def sign_in(self, name: str, password: str = PASSWORD) -> Browser:
        self.open("/login")
        self.send("/login", name=name, password=password)
        return self

    def _take(self, answer: object) -> str:
        self.page, self.status = answer.text, answer.status_code  # type: ignore[attr-defined]
        return self.page


@pytest.fixture
def visit(office: Office) -> Callable[[], Browser]:
    """Another browser at the same desk, each time it is called."""
    app = create_app(office, SECRET)
    return lambda: Browser(TestClient(app))


@pytest.fixture
def steward(visit: Callable[[], Browser]) -> Browser:
    return visit().sign_in("lan")


def case_number(office: Office, rule: str = "reconcile.electronic_result") -> int:
    return next(case.id for case in office.review.cases() if case.rule == rule)


@pytest.fixture
def address(office: Office) -> Iterator[str]:
    """Address of a desk that is being served."""
    with served(office) as address:
        yield address


@pytest.fixture
def page(address: str) -> Iterator[Page]:
    """A page of a real browser, which must meet no error, run no script and ask nothing of another place."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("there is no chromium on this machine")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(base_url=address, viewport={"width": 1360, "height": 900}, locale="vi-VN")
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "console",
            lambda said: faults.append(said.text) if said.type == "error" and "401" not in said.text else None,
        )
        page.on("dialog", lambda dialog: faults.append("a script ran"))
        page.on("request", lambda asked: faults.append(asked.url) if not asked.url.startswith(address) else None)
        yield page
        browser.close()
    assert faults == []
