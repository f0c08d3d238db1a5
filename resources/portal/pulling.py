"""A pull: feed by feed from the portal into the landing folder.

Belongs here: the order of things, what one feed's failure means for the others, the report. Does not belong here: requests,
pages, files (the modules beside) or taking in what was pulled (assets/exports.py).

A feed is landed whole or not at all. One that fails stops no other, unless the portal cannot be asked at all now.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from resources.clock import utc_now
from resources.home import Home
from resources.portal.answers import About, Row, dumped, joined
from resources.portal.client import PortalClient
from resources.portal.errors import CannotBeAsked, FiguresMoved, PortalError
from resources.portal.evaluation import (
    INTERFACES,
    OVERVIEW,
    PROCEDURES,
    ask_counts,
    ask_procedures,
    procedure_of,
    provisional,
    unit_of,
)
from resources.portal.feeds import OF_FILES, Feed
from resources.portal.files import download
from resources.portal.landing import Placed, note_in_ledger, place
from resources.portal.paging import STARTS, Table, read_pages
from resources.portal.score_tables import INTERFACE as SCORE_TABLE
from resources.portal.score_tables import ask_scores, key_of
from resources.portal.settings import PortalSettings
from resources.portal.staging import Staging, only_pull, private_file, staging_of
from resources.progress import report

STAGE = "pull"
SHOWN = 5
Status = Literal["landed", "unchanged", "failed", "not_asked"]


@dataclass(frozen=True)
class Pulled:
    """What came of one feed. error: of a failed one. unsettled: figures the portal itself calls provisional."""

    feed: Feed
    status: Status
    file: str | None = None
    error: PortalError | None = None
    unsettled: int = 0


@dataclass
class PullReport:
    """What came of a pull, feed by feed."""

    pulled: list[Pulled] = field(default_factory=list)
    requests: int = 0

    def of(self, *statuses: Status) -> list[Pulled]:
        return [one for one in self.pulled if one.status in statuses]

    @property
    def errors(self) -> list[PortalError]:
        return [one.error for one in self.pulled if one.error]

    @property
    def exit_code(self) -> int:
        """0 all is there; 1 nothing could be had, or the portal could not be asked; 3 some feeds failed or are unsettled."""
        if not self.errors:
            return 3 if any(one.unsettled for one in self.pulled) else 0
        return 3 if self.of("landed", "unchanged") and not any(error.stops for error in self.errors) else 1


def pull(
    settings: PortalSettings,
    home: Home,
    landing: Path,
    feeds: Sequence[Feed],
    *,
    now: Callable[[], datetime] = utc_now,
) -> PullReport:
    """Pulls the feeds into the landing folder. Stopped at any moment and called again, it goes on where it was.

    Raises CannotBeAsked without a portal, PullRunning beside another pull of the home, OSError when home or landing folder cannot
    be written. What goes wrong at the portal stands in the report.
    """
    if settings.portal_url is None:
        raise CannotBeAsked("Chưa đặt cổng: SERVICE_INDEX_PORTAL_URL / no portal is set: SERVICE_INDEX_PORTAL_URL")
    told = PullReport()
    with only_pull(home) as folder, PortalClient(settings) as client:
        stopped = False
        for done, feed in enumerate(feeds):
            report(STAGE, str(feed), done, len(feeds))
            if stopped:
                told.pulled.append(Pulled(feed, "not_asked"))
                continue
            tell = _teller(feed, done, len(feeds))
            try:
                told.pulled.append(_pull_one(client, folder, landing, feed, now, tell))
            except PortalError as error:
                told.pulled.append(Pulled(feed, "failed", error=error))
                stopped = error.stops
        report(STAGE, "", len(feeds), len(feeds))
        told.requests = client.requests_made
    return told


def _teller(feed: Feed, done: int, total: int) -> Callable[[str], None]:
    return lambda what: report(STAGE, f"{feed.name} {what}", done, total)


def _pull_one(
    client: PortalClient,
    folder: Path,
    landing: Path,
    feed: Feed,
    now: Callable[[], datetime],
    tell: Callable[[str], None],
) -> Pulled:
    staging = staging_of(folder, feed.key(client.settings))
    if feed.kind in OF_FILES:
        file = download(client, feed, staging, now(), tell)
        placed, unsettled = _place(client, landing, feed, file.path, file.ending, file.about, []), 0
    else:
        tables = _tables(client, feed, staging, now(), tell)
        rows = {interface: table.rows for interface, table in tables.items()}
        flagged = [each for found in rows.values() for each in provisional(found)] if feed.kind == "counts" else []
        path, ending = _write(staging, feed, rows)
        about = joined([table.about for table in tables.values()])
        placed, unsettled = _place(client, landing, feed, path, ending, about, flagged), len(flagged)
    note_in_ledger(folder, feed, placed, now())
    staging.clear()
    return Pulled(feed, "landed" if placed.is_new else "unchanged", placed.name, unsettled=unsettled)


def _tables(
    client: PortalClient, feed: Feed, staging: Staging, now: datetime, tell: Callable[[str], None]
) -> dict[str, Table]:
    """The rows of a feed by interface, all of one capture."""
    if feed.kind == "scores":
        return {
            SCORE_TABLE: read_pages(
                SCORE_TABLE, lambda page: ask_scores(client, feed, page, now), key_of, staging, tell=tell
            )
        }
    if feed.kind == "procedures":
        return {
            PROCEDURES: read_pages(
                PROCEDURES, lambda page: ask_procedures(client, feed, page, now), procedure_of, staging, tell=tell
            )
        }
    return _counts(client, feed, staging, now, tell)


def _counts(
    client: PortalClient, feed: Feed, staging: Staging, now: datetime, tell: Callable[[str], None]
) -> dict[str, Table]:
    """All evaluation interfaces. Groups of different captures must not stand in one row (known failures, line 1): the first
    interface is asked again at the end, and all are read anew where it has moved.
    """
    for _ in range(STARTS):
        tables = {
            interface: read_pages(
                interface,
                lambda page, name=interface: ask_counts(client, feed, name, page, now),  # type: ignore[misc]
                unit_of,
                staging,
                # The interfaces list different units (known failures, line 4); only the first must list some.
                may_be_empty=interface != OVERVIEW,
                tell=tell,
            )
            for interface in INTERFACES
        }
        again = ask_counts(client, feed, OVERVIEW, 1, now)
        if again.rows == tables[OVERVIEW].rows[: len(again.rows)] and again.total in (None, len(tables[OVERVIEW].rows)):
            return tables
        staging.drop("page-*.json")
    raise FiguresMoved(
        OVERVIEW,
        f"số liệu đổi trong khi đọc các giao diện, {STARTS} lần",
        f"the figures changed while the interfaces were read, {STARTS} times",
        page=1,
        expected="mọi nhóm của cùng một thời điểm / all groups of one moment",
    )


def _write(staging: Staging, feed: Feed, rows: dict[str, list[Row]]) -> tuple[Path, str]:
    """The rows as one file the door reads, and its ending."""
    path = staging.path("whole")
    path.unlink(missing_ok=True)
    with os.fdopen(private_file(path), "ab") as file:
        match feed.kind:
            case "counts":
                file.write(dumped(rows) + b"\n")
            case "scores":
                file.write(dumped({"data": rows[SCORE_TABLE]}) + b"\n")
            case _:
                file.writelines(dumped(row) + b"\n" for row in rows[PROCEDURES])
        file.flush()
        os.fsync(file.fileno())
    return path, "ndjson" if feed.kind == "procedures" else "json"


def _place(
    client: PortalClient, landing: Path, feed: Feed, path: Path, ending: str, about: About, flagged: list[str]
) -> Placed:
    note = None
    if flagged:
        listed = ", ".join(flagged[:SHOWN]) + (" …" if len(flagged) > SHOWN else "")
        note = f"mẫu số tạm theo cổng / provisional by the portal's own word: {len(flagged)} ({listed})"
    source = f"{client.settings.portal_url}: {'file export' if feed.kind in OF_FILES else 'interface'}"
    said = dict(about.said)
    told = About(about.exported_at, about.stated, {name: value for name, value in said.items() if name != "source"})
    named = str(said.get("source") or source)
    return place(landing, feed, path, ending, told, source_name=named, note=note, provisional=bool(flagged))
