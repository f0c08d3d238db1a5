"""Rules that stand in no catalogue, since code makes their findings: of corrections, and of a table that moves all alike.

Belongs here: their ids and words, which Dagster's checks show. Does not belong here: finding anything (corrections,
reconcile/steps), rules that are data (rules.yaml).
"""

from __future__ import annotations

from checks.rules import Rule
from resources.outcomes import Grain, Severity

LIKE_STEP = "portal_scores.like_step"


def _rule(name: str, grain: Grain, severity: Severity, vi: str, en: str) -> Rule:
    return Rule(
        id=f"corrections.{name}",
        table="",
        grain=grain,
        severity=severity,
        title_vi=vi,
        title_en=en,
        action_vi="Rút điều chỉnh, hoặc lập điều chỉnh khác",
        action_en="Withdraw the correction, or make another",
        owner="data-stewards",
        judged_by="corrections",
    )


EXPECTATION = _rule(
    "expectation",
    "feed",
    "error",
    "Nguồn không còn như điều chỉnh chờ đợi nên không sửa gì",
    "The source is not as a correction expects, so nothing was mended",
)
FLAGGED = _rule(
    "flagged",
    "unit",
    "error",
    "Đơn vị được đưa vào diện xem xét bằng điều chỉnh",
    "The unit was put under review by a correction",
)
DROPPED = _rule("dropped", "row", "info", "Dòng được bỏ bằng điều chỉnh", "Rows were dropped by a correction")
CORRECTION_RULES = (EXPECTATION, FLAGGED, DROPPED)
