"""The desk explains a unit down to its dossiers, for those who log in."""

from __future__ import annotations

import csv
import io
import shutil

import pytest
from starlette.testclient import TestClient

from assets.explaining import explain
from console.app import create_app
from resources.office import Office
from tests.console.conftest import SECRET, Browser
from tests.explaining.conftest import WEEKS, opened

pytestmark = pytest.mark.xdist_group("explaining")
PASSWORD, UNIT = "a long password", "H05.02"


@pytest.fixture(scope="module")
def desk(office: Office, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """A copy of the office with a reader."""
    home = tmp_path_factory.mktemp("desk") / "home"
    shutil.copytree(office.home.root, home)
    own = opened(home, office.landing)
    own.users.add("minh", PASSWORD, "reader", "vi")
    return own


@pytest.fixture
def reader(desk: Office) -> Browser:
    return Browser(TestClient(create_app(desk, SECRET))).sign_in("minh", PASSWORD)


def test_strangers_are_sent_to_the_login(desk: Office) -> None:
    stranger = TestClient(create_app(desk, SECRET))
    for path in ("/explain", f"/explain/{UNIT}", f"/explain/{UNIT}/dossiers.csv?indicator=on_time"):
        answer = stranger.get(path, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"][:6]) == (303, "/login")


def test_every_indicator_with_its_formula_files_and_run(desk: Office, reader: Browser) -> None:
    page = reader.open(f"/explain?unit={UNIT.lower()}")
    found = explain(desk, UNIT, WEEKS[-1])
    assert all(each.formula[0] in page for each in found.indicators if each.formula)
    assert all(each.sha256 in page for each in found.exports)
    assert "<code>run</code>" in page
    assert "≠" not in page


def test_the_dossiers_of_one_indicator_with_what_each_lacks(desk: Office, reader: Browser) -> None:
    page = reader.open(f"/explain/{UNIT}?indicator=electronic_result")
    (of,) = explain(desk, UNIT, WEEKS[-1], indicator="electronic_result", members=True).indicators
    near = [each for each in of.members or () if each.near]
    assert near
    assert f"Chỉ thiếu một điều ({len(near)})" in page
    assert all(each.code in page and each.thing and each.thing[0] in page for each in near[:100])
    answer = reader.client.get(f"/explain/{UNIT}/dossiers.csv?indicator=electronic_result")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert sum(int(row["in_numerator"]) for row in rows) == of.numerator
    assert len(rows) == of.denominator
    assert {row["code"] for row in rows if row["near"] == "1"} == {each.code for each in near}


def test_what_is_not_there_is_said(reader: Browser) -> None:
    for path, status, words in (
        (f"/explain/{UNIT}?indicator=nonsense", 404, ""),
        (f"/explain/{UNIT}/dossiers.csv", 404, ""),
        (f"/explain/{UNIT}?revision=9", 404, "bản 9"),
        (f"/explain/{UNIT}?week=2025-W60", 400, ""),
        (f"/explain/{UNIT}?period=nonsense", 400, ""),
        ("/explain/H05.999", 404, "H05.999"),
        ("/explain/x", 404, ""),
    ):
        page = reader.open(path)
        assert (reader.status, words in page) == (status, True), path
    assert "như cổng công bố" in reader.open("/explain/H24")
