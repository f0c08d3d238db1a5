"""Score tables and tables of counts as the suites look at them: their rows, and what is derived from each row.

Belongs here: derived columns, exact (Decimal), as pure functions on rows. Does not belong here: what is expected of
them (rules.yaml) or judging them (suites).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from resources.catalogue import table as catalogue_table

if TYPE_CHECKING:
    from resources.exports import ExportRecord

Row = dict[str, Any]

#: The six components, by their column names.
COMPONENTS = tuple(
    column.name
    for column in catalogue_table("portal_scores").columns
    if column.type.startswith("DECIMAL") and column.name != "total"
)
TOTAL, GROUP_TOTAL = "total", "group_total"  # indicators that carry the portal's own sums


@dataclass(frozen=True, slots=True)
class TableFeed:
    """One export of a small table: its valid rows in the catalogue's columns, Decimals exact.

    maxima: the most points each component can give by the rule set in force; a component that is absent has a maximum
    that is not determined, and is not held against one.
    """

    export: ExportRecord
    rows: Sequence[Row]
    maxima: Mapping[str, Decimal] = field(default_factory=dict)


def read_rows(path: Path) -> list[Row]:
    """The rows of a Parquet file, Decimals and missing whole numbers as they are."""
    import pyarrow.parquet as pq

    return pq.read_table(path).to_pylist()


def derive(table: str, rows: Sequence[Row]) -> list[Row]:
    """Rows of one export with the columns expectations may ask for beyond the catalogue's."""
    return _DERIVE[table](rows)


def _derive_scores(rows: Sequence[Row]) -> list[Row]:
    gaps = _rank_gaps(rows)
    derived = []
    for row, rank_gap in zip(rows, gaps, strict=True):
        missing = [name for name in (*COMPONENTS, "total") if row[name] is None]
        total = None if missing else sum((row[name] for name in COMPONENTS), Decimal(0))
        derived.append(
            {
                **row,
                "component_sum": total,
                "sum_gap": None if total is None else abs(total - row["total"]),
                "missing_parts": len(missing),
                "missing_names": ", ".join(missing),
                "rank_gap": rank_gap,
            }
        )
    return derived


def _rank_gaps(rows: Sequence[Row]) -> list[Decimal | None]:
    """By how much a unit's total lies beside the one that belongs at its rank; 0 when it does not.

    Some tables rank departments and communes together, others apart: ranks are read so that fewer of them are astray.
    Units that share a rank must share a total. None where rank or total is not given.
    """
    ranked = [at for at, row in enumerate(rows) if row["portal_rank"] is not None and row["total"] is not None]
    by_level: dict[str, list[int]] = defaultdict(list)
    for position in ranked:
        by_level[rows[position]["level"]].append(position)
    apart = {at: gap for positions in by_level.values() for at, gap in _gaps_of(rows, positions)}
    together = dict(_gaps_of(rows, ranked))
    fewer = min((together, apart), key=lambda gaps: sum(gap > 0 for gap in gaps.values()))
    return [fewer.get(position) for position in range(len(rows))]


def _gaps_of(rows: Sequence[Row], positions: Sequence[int]) -> Iterator[tuple[int, Decimal]]:
    """The gap at each position of one cohort."""
    best_first = sorted((rows[position]["total"] for position in positions), reverse=True)
    rank, best_sharing = None, Decimal(0)
    in_order = sorted(positions, key=lambda position: (rows[position]["portal_rank"], -rows[position]["total"]))
    for place, position in enumerate(in_order):
        total = rows[position]["total"]
        if rows[position]["portal_rank"] != rank:
            rank, best_sharing = rows[position]["portal_rank"], total
        yield position, max(abs(total - best_first[place]), best_sharing - total)


def _derive_counts(rows: Sequence[Row]) -> list[Row]:
    groups: dict[str, list[Decimal | None]] = defaultdict(list)
    for row in rows:
        if row["indicator"] == GROUP_TOTAL:
            groups[row["unit_code"]].append(row["portal_score"])
    derived = []
    for row in rows:
        score, numerator, denominator = row["portal_score"], row["numerator"], row["denominator"]
        parts = groups[row["unit_code"]] if row["indicator"] == TOTAL else []
        total = sum((part for part in parts if part is not None), Decimal(0))
        complete = len(parts) == len(COMPONENTS) and None not in parts and score is not None
        derived.append(
            {
                **row,
                "component_sum": total if complete else None,
                "sum_gap": abs(total - score) if complete else None,
                "points_left": _points_left(score, row["max_points"]),
                "half_given": int((numerator is None) != (denominator is None)),
            }
        )
    return derived


def _points_left(score: Decimal | None, maximum: Decimal | None) -> Decimal | None:
    """How far a score lies within 0 and its maximum, below 0 when outside. An unknown maximum bounds nothing."""
    if score is None:
        return None
    return score if maximum is None else min(score, maximum - score)


_DERIVE: Mapping[str, Callable[[Sequence[Row]], list[Row]]] = {
    "portal_scores": _derive_scores,
    "portal_counts": _derive_counts,
}


def units_of(rows: Iterable[Row]) -> list[str]:
    """Units in order of appearance."""
    return list(dict.fromkeys(row["unit_code"] for row in rows))
