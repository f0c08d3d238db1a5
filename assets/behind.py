"""Behind a figure: the portal's file and row it stands in, and the rows of a unit that were set aside.

Belongs here: asking typed and quarantined files about one unit. Does not belong here: dossiers behind a count
(assets/explaining.py), words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from assets.counts import typed_files
from publishing.explanation import Source
from resources.exports import TABLE_OF_KIND, ExportRecord
from resources.office import Office
from scoring.basis import GROUP_TOTAL

PORTAL = ("counts", "scores")


def portal_rows(
    con: Any, office: Office, used: Sequence[ExportRecord], unit_code: str, period: str
) -> dict[tuple[str, str, str], tuple[Any, str, int]]:
    """(kind, group, indicator) to (score, export, row) of what the portal's tables say of a unit."""
    found: dict[tuple[str, str, str], tuple[Any, str, int]] = {}
    for export in used:
        (path,) = typed_files(office, TABLE_OF_KIND[export.kind], [export])
        if export.kind == "counts":
            sql = "SELECT group_code, indicator, portal_score, export_id, source_row FROM read_parquet(?)"
        else:
            sql = (
                "SELECT group_code, 'group_total', score, export_id, source_row FROM (UNPIVOT (SELECT * EXCLUDE (total) FROM"
                " read_parquet(?) WHERE unit_code = $unit AND period = $period) ON transparency, progress, online_services,"
                " online_payment, satisfaction, digitisation INTO NAME group_code VALUE score)"
            )
        sql = sql.replace("read_parquet(?)", "read_parquet($path)")
        if export.kind == "counts":
            sql += " WHERE unit_code = $unit AND period = $period"
        asked = con.execute(sql, {"path": str(path), "unit": unit_code, "period": period})
        for group, indicator, score, export_id, row in asked.fetchall():
            found[export.kind, group, indicator] = (score, export_id, row)
    return found


def portal_source(
    row: Mapping[str, Any], sources: Mapping[tuple[str, str, str], tuple[Any, str, int]], files: Mapping[str, str]
) -> Source | None:
    """Where a figure of the portal stands: the counts' row, or of a group total the first that says this score."""
    for kind in PORTAL:
        told = sources.get((kind, row["group_code"], row["indicator"]))
        if told and (row["indicator"] != GROUP_TOTAL or told[0] == row["score"]):
            return Source(files[told[1]], told[2])
    return None


def quarantined_rows(
    office: Office, scratch: Office, used: Sequence[ExportRecord], unit_code: str
) -> dict[str, dict[str, int]]:
    """Export to rule to how many rows of the unit it set aside."""
    found: dict[str, dict[str, int]] = {}
    with office.engine() as con:
        for export in used:
            key = TABLE_OF_KIND[export.kind], export.week, export.export_id
            path = next(
                (path for home in (scratch.home, office.home) if (path := home.quarantine_path(*key)).is_file()), None
            )
            if path is None:
                continue
            rows = con.execute(
                "SELECT rule, count(*) FROM (SELECT unnest(rules) AS rule FROM read_parquet($path)"
                " WHERE unit_code = $unit OR starts_with(unit_code, $unit || '.')) GROUP BY rule ORDER BY rule",
                {"path": str(path), "unit": unit_code},
            ).fetchall()
            if rows:
                found[export.export_id] = dict(rows)
    return found
