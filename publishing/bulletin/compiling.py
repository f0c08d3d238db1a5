"""The compiles of a month, written for every province whose units were ranked at its end.

Belongs here: which provinces. Does not belong here: what a compile says (monthly.py), when it is due (pipelines/schedules.py).
"""

from __future__ import annotations

from pathlib import Path

from publishing.bulletin.facts import NoBulletin
from publishing.bulletin.heads import FILE_NAME, read_heads
from publishing.bulletin.monthly import last_week_of, monthly
from publishing.bulletin.writing import default_folder, link_from, scopes_of, write_document
from resources.office import Office
from scoring.calendar import Period


def write_compiles(office: Office, month: str) -> list[Path]:
    """Writes the papers of a month (`2025-11`) and returns them. Raises NoBulletin when no week of it is published."""
    week = last_week_of(office.database, Period.parse(month))
    heads = read_heads(office.home.root / FILE_NAME)
    folder = default_folder(office, month)
    written = []
    for scope in scopes_of(office, week):
        document = monthly(office, month, scope, heads)
        written += write_document(document, folder, link_from(office.home, folder))
    if not written:
        raise NoBulletin(f"Tuần {week} không có tỉnh nào để tổng hợp / week {week} has no province to compile")
    return written
