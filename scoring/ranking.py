"""Ranks, changes, moves and gaps inside one cohort of one week.

Belongs here: index_methodology.md, section 4 (ties share a rank: 1, 2, 2, 4), and what may be compared with the week
before. Does not belong here: which units make a cohort, where totals come from, how a row is shown.

Notes of a row, joined by ", ": `incomplete` no total; `under_review` withheld; `new` no total the week before;
`cohort_changed` other members were ranked the week before, so no move is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

import pandas as pd

from scoring.bands import Bands, band_of, load_bands
from scoring.calendar import Period, PeriodKind, Week
from scoring.points import completion_pct
from scoring.values import decimal_or_none

__all__ = [
    "RANK_COLUMNS",
    "band_of",
    "load_bands",
    "lowest_component",
    "previous_week",
    "rank_cohort",
    "rank_rows",
    "shared_ranks",
]

Name = TypeVar("Name")
Row = Mapping[str, Any]

# fmt: off
RANK_COLUMNS = [
    "rank", "cohort_size", "ranked", "previous_total", "change", "previous_rank", "move",
    "gap_to_first", "gap_to_next", "band", "note",
]
# fmt: on


def previous_week(kind: PeriodKind, week: Week, restart: date | None = None) -> Week | None:
    """The one week another may be compared with: exactly the preceding one, read in the same period.

    None when that week stands in another period (a new month, a new year), or when counts began again in between.
    """
    before = week.previous
    if Period.of_week(kind, before) != Period.of_week(kind, week):
        return None
    if restart is not None and before.sunday < restart <= week.sunday:
        return None
    return before


def rank_cohort(
    rows: pd.DataFrame, previous: pd.DataFrame | None, *, scope: str | None = None, bands: Bands | None = None
) -> pd.DataFrame:
    """`rank_rows` of a frame: `rows` with RANK_COLUMNS added, in the same order."""
    names = [name for name in _ASKED if name in rows.columns]
    asked = [dict(zip(names, row, strict=True)) for row in rows[names].itertuples(index=False, name=None)]
    known = ("unit_code", "total", "rank")
    before = None
    if previous is not None:
        before = [
            dict(zip(known, row, strict=True)) for row in previous[list(known)].itertuples(index=False, name=None)
        ]
    ranked = rank_rows(asked, before, scope=scope, bands=bands)
    place = {code: at for at, code in enumerate(rows["unit_code"].tolist())}
    table = rows.iloc[[place[row["unit_code"]] for row in ranked]].reset_index(drop=True)
    for name in RANK_COLUMNS:
        whole = name in ("rank", "cohort_size", "ranked", "previous_rank", "move")
        table[name] = pd.Series([row[name] for row in ranked], dtype="Int64" if whole else "object", index=table.index)
    return table


_ASKED = ("unit_code", "total", "unrounded", "withheld", "note")


def rank_rows(
    rows: Sequence[Row], previous: Sequence[Row] | None, *, scope: str | None = None, bands: Bands | None = None
) -> list[dict[str, Any]]:
    """One cohort of one week, ranked: `rows` with RANK_COLUMNS added, by rank and code, units without a rank last.

    `rows`: unit_code, total (Decimal or null), unrounded (Decimal or null), optionally withheld (bool: keeps its
    total, gets no rank) and note. `previous`: the ranked rows of `previous_week` (unit_code, total, rank) or None.
    `scope`: VN or the province whose bands hold. Ranks stand on unrounded totals if every ranked unit has one, else
    on rounded ones. Raises ValueError for a unit given twice.
    """
    codes: list[str] = [row["unit_code"] for row in rows]
    if len(set(codes)) != len(codes):
        raise ValueError(f"{next(code for code in codes if codes.count(code) > 1)} stands in the cohort twice")
    totals = [decimal_or_none(row["total"]) for row in rows]
    withheld = [bool(row.get("withheld")) for row in rows]
    ranked = [at for at, total in enumerate(totals) if total is not None and not withheld[at]]
    exact = [decimal_or_none(row["unrounded"]) for row in rows]
    keys = exact if all(exact[at] is not None for at in ranked) else totals
    rank = shared_ranks({at: key for at in ranked if (key := keys[at]) is not None})

    was_total, was_rank = _previous(previous)
    same_cohort = set(was_rank) == {codes[at] for at in ranked}
    best = {number: totals[at] for at, number in rank.items()}
    above = dict(zip(sorted(best)[1:], sorted(best), strict=False))

    found: list[dict[str, Any]] = []
    for at in sorted(range(len(codes)), key=lambda at: (rank.get(at, len(codes) + 1), codes[at])):
        total, number, before = totals[at], rank.get(at), was_total.get(codes[at])
        old_rank = was_rank.get(codes[at]) if same_cohort and number is not None else None
        first = best[1] if number is not None else None
        higher = best[above[number]] if number is not None and number in above else None
        given = rows[at].get("note")
        note = [given] if isinstance(given, str) else []
        if withheld[at]:
            note.append("under_review")
        elif total is None:
            note.append("incomplete")
        elif previous is not None:
            note += ["new"] if before is None else [] if same_cohort else ["cohort_changed"]
        found.append(
            {
                **rows[at],
                "rank": number,
                "cohort_size": len(codes),
                "ranked": len(ranked),
                "previous_total": before,
                "change": _less(total, before),
                "previous_rank": old_rank,
                "move": old_rank - number if old_rank is not None and number is not None else None,
                "gap_to_first": _less(first, total),
                "gap_to_next": _less(higher, total),
                "band": band_of(total, scope, bands),
                "note": ", ".join(dict.fromkeys(note)) or None,
            }
        )
    return found


def lowest_component(
    components: Mapping[str, Decimal | None], maxima: Mapping[str, Decimal]
) -> tuple[str | None, Decimal | None]:
    """The group with the lowest completion and its percentage (one decimal): ('online_services', 70.2).

    Compared exactly, before rounding; of equal ones the first of `maxima`. Groups without a score do not take part.
    """
    shares = {
        group: score / most  # 28 digits: equal shares of hundredths give equal quotients
        for group, most in maxima.items()
        if (score := decimal_or_none(components.get(group))) is not None and most
    }
    if not shares:
        return None, None
    lowest = min(shares, key=lambda group: shares[group])
    return lowest, completion_pct(decimal_or_none(components[lowest]), maxima[lowest])


def shared_ranks(keys: Mapping[Name, Decimal]) -> dict[Name, int]:
    """Name to rank: 1 for the highest key; equal keys share, and the next rank is one more than those above it."""
    ranks: dict[Name, int] = {}
    held: Decimal | None = None
    number = 0
    for place, at in enumerate(sorted(keys, key=lambda one: keys[one], reverse=True), start=1):
        if keys[at] != held:
            held, number = keys[at], place
        ranks[at] = number
    return ranks


def _previous(previous: Sequence[Row] | None) -> tuple[dict[str, Decimal], dict[str, int]]:
    """Totals and ranks of the week before, by unit."""
    if previous is None:
        return {}, {}
    totals = ((row["unit_code"], decimal_or_none(row["total"])) for row in previous)
    ranks = ((row["unit_code"], row["rank"]) for row in previous)
    return (
        {code: total for code, total in totals if total is not None},
        {code: int(rank) for code, rank in ranks if rank is not None and not pd.isna(rank)},
    )


def _less(left: Decimal | None, right: Decimal | None) -> Decimal | None:
    return left - right if left is not None and right is not None else None
