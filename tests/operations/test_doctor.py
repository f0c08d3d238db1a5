"""The doctor: each thing that can be wrong is told in one line with what to do, and the exit code says whether it is."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest
from dagster._daemon.types import DaemonHeartbeat

import resources.health as health
from pipelines.instance import PROCESS, open_instance
from resources.office import Office
from tests.databases import keep_in
from tests.pipelines.command import ask


def examined(home: Path) -> tuple[int, dict[str, dict[str, Any]]]:
    """The exit code, and what was found by subject."""
    told = ask("doctor", "--format", "json", "--home", home)
    return told.code, {each["subject"]: each for each in json.loads(told.out)}


def test_a_sound_installation_is_told_to_be_so_line_by_line(office: Office) -> None:
    with open_instance(office) as instance:
        for daemon in ("SENSOR", "SCHEDULER", "QUEUED_RUN_COORDINATOR"):
            instance.add_daemon_heartbeat(DaemonHeartbeat(time.time(), daemon, "test", []))
    office.home.root.chmod(0o750)
    code, found = examined(office.home.root)
    assert code == 0
    assert {subject: each["level"] for subject, each in found.items() if each["level"] != "ok"} == {}
    assert set(found) == {
        *("settings", "home", "disk", "permissions", "database", "lake", "clock", "rules", "portal", "versions"),
        *("files", "daemon"),
    }
    assert "✓ ok   database" in ask("doctor", "--home", office.home.root).out


def test_a_daemon_that_does_not_beat_is_named(office: Office) -> None:
    """Known failures, line 23: a worker died unseen and 14 jobs waited for 17 hours."""
    with open_instance(office) as instance:
        instance.add_daemon_heartbeat(DaemonHeartbeat(time.time() - 3600, "SENSOR", "test", []))
    code, found = examined(office.home.root)
    assert (code, found["daemon"]["level"]) == (0, "warn")
    assert "SENSOR" in found["daemon"]["text"]
    assert found["daemon"]["action"]


def test_a_database_that_is_gone_or_damaged_is_told_and_the_rest_is_looked_at(office: Office) -> None:
    office.database.close()
    file = office.home.root / "service-index.db"
    file.write_bytes(b"this is no database" * 400)
    for beside in office.home.root.glob("service-index.db-*"):
        beside.unlink()
    code, found = examined(office.home.root)
    assert (code, found["database"]["level"]) == (1, "fail")
    assert "not a database" in found["database"]["text"]
    assert found["disk"]["level"] == found["versions"]["level"] == "ok"
    file.unlink()
    code, found = examined(office.home.root)
    assert (code, found["database"]["level"]) == (1, "fail")
    assert not file.exists()  # looking makes none


def test_a_server_that_does_not_answer_is_told_without_its_password(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens there
        keep_in(tmp_path, f"postgresql+psycopg://index:s3cret-w0rd@127.0.0.1:{taken.getsockname()[1]}/index")
        told = ask("doctor", "--home", tmp_path)
    assert told.code == 1
    assert "✗ fail database" in told.out
    assert "s3cret-w0rd" not in told.out + told.err


def test_a_raw_export_that_is_missing_is_named_with_its_file(office: Office) -> None:
    victim = office.database.current_exports()[0]
    office.home.raw_path(victim).unlink()
    code, found = examined(office.home.root)
    assert (code, found["lake"]["level"]) == (1, "fail")
    assert victim.export_id in found["lake"]["text"]
    assert victim.file in found["lake"]["text"]


def test_a_clock_behind_what_was_already_received_is_told(office: Office) -> None:
    with sqlite3.connect(office.home.root / "service-index.db") as connection:
        connection.execute("UPDATE exports SET received_at = '2099-01-01 00:00:00.000000' WHERE week = '2025-W43'")
    code, found = examined(office.home.root)
    assert (code, found["clock"]["level"]) == (1, "fail")
    assert "2099-01-01" in found["clock"]["text"]


def test_a_rule_set_other_than_that_of_the_publications_is_told_with_the_weeks(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    import scoring.ruleset as rulesets

    known = rulesets.load_rulesets()
    name = next(iter(office.database.revisions()[-1].rulesets))
    monkeypatch.setattr(rulesets, "load_rulesets", lambda: {**known, name: SimpleNamespace(fingerprint="0" * 64)})
    code, found = examined(office.home.root)
    assert (code, found["rules"]["level"]) == (0, "warn")
    assert f"{name}: 2025-W42..2025-W43 (2)" in found["rules"]["text"]


def test_little_space_is_a_warning_and_none_a_failure(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    for least, level in (("WARN_BELOW_BYTES", "warn"), ("FAIL_BELOW_BYTES", "fail")):
        monkeypatch.setattr(health, least, 2**60)
        assert examined(office.home.root)[1]["disk"]["level"] == level


def test_a_home_that_others_can_read_and_one_that_cannot_be_written(office: Office) -> None:
    office.home.root.chmod(0o755)
    (office.home.root / "service-index.db").chmod(0o644)
    found = examined(office.home.root)[1]
    assert found["permissions"]["level"] == "warn"
    assert "service-index.db" in found["permissions"]["text"]
    code, found = examined(office.home.root / "nowhere")
    assert (code, found["home"]["level"]) == (1, "fail")
    assert not (office.home.root / "nowhere").exists()


@pytest.mark.parametrize(
    ("name", "text", "where"),
    [
        ("timetable.yaml", "expected:\n  feeds: [scores.VN]\n", "timetable.yaml:2: "),
        ("notices.yaml", "digest_minutes: 5\nroutes:\n  - {name: duty, role: operatr}\n", "notices.yaml:3: "),
        ("notices.yaml", "routes: [\n", "notices.yaml:"),
        ("heads.yaml", "H05.101:\n  position: Chủ tịch\n", "heads.yaml:1: "),
        ("mappings/ours.yaml", "id: ours\nkind: dossirs\n", "mappings/ours.yaml:2: "),
    ],
    ids=["timetable", "notices", "no YAML", "heads", "mapping"],
)
def test_a_file_of_the_office_that_is_wrong_is_told_with_file_and_line(
    office: Office, name: str, text: str, where: str
) -> None:
    """Published is nothing while the timetable is wrong: the ticks fail, and nobody looks at ticks."""
    (office.home.root / name).write_text(text)
    told = ask("doctor", "--home", office.home.root)
    assert told.code == 1
    (line,) = [line for line in told.out.splitlines() if "fail files" in line]
    assert where.split("/")[-1] in line
    (office.home.root / name).unlink()
    assert examined(office.home.root)[1]["files"]["level"] == "ok"


def test_a_wrong_setting_ends_the_examination_with_its_line(office: Office) -> None:
    (office.home.root / "service-index.toml").write_text("treads = 2\n")
    code, found = examined(office.home.root)
    assert (code, list(found)) == (1, ["settings"])
    assert "did you mean threads" in found["settings"]["text"]


def test_a_portal_that_does_not_answer_is_a_warning() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        (found,) = health._portal(f"http://127.0.0.1:{taken.getsockname()[1]}")
    assert (found.level, found.subject) == ("warn", "portal")
    assert "does not answer" in found.text


def test_runs_of_a_killed_command_are_told_as_failed_by_the_next(office: Office) -> None:
    """Known failures, line 23: what was killed is not shown as running for ever."""
    gone = os.fork()
    if gone == 0:
        os._exit(0)
    os.waitpid(gone, 0)
    from resources.files import process_name

    with open_instance(office) as instance:
        tags = {PROCESS: process_name().replace(str(os.getpid()), str(gone))}
        run = instance.create_run_for_job(_nothing, status=dg.DagsterRunStatus.STARTED, tags=tags)
        going = instance.create_run_for_job(
            _nothing, status=dg.DagsterRunStatus.STARTED, tags={PROCESS: process_name()}
        )
    with open_instance(office) as instance:
        states = {each.run_id: each.status for each in instance.get_runs()}
    assert states[run.run_id] == dg.DagsterRunStatus.FAILURE
    assert states[going.run_id] == dg.DagsterRunStatus.STARTED


@dg.job
def _nothing() -> None:
    return
