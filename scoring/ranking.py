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
from typing import TypeVar

import pandas as pd

from scoring.bands import Bands, band_of, load_bands
from scoring.calendar import Period, PeriodKind, Week
from scoring.points import completion_pct
from scoring.values import decimal_or_none

__all__ = ["RANK_COLUMNS", "band_of", "load_bands", "lowest_component", "previous_week", "rank_cohort", "shared_ranks"]

Name = TypeVar("Name")

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
    """One cohort of one week, ranked: `rows` with RANK_COLUMNS added, by rank and code, units without a rank last.

    `rows`: unit_code, total (Decimal or null), unrounded (Decimal or null), optionally withheld (bool: keeps its
    total, gets no rank) and note. `previous`: the ranked rows of `previous_week` (unit_code, total, rank) or None.
    `scope`: VN or the province whose bands hold. Ranks stand on unrounded totals if every ranked unit has one, else
    on rounded ones. Raises ValueError for a unit given twice.
    """
    table = rows.reset_index(drop=True)
    codes: list[str] = table["unit_code"].tolist()
    if len(set(codes)) != len(codes):
        raise ValueError(f"{next(code for code in codes if codes.count(code) > 1)} stands in the cohort twice")
    totals = [decimal_or_none(value) for value in table["total"].tolist()]
    withheld = table["withheld"].astype(bool).tolist() if "withheld" in table else [False] * len(codes)
    ranked = [at for at, total in enumerate(totals) if total is not None and not withheld[at]]
    exact = [decimal_or_none(value) for value in table["unrounded"].tolist()]
    keys = exact if all(exact[at] is not None for at in ranked) else totals
    rank = shared_ranks({at: key for at in ranked if (key := keys[at]) is not None})

    was_total, was_rank = _previous(previous)
    same_cohort = set(was_rank) == {codes[at] for at in ranked}
    best = {number: totals[at] for at, number in rank.items()}
    above = dict(zip(sorted(best)[1:], sorted(best), strict=False))
    notes = table["note"].tolist() if "note" in table else [None] * len(codes)

    added: dict[str, list[object]] = {name: [] for name in RANK_COLUMNS}
    for at, code in enumerate(codes):
        total, number, before = totals[at], rank.get(at), was_total.get(code)
        old_rank = was_rank.get(code) if same_cohort and number is not None else None
        first = best[1] if number is not None else None
        higher = best[above[number]] if number is not None and number in above else None
        given = notes[at]
        note = [given] if isinstance(given, str) else []
        if withheld[at]:
            note.append("under_review")
        elif total is None:
            note.append("incomplete")
        elif previous is not None:
            note += ["new"] if before is None else [] if same_cohort else ["cohort_changed"]
        added["rank"].append(number)
        added["cohort_size"].append(len(codes))
        added["ranked"].append(len(ranked))
        added["previous_total"].append(before)
        added["change"].append(_less(total, before))
        added["previous_rank"].append(old_rank)
        added["move"].append(old_rank - number if old_rank is not None and number is not None else None)
        added["gap_to_first"].append(_less(first, total))
        added["gap_to_next"].append(_less(higher, total))
        added["band"].append(band_of(total, scope, bands))
        added["note"].append(", ".join(dict.fromkeys(note)) or None)
    for name, values in added.items():
        whole = name in ("rank", "cohort_size", "ranked", "previous_rank", "move")
        table[name] = pd.Series(values, dtype="Int64" if whole else "object", index=table.index)
    order = sorted(range(len(codes)), key=lambda at: (rank.get(at, len(codes) + 1), codes[at]))
    return table.iloc[order].reset_index(drop=True)


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


def _previous(previous: pd.DataFrame | None) -> tuple[dict[str, Decimal], dict[str, int]]:
    if previous is None:
        return {}, {}
    codes: Sequence[str] = previous["unit_code"].tolist()
    totals = (decimal_or_none(value) for value in previous["total"].tolist())
    ranks = previous["rank"].tolist()
    return (
        {code: total for code, total in zip(codes, totals, strict=True) if total is not None},
        {code: int(rank) for code, rank in zip(codes, ranks, strict=True) if not pd.isna(rank)},
    )


def _less(left: Decimal | None, right: Decimal | None) -> Decimal | None:
    return left - right if left is not None and right is not None else None
