"""What the public pages tell of where figures come from: the same as explain, for every unit, and nothing of a single dossier."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from assets import accounts as module
from assets import explaining
from assets.accounts import accounts
from assets.explaining import explain
from assets.site import build_site
from publishing.accounts import Accounts
from publishing.explanation import Moved
from resources.office import Office
from tests.explaining.conftest import WEEKS, opened

pytestmark = pytest.mark.xdist_group("explaining")
W46 = WEEKS[-1]
DOSSIER = re.compile(r"H05(?:\.\d+)?-\d{6}-\d+")


@pytest.fixture(scope="module")
def told(office: Office) -> Accounts:
    return accounts(office, str(W46), 1)


@pytest.fixture(scope="module")
def site(office: Office, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of a copy of the office."""
    home = tmp_path_factory.mktemp("told") / "home"
    shutil.copytree(office.home.root, home)
    own = opened(home, office.landing)
    build_site(own)
    return own.home.site


def _changed(moved: Mapping[str, Moved]) -> dict[str, Moved]:
    return {code: each for code, each in moved.items() if each != Moved(0, 0, 0, 0)}


@pytest.mark.parametrize("unit", ["H05", "H05.02", "H05.101", "H24"])
def test_a_units_account_is_what_explain_says(office: Office, told: Accounts, unit: str) -> None:
    account, found = told.units[unit], explain(office, unit, W46)
    assert _changed(account.moved) == _changed({each.indicator: each.moved for each in found.indicators if each.moved})
    assert bool(account.moved) == (unit != "H24")
    of_week = [each for each in found.exports if each.week == str(W46)]
    assert [(each.file, each.sha256, each.rows) for each in account.files] == [
        (each.file, each.sha256, each.rows) for each in of_week
    ]
    assert account.earlier == len(found.exports) - len(of_week)
    assert account.run_id == found.lineage.run_id == "run"
    aside: dict[str, int] = {}
    for each in found.exports:
        for rule, rows in each.quarantined.items():
            aside[rule] = aside.get(rule, 0) + rows
    assert {each.rule: each.rows for each in account.set_aside} == aside
    lines = [each.lines for each in account.files if each.lines]
    assert lines == (
        [(row, row) for row in {each.source.row for each in found.indicators if each.source}] if unit == "H24" else []
    )


def test_every_published_unit_has_one_and_rows_add_up(office: Office, told: Accounts) -> None:
    rows = office.database.ranking_rows(str(W46), 1)
    assert told.units.keys() == {row["unit_code"] for row in rows}
    for at, file in enumerate(told.units["H05"].files):
        if file.kind == "dossiers":
            inside = [each.files[at].of_unit or 0 for code, each in told.units.items() if code.startswith("H05.")]
            assert file.of_unit == file.rows == sum(inside)


def test_what_was_found_is_kept_with_the_revision(
    office: Office, told: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "as_it_stood", None)  # would fail if it were asked
    assert accounts(office, str(W46), 1) == told


@pytest.mark.parametrize("is_kept", [True, False])
def test_of_the_newest_week_only_dossiers_that_may_have_moved_are_read(
    office: Office, told: Accounts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_kept: bool
) -> None:
    """As long as what counting kept of it stands; else all are, and what is told is the same."""
    shutil.copytree(office.home.root, tmp_path / "home", ignore=shutil.ignore_patterns("accounts"))
    own = opened(tmp_path / "home", office.landing)
    if is_kept:
        monkeypatch.setattr(explaining, "open_members", None)  # would fail if it were asked
    else:
        shutil.rmtree(own.home.counted)
    assert accounts(own, str(W46), 1) == told


def test_a_lake_that_is_gone_is_said(office: Office, tmp_path: Path) -> None:
    shutil.copytree(office.home.root, tmp_path / "home", ignore=shutil.ignore_patterns("tables", "exports", "accounts"))
    found = accounts(opened(tmp_path / "home", office.landing), str(W46), 1).units["H05.101"]
    assert (found.moved, found.files, found.run_id) == ({}, (), "run")
    assert "no longer has all of this revision" in found.limits[0][1]


def test_the_unit_page_tells_it_without_any_dossier(site: Path, told: Accounts) -> None:
    account = told.units["H05.101"]
    moved = account.moved["on_time"]
    assert moved.into_denominator > 0
    for path, begins in (("vi/don-vi/H05.101", "Giải trình: số liệu này từ đâu"), ("en/units/H05.101", "Explained:")):
        page = (site / path / "index.html").read_text()
        assert begins in page
        assert all(each.sha256 in page for each in account.files)
        assert f"<td>+{moved.into_numerator}</td>" in page
        assert "<code>run</code>" in page
        assert not DOSSIER.search(page)
        assert len(page.encode()) < 150_000


def test_a_provinces_sources_name_every_export(site: Path, told: Accounts) -> None:
    page = (site / "vi/tinh/H05/nguon/index.html").read_text()
    assert len(told.files["H05"]) > 12
    assert all(each.sha256 in page and each.file in page for each in told.files["H05"])
    assert not DOSSIER.search(page)
    assert 'href="../../../vi/tinh/H05/nguon/"' in (site / "vi/don-vi/H05.101/index.html").read_text()


def test_month_and_quarter_have_pages_of_their_own(site: Path, office: Office) -> None:
    province = (site / "vi/tinh/H05/index.html").read_text()
    for folder, kind, words in (("thang", "month", "tháng 11/2025"), ("quy", "quarter", "quý 4/2025")):
        assert f'vi/tinh/H05/{folder}/">{words}</a>' in province
        page = (site / "vi/tinh/H05" / folder / "index.html").read_text()
        assert "Kỳ chưa kết thúc" in page
        first = next(row for row in office.database.ranking(W46, "commune", "H05", kind) if row["rank"] == 1)
        commune = page[page.index('id="commune"') :]
        total = f"{first['total']}".replace(".", ",")
        assert f'>{first["unit_name"]}</a></th><td class="tot">{total}</td>' in commune
