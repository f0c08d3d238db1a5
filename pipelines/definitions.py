"""What Dagster loads: the definitions with the settings of the environment. Nothing else belongs here."""

from __future__ import annotations

import os
from pathlib import Path

from pipelines.build import build_defs

if folder := os.environ.get("DAGSTER_HOME"):
    from resources.sqlite_files import spare_the_disk

    spare_the_disk(Path(folder))  # each run has a process of its own, which loads this

defs = build_defs()
