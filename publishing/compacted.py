"""What compaction saved, as operators read it in a terminal.

Belongs here: how it looks. Does not belong here: the work (resources/compaction.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from resources.compaction import Compacted


def print_compacted(done: Sequence[Compacted]) -> None:
    """Of each table and place how many files were written again, and their bytes before and after."""
    console = Console()
    if not done:
        console.print("Không có tệp nào cần nén / no file is left to compact", highlight=False)
        return
    table = Table("tệp của / files of", box=box.SIMPLE_HEAD)
    for title in ("số / number", "dòng / rows", "kB trước / before", "sau / after", "còn / left"):
        table.add_column(title, justify="right")
    for name, place in sorted({(each.table, each.place) for each in done}):
        table.add_row(f"{place}/{name}", *_sums([each for each in done if (each.table, each.place) == (name, place)]))
    table.add_section()
    table.add_row("tất cả / all", *_sums(done))
    console.print(table)


def _sums(done: Sequence[Compacted]) -> list[str]:
    before, after = sum(each.before_bytes for each in done), sum(each.after_bytes for each in done)
    numbers = (len(done), sum(each.rows for each in done), round(before / 1000), round(after / 1000))
    return [*(f"{number:,}" for number in numbers), f"{100 * after / before:.0f}%"]
