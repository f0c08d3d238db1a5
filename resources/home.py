"""The home: one folder that holds all the software keeps, and where in it each thing stands.

Belongs here: names of folders and files under the home, and preparing them. Does not belong here: their content; the
`dagster.yaml` of an embedded Dagster comes from deploy/dagster.

    <home>/service-index.db            the database (unless a PostgreSQL address is set)
    <home>/dagster/                    Dagster's own storage and dagster.yaml
    <home>/lake/exports/<kind>/        raw exports, personal fields gone
    <home>/lake/tables/<table>/<week>/ typed rows that passed
    <home>/lake/quarantine/...         rows that did not, with their reason
    <home>/lake/evidence/<week>/...    dossier codes behind a finding, one file a rule, unit and period
    <home>/lake/stages/<name>/         counts, scores and other tables, one file a week
    <home>/published/<week>/r<n>/      what was published, one folder a revision
    <home>/published/bulletins/<week>/r<n>/   its bulletins
    <home>/published/site/             the public pages
    <home>/quality/docs/<week>/        a week's Data Docs, where they were asked for
    <home>/mappings/                   the office's own mapping files
    <home>/counted/<week>/             what the next week's counts are made from; may be removed at any time
    <home>/tmp/                        the engine's spill files

Where the lake stands elsewhere (`lake_url`) `<home>/lake` is a copy of it; beside it stand `lake-copy.db`, what is known of what
the files hold, and `lake.strays`, files that nobody kept (resources/remote_lake.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from resources.files import clean_partials, write_bytes_atomically

if TYPE_CHECKING:
    from resources.exports import ExportRecord
    from scoring.calendar import Week

DAGSTER_YAML = Path(__file__).resolve().parents[1] / "deploy" / "dagster" / "embedded.yaml"


@dataclass(frozen=True, slots=True)
class Home:
    """The layout under `root` (made absolute). `database`: an address used instead of the home's own SQLite file."""

    root: Path
    database: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "root", Path(self.root).expanduser().absolute())

    @property
    def database_url(self) -> str:
        """SQLAlchemy address of the database. May carry a password: never print it."""
        return self.database or f"sqlite:///{self.root / 'service-index.db'}"

    @property
    def dagster(self) -> Path:
        return self.root / "dagster"

    @property
    def lake(self) -> Path:
        return self.root / "lake"

    @property
    def published(self) -> Path:
        return self.root / "published"

    @property
    def mappings(self) -> Path:
        return self.root / "mappings"

    @property
    def counted(self) -> Path:
        return self.root / "counted"

    @property
    def temporary(self) -> Path:
        return self.root / "tmp"

    def raw_path(self, export: ExportRecord) -> Path:
        """Parquet file of an export as it was taken in."""
        return self.lake / "exports" / export.kind / f"{export.export_id}.parquet"

    def table_path(self, table: str, week: Week | str, export_id: str) -> Path:
        """Parquet file of the typed rows of one export, in the columns of the catalogue."""
        return self.lake / "tables" / table / str(week) / f"{export_id}.parquet"

    def quarantine_path(self, table: str, week: Week | str, export_id: str) -> Path:
        """Parquet file of the rows of one export that did not pass."""
        return self.lake / "quarantine" / table / str(week) / f"{export_id}.parquet"

    def evidence_path(self, week: Week | str, rule: str, unit_code: str, period: str) -> Path:
        """CSV file of the dossier codes behind one finding."""
        return self.lake / "evidence" / str(week) / rule / f"{unit_code}.{period}.csv"

    def stage_path(self, name: str, week: Week | str) -> Path:
        """Parquet file of one week of `counts`, `scores`, `rankings` and the like."""
        return self.lake / "stages" / name / f"{week}.parquet"

    def revision_path(self, week: Week | str, revision: int) -> Path:
        """Folder of one published revision."""
        return self.published / str(week) / f"r{revision}"

    @property
    def site(self) -> Path:
        """Folder of the public pages."""
        return self.published / "site"

    def documents(self, week: Week | str) -> Path:
        """Folder of a week's Data Docs."""
        return self.root / "quality" / "docs" / str(week)

    def prepare(self) -> None:
        """Make the folders and dagster.yaml, and remove what killed processes left half-written. Safe to repeat.

        Raises OSError when the home cannot be written.
        """
        for folder in (self.dagster, self.lake, self.published, self.mappings, self.temporary):
            folder.mkdir(parents=True, exist_ok=True)
        for folder in (self.lake, self.published, self.counted, self.temporary):
            clean_partials(folder)
        configuration = self.dagster / "dagster.yaml"
        if not configuration.exists():
            write_bytes_atomically(configuration, DAGSTER_YAML.read_bytes())
