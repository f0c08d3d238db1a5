"""`service-index notices`: what would be sent is printed, what is due is sent, what failed is told by the exit code."""

from __future__ import annotations

from pathlib import Path

import pytest

from resources.clock import utc_now
from resources.notices.ledger import Ledger
from resources.office import Office
from tests.notices.post import Post, write_routes
from tests.pipelines.command import ask
from tests.publishing.releases import release

ROUTES = """\
digest_minutes: 0
quiet_hours:
routes:
  - {name: public, role: public, address_variable: NOTICES_TEST, language: both, events: [week_published]}
"""


@pytest.fixture
def home(office: Office) -> Path:
    """A home in which a week was just published."""
    write_routes(office.home.root, ROUTES)
    office.database.publish(release())
    return office.home.root


def test_a_dry_run_prints_what_would_be_sent_and_keeps_and_sends_nothing(
    home: Path, office: Office, post: Post, ledger: Ledger
) -> None:
    told = ask("notices", "--dry-run", "--home", home)
    assert told.code == 0, told.err
    assert "== public · public · NOTICES_TEST" in told.out
    assert "Tuần 2025-W41, bản 1" in told.out
    assert "Week 2025-W41, revision 1" in told.out
    assert "s3cret" not in told.out
    assert (ledger.notices(), post.letters) == ([], [])


def test_the_command_sends_what_is_due_once(home: Path, post: Post) -> None:
    first, second = (ask("notices", "--home", home) for _ in range(2))
    assert (first.code, second.code) == (0, 0), first.err
    assert "sent: 1" in first.out
    assert "sent: 0" in second.out
    (body,) = post.bodies()
    assert "Tuần 2025-W41, bản 1" in body
    listed = ask("notices", "list", "--home", home)
    assert "sent\tpublic\tweek_published\t2025-W41" in listed.out


def test_what_could_not_be_sent_is_told_by_the_exit_code(home: Path, post: Post) -> None:
    post.answers = [500]
    told = ask("notices", "--home", home)
    assert told.code == 3
    assert "public: " in told.err
    assert "HTTP 500" in told.err


def test_a_wrong_file_of_routes_is_one_line_and_wrong_usage(home: Path) -> None:
    write_routes(home, "routes: nobody\n")
    told = ask("notices", "--dry-run", "--home", home)
    assert told.code == 2
    assert "notices.yaml:1:" in told.err


def test_what_happened_long_ago_is_not_told_when_an_office_begins_to_be_told(home: Path, office: Office) -> None:
    from datetime import timedelta

    from pipelines.noticing import published

    now = utc_now()
    assert len(published(office, now - timedelta(days=7))) == 1
    assert published(office, now + timedelta(days=1)) == []
