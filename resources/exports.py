"""ExportRecord: the manifest row of one export that arrived, taken in or refused.

Belongs here: the record, the kinds there are, and how an export gets its id. Does not belong here: finding files
(resources/landing.py), reading them (resources/door.py), storing records (resources/database.py).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

KINDS = ("dossiers", "procedures", "petitions", "counts", "scores", "units")
KINDS_WITH_PERIOD = ("counts", "scores")
FLOWING = ("dossiers", "procedures", "petitions", "units")
"""Kinds whose exports flow into the figures of later weeks."""
TABLE_OF_KIND: Mapping[str, str] = {
    "dossiers": "dossiers",
    "procedures": "procedures",
    "petitions": "petitions",
    "units": "units",
    "counts": "portal_counts",
    "scores": "portal_scores",
}


@dataclass(frozen=True, slots=True)
class ExportRecord:
    """One table of one file of the landing folder.

    week: `2025-W46`. scope: `VN` or a unit code. period_kind, period: `ytd` and `2025`, of kinds that have a period.
    file: relative to the landing folder, with `/`. sha256: of the original bytes. rows: taken in; rejected_rows: lines
    that could not be read. exported_at, received_at: naive UTC. mapping: `name@hash`. corrects: the reason, when this
    export corrects an earlier one. provisional: the source calls its figures unsettled. part: which table of a workbook
    (`departments`, `communes`), None for the whole.
    """

    export_id: str
    week: str
    kind: str
    scope: str
    period_kind: str | None
    period: str | None
    file: str
    sha256: str
    size_bytes: int
    rows: int
    rejected_rows: int
    exported_at: datetime | None
    received_at: datetime
    source: str | None = None
    mapping: str | None = None
    ruleset: str | None = None
    partial: bool = False
    corrects: str | None = None
    status: Literal["accepted", "rejected"] = "accepted"
    part: str | None = None
    provisional: bool = False

    @property
    def feed(self) -> tuple[str | None, ...]:
        """What it speaks for: exports of one feed are parts of one file, or one takes the place of the other."""
        return self.week, self.kind, self.scope, self.period_kind, self.period


def export_id_of(
    *,
    sha256: str,
    week: str,
    kind: str,
    scope: str,
    period: str | None,
    part: str | None,
    mapping: str | None,
    sidecar: Mapping[str, object],
) -> str:
    """First 16 hex digits of a sha256 over everything that decides what the export says.

    The same bytes filed under another week, period or scope, read by another mapping, or explained by another sidecar
    are another export.
    """
    facts = [sha256, week, kind, scope, period, part, mapping, sorted(sidecar.items())]
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False, default=str).encode()).hexdigest()[:16]
