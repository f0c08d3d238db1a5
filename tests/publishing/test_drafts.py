"""The files of a revision may be begun before it is: what is published stays what it would have been."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from publishing import release as publishing
from publishing.release import begin, publish
from resources.database import Database
from resources.home import Home
from resources.pool import Beside
from resources.verdicts import Overtaken
from tests.publishing.releases import ranking_row, release
from tests.publishing.test_release import database, home, published

__all__ = ["database", "home"]


class AtOnce(Beside):
    """Does the work where it is handed over, and counts it."""

    done = 0

    def hand_over(self, work: Callable[[Any], Any], item: Any) -> Callable[[], Any]:
        self.done += 1
        result = work(item)
        return lambda: result


@pytest.fixture(autouse=True)
def every_release_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "WORTH_A_PROCESS", 1)


def folders(home: Home) -> list[str]:
    return sorted(path.name for path in home.published.glob("*/*"))


def plainly_published(tmp_path: Path, *releases: Any) -> dict[str, bytes]:
    other = Home(tmp_path / "other")
    other.prepare()
    theirs = Database(other.database_url)
    theirs.migrate()
    for each in releases:
        publish(each, theirs, other)
    return published(other)


def test_files_written_in_a_process_beside_are_the_same_to_the_byte(
    database: Database, home: Home, tmp_path: Path
) -> None:
    with Beside() as beside:
        for inputs in ("a", "b"):  # the second names what changed against the first
            with begin(release(inputs=inputs), database, home, beside) as draft:
                assert draft is not None
                assert publish(release(inputs=inputs), database, home, draft=draft).is_new
    assert published(home) == plainly_published(tmp_path, release(inputs="a"), release(inputs="b"))
    assert folders(home) == ["r1", "r2"]


def test_a_drafts_moment_is_the_one_the_database_and_the_manifest_tell(database: Database, home: Home) -> None:
    with begin(release(), database, home, AtOnce()) as draft:
        assert draft is not None
        publish(release(), database, home, draft=draft)
    (revision,) = database.revisions()
    assert revision == draft.revision
    assert f'"{revision.published_at.isoformat()}Z"' in (home.revision_path("2025-W41", 1) / "release.json").read_text()


def test_another_revision_that_came_in_between_takes_the_number_and_the_files_are_written_anew(
    database: Database, home: Home, tmp_path: Path
) -> None:
    with begin(release(inputs="b"), database, home, AtOnce()) as draft:
        assert draft is not None
        assert draft.revision.revision == 1
        publish(release(inputs="a"), database, home)
        assert publish(release(inputs="b"), database, home, draft=draft).revision == 2
    assert published(home) == plainly_published(tmp_path, release(inputs="a"), release(inputs="b"))
    assert folders(home) == ["r1", "r2"]


def test_a_draft_whose_rows_tell_of_an_older_sound_week_is_not_used(
    database: Database, home: Home, tmp_path: Path
) -> None:
    """Between draft and publication the week before was published: the unit's last sound total is now known."""
    reviewed = release("2025-W42", rows=[ranking_row("H05.101", None, None, week="2025-W42", status="under_review")])
    before = release("2025-W41", rows=[ranking_row("H05.101", 1, "90.00")])
    with begin(reviewed, database, home, AtOnce()) as draft:
        publish(before, database, home)
        publish(reviewed, database, home, draft=draft)
    (row,) = database.ranking_rows("2025-W42", 1)
    assert row["last_sound_week"] == "2025-W41"
    assert published(home) == plainly_published(tmp_path, before, reviewed)


def test_what_may_not_be_published_any_more_leaves_nothing_behind(database: Database, home: Home) -> None:
    def overtaken(_: Any) -> None:
        raise Overtaken("the verdict changed")

    with (
        pytest.raises(Overtaken),
        begin(release(), database, home, AtOnce()) as draft,
    ):
        publish(release(), database, home, overtaken, draft)
    assert database.revisions() == []
    assert folders(home) == []


def test_the_same_inputs_and_a_small_release_begin_nothing(
    database: Database, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = AtOnce()
    publish(release(), database, home)
    with begin(release(), database, home, beside) as draft:
        assert draft is None
    monkeypatch.setattr(publishing, "WORTH_A_PROCESS", 4)
    with begin(release(inputs="b"), database, home, beside) as draft:
        assert draft is None
    assert beside.done == 0


def test_what_a_killed_process_beside_did_not_come_to_is_done_here() -> None:
    with Beside() as beside:
        assert beside.hand_over(_end, os.getpid())() == "here"
        assert beside.hand_over(len, "later")() == 5, "and what follows is done as well"


_KILLED_WHILE_DRAFTING = """
import sys, time
from pathlib import Path
from publishing import release as publishing
from resources.database import Database
from resources.home import Home
from resources.pool import Beside
from tests.publishing.releases import release

if __name__ == "__main__":
    publishing.WORTH_A_PROCESS = 1
    home = Home(Path(sys.argv[1]))
    with Beside() as beside, publishing.begin(release(units=60), Database(home.database_url), home, beside) as draft:
        if sys.argv[2] == "whole":
            draft.written()
        print("drafting", flush=True)
        time.sleep(600)
"""


@pytest.mark.parametrize("moment", ["begun", "whole"])
def test_killed_while_a_draft_is_written_a_week_is_published_as_if_it_had_not_been(
    database: Database, home: Home, tmp_path: Path, moment: str
) -> None:
    script, root = tmp_path / "drafting.py", Path(__file__).resolve().parents[2]
    script.write_text(_KILLED_WHILE_DRAFTING)
    child = subprocess.Popen(
        [sys.executable, str(script), str(home.root), moment],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(root)},
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "drafting\n"
    child.kill()
    child.communicate()
    assert database.revisions() == []
    home.prepare()  # as at every start
    publish(release(units=60), database, home)
    assert published(home) == plainly_published(tmp_path, release(units=60))
    assert folders(home) == ["r1"]


def _end(parent: int) -> str:
    if os.getpid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
    return "here"
