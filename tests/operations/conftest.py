"""A home that was published once and is copied for whoever changes it. The site and its papers have tests of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import pipelines.launch
from pipelines.launch import run_weeks
from resources.office import Office, open_office
from resources.settings import load_settings
from tests.databases import copy_home
from tests.operations.weeks import landing_of


@pytest.fixture(scope="session", autouse=True)
def _no_site() -> Iterator[None]:
    """Pages and papers cost seconds a run, and nothing here is about them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipelines.launch, "site_mark", lambda office: None)
        yield


def publish(home: Path, landing: Path) -> Path:
    """The home, with the landing folder's weeks published."""
    office = open_office(load_settings(home=home, landing=landing))
    report = run_weeks(office, None)
    office.database.close()
    assert report.exit_code == 0, report.errors
    return home


@pytest.fixture(scope="session")
def small_landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return landing_of(tmp_path_factory.mktemp("landing") / "landing")


@pytest.fixture(scope="session")
def published_home(small_landing: Path, tmp_path_factory: pytest.TempPathFactory, _no_site: None) -> Path:
    """Four small weeks, published. To be copied, not changed."""
    return publish(tmp_path_factory.mktemp("published") / "home", small_landing)


@pytest.fixture(scope="session")
def home_of_either(make_home: Callable[[], Path], small_landing: Path, _no_site: None) -> Path:
    """The same, with a database of either kind."""
    return publish(make_home(), small_landing)


@pytest.fixture
def office(published_home: Path, tmp_path: Path) -> Iterator[Office]:
    """A copy of the published home with a landing folder of its own, the same files in it."""
    copy_home(published_home, tmp_path / "home")
    office = open_office(load_settings(home=tmp_path / "home", landing=landing_of(tmp_path / "landing")))
    yield office
    office.database.close()


@pytest.fixture
def office_of_either(home_of_either: Path, small_landing: Path) -> Iterator[Office]:
    """A published home with a database of either kind. Not to be changed."""
    office = open_office(load_settings(home=home_of_either, landing=small_landing))
    yield office
    office.database.close()
