"""The files people and programs take away with a revision: open data (CSV, JSON, Parquet, their description) and workbooks.

Belongs here: what stands in those files and how. Does not belong here: when they are written and put in place
(publishing/release.py), how one figure is written as text (publishing/figures.py), the commands' own CSV (publishing/tables.py).

Every file is made of an Edition alone, without clock or run: made again, it is the same to the byte.
"""

from __future__ import annotations

from pathlib import Path

from publishing.files.edition import Earlier as Earlier
from publishing.files.edition import Edition as Edition


def write_all(edition: Edition, folder: Path) -> None:
    """Write the open data and the workbooks of a revision into a folder that nobody reads yet."""
    from publishing.files.datapackage import write_datapackage
    from publishing.files.opendata import write_tables
    from publishing.files.workbook import write_workbooks

    write_tables(edition, folder)
    write_datapackage(edition, folder)
    write_workbooks(edition, folder)
