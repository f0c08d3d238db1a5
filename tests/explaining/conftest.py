"""A small published home: three weeks of a simulated province, taken in and scored without asking the row rules for judgement.

Every export is admitted here; judging exports has tests of its own.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

import emulator
from assets.dossiers import type_weeks
from assets.exports import take_in_weeks
from assets.intake_steps import CORE_TABLES
from assets.pending import pending_weeks
from assets.publication import publish_weeks
from checks.verdict import decide
from resources.office import Office, open_office
from resources.settings import load_settings
from resources.verdicts import UnitHold
from scoring.calendar import Week, parse_weeks

WEEKS = parse_weeks("2025-W44..2025-W46")


def take_in(office: Office, weeks: Sequence[Week], held: Iterable[str] = ()) -> None:
    """Takes the weeks' files in, types them and admits them; `held`: units under review in all of those weeks."""
    take_in_weeks(office, weeks)
    for table in CORE_TABLES:
        type_weeks(office, table, weeks)
    holds = tuple(UnitHold(unit_code=code, kind=None, period=None, rule="test", reason="–") for code in held)
    for week in weeks:
        verdict = decide(str(week), office.database.current_exports(week=str(week)), [])
        decision = "publishable_with_reviews" if holds else verdict.decision
        office.database.replace_verdict(replace(verdict, holds=holds, decision=decision, fingerprint=""))


def publish(office: Office, run_id: str = "run") -> list[Week]:
    """Publishes every week that is due; returns those that got a new revision."""
    return [
        each.week
        for each in publish_weeks(office, list(pending_weeks(office)), run_id)
        if each.result is not None and each.result.is_new
    ]


@pytest.fixture(scope="session")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("explained") / "landing"
    emulator.emulate(folder, WEEKS, dossiers_per_week=400, story=False)
    return folder


def opened(home: Path, landing: Path) -> Office:
    return open_office(load_settings(home=home, landing=landing))


@pytest.fixture(scope="session")
def office(landing: Path) -> Office:
    """Three weeks, each published once. Only to be read."""
    made = opened(landing.parent / "home", landing)
    take_in(made, WEEKS)
    assert publish(made) == WEEKS
    return made


@pytest.fixture
def own(office: Office, tmp_path: Path) -> Office:
    """A copy of it with a landing folder of its own, to be changed."""
    shutil.copytree(office.home.root, tmp_path / "home")
    shutil.copytree(office.landing, tmp_path / "landing")
    return opened(tmp_path / "home", tmp_path / "landing")
