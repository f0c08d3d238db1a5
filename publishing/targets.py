"""How targets and their progress are printed: a table, CSV or JSON.

Belongs here: columns and words. Does not belong here: figures (assets/targets.py).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from publishing.figures import csv_text, json_text, people, printable
from publishing.words import vietnamese
from resources.targets import Target

TARGET_COLUMNS = (
    "id",
    "unit_code",
    "figure",
    "period_kind",
    "week",
    "value",
    "now",
    "as_of",
    "gap",
    "state",
    "reach",
    "owner",
)
"""Columns of the CSV of `service-index target list`. Stable."""
_STATES = {
    "reached": ("đã đạt", "reached"),
    "open": ("chưa đạt", "to come"),
    "missed": ("không đạt", "missed"),
    "beyond_reach": ("ngoài tầm", "beyond reach"),
    "unknown": ("chưa có số liệu", "no figure yet"),
}


@dataclass(frozen=True, slots=True)
class Progress:
    """A target and the newest published figure up to its week."""

    target: Target
    as_of: str | None
    now: Decimal | None

    @property
    def gap(self) -> Decimal | None:
        """What is missing; 0 when it is reached."""
        if self.now is None or self.target.value is None:
            return None
        return max(Decimal("0.00"), self.target.value - self.now)

    @property
    def state(self) -> str:
        if self.gap is None:
            return "unknown"
        if not self.gap:
            return "reached"
        if self.as_of == self.target.week:
            return "missed"
        return "beyond_reach" if self.target.is_beyond_reach else "open"


def show_targets(found: Sequence[Progress], format: str = "table", console: Console | None = None) -> None:
    """Prints targets as `table`, `csv` or `json`."""
    rows = [_row(each) for each in found]
    if format == "csv":
        sys.stdout.write(csv_text(TARGET_COLUMNS, rows))
        return
    if format == "json":
        sys.stdout.write(json_text(rows) + "\n")
        return
    console = console or Console()
    if not rows:
        console.print(Text("Chưa có mục tiêu nào. / There are no targets."))
        return
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for title in ("Đơn vị\nUnit", "Số liệu\nFigure", "Đến tuần\nBy week"):
        table.add_column(title)
    for title in ("Mục tiêu\nTarget", "Hiện nay\nNow", "Còn thiếu\nGap"):
        table.add_column(title, justify="right")
    for title in ("Trạng thái\nState", "Phụ trách\nOwner"):
        table.add_column(title)
    for row in rows:
        vi, en = _STATES[row["state"]]
        table.add_row(
            Text(row["unit_code"]),
            Text(vietnamese(row["figure"])),
            row["week"],
            people(row["value"]),
            people(row["now"]) + (f" ({row['as_of']})" if row["as_of"] else ""),
            people(row["gap"]),
            f"{vi} / {en}",
            Text(printable(row["owner"])),
        )
    console.print(table)


def said_when_set(target: Target, unknown: str | None) -> str:
    """One line about a target just set: whether it can be reached."""
    what = f"{target.unit_code} {vietnamese(target.figure)}, {target.week}"
    if target.value is None:
        return f"{what}: đã rút mục tiêu / the target was taken back"
    if target.reach is None:
        return f"{what}: {people(target.value)}; chưa biết có đạt được không / whether it can be reached is not known: {unknown}"
    if target.is_beyond_reach:
        return (
            f"{what}: {people(target.value)} NGOÀI TẦM, với số đếm hiện có nhiều nhất là {people(target.reach)}"
            f" / BEYOND REACH: the present counts allow {target.reach} at most"
        )
    return f"{what}: {people(target.value)}; đạt được, nhiều nhất {people(target.reach)} / within reach, at most {target.reach}"


def _row(each: Progress) -> dict[str, Any]:
    target = each.target
    return {
        **{
            name: getattr(target, name)
            for name in ("id", "unit_code", "figure", "period_kind", "week", "value", "reach", "owner")
        },
        "now": each.now,
        "as_of": each.as_of,
        "gap": each.gap,
        "state": each.state,
    }
