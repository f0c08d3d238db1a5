"""Offices with published weeks for the bulletins: the reports', copied for tests that change something."""

from __future__ import annotations

from pathlib import Path

import pytest

from publishing.bulletin.facts import Facts, read_facts
from resources.office import Office, open_office
from resources.settings import load_settings
from tests.bulletin.reports import OWN, reported


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """The reports' ten weeks. Read only."""
    return reported(open_office(load_settings(home=tmp_path_factory.mktemp("reports") / "home")))


@pytest.fixture(scope="session")
def w46(office: Office) -> Facts:
    return read_facts(office.database, "2025-W46", OWN)


@pytest.fixture(scope="session")
def w41(office: Office) -> Facts:
    return read_facts(office.database, "2025-W41", OWN)


@pytest.fixture
def empty(tmp_path: Path) -> Office:
    """An office in which nothing is published yet."""
    return open_office(load_settings(home=tmp_path / "home"))
