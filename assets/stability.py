"""Stability: how robust the ranks of a published cohort are.

Belongs here: gathering a cohort's published scores for scoring/robustness.py. Does not belong here: the arithmetic, printing
(publishing/stability.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from publishing.differences import revision_of
from publishing.stability import Shown
from publishing.standing import unrounded_totals
from publishing.words import COMPONENTS
from resources.office import Office
from resources.published import published_scores
from resources.units import level_of
from scoring.basis import GROUP_TOTAL
from scoring.calendar import Week
from scoring.robustness import Figures, parts_of_unit, stability, swings_of_unit
from scoring.ruleset import get_ruleset, load_rulesets


def cohort_stability(
    office: Office, week: Week, level: str, scope: str, period_kind: str = "ytd", revision: int | None = None
) -> Shown:
    """How stable each rank of a cohort is; by indicator where every unit has counts, else by group.

    Raises NoSuchRevision, FilesMissing.
    """
    found = revision_of(office.database, str(week), revision)
    rows = office.database.ranking(week, level, scope, period_kind, found.revision)
    ranked = {row["unit_code"]: row for row in rows if row["rank"] is not None}
    exact = unrounded_totals(office, found.week, found.revision, list(ranked.values()), period_kind)
    scores: dict[str, list[Mapping[str, Any]]] = {code: [] for code in ranked}
    for row in published_scores(office.home, week, found.revision, period_kind, list(ranked)):
        scores[row["unit_code"]].append(row)
    by_indicator = bool(exact) and all(_has_counts(row, scores[code]) for code, row in ranked.items())
    figures = [
        _of_indicators(row, scores[code], exact[code]) if by_indicator else _of_groups(row, exact.get(code))
        for code, row in ranked.items()
    ]
    return Shown(found.week, found.revision, level, scope, period_kind, by_indicator, rows, stability(figures))


def _has_counts(row: Mapping[str, Any], scores: list[Mapping[str, Any]]) -> bool:
    return row["ruleset"] in load_rulesets() and all(each["indicator"] != GROUP_TOTAL for each in scores)


def _of_indicators(row: Mapping[str, Any], scores: list[Mapping[str, Any]], total: Decimal) -> Figures:
    # A unit's own level, not that of the cohort, in which departments and communes may stand together.
    ruleset, level = get_ruleset(row["ruleset"]), level_of(row["unit_code"]) or row["level"]
    return Figures(
        row["unit_code"],
        total,
        row["total"],
        parts_of_unit(scores, ruleset, level),
        swings_of_unit(scores, ruleset, level, total),
    )


def _of_groups(row: Mapping[str, Any], exact: Decimal | None) -> Figures:
    parts = {name: row[name] for name in COMPONENTS if row[name] is not None}
    return Figures(row["unit_code"], exact if exact is not None else row["total"], row["total"], parts)
