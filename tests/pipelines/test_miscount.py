"""The miscount of digital records: caught before it is published, and healed by the corrected export, on both databases.

A file of its own: its homes come in two kinds, and what has kinds is run kind by kind, between the tests of other files.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from resources.database import Database
from resources.settings import load_settings
from tests.pipelines.command import ask, published_bytes, ranking

pytestmark = pytest.mark.xdist_group("miscount")


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The four weeks in which the miscount comes and goes."""
    folder = tmp_path_factory.mktemp("story") / "landing"
    told = ask("emulate", "--out", folder, "--weeks", "2025-W43..2025-W46", "--dossiers-per-week", "2000")
    assert told.code == 0, told.err
    return folder


def test_the_miscount_is_caught_before_it_is_published_and_heals_when_the_corrected_export_arrives(
    story: Path, tmp_path: Path, make_home: Callable[[], Path]
) -> None:
    """In W44 the portal's counter missed digital records of some communes; the corrected export arrives in W46."""
    early, home = tmp_path / "landing", make_home()
    shutil.copytree(story, early, ignore=shutil.ignore_patterns("*.2.csv*"))
    first = ask("run", "--landing", early, "--home", home)
    assert first.code == 3, first.out + first.err
    database = Database(load_settings(home=home).open_home().database_url)

    verdict = database.verdict("2025-W44")
    assert verdict is not None
    assert verdict.decision == "publishable_with_reviews"
    held = {hold.unit_code for hold in verdict.holds}
    assert len(held) == 12
    assert {hold.rule for hold in verdict.holds} == {"reconcile.electronic_result", "reconcile.components_digitised"}
    diagnoses = [
        one for one in database.outcomes("2025-W44", failed_only=True) if one.unit_code in held and one.diagnosis
    ]
    assert {one.diagnosis for one in diagnoses} == {"missed_after"}
    assert all("29/10/2025" in (one.diagnosis_vi or "") for one in diagnoses)
    week_before = database.verdict("2025-W43")
    assert week_before is not None
    assert week_before.decision == "publishable"
    communes = {row["unit_code"]: row for row in ranking(home, "2025-W44", "commune", "H05")}
    assert {code for code, row in communes.items() if row["status"] == "under_review"} == held
    assert all((row["rank"] == "") == (code in held) for code, row in communes.items())
    before = published_bytes(home)

    for path in story.glob("*/*.2.csv*"):
        shutil.copy(path, early / path.parent.name / path.name)
    healed = ask("run", "--landing", early, "--home", home)
    assert healed.code == 0, healed.out + healed.err
    last = {revision.week: revision for revision in database.revisions()}
    assert {week: revision.revision for week, revision in last.items() if week >= "2025-W43"} == {
        "2025-W43": 1,
        "2025-W44": 2,
        "2025-W45": 2,
        "2025-W46": 2,
    }
    assert last["2025-W44"].reason
    assert all(row["rank"] and row["status"] != "under_review" for row in ranking(home, "2025-W44", "commune", "H05"))
    assert all(published_bytes(home)[name] == content for name, content in before.items())
    difference = ask("diff", "2025-W44", "1", "2", "--format", "json", "--home", home)
    assert difference.code == 0
    assert "2025-W44/counts.H05.ytd.2.csv" in difference.out
    assert ask("diff", "2025-W44", "1", "3", "--home", home).code == 1
