"""A published office and its site, made once; a copy of it for tests that change something."""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.site import build_site
from resources.office import Office
from tests.review.office import copied
from tests.site.office import published_office


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """An office whose site is built. Not to be changed."""
    office = published_office(tmp_path_factory.mktemp("published"))
    build_site(office)
    return office


@pytest.fixture(scope="session")
def site(built: Office) -> Path:
    """The folder of the site."""
    return built.home.site


@pytest.fixture
def office(built: Office, tmp_path: Path) -> Office:
    """An office of its own, with its site."""
    return copied(built.home.root, tmp_path / "home")
