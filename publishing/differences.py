"""What changed between two revisions of a week: every figure, who stands where now, which inputs took the place of which.

Belongs here: comparing two published revisions and showing the difference. Does not belong here: making revisions.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from publishing.figures import csv_text, json_text, people, printable
from publishing.words import COMPONENTS, both, vietnamese
from resources.database import Database, Rows
from resources.releases import Revision

DIFF_COLUMNS = (
    "level",
    "scope",
    "period_kind",
    "unit_code",
    "unit_name",
    "figure",
    "old",
    "new",
    "old_rank",
    "new_rank",
)
"""Columns of the CSV of `service-index diff`. Stable. `figure`: total, a component, status or basis."""
FIGURES = ("total", *COMPONENTS, "status", "basis")
_SAID = {"status", "basis"}
_UNIT = ("level", "scope", "period_kind", "unit_code")


@dataclass(frozen=True)
class Difference:
    """Two revisions of one week. rows: DIFF_COLUMNS, in the order in which rankings are shown.

    replaced: (file, sha256 before, sha256 after); None where an input came new or is gone.
    """

    week: str
    old: Revision
    new: Revision
    rows: list[dict[str, Any]]
    replaced: list[tuple[str, str | None, str | None]]


class NoSuchRevision(ValueError):
    """A revision that was asked for does not exist; the message says which there are."""


def difference(database: Database, week: str, old: int, new: int) -> Difference:
    """Compares two revisions. Raises NoSuchRevision."""
    before, after = (revision_of(database, week, number) for number in (old, new))
    rows = changed_figures(database.ranking_rows(week, old), database.ranking_rows(week, new))
    return Difference(week, before, after, rows, _replaced(before, after))


def revision_of(database: Database, week: str, number: int | None = None) -> Revision:
    """A revision of a week, the newest by default. Raises NoSuchRevision."""
    found = {revision.revision: revision for revision in database.revisions(week)}
    wanted = max(found, default=1) if number is None else number
    if wanted not in found:
        there = ", ".join(map(str, found)) or "–"
        raise NoSuchRevision(
            f"Tuần {week} không có bản {wanted}; có: {there} / week {week} has no revision {wanted}; there are: {there}"
        )
    return found[wanted]


def changed_figures(before: Rows, after: Rows) -> list[dict[str, Any]]:
    """Every figure that two revisions' rankings tell differently: DIFF_COLUMNS, in the order in which rankings are shown."""
    old, new = ({tuple(row[name] for name in _UNIT): row for row in rows} for rows in (before, after))
    units = sorted(dict.fromkeys([*new, *old]), key=lambda unit: unit[:3])
    return [change for unit in units for change in _changes(old.get(unit), new.get(unit))]


def _changes(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    known = after or before or {}
    head = {name: known[name] for name in ("level", "scope", "period_kind", "unit_code", "unit_name")}
    ranks = {"old_rank": (before or {}).get("rank"), "new_rank": (after or {}).get("rank")}
    changed = [
        head | {"figure": figure, "old": old, "new": new} | ranks
        for figure in FIGURES
        if (old := (before or {}).get(figure)) != (new := (after or {}).get(figure))
        # That a later revision is called revised says nothing of the unit.
        and not (figure == "status" and {old, new} <= {"provisional", "final", "revised", "corrected"})
    ]
    if not changed and ranks["old_rank"] != ranks["new_rank"]:
        total = known["total"]
        changed.append(head | {"figure": "total", "old": total, "new": total} | ranks)
    return changed


def _replaced(old: Revision, new: Revision) -> list[tuple[str, str | None, str | None]]:
    before = {(entry["file"], entry["export_id"]): entry["sha256"] for entry in old.inputs}
    after = {(entry["file"], entry["export_id"]): entry["sha256"] for entry in new.inputs}
    gone, come = sorted(before.keys() - after.keys()), sorted(after.keys() - before.keys())
    return [(file, before[file, export], None) for file, export in gone] + [
        (file, None, after[file, export]) for file, export in come
    ]


def show_difference(found: Difference, format: str = "table", console: Console | None = None) -> None:
    """Prints a difference as `table`, `csv` or `json`. No differences is a result, and is said."""
    if format == "csv":
        sys.stdout.write(csv_text(DIFF_COLUMNS, found.rows))
    elif format == "json":
        head = {
            "week": found.week,
            "old": found.old.revision,
            "new": found.new.revision,
            "reason": found.new.reason,
            "inputs": [{"file": file, "old_sha256": old, "new_sha256": new} for file, old, new in found.replaced],
        }
        sys.stdout.write(json_text({**head, "rows": found.rows}) + "\n")
    else:
        _print(found, console or Console())


def _print(found: Difference, console: Console) -> None:
    old, new = found.old.revision, found.new.revision
    title = f"Tuần / week {found.week}: bản {old} → {new} / revision {old} → {new}"
    console.print(Text(title, style="bold"))
    console.print(Text(f"Lý do / reason: {printable(found.new.reason or '–')} · {both(found.new.status)}"))
    for file, was, now in found.replaced:
        words = "không còn dùng / no longer used" if now is None else "mới / new"
        console.print(Text(f"  {printable(file)}: {words} (sha256 {(now or was or '')[:12]})"))
    if not found.rows:
        console.print("Không có khác biệt nào về số liệu. / No differences in the figures.")
        return
    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("Nhóm", "Đơn vị", "Số liệu", "Cũ", "Mới", "Hạng cũ", "Hạng mới"):
        table.add_column(heading)
    for row in found.rows:
        table.add_row(
            Text(f"{row['level']} {row['scope']} {row['period_kind']}"),
            Text(printable(row["unit_name"])),
            Text(vietnamese(row["figure"])),
            _figure(row, "old"),
            _figure(row, "new"),
            _rank(row["old_rank"]),
            _rank(row["new_rank"]),
        )
    console.print(table)


def _figure(row: Mapping[str, Any], side: str) -> Text:
    value = row[side]
    return Text("–" if value is None else vietnamese(value) if row["figure"] in _SAID else people(value))


def _rank(rank: int | None) -> str:
    return "–" if rank is None else str(rank)
