"""The story of the data, a module a stage: exports, dossiers, quality, counts, scores, rankings, publication.

Belongs here: thin Dagster adapters that name inputs, call one function of a lower room and report what was done.
Does not belong here: rules, formulas, SQL, formats. They live in checks, scoring, resources and publishing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import dagster as dg


def all_assets() -> list[dg.AssetsDefinition]:
    """Every asset, in the order of the story."""
    from assets.dossiers import core_assets
    from assets.exports import exports
    from assets.publication import scoring_step
    from assets.quality import quality, verdict

    return [exports, *core_assets, quality, verdict, scoring_step]


def all_checks() -> list[dg.AssetChecksDefinition]:
    from assets.quality import quality_checks

    return [quality_checks]
