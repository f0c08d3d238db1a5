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
    from assets.bulletins import bulletins
    from assets.documents import data_docs
    from assets.dossiers import core_assets
    from assets.exports import exports
    from assets.publication import scoring_step
    from assets.pulled import pulled
    from assets.quality import quality, verdict
    from assets.site import public_site

    return [pulled, exports, *core_assets, quality, verdict, data_docs, scoring_step, bulletins, public_site]


def all_checks() -> list[dg.AssetChecksDefinition]:
    from assets.quality_checks import table_checks, verdict_checks

    return [*table_checks, verdict_checks]
