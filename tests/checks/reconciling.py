"""An emulated office taken in and counted, for the tests of reconciliation. Builders only, no tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import pandas as pd

from checks.reconcile import ReconcileInputs, reconcile_week
from emulator import emulate
from resources.catalogue import table
from resources.counting import CountInputs, count_weeks
from resources.engine import quote_name, write_parquet
from resources.exports import TABLE_OF_KIND, ExportRecord
from resources.home import Home
from resources.mapping import load_mapping
from resources.outcomes import RuleOutcome
from resources.tables import read_frame, read_parquet
from scoring.calendar import Week
from scoring.ruleset import ruleset_of
from tests.door.conftest import Desk


@dataclass(frozen=True)
class EmulatedOffice:
    """Weeks of the emulated Bắc Ninh, through the door and counted."""

    desk: Desk
    records: Sequence[ExportRecord]
    counts: Mapping[str, pd.DataFrame]

    def reconcile(self, week: str, *, corrected: bool = False) -> list[RuleOutcome]:
        """The findings of a week; `corrected`: with the exports that correct it, as they count once they are there."""
        current: dict[str, ExportRecord] = {}
        for record in self.records:
            if record.week == week and record.scope == "H05" and (corrected or not record.corrects):
                known = current.setdefault(record.kind, record)
                current[record.kind] = max(known, record, key=lambda each: each.exported_at or datetime.min)
        inputs = ReconcileInputs(
            counts=self.counts[week],
            portal_counts=self._rows(current["counts"]),
            portal_scores=self._rows(current["scores"]),
            dossiers=self._paths("dossiers"),
            petitions=self._paths("petitions"),
            previous_counts=self.counts.get(str(Week.parse(week).previous)),
            files={record.export_id: record.file for record in self.records},
        )
        with self.desk.engine() as con:
            return reconcile_week(con, self.desk.home, Week.parse(week), inputs, ruleset_of)

    def _rows(self, record: ExportRecord) -> pd.DataFrame:
        return read_parquet([self._path(record)])

    def _paths(self, kind: str) -> list[Path]:
        return [self._path(record) for record in self.records if record.kind == kind]

    def _path(self, record: ExportRecord) -> Path:
        return self.desk.home.table_path(TABLE_OF_KIND[record.kind], record.week, record.export_id)


def emulated_office(root: Path, weeks: Sequence[Week], seed: int, dossiers_per_week: int) -> EmulatedOffice:
    """Emulates, takes in, splits and counts the weeks, under a folder of its own; without lists of procedures and units."""
    emulate(root / "landing", weeks, seed=seed, dossiers_per_week=dossiers_per_week)
    for path in [*root.glob("landing/*/procedures.*"), *root.glob("landing/*/units.*"), *root.glob("landing/*/*.VN.*")]:
        path.unlink()  # lists take most of the time and have no dossiers
    home = Home(root / "home")
    home.prepare()
    desk = Desk(home, root / "landing")
    records, _ = desk.take_all()
    records = sorted((each for each in records if each.scope == "H05"), key=lambda each: (each.week, each.file))
    with desk.engine() as con:
        for record in records:
            _write_typed(con, desk, record)
        files = {
            kind: [home.table_path(kind, each.week, each.export_id) for each in records if each.kind == kind]
            for kind in ("dossiers", "petitions")
        }
        count_weeks(con, CountInputs(**files), weeks)  # type: ignore[arg-type]
        counts = {
            str(week): read_frame(
                con, f"SELECT *, left(unit_code, 3) AS province_code FROM counts WHERE week = DATE '{week.monday}'"
            )
            for week in weeks
        }
    return EmulatedOffice(desk, records, counts)


def _write_typed(con: duckdb.DuckDBPyConnection, desk: Desk, record: ExportRecord) -> None:
    """The typed rows of an export, all of them: row rules are not what is tested here."""
    name = TABLE_OF_KIND[record.kind]
    mapping = load_mapping(str(record.mapping).partition("@")[0], desk.mapping_folders)
    columns = ", ".join(quote_name(column) for column in table(name).column_names)
    rows = mapping.typed_sql(desk.home.raw_path(record), record)
    write_parquet(con, f"SELECT {columns} FROM ({rows})", desk.home.table_path(name, record.week, record.export_id))
