"""The story of the data, a module a stage: exports, dossiers, quality, counts, scores, rankings, publication.

Belongs here: thin Dagster adapters that name inputs, call one function of a lower room and report what was done.
Does not belong here: rules, formulas, SQL, formats. They live in checks, scoring, resources and publishing.

What is imported when. Every run, command and server of Dagster begins by importing the definitions. So a module that defines
something of Dagster's (an asset, check, job, schedule or sensor) imports at its top Dagster, and of the house only what such a
definition is made of: the weeks, names, the column catalogue, the rules as they are written. What the work needs is imported in
the function Dagster calls, and its types stand quoted under TYPE_CHECKING. Where a stage has much work, that stands in a module
of its own, which imports at its top as usual: intake_steps and scoring_step are what Dagster loads; exports, dossiers, quality
and publication are the work. tests/pipelines/test_start_up.py holds the rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import dagster as dg


def all_assets() -> list[dg.AssetsDefinition]:
    """Every asset, in the order of the story."""
    from assets.bulletins import bulletins
    from assets.documents import data_docs
    from assets.intake_steps import core_assets, exports, quality, verdict
    from assets.pulled import pulled
    from assets.scoring_step import scoring_step
    from assets.site import public_site

    return [pulled, exports, *core_assets, quality, verdict, data_docs, scoring_step, bulletins, public_site]


def all_checks() -> list[dg.AssetChecksDefinition]:
    from assets.quality_checks import table_checks, verdict_checks

    return [*table_checks, verdict_checks]
