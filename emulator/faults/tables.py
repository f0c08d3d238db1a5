"""Faults of the portal's score tables: dossiers and counts are right, the table is not.

Belongs here: one small function a fault. The sentence it begins with is its documentation. Does not belong here: when
and where a fault is applied.
"""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from emulator.faults.fault import NothingToSpoil, table_fault
from emulator.faults.landed import Landed, Row
from emulator.indicators import BY_NAME
from emulator.tables import points, shared_ranks

COMPONENT_COLUMNS = ("TDGQ", "MDHL", "MDSH", "TTTT", "CLGQ", "CKMB")
NATION = "scores.VN.ytd.csv"
RULE_STEP, DEDUCTED = 600, 200  # hundredths


def _own(landed: Landed) -> str:
    return f"scores.{landed.province.code}.ytd.csv"


def _hundredths(text: str) -> int:
    return int(Decimal(text) * 100)


def _rank_again(rows: list[Row]) -> None:
    ranks = shared_ranks(np.array([_hundredths(row["TONG_SCORE"]) for row in rows]))
    for row, rank in zip(rows, ranks, strict=True):
        row["ROW_STT"] = str(rank)
    rows.sort(key=lambda row: (int(row["ROW_STT"]), row["MA_COQUAN"]))


@table_fault(
    "Một nhóm được lấy bằng tổng trừ các nhóm còn lại",
    "A component is taken as the total less the rest",
    "portal_scores.component_range",
    needs_week_before=True,
)
def residual_component(landed: Landed) -> None:
    """Five components are of the week before, the total is of this week, and satisfaction is what is left: every row
    adds up, and some lie above the maximum."""
    before = landed.table_before(_own(landed))
    for row in landed.table(_own(landed)):
        others = [name for name in COMPONENT_COLUMNS if name != "MDHL"]
        row |= {name: before[row["MA_COQUAN"]][name] for name in others}
        rest = points(_hundredths(row["TONG_SCORE"]) - sum(_hundredths(row[name]) for name in others))
        landed.things += row["MDHL"] != rest
        row["MDHL"] = rest


@table_fault(
    "Nhóm và tổng của hai lần chụp khác nhau",
    "Groups and totals are of different captures",
    "portal_scores.adds_up",
    needs_week_before=True,
)
def other_capture(landed: Landed) -> None:
    """All six components are of the week before, total and rank of this week: the rows do not add up."""
    before = landed.table_before(_own(landed))
    for row in landed.table(_own(landed)):
        old = before[row["MA_COQUAN"]]
        landed.things += any(row[name] != old[name] for name in COMPONENT_COLUMNS)
        row |= {name: old[name] for name in COMPONENT_COLUMNS}


@table_fault("Một nhóm bằng 0 ở mọi đơn vị", "A component is 0.0 for every unit", "portal_scores.component_all_zero")
def zero_component(landed: Landed) -> None:
    """Digitisation could not be fetched and is written as 0.0 for all; totals and ranks follow."""
    rows = landed.table(_own(landed))
    for row in rows:
        row["TONG_SCORE"] = points(_hundredths(row["TONG_SCORE"]) - _hundredths(row["MDSH"]))
        row["MDSH"] = "0.0"
    landed.things += len(rows)
    _rank_again(rows)


@table_fault(
    "Cổng đổi quy tắc: mọi đơn vị lệch 6 điểm",
    "A rule changes: 6 points for all units",
    "portal_scores.like_step",
    national=True,
)
def rule_step(landed: Landed) -> None:
    """All provinces have 6 points of satisfaction less than before, as without the points for no petitions; in the week
    after, if there is one, they rise by 6."""
    rows = landed.table(NATION)
    for row in rows:
        for name in ("MDHL", "TONG_SCORE"):
            row[name] = points(_hundredths(row[name]) - RULE_STEP)
    landed.things += len(rows)


@table_fault("Trừ điểm kỹ thuật 2 điểm", "A technical deduction of 2 points", "reconcile:deduction")
def technical_deduction(landed: Landed) -> None:
    """A few units lose 2 points of progress "for an error of the system": no count tells why."""
    landed.strike(np.ones(landed.province.size))
    rows = landed.table(_own(landed))
    for row in rows:
        if row["MA_COQUAN"] in landed.units:
            for name in ("TDGQ", "TONG_SCORE"):
                row[name] = points(_hundredths(row[name]) - DEDUCTED)
            landed.things += 1
    _rank_again(rows)


@table_fault(
    "Điểm in ra không phải điểm của số đếm",
    "The printed score is not what the counts make",
    "portal_counts.score_of_counts",
)
def score_not_of_counts(landed: Landed) -> None:
    """A few units have half a point less for electronic results than the counts beside it make; nothing else is changed."""
    landed.strike(np.ones(landed.province.size))
    for row in landed.table(f"counts.{landed.province.code}.ytd.csv"):
        if row["metric"] == BY_NAME["electronic_result"].metric and row["unit_code"] in landed.units:
            row["portal_score"] = points(max(0, _hundredths(row["portal_score"]) - 50))
            landed.things += 1


@table_fault("Thiếu điểm một nhóm", "A component is missing", "portal_scores.component_missing")
def missing_component(landed: Landed) -> None:
    """Of a few units payment could not be fetched: the cell is empty, the total is there."""
    landed.strike(np.ones(landed.province.size))
    for row in landed.table(_own(landed)):
        if row["MA_COQUAN"] in landed.units:
            row["TTTT"] = ""
            landed.things += 1


@table_fault("Thứ hạng không theo tổng điểm", "Ranks do not follow totals", "portal_scores.rank_follows_total")
def ranks_astray(landed: Landed) -> None:
    """A few units have each other's ranks."""
    rows = {row["MA_COQUAN"]: row for row in landed.table(_own(landed))}
    landed.strike(np.ones(landed.province.size))
    struck = [rows[code] for code in landed.units]
    ranks = [row["ROW_STT"] for row in struck]
    for row, rank in zip(struck, [*ranks[1:], ranks[0]], strict=True):
        landed.things += row["ROW_STT"] != rank
        row["ROW_STT"] = rank


@table_fault(
    "Bảng cả nước thiếu một tỉnh",
    "A province is missing from the national table",
    "portal_scores.provinces",
    "portal_scores.unit_vanished",
    national=True,
)
def missing_units(landed: Landed) -> None:
    """One of the other provinces is lost between two pages: 33 of 34, the other ranks as they were."""
    rows = landed.table(NATION)
    lost = int(landed.rng.integers(len(rows) // 2, len(rows)))
    if rows[lost]["MA_COQUAN"] == landed.province.code:
        lost -= 1
    landed.units.append(rows.pop(lost)["MA_COQUAN"])
    landed.things += 1


@table_fault("Một đơn vị đứng hai lần", "A unit stands twice", "portal_scores.unit_twice")
def doubled_unit(landed: Landed) -> None:
    """The last unit of a page is also the first of the next."""
    rows = landed.table(_own(landed))
    if len(rows) < 40:
        raise NothingToSpoil
    row = rows[int(landed.rng.integers(10, len(rows) - 10))]
    rows.insert(rows.index(row) + 1, dict(row))
    landed.units.append(row["MA_COQUAN"])
    landed.things += 1


@table_fault("Đơn vị đã bị đưa khỏi danh sách", "A unit has left the list of units", "dossiers.unit_closed")
def closed_unit(landed: Landed) -> None:
    """A few units are not on the list of units any more, and go on sending dossiers."""
    units = landed.table(f"units.{landed.province.code}.csv")
    known = {row["unit_code"]: int(row["reported_ytd"] or 0) for row in units}
    landed.strike(np.array([known[code] for code in landed.province.unit_codes]))
    units[:] = [row for row in units if row["unit_code"] not in landed.units]
    landed.things += len(landed.units)


@table_fault(
    "Còn cấp huyện sau 2025-07-01", "District units after 2025-07-01", "portal_scores.district", "units.district"
)
def district_units(landed: Landed) -> None:
    """Two districts, abolished on 2025-07-01, still stand in the list of units and in the score table, by codes of the
    old form."""
    scores, units = landed.table(_own(landed)), landed.table(f"units.{landed.province.code}.csv")
    for number in (91, 92):
        code = f"000.00.{number}.{landed.province.code}"
        name = f"UBND huyện Mô phỏng {number - 90} - {landed.province.name}"
        scores.append(
            scores[len(scores) // 2] | {"ID": str(number), "TEN": name, "TEN_COQUAN": name, "MA_COQUAN": code}
        )
        units.append(dict.fromkeys(units[0], "0") | {"unit_code": code, "unit_name": name, "statistics_code": ""})
        units[-1]["certified_copy"] = ""
        landed.units.append(f"{landed.province.code}.{number}")
    landed.things += 2
    _rank_again(scores)
