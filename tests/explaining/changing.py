"""Changing the dossiers of a landing folder, as a sender would who exports again. Helpers only."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import zstandard

NAME = "dossiers.H05.ndjson.zst"


def rewrite(
    landing: Path, week: object, codes: Collection[str], change: Callable[[dict[str, Any]], Any], name: str = NAME
) -> int:
    """Writes a week's dossiers as file `name` with some of them changed; returns how many were."""
    source = landing / str(week) / NAME
    lines, changed = [], 0
    for line in zstandard.decompress(source.read_bytes(), max_output_size=2**28).splitlines():
        record = json.loads(line)
        if record["MaHoSo"] in codes:
            change(record)
            changed += 1
        lines.append(json.dumps(record, ensure_ascii=False))
    to = source.with_name(name)
    to.write_bytes(zstandard.compress(("\n".join(lines) + "\n").encode()))
    beside = source.with_name(f"{NAME}.meta.yaml").read_text()
    to.with_name(f"{name}.meta.yaml").write_text(beside)
    return changed
