"""Counts behind published scores: numerators and denominators as they stand in a revision's own table, and shares of them.

Belongs here: reading them, and percentages that are never told without their counts. Does not belong here: counting.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from publishing.bulletin.text import Phrase, count, percent, say
from publishing.site.addresses import Address
from resources.engine import connect
from resources.office import Office
from resources.releases import Revision
from scoring.points import half_up

SHARE_PLACES = 2


@dataclass(frozen=True, slots=True)
class Counted:
    """One indicator of one unit as it was published. numerator, denominator: None where only a score is known."""

    unit_code: str
    group: str
    indicator: str
    numerator: int | None
    denominator: int | None
    score: Decimal | None
    max_points: Decimal
    basis: str
    period: str

    @property
    def has_counts(self) -> bool:
        return self.numerator is not None and self.denominator is not None

    @property
    def missing(self) -> int:
        """How many the numerator lacks."""
        return (self.denominator or 0) - (self.numerator or 0)


def read_counted(
    office: Office, revision: Revision, kind: str, units: Sequence[str] | None = None
) -> dict[str, dict[str, Counted]]:
    """By unit and indicator, from the published revision; empty where it has none of the period kind."""
    path = office.home.revision_path(revision.week, revision.revision) / "scores.parquet"
    if not path.is_file():
        return {}
    con = connect()
    try:
        rows = con.execute(
            "SELECT unit_code, group_code, indicator, numerator, denominator, score, max_points, basis, period "
            "FROM read_parquet(?) WHERE period_kind = ? AND (? OR list_contains(?, unit_code)) "
            "ORDER BY unit_code, group_code, indicator",
            [str(path), kind, units is None, list(units or [])],
        ).fetchall()
    finally:
        con.close()
    found: dict[str, dict[str, Counted]] = {}
    for row in rows:
        one = Counted(*row)
        found.setdefault(one.unit_code, {})[one.indicator] = one
    return found


def share(numerator: int, denominator: int) -> Decimal:
    """In percent, two decimals, half-up: 195 of 1,074 is 18.16."""
    return half_up(Fraction(numerator * 100, denominator), SHARE_PLACES)


def counts_and_share(numerator: int, denominator: int, place: Address | None = None) -> Phrase:
    """`195/1.074 (18,16%)`: the counts always, the percentage where there is one."""
    values = {"n": count(numerator, place), "d": count(denominator, place)}
    if not denominator:
        return say("{n}/{d}", "{n}/{d}", **values)
    return say("{n}/{d} ({pct})", "{n}/{d} ({pct})", pct=percent(share(numerator, denominator), place), **values)


def shares_of(parts: Mapping[str, int]) -> dict[str, Decimal]:
    """Percentages of parts of a whole that add up to 100.00: what rounding leaves goes to the largest remainders."""
    whole = sum(parts.values())
    if not whole:
        return {}
    scale = 10**SHARE_PLACES
    exact = {name: Fraction(number * 100 * scale, whole) for name, number in parts.items()}
    floors = {name: int(value) for name, value in exact.items()}
    left = 100 * scale - sum(floors.values())
    for name in sorted(exact, key=lambda one: (floors[one] - exact[one], list(parts).index(one)))[:left]:
        floors[name] += 1
    return {name: Decimal(value).scaleb(-SHARE_PLACES) for name, value in floors.items()}
