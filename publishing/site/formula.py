"""The formula of a score with its numbers filled in: `5,83 = 6 × 4.120/4.239`.

Belongs here: writing down how one published score follows from its counts. Does not belong here: computing it (scoring), or
the words for what has no formula (the templates).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from publishing.site.languages import Language
from scoring.ruleset import Indicator

WITHOUT_FORMULA = frozenset({"missing", "invalid_counts", "zero_denominator", "flat"})
"""Notes of scores that do not follow from a ratio; the note says what holds instead."""


def notes_of(score: Mapping[str, Any]) -> tuple[str, ...]:
    """The notes of a row of `scores`."""
    return tuple((score["note"] or "").split(", ")) if score["note"] else ()


def formula(
    score: Mapping[str, Any], indicator: Indicator | None, level: str, groups: Mapping[str, Any], language: Language
) -> str | None:
    """The filled formula of a row of `scores`, or None where the score does not follow from counts.

    groups: group code to its score, for an indicator that follows another group.
    """
    if indicator is None or score["score"] is None or WITHOUT_FORMULA & set(notes_of(score)):
        return None
    most, separator = language.plain(indicator.max_points), "; " if language.code == "vi" else ", "
    worth, is_cut = _worth(score, indicator, level, groups, language)
    if worth is None:
        return None
    right = f"min({most}{separator}{worth})" if is_cut else worth
    return f"{language.number(score['score'])} = {right}"


def _worth(
    score: Mapping[str, Any], indicator: Indicator, level: str, groups: Mapping[str, Any], language: Language
) -> tuple[str | None, bool]:
    """What the ratio is worth, and whether the maximum may cut it."""
    if indicator.derived is not None:
        source = groups.get(indicator.derived.group)
        if source is None:
            return None, True
        return f"{language.number(source)} ÷ {language.plain(indicator.derived.divide_by)}", True
    if score["numerator"] is None or not score["denominator"]:
        return None, False
    ratio = f"{language.number(score['numerator'])}/{language.number(score['denominator'])}"
    full_at = indicator.full_at_for(level)
    is_whole = full_at == Decimal(1)
    worth = f"{language.plain(indicator.max_points)} × {ratio}" + ("" if is_whole else f" ÷ {language.plain(full_at)}")
    return worth, not is_whole or score["numerator"] > score["denominator"]
