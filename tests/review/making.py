"""Small findings for tests of the review: the miscount of a commune, a feed that fails, a warning. Helpers only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from checks.review import open_cases
from resources.cases import Case, Correction, Renewal
from resources.outcomes import RuleOutcome
from resources.review import Review

MISCOUNT = "reconcile.electronic_result"


def miscount(week: str = "2025-W44", unit: str = "H05.141", **more: Any) -> RuleOutcome:
    return RuleOutcome(
        **{
            "rule": MISCOUNT,
            "week": week,
            "stage": "quality",
            "grain": "unit",
            "scope": "H05",
            "period": "2025",
            "unit_code": unit,
            "value": "212",
            "expected": "318",
            "checked": 441,
            "failed": 106,
            "message_vi": "Số hồ sơ có kết quả điện tử của cổng thấp hơn hồ sơ thật",
            "message_en": "The portal counts fewer dossiers with an electronic result than there are",
            "diagnosis": "missed_after",
            "diagnosis_vi": "Bộ đếm của cổng bỏ sót 106 hồ sơ trả kết quả sau 28/10/2025",
            "diagnosis_en": "The portal's counter missed 106 dossiers closed after 28/10/2025",
            **more,
        }
    )


def feed_failure(week: str = "2025-W44", **more: Any) -> RuleOutcome:
    return RuleOutcome(
        **{
            "rule": "portal_scores.sum",
            "week": week,
            "stage": "quality",
            "kind": "scores",
            "scope": "VN",
            "failed": 1,
            "message_vi": "Tổng nhóm không khớp tổng điểm",
            "message_en": "Groups do not add up to the total",
            **more,
        }
    )


def correction(case: Case, **more: Any) -> Correction:
    """What mends the miscount: the numerator of W44 is 318, and not the 212 that stand there."""
    return Correction(
        **{
            "case_id": case.id,
            "table": "portal_counts",
            "rows": {"unit_code": "H05.141", "indicator": "electronic_result"},
            "action": "set",
            "field": "numerator",
            "value": "318",
            "expect": {"numerator": "212"},
            "first_week": "2025-W44",
            "last_week": "2025-W44",
            "reason": "106 hồ sơ bị bỏ sót",
            "who": "",
            **more,
        }
    )


def judged(review: Review, week: str, outcomes: Iterable[RuleOutcome], names: dict[str, str] | None = None) -> Renewal:
    """What judging a week does on the desk."""
    found = list(outcomes)
    return review.renew(lambda cases: open_cases(week, found, cases), week, names)


def only_case(review: Review) -> Case:
    (case,) = review.cases()
    return case
