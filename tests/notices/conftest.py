"""An office with one receiver, and the post office its messages go to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from resources.notices.ledger import Ledger
from resources.office import Office, open_office
from resources.settings import load_settings
from tests.notices.post import Post, opened, write_routes

OPERATORS = """\
digest_minutes: 15
quiet_hours: 21:00-06:00
tries: 3
routes:
  - {name: operators, role: operator, address_variable: NOTICES_TEST, language: both, urgent: [week_overdue]}
"""


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> Iterator[Post]:
    with opened() as post:
        monkeypatch.setenv("NOTICES_TEST", post.address())
        yield post


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = open_office(load_settings(home=tmp_path / "home"))
    write_routes(office.home.root, OPERATORS)
    return office


@pytest.fixture
def ledger(office: Office) -> Ledger:
    return Ledger(office.database.engine)
