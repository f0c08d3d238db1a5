"""Every finished run is told once by the OpenLineage standard, columns included, and nothing of any dossier."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from pipelines import lineage
from pipelines.lineage import tell_or_warn, tell_runs
from resources.lineage import RunFacts, events_of
from resources.office import Office, open_office
from resources.settings import SettingsError, load_settings
from tests.events.test_failures import a_job, end_at


@pytest.fixture
def told(tmp_path: Path) -> Path:
    return tmp_path / "events" / "lineage.ndjson"


@pytest.fixture
def office(tmp_path: Path, told: Path) -> Office:
    return open_office(load_settings(home=tmp_path / "home", openlineage=f"file:{told}"))


def _run(instance: dg.DagsterInstance, *, fails: bool = False) -> str:
    @dg.multi_asset(specs=[dg.AssetSpec("counts"), dg.AssetSpec("scores", deps=["counts"])], name="scoring_step")
    def step() -> Any:
        if fails:
            raise dg.Failure("no")
        for name, rows in (("counts", 7), ("scores", 5)):
            yield dg.MaterializeResult(asset_key=name, metadata={"dagster/partition_row_count": rows})

    result = dg.materialize([step], instance=instance, raise_on_error=False)
    return result.run_id


def _events(told: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in told.read_text().splitlines()] if told.is_file() else []


def test_each_finished_run_is_told_once(office: Office, told: Path) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        first = _run(instance)
        assert tell_runs(office, instance) == 1
        assert tell_runs(office, instance) == 0
        second = _run(instance, fails=True)
        assert tell_runs(office, instance) == 1
    events = _events(told)
    assert [(event["run"]["runId"], event["eventType"]) for event in events] == [
        (first, "START"), (first, "COMPLETE"), (second, "START"), (second, "FAIL"),
    ]  # fmt: skip
    assert events[3]["run"]["facets"]["errorMessage"]["programmingLanguage"] == "python"


def test_a_run_that_comes_into_sight_late_is_told_too(office: Office, told: Path) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        early = instance.create_run_for_job(a_job(), status=dg.DagsterRunStatus.STARTED)
        later = _run(instance)
        assert tell_runs(office, instance) == 1
        moment = next(each for each in instance.get_run_records() if each.dagster_run.run_id == later).update_timestamp
        end_at(instance, early, moment)
        assert tell_runs(office, instance) == 1
        assert tell_runs(office, instance) == 0
    assert [event["run"]["runId"] for event in _events(told)[2:]] == [early.run_id] * 2


def test_tables_rows_columns_and_what_they_are_made_of_are_told(office: Office, told: Path) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        _run(instance)
        tell_runs(office, instance)
    complete = _events(told)[1]
    outputs = {each["name"]: each for each in complete["outputs"]}
    assert {name: each["outputFacets"]["outputStatistics"]["rowCount"] for name, each in outputs.items()} == {
        "counts": 7,
        "scores": 5,
    }
    made_of = outputs["scores"]["facets"]["columnLineage"]["fields"]["score"]["inputFields"]
    assert ("counts", "numerator") in {(each["name"], each["field"]) for each in made_of}
    assert {each["name"] for each in outputs["counts"]["facets"]["schema"]["fields"]} >= {"unit_code", "indicator"}
    assert {"dossiers", "portal_counts"} <= {each["name"] for each in complete["inputs"]}


def test_the_first_stage_reads_the_landing_folder_in_named_weeks() -> None:
    moment = datetime(2025, 11, 17, 1)
    facts = RunFacts(
        "0198f3a0-0000-7000-8000-000000000001",
        "intake",
        moment,
        moment,
        True,
        {"exports": None},
        [],
        True,
        ("2025-W45", "2025-W46"),
    )
    start, complete = events_of(facts)
    assert [(each.namespace, each.name) for each in start.inputs] == [("file", "landing")]
    assert complete.run.facets["nominalTime"].nominalStartTime == "2025-11-02T17:00:00Z"
    assert complete.run.facets["nominalTime"].nominalEndTime == "2025-11-16T17:00:00Z"


def test_what_could_not_be_sent_is_sent_the_next_time_and_harms_no_run(
    office: Office, told: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise ConnectionError("no server")

    with dg.DagsterInstance.ephemeral() as instance:
        _run(instance)
        with monkeypatch.context() as patch:
            patch.setattr(lineage, "send", refuse)
            assert tell_or_warn(office, instance) == "OpenLineage: ConnectionError: no server"
        assert _events(told) == []
        assert tell_or_warn(office, instance) is None
        assert len(_events(told)) == 2


def test_it_is_off_unless_a_place_is_named(tmp_path: Path) -> None:
    quiet = open_office(load_settings(home=tmp_path / "quiet"))
    with dg.DagsterInstance.ephemeral() as instance:
        _run(instance)
        assert tell_runs(quiet, instance) == 0
    with pytest.raises(SettingsError, match=r"expected file:/var/log/lineage\.ndjson"):
        load_settings(home=tmp_path, openlineage="lineage.ndjson")
