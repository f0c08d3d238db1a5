"""Bắc Ninh's autumn of 2025 as two published reports tell it, published by hand: weeks 2025-W37 to W46. Helpers only.

The province leads from W38 on, so W41 is its fourth week in a row and W46 its ninth. What the reports leave open is filled in
so that it agrees with what they say; of the contradictions in them the side that adds up is taken (online services 8.48).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pandas as pd

from publishing.release import publish
from resources.office import Office
from resources.units import provinces
from resources.verdicts import UnitHold, Verdict
from scoring.calendar import Week
from scoring.ranking import lowest_component, rank_cohort
from scoring.ruleset import get_ruleset
from tests.publishing.releases import COMPONENTS, ranking_row, release

OWN = "H05"
MISCOUNT = "Bộ đếm của cổng bỏ sót hồ sơ số hóa / The portal's counter missed digitised dossiers"
MAXIMA = get_ruleset("766-2025").maxima
Parts = tuple[str, str, str, str, str, str]

OWN_PARTS: dict[str, Parts] = {
    "2025-W37": ("15.60", "18.80", "8.38", "9.90", "17.86", "18.07"),  # 88.61
    "2025-W38": ("15.60", "18.85", "8.39", "9.92", "17.86", "18.28"),  # 88.90
    "2025-W39": ("15.60", "18.90", "8.40", "9.95", "17.86", "18.49"),  # 89.20
    "2025-W40": ("15.60", "18.94", "8.40", "9.98", "17.86", "18.71"),  # 89.49
    "2025-W41": ("15.64", "19.00", "8.42", "10.00", "17.86", "20.78"),  # 91.70
    "2025-W42": ("15.64", "19.05", "8.42", "10.00", "17.86", "20.81"),  # 91.78
    "2025-W43": ("15.64", "19.05", "8.38", "9.95", "17.86", "20.85"),  # 91.73
    "2025-W44": ("15.82", "19.15", "8.43", "9.88", "17.86", "20.94"),  # 92.08
    "2025-W45": ("15.82", "19.20", "8.48", "9.91", "17.86", "21.01"),  # 92.28
    "2025-W46": ("15.82", "19.24", "8.48", "9.93", "17.86", "21.04"),  # 92.37
}
RIVALS = {"2025-W37": ("88.95", "88.40"), "2025-W45": ("91.65", "91.60"), "2025-W46": ("91.98", "91.96")}

_DEPARTMENTS = (
    "Văn phòng UBND", "Sở Dân tộc và Tôn giáo", "Ban Quản lý các khu công nghiệp", "Sở Khoa học và Công nghệ",
    "Sở Tư pháp", "Sở Tài chính", "Sở Y tế", "Sở Xây dựng", "Sở Nông nghiệp và Môi trường",
    "Sở Văn hóa, Thể thao và Du lịch", "Thanh tra", "Sở Nội vụ", "Sở Công Thương", "Sở Giáo dục và Đào tạo",
)  # fmt: skip
_DEPARTMENT_TOTALS = (
    "95.38", "94.76", "94.55", "94.10", "93.80", "93.40", "93.10",
    "92.70", "92.20", "91.60", "90.40", "89.07", "89.02", "87.74",
)  # fmt: skip
_ABOVE_92_IN_W41 = (
    "Sở Nội vụ",
    "Ban Quản lý các khu công nghiệp",
    "Sở Khoa học và Công nghệ",
    "Sở Y tế",
    "Sở Xây dựng",
)
COMMUNES = ("Xã Hợp Thịnh", "Phường Bắc Giang", "Phường Tân Tiến", "Xã Xuân Cẩm", "Xã Hoàng Vân")
MOVED = {"Xã An Lạc": (16, 6), "Xã Trung Chính": (21, 9)}
MEAN_IN_W41 = Decimal("91.06")

Member = tuple[str, str, Decimal, Sequence[Decimal]]


def reported(office: Office) -> Office:
    """Publishes the ten weeks into an office, W44 twice: two communes were under review in its first revision."""
    before: dict[tuple[str, str], pd.DataFrame] = {}
    for week in OWN_PARTS:
        cohorts = _cohorts(week)
        ranked = {key: _ranked(members, before.get(key)) for key, members in cohorts.items()}
        if week == "2025-W44":
            held = {code for code, *_ in cohorts["commune", OWN][20:22]}
            first = {key: _ranked(members, before.get(key), held) for key, members in cohorts.items()}
            _publish(office, week, "first", _rows(week, first, cohorts))
        reason = MISCOUNT if week == "2025-W44" else None
        _publish(office, week, "last", _rows(week, ranked, cohorts), reason)
        before = ranked
    return office


def _publish(office: Office, week: str, file: str, rows: list[dict[str, Any]], reason: str | None = None) -> None:
    made = release(week, inputs=f"{week} {file}", rows=rows, status="final", reason=reason)
    inputs = [{"export_id": file, "file": f"{week}/counts.{OWN}.ytd.csv", "sha256": f"{week} {file}"}]
    publish(replace(made, inputs=inputs), office.database, office.home)


def hold(office: Office, week: str, units: Iterable[str], reason: str = MISCOUNT) -> None:
    """The verdict that puts units under review."""
    holds = tuple(
        UnitHold(unit_code=unit, kind="dossiers", period=None, rule="reconcile.electronic_result", reason=reason)
        for unit in units
    )
    office.database.replace_verdict(Verdict(week=week, decision="publishable_with_reviews", holds=holds))


def _cohorts(week: str) -> dict[tuple[str, str], list[Member]]:
    departments, communes = _departments(week), _communes(week)
    if week == "2025-W41":
        communes = _with_mean(departments, communes)
    return {
        ("province", "VN"): _provinces(week),
        ("department", OWN): departments,
        ("commune", OWN): communes,
        ("unit", OWN): [*departments, *communes],
    }


def _provinces(week: str) -> list[Member]:
    own = [Decimal(part) for part in OWN_PARTS[week]]
    second, third = map(Decimal, RIVALS.get(week, (str(sum(own) - Decimal("0.50")), str(sum(own) - Decimal("0.70")))))
    others = [code for code in provinces() if code not in (OWN, "H24", "H19")]
    totals = {OWN: sum(own, Decimal(0)), "H24": second, "H19": third}
    totals |= {code: Decimal("88.00") - Decimal("0.25") * at for at, code in enumerate(others)}
    return [
        (code, provinces()[code].name, total, own if code == OWN else _parts(total)) for code, total in totals.items()
    ]


def _departments(week: str) -> list[Member]:
    if week == "2025-W41":
        low = [name for name in _DEPARTMENTS if name not in _ABOVE_92_IN_W41]
        totals = dict(zip(_ABOVE_92_IN_W41, map(Decimal, ["93.20", "92.90", "92.60", "92.30", "92.10"]), strict=True))
        totals |= {name: Decimal("91.80") - Decimal("0.40") * at for at, name in enumerate(low)}
    else:
        totals = dict(zip(_DEPARTMENTS, map(Decimal, _DEPARTMENT_TOTALS), strict=True))
        if week != "2025-W46":
            totals = {name: total - Decimal("0.10") for name, total in totals.items()}
    codes = {name: f"{OWN}.{at:02d}" for at, name in enumerate(_DEPARTMENTS, start=1)}
    return [(codes[name], name, total, _parts(total)) for name, total in totals.items()]


def _communes(week: str) -> list[Member]:
    """99 in the order of their rank; places are W46's, and in earlier weeks those that moved stand where they came from."""
    names = [*COMMUNES]
    names += [f"Xã {at}" for at in range(6, 98)]
    for name, (before, now) in MOVED.items():
        names.insert((now if week == "2025-W46" else before) - 1, name)
    if week == "2025-W41":  # Tân Tiến led then
        names.insert(0, names.pop(names.index("Phường Tân Tiến")))
    totals = [Decimal("94.06") - Decimal("0.05") * at for at in range(99)]
    if week == "2025-W41":
        totals[:5] = map(Decimal, ["93.94", "93.20", "93.00", "92.90", "92.75"])
        totals[5:] = [Decimal("92.60") - (Decimal("0.0355") * at).quantize(Decimal("0.01")) for at in range(94)]
    elif week != "2025-W46":
        # Of the last ten six had less the week before, and four had more.
        totals = [total - Decimal("0.02") if at < 95 else total + Decimal("0.01") for at, total in enumerate(totals)]
    codes = {name: f"{OWN}.{101 + at}" for at, name in enumerate(sorted(names))}
    return [(codes[name], name, total, _parts(total)) for name, total in zip(names, totals, strict=True)]


def _with_mean(departments: Sequence[Member], communes: Sequence[Member]) -> list[Member]:
    """The communes, the last of them such that the mean of all units is what the report says."""
    wanted = MEAN_IN_W41 * (len(departments) + len(communes))
    known = sum((member[2] for member in [*departments, *communes[:-1]]), Decimal(0))
    code, name, _, _ = communes[-1]
    return [*communes[:-1], (code, name, wanted - known, _parts(wanted - known))]


def _parts(total: Decimal) -> list[Decimal]:
    """Six components that add up to a total, each within its maximum."""
    share = {name: (most * total / 100).quantize(Decimal("0.01")) for name, most in MAXIMA.items()}
    share["digitisation"] += total - sum(share.values())
    return [share[name] for name in COMPONENTS]


def _ranked(members: Sequence[Member], before: pd.DataFrame | None, held: set[str] | None = None) -> pd.DataFrame:
    rows = pd.DataFrame(
        {"unit_code": [each[0] for each in members], "total": [each[2] for each in members]}, dtype=object
    )
    rows["unrounded"] = None
    rows["withheld"] = [each[0] in (held or set()) for each in members]
    return rank_cohort(rows, before, scope=OWN if members[0][0] != OWN else None)


def _rows(
    week: str, ranked: Mapping[tuple[str, str], pd.DataFrame], cohorts: Mapping[tuple[str, str], Sequence[Member]]
) -> list[dict[str, Any]]:
    rows = []
    for (level, scope), frame in ranked.items():
        known = {code: (name, parts) for code, name, _, parts in cohorts[level, scope]}
        for told in frame.astype(object).where(frame.notna(), None).to_dict("records"):
            name, given = known[told["unit_code"]]
            parts: dict[str, Decimal | None] = dict(zip(COMPONENTS, given, strict=True))
            lowest, completion = lowest_component(parts, MAXIMA)
            withheld = told.pop("withheld")
            told.pop("unrounded")
            changes = {str(key): value for key, value in told.items() if key not in ("unit_code", "rank", "total")}
            rows.append(
                ranking_row(
                    str(told["unit_code"]), None, None, week=week, level=level, scope=scope, unit_name=name,
                    status="under_review" if withheld else "final",
                    ruleset="766-2025", period=f"{Week.parse(week).thursday.year}",
                    **parts, **changes, lowest_component=lowest, lowest_completion_pct=completion,
                )
                | {"rank": told["rank"], "total": told["total"]}
            )  # fmt: skip
    return rows
