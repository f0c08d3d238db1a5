"""A small office that has published: the nation and one province over four weeks, one of them twice, and one week held.

Helpers only. Ranks, changes and scores are made by the scoring room, so that they are what a run would publish.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from publishing.release import Release, publish
from publishing.words import COMPONENTS
from resources.catalogue import table
from resources.exports import ExportRecord
from resources.office import Office, open_office
from resources.settings import load_settings
from resources.tables import rows_of
from resources.units import level_of, provinces
from resources.verdicts import UnitHold, Verdict
from scoring.calendar import Week
from scoring.formulas import group_scores, score_counts
from scoring.ranking import lowest_component, rank_cohort
from scoring.ruleset import RuleSet, ruleset_for

SCRIPT = "<script>alert('tên')</script>"
WEEKS = ("2025-W39", "2025-W40", "2025-W41", "2025-W42")
REVISED, HELD = "2025-W41", "2025-W43"
REVIEWED = "H05.105"
NAMES = {
    "H05.01": "Sở Y tế",
    "H05.02": "Sở Nội vụ",
    "H05.03": "Sở Công Thương",
    "H05.101": "Phường Bắc Giang",
    "H05.102": "Phường Đa Mai",
    "H05.103": SCRIPT,
    "H05.104": "Xã Hợp Thịnh",
    "H05.105": "Xã Tam Tiến",
    "H05.106": "Xã Yên Thế",
    "H05.107": "Xã An Lạc",
    "H05.108": "Phường Tân Tiến",
}


def published_office(home: Path) -> Office:
    """The office; its site is not built."""
    office = open_office(load_settings(home=home))
    rankings: dict[str, pd.DataFrame] = {}
    for week in WEEKS:
        rankings[week] = _publish(office, week, rankings)
    publish_again(office, REVISED)
    office.database.replace_verdict(
        Verdict(
            week=HELD,
            decision="held",
            reasons=("scores VN 2025: Bảng cả nước không đủ 34 tỉnh / Not all 34 provinces",),
        )
    )
    office.database.replace_verdict(
        Verdict(
            week=WEEKS[-1],
            decision="publishable_with_reviews",
            holds=(
                UnitHold(
                    unit_code=REVIEWED, kind=None, period=None, rule="r", reason="Số không khớp / Figures disagree"
                ),
            ),
        )
    )
    return office


def publish_again(office: Office, week: str, better: str = "H05.104") -> None:
    """A later revision of a week: one commune has more points, and a steward said why."""
    before = {str(Week.parse(week).previous): _frame(str(Week.parse(week).previous), {})}
    _publish(office, week, before, better=better, reason="lan: accept_portal: Cổng đã sửa số đếm")


def _publish(
    office: Office,
    week: str,
    earlier: Mapping[str, pd.DataFrame],
    *,
    better: str | None = None,
    reason: str | None = None,
) -> pd.DataFrame:
    _record_export(office, week)
    frame = _frame(week, earlier, better)
    publish(
        Release(
            week=week,
            fingerprint=f"{week}-{better}",
            inputs=[{"export_id": f"e-{week}", "file": f"{week}/scores.VN.ytd.csv", "sha256": week}],
            rulesets={_rules(week).id: "f0"},
            status="provisional",
            rankings=frame,
            scores=_score_frame(week, better),
            reason=reason,
        ),
        office.database,
        office.home,
    )
    return frame


def _record_export(office: Office, week: str) -> None:
    exported = datetime(2025, 10, 20, 17)
    export = ExportRecord(
        export_id=f"e-{week}",
        week=week,
        kind="scores",
        scope="VN",
        period_kind="ytd",
        period="2025",
        file=f"{week}/scores.VN.ytd.csv",
        sha256=week,
        size_bytes=1,
        rows=34,
        rejected_rows=0,
        exported_at=exported,
        received_at=exported,
    )
    office.database.record_exports([export])


def _rules(week: str) -> RuleSet:
    return ruleset_for(Week.parse(week).sunday)


def _frame(week: str, earlier: Mapping[str, pd.DataFrame], better: str | None = None) -> pd.DataFrame:
    """All cohorts of a week in the columns of `rankings`."""
    before = earlier.get(str(Week.parse(week).previous))
    parts: list[dict[str, Any]] = []
    for level, scope, units in (
        ("province", "VN", _nation(week)),
        *((level, "H05", _units(week, level, better)) for level in ("department", "commune")),
    ):
        previous = before[(before["level"] == level) & before["rank"].notna()] if before is not None else None
        ranked = rank_cohort(units, previous, scope=scope)
        for row in rows_of(ranked):
            lowest, completion = lowest_component(row, _rules(week).maxima)
            parts.append(
                row
                | {
                    "week": week,
                    "revision": 0,
                    "level": level,
                    "scope": scope,
                    "period_kind": "ytd",
                    "period": "2025",
                    "unit_name": NAMES.get(row["unit_code"]) or provinces()[row["unit_code"]].name,
                    "lowest_component": lowest,
                    "lowest_completion_pct": completion,
                    "basis": "as_published" if level == "province" else "computed",
                    "status": "under_review" if row["withheld"] else "provisional",
                    "ruleset": None if level == "province" else _rules(week).id,
                }
            )
    return pd.DataFrame(parts, columns=table("rankings").column_names, dtype=object)


def _nation(week: str) -> pd.DataFrame:
    """The 34 provinces as the portal's table has them: totals a little higher every week, two of them equal."""
    step = WEEKS.index(week) if week in WEEKS else 0
    rows = []
    for at, code in enumerate(provinces()):
        completion = Decimal("0.93" if at else "0.96") - Decimal(at) / 300 + Decimal(step * ((at * 7) % 5)) / 1000
        groups = {name: (most * completion).quantize(Decimal("0.01")) for name, most in _rules(week).maxima.items()}
        if at in (15, 16):
            groups = dict(
                zip(COMPONENTS, map(Decimal, ("15.10", "17.20", "8.00", "9.10", "16.30", "19.00")), strict=True)
            )
        rows.append({"unit_code": code, **groups, "total": sum(groups.values()), "unrounded": None, "withheld": False})
    return pd.DataFrame(rows, dtype=object)


def _counts(week: str, better: str | None) -> pd.DataFrame:
    """Counts of every unit and indicator; exact, without chance."""
    step = WEEKS.index(week) if week in WEEKS else 0
    rows = []
    for place, code in enumerate(NAMES):
        for at, indicator in enumerate(_rules(week).indicators):
            denominator = 0 if indicator.code == "published_on_time" else 4000 + 100 * place + step
            numerator = min(denominator, denominator * (80 + (place * 5 + at * 3 + step) % 20) // 100)
            if code == better and indicator.code == "on_time":
                numerator = denominator
            rows.append((code, level_of(code), "H05", indicator.code, numerator, denominator))
    columns = ["unit_code", "level", "province_code", "indicator", "numerator", "denominator"]
    return pd.DataFrame(rows, columns=columns)


def _units(week: str, level: str, better: str | None) -> pd.DataFrame:
    scores = score_counts(_counts(week, better), _rules(week))
    rows = []
    for code, groups in group_scores(scores, _rules(week)).groupby("unit_code", sort=False):
        if level_of(str(code)) == level:
            known = dict(zip(groups["group_code"], groups["score"], strict=True))
            exact: Sequence[Decimal] = groups["unrounded"].tolist()
            held = code == REVIEWED and week == WEEKS[-1]
            total = sum(known.values(), Decimal(0))
            rows.append(
                {"unit_code": code, **known, "total": total, "unrounded": sum(exact, Decimal(0)), "withheld": held}
            )
    return pd.DataFrame(rows, dtype=object)


def _score_frame(week: str, better: str | None) -> pd.DataFrame:
    own = score_counts(_counts(week, better), _rules(week)).assign(basis="computed", ruleset=_rules(week).id)
    portal = pd.DataFrame(
        [
            {
                "unit_code": row["unit_code"],
                "group_code": name,
                "indicator": "group_total",
                "score": row[name],
                "max_points": _rules(week).maxima[name],
                "basis": "as_published",
            }
            for row in rows_of(_nation(week))
            for name in COMPONENTS
        ],
        dtype=object,
    )
    scores = pd.concat([own.astype(object), portal], ignore_index=True)
    scores = scores.assign(week=Week.parse(week).monday, period_kind="ytd", period="2025")
    given = scores.astype(object).where(scores.notna(), None)
    return given.reindex(columns=table("scores").column_names)
