"""What Dagster loads: the definitions with the settings of the environment. Nothing else belongs here."""

from __future__ import annotations

from pipelines.build import build_defs

defs = build_defs()
