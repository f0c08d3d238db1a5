"""What the assets share: the resource that opens the office, and Dagster metadata made from the column catalogue.

Belongs here: the adapter between Dagster and the rooms below. Does not belong here: any stage of the story.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.partitions import WEEKS, key_of, week_of
from resources.catalogue import Table, table
from scoring.calendar import Week

if TYPE_CHECKING:
    from resources.locks import Lease, Name
    from resources.office import Office

OWNERS = ["team:service-index"]
SINGLE_RUN = dg.BackfillPolicy.single_run()
RETRIES, FIRST_RETRY_SECONDS = 4, 5  # after 5, 10, 20 and 40 seconds: a database that restarts is back by then
SAMPLE_ROWS = 12  # what a page shows of a table; the event log has no retention of its own, so samples stay small


class House(dg.ConfigurableResource):
    """Opens the office. Empty fields are read from the settings when a run needs them, never when code is loaded."""

    home: str = ""
    landing: str = ""

    def open(self) -> Office:
        """The office, opened once a process, with its lake brought. Raises SettingsError (one line), OSError or LakeError."""
        office = _open(self.home or None, self.landing or None)
        office.bring_lake()
        return office


@cache
def _open(home: str | None, landing: str | None) -> Office:
    from resources.logs import start_logs
    from resources.office import open_office
    from resources.settings import load_settings

    settings = load_settings(home=home, landing=landing)
    start_logs(settings)
    return open_office(settings)


@contextmanager
def at_work(context: dg.AssetExecutionContext, house: House, on: Name) -> Iterator[tuple[Office, Lease]]:
    """The office and the lease of the phase, for the time of a step; whoever else is at work on it is waited for.

    What passes by itself (resources/trouble.py) lets the step be tried again; anything else ends it at once with one message,
    since trying again would only fail again.
    """
    from resources.logs import logger
    from resources.progress import report
    from resources.trouble import one_line, passes

    def wait(holder: str) -> None:
        context.log.info(f"waiting for {holder}, which is at work on {on}")
        report("waiting", holder, 0, 1)

    try:
        office = house.open()
        with _told_of(context), office.locks.held(on, on_wait=wait) as lease:
            logger().info("step_started", phase=on)
            yield office, lease
            logger().info("step_done", phase=on)
    except (dg.Failure, dg.RetryRequested) as error:
        _tell_failed(context, on, error)
        raise
    except Exception as error:
        _tell_failed(context, on, error)
        if passes(error) and context.retry_number < RETRIES:
            seconds = FIRST_RETRY_SECONDS * 2**context.retry_number
            raise dg.RetryRequested(max_retries=RETRIES, seconds_to_wait=seconds) from error
        raise dg.Failure(description=one_line(error), allow_retries=False) from error


def _tell_failed(context: dg.AssetExecutionContext, on: Name, error: Exception) -> None:
    from resources.logs import logger
    from resources.trouble import one_line

    why = (error.description or "").partition("\n")[0] if isinstance(error, dg.Failure) else one_line(error)
    with _told_of(context):
        logger().error("step_failed", phase=on, why=why[:400])


def _told_of(context: dg.AssetExecutionContext) -> AbstractContextManager[None]:
    """What every line of a step's log carries."""
    from resources.logs import told_with

    step = context.op_execution_context.op_handle.name
    return told_with(run_id=context.run.run_id, week=_weeks_told(context), step=step)


def _weeks_told(context: dg.AssetExecutionContext) -> str | None:
    """2025-W41, or 2025-W38..2025-W46; None for a step without partitions."""
    if not context.has_partition_key and not context.has_partition_key_range:
        return None
    keys = context.partition_key_range
    first, last = week_of(keys.start), week_of(keys.end)
    return str(first) if first == last else f"{first}..{last}"


def spec(
    name: str,
    *,
    deps: Sequence[str] = (),
    group: str,
    kinds: set[str],
    description: str,
    skippable: bool = False,
) -> dg.AssetSpec:
    """An asset of the weekly story; its columns and layer come from the catalogue where it is a table there."""
    metadata: dict[str, Any] = {}
    tags: dict[str, str] = {}
    try:
        entry = table(name)
    except KeyError:
        pass
    else:
        metadata["dagster/column_schema"] = column_schema(entry)
        tags["layer"] = entry.layer
        description = f"{entry.title_vi} / {entry.title_en}. {description}\n\n{entry.text_vi}\n\n{entry.text_en}"
    return dg.AssetSpec(
        name,
        deps=list(deps),
        group_name=group,
        kinds=kinds,
        description=description,
        owners=OWNERS,
        metadata=metadata,
        tags=tags,
        partitions_def=WEEKS,
        skippable=skippable,
    )


def column_schema(entry: Table) -> dg.TableSchema:
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                column.name,
                column.type,
                description=f"{column.vi} / {column.en}",
                constraints=dg.TableColumnConstraints(nullable=column.nullable),
            )
            for column in entry.columns
        ]
    )


def column_lineage(name: str) -> dg.TableColumnLineage | None:
    """Which columns of which assets each column of a table is made of; None where the catalogue names none."""
    found = {
        column.name: [
            dg.TableColumnDep(asset_key=dg.AssetKey(source.split(".")[0]), column_name=source.split(".")[1])
            for source in column.sources
        ]
        for column in table(name).columns
        if column.sources
    }
    return dg.TableColumnLineage(found) if found else None


def weeks_of(context: dg.AssetExecutionContext) -> list[Week]:
    return [week_of(key) for key in context.partition_keys]


def markdown_table(rows: Iterable[Mapping[str, object]], columns: Sequence[str]) -> dg.MarkdownMetadataValue:
    """The first rows as a markdown table; text from outside cannot break out of its cell."""
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    for number, row in enumerate(rows):
        if number == SAMPLE_ROWS:
            lines.append("| … |" + " |" * (len(columns) - 1))
            break
        lines.append("| " + " | ".join(_cell(row.get(column)) for column in columns) + " |")
    return dg.MetadataValue.md("\n".join(lines))


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    for raw, safe in (("&", "&amp;"), ("<", "&lt;"), ("|", "&#124;"), ("\n", " "), ("[", "&#91;"), ("`", "&#96;")):
        text = text.replace(raw, safe)
    return text[:200]


def describe_partition(
    context: dg.AssetExecutionContext, name: str, week: Week, metadata: Mapping[str, Any], *, has_columns: bool = True
) -> None:
    """Metadata of one week's partition of an asset that the running step materializes as a whole range."""
    extra = dict(metadata)
    lineage = column_lineage(name) if has_columns else None
    if lineage:
        extra["dagster/column_lineage"] = lineage
    context.add_asset_metadata(extra, asset_key=dg.AssetKey(name), partition_key=key_of(week))


def record_week(context: dg.AssetExecutionContext, name: str, week: Week, metadata: Mapping[str, Any]) -> None:
    """Records one week's partition as materialized, for a step that yields none: so weeks that failed stay unrecorded."""
    context.log_event(dg.AssetMaterialization(asset_key=name, partition=key_of(week), metadata=dict(metadata)))
