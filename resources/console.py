"""The terminal: progress for whoever watches, plain lines for whoever logs.

Belongs here: showing progress. Does not belong here: tables of results (publishing).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from resources.progress import listening

STAGES = {
    "pull": "Tải từ cổng / pulled from the portal",
    "exports": "Nhận bản xuất / exports",
    "dossiers": "Làm kiểu và lọc dòng / typed rows",
    "quality": "Kiểm tra / quality",
    "reconcile": "Đối chiếu / reconciliation",
    "counts": "Đếm / counts",
    "scores": "Tính điểm / scores",
    "publication": "Công bố / publication",
    "site": "Trang công bố / public pages",
    "emulate": "Viết bản xuất mô phỏng / demo exports",
}


def stage_title(stage: str) -> str:
    name, _, detail = stage.partition(" ")
    return " ".join(part for part in (STAGES.get(name, name), detail) if part)


@contextmanager
def progress_shown() -> Iterator[None]:
    """Bars on a terminal (they vanish when done), one line a finished stage otherwise, all on stderr."""
    console = Console(stderr=True)
    if console.is_terminal:
        with _bars(console) as listener, listening(listener):
            yield
        return
    finished: set[str] = set()

    def lines(stage: str, what: str, done: int, total: int) -> None:
        if total and done == total and stage not in finished:
            finished.add(stage)
            console.print(f"{stage_title(stage)}: {done}/{total}", highlight=False, markup=False)

    with listening(lines):
        yield


@contextmanager
def _bars(console: Console) -> Iterator:
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[what]}", markup=False),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        tasks: dict[str, TaskID] = {}

        def show(stage: str, what: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = progress.add_task(stage_title(stage), total=total or None, what="")
            progress.update(tasks[stage], completed=done, total=total or None, what=what[-40:])

        yield show
