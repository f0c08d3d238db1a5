"""Scoring a file of counts without keeping anything: what `service-index score` does.

Belongs here: reading one counts file and scoring it. Does not belong here: the weekly pipeline; nothing here writes under a home.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from resources.units import level_of, province_of
from scoring.formulas import score_counts
from scoring.ruleset import get_ruleset


class ScoreFileError(ValueError):
    """The file or the rule set cannot be used; `code` is the exit code."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code
