"""Files of the emulated landing folder: whole or not there, and the same bytes for the same content.

Belongs here: formats and sidecars. Does not belong here: what the figures are.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from resources.files import write_bytes_atomically
from resources.sidecars import SUFFIX

_SOURCE = "service-index emulator: a simulated portal"


def write_table(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
    """A CSV file: UTF-8, comma, line feed."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    write_bytes_atomically(path, text.getvalue().encode())
    return path


def write_sidecar(path: Path, exported_at: datetime, note: str, corrects: str | None = None) -> Path:
    """The sidecar beside a file; `exported_at` is a time on the local clock."""
    said = {"exported_at": f"{exported_at.isoformat()}+07:00", "source": _SOURCE, "note": note, "corrects": corrects}
    lines = [f"{key}: {json.dumps(text, ensure_ascii=False)}\n" for key, text in said.items() if text]
    beside = path.with_name(path.name + SUFFIX)
    write_bytes_atomically(beside, "".join([*lines, "simulated: true\n"]).encode())
    return beside
