"""Trouble: what passes is tried again, what does not says so once; the machine's trouble is blamed on no week; what was
overtaken by a decision is done anew."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import psycopg
import pytest
import sqlalchemy as sa

import assets.house
import assets.publication as publication
from assets.isolation import weeks_failed
from assets.partitions import range_tags
from pipelines.build import build_defs
from publishing.release import is_whole
from resources.office import Office, open_office
from resources.settings import load_settings
from resources.trouble import of_the_machine, one_line, passes
from resources.verdicts import UnitHold
from scoring.calendar import Week
from tests.operations.weeks import landing_of

W40, W43 = Week.parse("2025-W40"), Week.parse("2025-W43")


def refused_by(error: Exception, kind: type[sa.exc.DBAPIError] = sa.exc.OperationalError) -> sa.exc.DBAPIError:
    return kind("SELECT secret", {"name": "Nguyễn Văn A"}, error)


class Restarting(psycopg.OperationalError):
    sqlstate = "57P03"


class WrongPassword(psycopg.OperationalError):
    sqlstate = "28P01"


@pytest.mark.parametrize(
    ("error", "passing", "machine"),
    [
        (refused_by(Exception("database is locked")), True, True),
        (refused_by(Exception("database or disk is full")), False, True),
        (refused_by(Restarting("the database system is starting up")), True, True),
        (refused_by(WrongPassword("password authentication failed")), False, True),
        (refused_by(psycopg.OperationalError("connection refused")), True, True),
        (refused_by(Exception("NOT NULL constraint failed"), sa.exc.IntegrityError), False, False),
        (OSError(errno.ENOSPC, "No space left on device"), False, True),
        (FileNotFoundError(errno.ENOENT, "No such file"), False, False),
        (ConnectionResetError(errno.ECONNRESET, "reset"), True, True),
        (duckdb.IOException("IO Error: Could not write file: No space left on device"), False, True),
        (duckdb.InvalidInputException("Invalid Input Error: no magic bytes"), False, False),
        (ZeroDivisionError("a defect"), False, False),
    ],
)
def test_trouble_is_told_apart(error: Exception, passing: bool, machine: bool) -> None:
    assert (passes(error), of_the_machine(error)) == (passing, machine)


def test_one_line_of_an_error_holds_neither_statement_nor_values() -> None:
    told = one_line(refused_by(Exception("database is locked\nDETAIL: more")))
    assert told == "OperationalError: database is locked"


# ---- in a run


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def score(office: Office, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    definitions = build_defs(home=str(office.home.root), landing=str(office.landing))
    return definitions.resolve_job_def("scoring").execute_in_process(
        instance=instance,
        tags=range_tags(W40, W43),
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        raise_on_error=False,
    )


def tries_of(result: dg.ExecuteInProcessResult) -> int:
    again = dg.DagsterEventType.STEP_UP_FOR_RETRY
    return 1 + sum(event.event_type == again and event.step_key == "scoring_step" for event in result.all_events)


def failing(times: int, error: Exception, sound: Any) -> Any:
    """The function, raising the error the first so many times."""
    left = [times]

    def work(*arguments: Any, **named: Any) -> Any:
        if left[0]:
            left[0] -= 1
            raise error
        return sound(*arguments, **named)

    return work


def test_what_passes_is_tried_again_and_a_permanent_failure_is_not(
    office: Office, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Known failures, line 25: what will not get better was tried again six times."""
    monkeypatch.setattr(assets.house, "FIRST_RETRY_SECONDS", 0)
    sound = publication.open_gate
    for error, tries, succeeds in (
        (refused_by(Exception("database is locked")), 2, True),
        (OSError(errno.ENOSPC, "No space left on device"), 1, False),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(publication, "open_gate", failing(1, error, sound))
            result = score(office, instance)
        assert (tries_of(result), result.success) == (tries, succeeds)
    assert weeks_failed(office) == {}  # no week is to blame for a full disk
    with monkeypatch.context() as patch:
        patch.setattr(publication, "open_gate", failing(99, refused_by(Exception("database is locked")), sound))
        result = score(office, instance)
    assert (tries_of(result), result.success) == (1 + assets.house.RETRIES, False)  # and then it says so


def test_a_decision_taken_while_a_week_is_scored_is_in_what_is_published(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No revision is published that stands on a verdict that is no more (known failures, line 24)."""
    before = len(office.database.revisions())
    judge = publication.judge_figures
    decided: list[bool] = []

    def judge_beside_a_decision(figures: Any) -> Any:
        if not decided:  # a steward holds a unit after the figures were made, just before they are published
            decided.append(True)
            verdict = office.database.verdict("2025-W43")
            assert verdict is not None
            hold = UnitHold(unit_code="H05.101", kind="scores", period="2025", rule="a.decision", reason="giữ / kept")
            office.database.replace_verdict(
                replace(verdict, decision="publishable_with_reviews", holds=(hold,), fingerprint="")
            )
        return judge(figures)

    monkeypatch.setattr(publication, "judge_figures", judge_beside_a_decision)
    with office.locks.held("scoring") as lease:
        (published,) = publication.publish_weeks(office, [W43], "run", lease)
    assert published.result is not None
    assert len(office.database.revisions()) == before + 1  # one, not a stale one and then another
    (row,) = [
        each
        for each in office.database.ranking_rows("2025-W43", published.result.revision)
        if (each["unit_code"], each["level"]) == ("H05.101", "commune")
    ]
    assert (row["status"], row["rank"]) == ("under_review", None)


def test_a_full_disk_fails_the_run_publishes_nothing_half_and_is_over_when_there_is_room(tmp_path: Path) -> None:
    """As near as an unprivileged test comes to it: no file may grow beyond what is left."""
    home, landing = tmp_path / "home", landing_of(tmp_path / "landing")
    office = open_office(load_settings(home=home, landing=landing))
    size = max(path.stat().st_size for path in home.rglob("*") if path.is_file())
    command = f"{sys.executable} -m pipelines.cli run --home {home} --landing {landing}"
    limit = size // 1024 + 60  # KiB; the database itself cannot grow much
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("SERVICE_INDEX_", "DAGSTER_"))}
    done = subprocess.run(
        ["bash", "-c", f"ulimit -f {limit}; exec {command}"],
        env=clean,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert [
        each.week for each in office.database.revisions() if not is_whole(home / "published" / each.week / "r1")
    ] == []
    assert weeks_failed(office) == {}
    done = subprocess.run(["bash", "-c", command], env=clean, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(office.database.weeks_published()) == 4
