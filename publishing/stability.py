"""How the stability of ranks is printed: as a table, CSV or JSON.

Belongs here: columns and captions. Does not belong here: computing it (scoring/robustness.py).
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from publishing.figures import csv_text, json_text, people, printable
from publishing.files.counts import indicator_titles
from publishing.words import both, vietnamese
from scoring.robustness import Stability

STABILITY_COLUMNS = (
    *(
        "rank",
        "unit_code",
        "unit_name",
        "total",
        "best",
        "worst",
        "by",
        "shown_rank",
        "tied",
        "small_best",
        "small_worst",
    ),
)
"""Columns of the CSV of `service-index robustness`. Stable. tied: codes that show the same total, with spaces between them."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A cohort's stability. rows: its published rows. by_indicator: whether indicators were left out, or whole groups."""

    week: str
    revision: int
    level: str
    scope: str
    period_kind: str
    by_indicator: bool
    rows: Sequence[Mapping[str, Any]]
    found: Sequence[Stability]


def show_stability(shown: Shown, format: str = "table", console: Console | None = None) -> bool:
    """Prints it as `table`, `csv` or `json`. False when nobody is ranked, which is said."""
    rows = _rows(shown)
    if format == "csv":
        sys.stdout.write(csv_text(STABILITY_COLUMNS, rows))
    elif format == "json":
        head = {name: getattr(shown, name) for name in ("week", "revision", "level", "scope", "period_kind")}
        sys.stdout.write(json_text({**head, "by_indicator": shown.by_indicator, "rows": rows}) + "\n")
    else:
        _print(shown, rows, console or Console())
    return bool(rows)


def _rows(shown: Shown) -> list[dict[str, Any]]:
    known = {row["unit_code"]: row for row in shown.rows}
    return [
        {
            "rank": each.rank,
            "unit_code": each.unit_code,
            "unit_name": known[each.unit_code]["unit_name"],
            "total": known[each.unit_code]["total"],
            "best": each.best,
            "worst": each.worst,
            "by": each.by,
            "shown_rank": each.shown_rank,
            "tied": " ".join(each.tied) or None,
            "small_best": each.small[0] if each.small else None,
            "small_worst": each.small[1] if each.small else None,
        }
        for each in shown.found
    ]


def _print(shown: Shown, rows: Sequence[Mapping[str, Any]], console: Console) -> None:
    console.print(
        Text(
            f"Độ vững của hạng / stability of ranks · {both(shown.level)} {shown.scope} · {shown.week} r{shown.revision} · "
            f"{both(shown.period_kind)}",
            style="bold",
        )
    )
    if not rows:
        console.print(Text("Không có đơn vị nào được xếp hạng. / No unit is ranked."))
        return
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for title in ("Hạng\nRank", "Đơn vị\nUnit", "Tổng\nTotal", "Bỏ một phần\nOne left out", "Nhạy nhất với\nMost by"):
        table.add_column(title, justify="left" if "Unit" in title or "by" in title else "right")
    for title in ("Hai chữ số\nAs shown", "Mẫu số nhỏ\nSmall den."):
        table.add_column(title, justify="right")
    titles = indicator_titles()
    for row in rows:
        tie = "=" if row["tied"] else ""
        table.add_row(
            str(row["rank"]),
            Text(printable(row["unit_name"])),
            people(row["total"]),
            _span(row["best"], row["worst"]),
            titles.get(row["by"]) or vietnamese(row["by"] or "–"),
            f"{tie}{row['shown_rank']}",
            _span(row["small_best"], row["small_worst"]) if row["small_best"] else "–",
        )
    console.print(table)
    stable = sum(each.is_stable for each in shown.found)
    what = ("một chỉ số", "one indicator") if shown.by_indicator else ("một nhóm", "one group")
    console.print(
        Text(
            f"{stable}/{len(rows)} đơn vị giữ nguyên hạng khi bỏ bất kỳ {what[0]}, khi chỉ tính hai chữ số, khi một ca của mẫu "
            f"số nhỏ đổi kết quả / {stable} of {len(rows)} units keep their rank whichever {what[1]} is left out, by displayed "
            "decimals alone, and if one case of a small denominator goes the other way",
            style="dim",
        )
    )


def _span(best: int, worst: int) -> str:
    return str(best) if best == worst else f"{best}–{worst}"
