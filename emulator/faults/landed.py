"""The files of a week as a fault finds them in the landing folder, before anybody has read them.

Belongs here: reading and writing back tables and dossiers, leaving every row that is not struck as it was. Does not
belong here: the faults.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from emulator.faults.fault import Scene
from emulator.write import write_table
from resources.files import write_bytes_atomically

Row = dict[str, str]
Dossier = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Landed(Scene):
    """`folder`: the week's; `before`: that of the week before, None in the first week.

    What a fault has read with `table` or `dossiers` it may change; `write_back` then writes those files again.
    """

    folder: Path
    before: Path | None
    files: list[str] = field(default_factory=list)
    _tables: dict[str, list[Row]] = field(default_factory=dict)
    _lines: list[str] = field(default_factory=list)
    _dossiers: list[Dossier] = field(default_factory=list)
    _as_read: list[Dossier] = field(default_factory=list)

    @property
    def dossier_file(self) -> Path:
        return self.folder / f"dossiers.{self.province.code}.ndjson.zst"

    def table(self, name: str) -> list[Row]:
        """The rows of a table of this week, to be changed in place."""
        if name not in self._tables:
            self._tables[name] = _read_table(self.folder / name)
        return self._tables[name]

    def table_before(self, name: str) -> dict[str, Row]:
        """Rows of that table in the week before, by unit. Call it only in a fault that `needs_week_before`."""
        if self.before is None:
            raise ValueError("there is no week before the first")
        return {row["MA_COQUAN"]: row for row in _read_table(self.before / name)}

    def dossiers(self) -> list[Dossier]:
        """The dossiers the province sends, to be changed in place (or added to, or taken away from)."""
        if not self._lines:
            self._lines = decompressed(self.dossier_file.read_bytes()).decode().splitlines()
            self._as_read = [json.loads(line) for line in self._lines]
            self._dossiers = list(self._as_read)
        return self._dossiers

    def some_dossiers(self, applies: Callable[[Dossier], bool], most: int | None = None) -> list[Dossier]:
        """All (at `most` so many a unit) of the dossiers of a few units to which something applies."""
        numbers = {code: number for number, code in enumerate(self.province.unit_codes)}
        of_unit: dict[int, list[Dossier]] = {}
        for dossier in self.dossiers():
            if dossier["DonViXuLy"] in numbers and applies(dossier):
                of_unit.setdefault(numbers[dossier["DonViXuLy"]], []).append(dossier)
        extent = np.array([len(of_unit.get(number, ())) for number in range(self.province.size)])
        found = [dossier for unit in sorted(self.strike(extent)) for dossier in of_unit[unit][:most]]
        self.things += len(found)
        return found

    def write_back(self) -> None:
        """Write the files again that were read; lines of dossiers that did not change keep their bytes."""
        for name, rows in self._tables.items():
            write_table(self.folder / name, list(rows[0]), (list(row.values()) for row in rows))
            self._spoilt(name)
        if self._lines:
            kept = dict(zip(map(id, self._as_read), self._lines, strict=True))
            lines = [_line(dossier, kept.get(id(dossier))) for dossier in self._dossiers]
            self.replace_dossier_file(compressed("".join(f"{line}\n" for line in lines).encode()))
        self._tables, self._lines, self._dossiers, self._as_read = {}, [], [], []

    def replace_dossier_file(self, content: bytes) -> None:
        write_bytes_atomically(self.dossier_file, content)
        self._spoilt(self.dossier_file.name)

    def _spoilt(self, name: str) -> None:
        if name not in self.files:
            self.files.append(name)


def decompressed(content: bytes) -> bytes:
    """The bytes inside a .zst file."""
    import zstandard

    return bytes(zstandard.ZstdDecompressor().decompressobj().decompress(content))


def compressed(content: bytes) -> bytes:
    """The bytes of a .zst file."""
    import zstandard

    return bytes(zstandard.ZstdCompressor(level=3).compress(content))


def _read_table(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _line(dossier: Dossier, before: str | None) -> str:
    if before is not None and json.loads(before) == dossier:
        return before
    return json.dumps(dossier, ensure_ascii=False, separators=(",", ":"))
