"""An office with cases on its desk, and browsers (without a screen) that come to it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from console.app import create_app
from resources.office import Office
from tests.review.conftest import PASSWORD
from tests.review.making import feed_failure, miscount
from tests.review.office import copied, office_with

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
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("desk")
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
    office_with(home, {"2025-W44": findings}, {"H05.101": SCRIPT})
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
