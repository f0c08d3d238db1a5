"""A pull that is killed, wherever it is, goes on where it was and ends with the same files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import datetime

import pytest

from emulator.portal_faults import WEEK
from resources.portal.answers import Answer
from resources.portal.client import PortalClient
from resources.portal.feeds import Feed
from tests.portal.conftest import Office

KILLED_AT = [2, 11, 24]  # of 26 requests: a score table, the evaluation interfaces, between two files


@pytest.mark.parametrize("number", KILLED_AT)
def test_a_pull_that_is_killed_goes_on_where_it_was_and_ends_with_the_same_files(office: Office, number: int) -> None:
    running: list[subprocess.Popen[bytes]] = []

    def kill(_interface: str, _page: int) -> None:
        if len(office.portal.asked) == number:
            running[0].kill()

    environment = {name: value for name, value in os.environ.items() if not name.startswith("SERVICE_INDEX_")}
    environment |= {
        f"SERVICE_INDEX_{name.upper()}": str(value)
        for name, value in office.settings.model_dump().items()
        if name.startswith("portal_") and value not in (None, "")
    }
    office.portal.on_request = kill
    arguments = ["pull", "--week", str(WEEK), "--home", office.root / "home", "--landing", office.landing]
    running.append(subprocess.Popen([sys.executable, "-m", "pipelines.cli", *map(str, arguments)], env=environment))
    assert running[0].wait(120) == -9
    office.portal.on_request = None
    asked_before = len(office.portal.asked)
    assert asked_before == number
    report = office.pull()
    assert report.exit_code == 0
    assert office.staged() == []
    resumed = office.landed()
    asked_again = len(office.portal.asked) - asked_before
    shutil.rmtree(office.root)
    office.portal.asked.clear()
    office.pull()
    assert office.landed() == resumed
    assert len(office.portal.asked) == 26
    # The feeds that were done are looked at again; within the one that was begun only the first pages are.
    assert asked_again <= 26


class Stopped(Exception):
    """Takes the place of a kill where a test wants to look at what was asked."""


def test_pages_that_came_before_the_kill_are_not_asked_for_again_unless_the_first_has_changed(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    from resources.portal import pulling

    ask = pulling.ask_scores

    def stopped(client: PortalClient, feed: Feed, page: int, now: datetime) -> Answer:
        if page == 3:
            raise Stopped
        return ask(client, feed, page, now)

    office.more["portal_scopes"] = "VN"
    for changed, pages in ((False, [1, 3]), (True, [1, 2, 3])):
        monkeypatch.setattr(pulling, "ask_scores", stopped)
        with pytest.raises(Stopped):
            office.pull("scores")
        monkeypatch.setattr(pulling, "ask_scores", ask)
        if changed:
            (first,) = [path for path in office.staged() if path.name.endswith("-1.json")]
            first.write_text(first.read_text().replace("91.69", "91.70"))
        office.portal.asked.clear()
        assert office.pull("scores").exit_code == 0
        assert [page for _, page in office.portal.asked] == pages


def test_a_sidecar_that_was_left_alone_is_taken_up_by_its_file(office: Office) -> None:
    office.pull("scores")
    whole = office.landed()
    (office.landing / "2025-W46/scores.VN.ytd.json").unlink()  # killed between the sidecar and the file
    office.pull("scores")
    assert office.landed() == whole
