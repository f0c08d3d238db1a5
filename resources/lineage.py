"""Lineage events by the OpenLineage standard: what a run read and wrote, column by column, told to a file or a server.

Belongs here: making and sending events. Does not belong here: what a run did (pipelines/lineage.py). Nothing of any row is told:
names of tables and columns, numbers of rows, weeks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from resources.catalogue import catalogue

if TYPE_CHECKING:
    from openlineage.client.transport import Transport

NAMESPACE = "service-index"
LANDING = ("file", "landing")
"""The dataset that the first asset reads."""


@dataclass(frozen=True, slots=True)
class RunFacts:
    """One finished run. outputs: asset to the rows it wrote (None: not told); inputs: assets it read and did not write.

    weeks: of the run, first and last. error: why it failed. started, ended: naive UTC.
    """

    run_id: str
    job: str
    started: datetime
    ended: datetime
    success: bool
    outputs: Mapping[str, int | None]
    inputs: Sequence[str]
    reads_landing: bool = False
    weeks: tuple[str, str] | None = None
    error: str | None = None


def send(facts: Iterable[RunFacts], address: str) -> None:
    """Tells runs to `file:/...` (one JSON object a line) or to an HTTP server. Raises whatever the transport raises."""
    transport = _transport(address)
    for each in facts:
        for event in events_of(each):
            transport.emit(event)
    transport.close()


def events_of(facts: RunFacts) -> list[Any]:
    """START, and COMPLETE or FAIL, of a run."""
    from openlineage.client.event_v2 import Job, Run, RunEvent, RunState
    from openlineage.client.facet_v2 import error_message_run

    run_facets = _nominal(facts)
    job = Job(NAMESPACE, facts.job)
    inputs, outputs = _inputs(facts), _outputs(facts)
    last = RunState.COMPLETE if facts.success else RunState.FAIL
    told = dict(run_facets)
    if facts.error is not None:
        told["errorMessage"] = error_message_run.ErrorMessageRunFacet(facts.error, "python")
    return [
        RunEvent(
            eventType=state,
            eventTime=f"{moment.isoformat()}Z",
            producer=_producer(),
            run=Run(facts.run_id, facets),
            job=job,
            inputs=inputs,
            outputs=outputs,
        )
        for state, moment, facets in (
            (RunState.START, facts.started, run_facets),
            (last, facts.ended, told),
        )
    ]


def _transport(address: str) -> Transport:
    from openlineage.client.transport.file import FileConfig, FileTransport
    from openlineage.client.transport.http import HttpConfig, HttpTransport

    parts = urlsplit(address)
    if parts.scheme == "file":
        path = Path(parts.path)
        path.parent.mkdir(parents=True, exist_ok=True)
        return FileTransport(FileConfig(str(path), append=True))
    root = f"{parts.scheme}://{parts.netloc}"
    endpoint = parts.path.strip("/")
    return HttpTransport(HttpConfig(root, endpoint) if endpoint else HttpConfig(root))


def _producer() -> str:
    return f"urn:service-index:{version('service-index')}"


def _nominal(facts: RunFacts) -> dict[str, Any]:
    from openlineage.client.facet_v2 import nominal_time_run

    from scoring.calendar import Week

    if facts.weeks is None:
        return {}
    first, last = (Week.parse(week) for week in facts.weeks)
    return {
        "nominalTime": nominal_time_run.NominalTimeRunFacet(f"{first.start.isoformat()}Z", f"{last.end.isoformat()}Z")
    }


def _inputs(facts: RunFacts) -> list[Any]:
    from openlineage.client.event_v2 import InputDataset

    found = [InputDataset(*LANDING)] if facts.reads_landing else []
    return [*found, *(InputDataset(NAMESPACE, name, facets=_schema(name)) for name in facts.inputs)]


def _outputs(facts: RunFacts) -> list[Any]:
    from openlineage.client.event_v2 import OutputDataset
    from openlineage.client.facet_v2 import output_statistics_output_dataset as statistics

    return [
        OutputDataset(
            NAMESPACE,
            name,
            {} if rows is None else {"outputStatistics": statistics.OutputStatisticsOutputDatasetFacet(rowCount=rows)},
            facets=_schema(name) | _columns(name),
        )
        for name, rows in facts.outputs.items()
    ]


def _schema(name: str) -> dict[str, Any]:
    """The columns of a table, where the catalogue has it."""
    from openlineage.client.facet_v2 import schema_dataset

    if name not in catalogue():
        return {}
    fields = [
        schema_dataset.SchemaDatasetFacetFields(column.name, column.type, f"{column.vi} / {column.en}")
        for column in catalogue()[name].columns
    ]
    return {"schema": schema_dataset.SchemaDatasetFacet(fields)}


def _columns(name: str) -> dict[str, Any]:
    """Which columns of which tables each column is made of, as the catalogue says."""
    from openlineage.client.facet_v2 import column_lineage_dataset as lineage

    if name not in catalogue():
        return {}
    fields = {
        column.name: lineage.Fields(
            [lineage.InputField(NAMESPACE, table, field) for table, field in _split(column.sources)]
        )
        for column in catalogue()[name].columns
        if column.sources
    }
    return {"columnLineage": lineage.ColumnLineageDatasetFacet(fields)} if fields else {}


def _split(sources: Sequence[str]) -> list[tuple[str, str]]:
    """`table.column` as table and column."""
    return [(table, field) for table, _, field in (source.partition(".") for source in sources)]
