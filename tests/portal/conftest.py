"""What the tests of the portal share: a small landing folder served over HTTP, and pulls from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest

from emulator.http_app import Portal
from emulator.http_serve import serving
from emulator.portal_faults import WEEK, files_in, practice_landing, settings_for
from resources.home import Home
from resources.portal.feeds import Feed, feeds_of
from resources.portal.pulling import PullReport, pull
from resources.portal.settings import PortalSettings

TODAY = date(2025, 11, 17)


@dataclass
class Office:
    """A home and a landing folder, and the portal they pull from."""

    portal: Portal
    url: str
    root: Path
    more: dict[str, object] = field(default_factory=dict)

    @property
    def home(self) -> Home:
        return Home(self.root / "home")

    @property
    def landing(self) -> Path:
        return self.root / "landing"

    @property
    def settings(self) -> PortalSettings:
        return settings_for(self.url, self.root / "home", **self.more)

    def feeds(self, *kinds: str) -> list[Feed]:
        return feeds_of(self.settings, [WEEK], TODAY, kinds=kinds or None)

    def pull(self, *kinds: str) -> PullReport:
        return pull(self.settings, self.home, self.landing, self.feeds(*kinds))

    def error(self, *kinds: str) -> str:
        """Pulls, expects failures of one kind that all say what to do, and returns the first message."""
        report = self.pull(*kinds)
        assert report.errors
        assert len({error.kind for error in report.errors}) == 1, report.errors
        return str(report.errors[0])

    def landed(self) -> dict[str, bytes]:
        return files_in(self.landing) if self.landing.is_dir() else {}

    def staged(self) -> list[Path]:
        return [path for path in (self.root / "home" / "pull" / "staging").rglob("*") if path.is_file()]


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Portal, str]]:
    """One emulated portal for all tests; each gets it without fault, token or memory."""
    portal = Portal(practice_landing(tmp_path_factory.mktemp("portal")), file_parts=2, slow_seconds=0.4)
    with serving(portal) as url:
        yield portal, url


@pytest.fixture
def office(served: tuple[Portal, str], tmp_path: Path) -> Iterator[Office]:
    portal, url = served
    portal.asked.clear()
    portal.headers.clear()
    portal.bodies.clear()
    yield Office(portal, url, tmp_path)
    portal.loose = portal.token = portal.on_request = None


@pytest.fixture
def make_portal(tmp_path: Path) -> Iterator[Callable[[Path], tuple[Portal, str]]]:
    """Serves a landing folder of the test's own."""
    from contextlib import ExitStack

    with ExitStack() as stack:

        def make(landing: Path) -> tuple[Portal, str]:
            portal = Portal(landing)
            return portal, stack.enter_context(serving(portal))

        yield make
