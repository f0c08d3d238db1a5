"""Where our counts, the portal's counts and its score table speak of the same thing, and by how much they differ.

Belongs here: pure comparison of frames. Does not belong here: why they differ (diagnosis), what follows (outcomes).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import pandas as pd

from checks.reconcile.tolerances import Tolerances
from resources.units import level_of, province_of
from scoring.basis import BASES, TOTAL, Basis, assemble
from scoring.calendar import Period, Week
from scoring.formulas import score_counts
from scoring.points import score_one
from scoring.ruleset import RuleSet
from scoring.values import decimal_or_none

DifferenceVerdict = Literal["within", "beyond"]


@dataclass(frozen=True, slots=True)
class Figure:
    """What one kind of export says: counts with the score they are worth, or a score alone."""

    score: Decimal | None
    numerator: int | None = None
    denominator: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Two kinds that speak of the same unit and period, and do not say the same.

    subject: an indicator (counts differ) or a group or `total` (scores differ); `group` is the group it belongs to.
    ours, theirs: of which basis they are. allowed: what may differ, in things or points.
    export_id, source_row: the portal's row, where one row says it. portal_agrees: of scores, whether the portal's counts
    make the score its table gives.
    """

    week: Week
    period: Period
    unit_code: str
    level: str
    group: str
    subject: str
    ours: Figure
    theirs: Figure
    our_basis: Basis
    their_basis: Basis
    allowed: Decimal
    verdict: DifferenceVerdict
    export_id: str | None = None
    source_row: int | None = None
    portal_agrees: bool = False

    @property
    def of_counts(self) -> bool:
        return self.ours.numerator is not None

    @property
    def gap(self) -> tuple[int, int]:
        """By how much the portal's numerator and denominator lie above ours; of scores (0, 0)."""
        return tuple(  # type: ignore[return-value]
            (their or 0) - (our or 0)
            for our, their in (
                (self.ours.numerator, self.theirs.numerator),
                (self.ours.denominator, self.theirs.denominator),
            )
        )

    @property
    def wanted(self) -> int:
        """How many dossiers there are to explain."""
        return max(abs(part) for part in self.gap)


def compare(
    week: Week,
    period: Period,
    counts: pd.DataFrame,
    portal_counts: pd.DataFrame,
    portal_scores: pd.DataFrame,
    ruleset: RuleSet,
    tolerances: Tolerances,
) -> list[Difference]:
    """Every unit and indicator, and every unit and group, of which two kinds say different things in a period.

    counts: the catalogue's columns and province_code, of the week. portal_counts, portal_scores: the catalogue's, of the
    week; rows of other periods, or under another rule set than `ruleset`, are left aside. Where nothing differs there is
    no Difference. Counts a level inherits or has flat points for are not its own and not compared.
    Raises ValueError when a unit stands in one kind twice.
    """
    ours = counts[counts["period_kind"] == period.kind] if period == Period.of_week(period.kind, week) else counts[:0]
    told, table = (rows_of_period(frame, period, ruleset) for frame in (portal_counts, portal_scores))
    found = list(_of_counts(week, period, ours, told, ruleset, tolerances))
    found += _of_scores(week, period, ours, told, table, ruleset, tolerances)
    return sorted(found, key=lambda each: (each.unit_code, not each.of_counts, each.subject))


def rows_of_period(frame: pd.DataFrame, period: Period, ruleset: RuleSet) -> pd.DataFrame:
    """The rows of a period that follow a rule set; those that name none do."""
    named = frame["ruleset"]
    return frame[(frame["period"] == period.label) & (named.isna() | (named == ruleset.id))]


def overlap(counts: pd.DataFrame, portal_counts: pd.DataFrame, period: Period) -> int:
    """How many units and indicators both count in a period."""
    ours = counts[counts["period_kind"] == period.kind]
    theirs = portal_counts[(portal_counts["period"] == period.label) & portal_counts["numerator"].notna()]
    return len(_pairs(ours) & _pairs(theirs))


def _pairs(frame: pd.DataFrame) -> set[tuple[str, str]]:
    return set(zip(frame["unit_code"], frame["indicator"], strict=True))


def _of_counts(
    week: Week, period: Period, ours: pd.DataFrame, told: pd.DataFrame, ruleset: RuleSet, tolerances: Tolerances
) -> Iterator[Difference]:
    keys, numbers = ["unit_code", "indicator"], ["numerator", "denominator"]
    joined = ours[[*keys, *numbers]].merge(
        told[[*keys, *numbers, "export_id", "source_row"]].dropna(subset=numbers),
        on=keys,
        suffixes=("", "_told"),
        validate="one_to_one",
    )
    differs = (joined["numerator"] != joined["numerator_told"]) | (joined["denominator"] != joined["denominator_told"])
    for row in joined[differs].itertuples(index=False):
        level = level_of(str(row.unit_code))
        indicator = next((one for one in ruleset.indicators if one.code == row.indicator), None)
        if indicator is None or level is None or level in indicator.inherit or indicator.flat_for(level) is not None:
            continue
        pairs = [(int(row.numerator), int(row.denominator)), (int(row.numerator_told), int(row.denominator_told))]  # type: ignore[arg-type]
        figures = [Figure(score_one(top, base, indicator, level)[0], top, base) for top, base in pairs]
        allowed = tolerances.of_counts(indicator.code, level).of(max(base for _, base in pairs))
        gap = max(abs(pairs[0][part] - pairs[1][part]) for part in (0, 1))
        yield Difference(
            week=week,
            period=period,
            unit_code=str(row.unit_code),
            level=level,
            group=indicator.group,
            subject=indicator.code,
            ours=figures[0],
            theirs=figures[1],
            our_basis="computed",
            their_basis="recounted",
            allowed=allowed,
            verdict="beyond" if gap > allowed else "within",
            export_id=str(row.export_id),
            source_row=int(row.source_row),  # type: ignore[arg-type]
        )


def _of_scores(
    week: Week,
    period: Period,
    ours: pd.DataFrame,
    told: pd.DataFrame,
    table: pd.DataFrame,
    ruleset: RuleSet,
    tolerances: Tolerances,
) -> Iterator[Difference]:
    """Groups and totals, by the same arithmetic that scoring uses."""
    level_by_code = {code: level_of(code) for frame in (ours, told, table) for code in frame["unit_code"].unique()}
    codes = sorted(code for code, level in level_by_code.items() if level)
    units = pd.DataFrame(
        [(code, level_by_code[code], province_of(code)) for code in codes],
        columns=["unit_code", "level", "province_code"],
        dtype=object,
    )
    levels = pd.Series([level_by_code[code] for code in ours["unit_code"]], index=ours.index, dtype=object)
    placed = ours.assign(level=levels).dropna(subset=["level"])
    figures = assemble(
        units,
        ruleset,
        computed=score_counts(placed, ruleset) if len(placed) else None,
        counts=told[told["unit_code"].isin(codes)] if len(told) else None,
        tables=table[table["unit_code"].isin(codes)] if len(table) else None,
    )
    exports: dict[str, str] = {}
    for frame in (told, table):
        exports |= dict(zip(frame["unit_code"], frame["export_id"], strict=True))
    columns = ["unit_code", "group_code", *BASES]
    for unit, group, *values in figures.disagreements[columns].itertuples(index=False):
        told_by = dict(zip(BASES, map(decimal_or_none, values), strict=True))
        known = [(basis, score) for basis, score in told_by.items() if score is not None]
        (our_basis, our), *others = known
        their_basis, their = max(others, key=lambda each: abs(each[1] - our))
        level = str(level_of(unit))
        allowed = tolerances.of_scores(group, level).absolute
        yield Difference(
            week=week,
            period=period,
            unit_code=unit,
            level=level,
            group=group,
            subject=group,
            ours=Figure(our),
            theirs=Figure(their),
            our_basis=our_basis,
            their_basis=their_basis,
            allowed=allowed,
            verdict="beyond" if abs(their - our) > allowed else "within",
            export_id=exports.get(unit),
            portal_agrees=_alike(told_by["recounted"], told_by["as_published"], allowed),
        )


def _alike(one: Decimal | None, other: Decimal | None, allowed: Decimal) -> bool:
    return one is not None and other is not None and abs(one - other) <= allowed


def findings(differences: list[Difference], ruleset: RuleSet) -> list[Difference]:
    """Those beyond tolerance, without scores that only follow from counts of the same unit, found or let pass."""
    beyond = [each for each in differences if each.verdict == "beyond"]
    found = _groups_moved([each for each in beyond if each.of_counts], ruleset)
    let_pass = _groups_moved([each for each in differences if each.of_counts], ruleset)
    groups = [
        each
        for each in beyond
        if not each.of_counts
        and each.subject != TOTAL
        and (each.unit_code, each.group) not in found
        and not (each.portal_agrees and (each.unit_code, each.group) in let_pass)
    ]
    struck = {each.unit_code for each in differences if each.subject != TOTAL}
    totals = [each for each in beyond if each.subject == TOTAL and each.unit_code not in struck]
    return [each for each in beyond if each.of_counts] + groups + totals


def _groups_moved(counts: list[Difference], ruleset: RuleSet) -> set[tuple[str, str]]:
    """Unit and group, for every group whose score follows from some counts; one may be derived from another."""
    moved = {(each.unit_code, each.group) for each in counts}
    derived = [(one.derived.group, one.group) for one in ruleset.indicators if one.derived]
    return moved | {(unit, group) for unit, cause in moved for source, group in derived if source == cause}
