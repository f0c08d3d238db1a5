"""What the tests of the door share: an office with nothing in it, and a way to land a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from resources.door import take_in
from resources.engine import connect
from resources.exports import ExportRecord
from resources.home import Home
from resources.landing import scan
from resources.mapping import load_mapping
from resources.outcomes import RuleOutcome

RECEIVED = datetime(2025, 10, 12, 3, 0)


@dataclass(frozen=True)
class Desk:
    """A home, a landing folder and an engine: what the door needs of an office."""

    home: Home
    landing: Path

    @property
    def mapping_folders(self) -> Sequence[Path]:
        return [self.landing / "mappings", self.home.mappings]

    @contextmanager
    def engine(self) -> Iterator[duckdb.DuckDBPyConnection]:
        con = connect(threads=2, temp_directory=self.home.temporary)
        try:
            yield con
        finally:
            con.close()

    def land(self, name: str, data: bytes | str, sidecar: str | None = None, week: str = "2025-W41") -> Path:
        """Put a file, and perhaps its sidecar, into a week's folder."""
        path = self.landing / week / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        if sidecar is not None:
            path.with_name(f"{name}.meta.yaml").write_text(sidecar, encoding="utf-8")
        return path

    def take_all(self) -> tuple[list[ExportRecord], list[RuleOutcome]]:
        """Take in everything that stands in the landing folder."""
        records: list[ExportRecord] = []
        landed = scan(self.landing)
        outcomes = [*landed.outcomes, *landed.strays]
        for file in landed.files:
            found, said = take_in(self, file, received_at=RECEIVED)
            records += found
            outcomes += said
        return records, outcomes

    def take_one(self, name: str, data: bytes | str, sidecar: str | None = None) -> ExportRecord:
        """Land one file, take it in, and expect that it is accepted without a finding that matters."""
        self.land(name, data, sidecar)
        (record,), outcomes = self.take_all()
        assert record.status == "accepted", [outcome.describe("en") for outcome in outcomes]
        assert not [outcome for outcome in outcomes if outcome.severity != "info"]
        return record

    def refuse_one(self, name: str, data: bytes | str, sidecar: str | None = None) -> RuleOutcome:
        """Land one file, take it in, and expect ONE finding, a rejected record and nothing written."""
        self.land(name, data, sidecar)
        (record,), (outcome,) = self.take_all()
        assert (record.status, record.rows) == ("rejected", 0)
        assert outcome.severity == "error"
        assert outcome.file is not None
        assert outcome.file.startswith(record.file)
        assert outcome.action_vi
        assert outcome.action_en
        assert not list(self.home.lake.rglob("*.*"))
        return outcome

    def typed(self, record: ExportRecord) -> list[dict[str, Any]]:
        """The typed rows of an accepted export."""
        assert record.mapping is not None
        mapping = load_mapping(record.mapping.partition("@")[0], self.mapping_folders)
        with self.engine() as con:
            found = con.execute(mapping.typed_sql(self.home.raw_path(record), record))
            names = [column[0] for column in found.description]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def bytes_kept(self) -> bytes:
        """Every byte under the home, Parquet pages unpacked too."""
        kept = []
        with self.engine() as con:
            for path in sorted(self.home.root.rglob("*")):
                if path.is_file():
                    kept.append(path.read_bytes())
                    if path.suffix == ".parquet":
                        kept.append(
                            repr(con.execute("SELECT * FROM read_parquet($1)", [str(path)]).fetchall()).encode()
                        )
        return b"\n".join(kept)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    home = Home(tmp_path / "home")
    home.prepare()
    (tmp_path / "landing").mkdir()
    return Desk(home, tmp_path / "landing")
