"""Which figures a row stands on, where several kinds of export speak of the same unit and period.

Belongs here: the choice per unit, one kind per row and never mixed: `computed` from our dossiers, `recounted` from
the portal's counts, `as_published` from its score table, the first that is complete. Does not belong here: whether an
export may be used at all (verdicts), whether kinds that disagree are a fault (reconciliation).

A counts export seldom has every count. A group whose indicators are not all there is taken from the export's own
group_total, and the row's basis is then the weakest of its six. In such a row the export's group_total also wins over
a recount that differs from it, so that the row adds up to the total that was published; the recount is kept among the
disagreements.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Literal, NamedTuple

import pandas as pd

from scoring.formulas import groups_of, score_counts
from scoring.ruleset import RuleSet
from scoring.values import decimal_or_none

Basis = Literal["computed", "recounted", "as_published"]
BASES: tuple[Basis, ...] = ("computed", "recounted", "as_published")  # strongest first
GROUP_TOTAL = "group_total"
TOTAL = "total"

# fmt: off
SCORE_ROWS = [
    "unit_code", "group_code", "indicator", "numerator", "denominator", "score", "unrounded", "max_points",
    "basis", "note", "ruleset",
]
# fmt: on


class Component(NamedTuple):
    """A group's score; unrounded is null where only a published score is known; capped: cut at the level's cap."""

    score: Decimal
    unrounded: Decimal | None
    basis: Basis
    capped: bool = False


Components = dict[str, dict[str, Component]]  # unit, group


class Assembled(NamedTuple):
    """`scores`: SCORE_ROWS. `units`: unit_code, level, province_code, each group, total, unrounded, basis, note.

    `disagreements`: unit_code, group_code (or total), computed, recounted, as_published; only where two known ones
    differ. Scores are Decimal or None; notes of scores as in `points`, and `group_capped`: the group was cut.
    A unit that is not complete has no total and the note `missing: ...`; one that nothing speaks of has no basis.
    """

    scores: pd.DataFrame
    units: pd.DataFrame
    disagreements: pd.DataFrame


def assemble(
    units: pd.DataFrame,
    ruleset: RuleSet,
    *,
    computed: pd.DataFrame | None = None,
    counts: pd.DataFrame | None = None,
    tables: pd.DataFrame | None = None,
) -> Assembled:
    """One row per unit of `units` (unit_code, level, province_code), on the best basis there is.

    `computed`: as `score_counts` returns. `counts`: columns of portal_counts (unit_code, group_code, indicator,
    numerator, denominator, portal_score). `tables`: columns of portal_scores (unit_code, the six groups, total).
    Raises ValueError when an input speaks of a unit that `units` does not list, or twice of one unit.
    """
    known = set(units["unit_code"])
    for name, frame in (("computed", computed), ("counts", counts), ("tables", tables)):
        strangers = sorted(set(frame["unit_code"]) - known) if frame is not None else []
        if strangers:
            raise ValueError(f"{name}: units that are not listed: {', '.join(strangers[:5])} ({len(strangers)})")

    recounted = _recount(counts, units, ruleset)
    kinds: dict[Basis, Components] = {
        "computed": _of_groups(computed, ruleset, "computed"),
        "recounted": _of_groups(recounted, ruleset, "recounted"),
        "as_published": _of_table(tables, ruleset),
    }
    group_totals = _of_group_totals(counts, ruleset)
    published_total = _published_totals(tables)

    chosen: Components = {}
    rows: list[tuple[object, ...]] = []
    disagreements: list[tuple[object, ...]] = []
    for unit, level, province in units[["unit_code", "level", "province_code"]].itertuples(index=False):
        candidates = {basis: kinds[basis].get(unit, {}) for basis in BASES}
        recount, totals = candidates["recounted"], group_totals.get(unit, {})
        published = {**totals, **candidates["as_published"]}
        disagreements += _disagreements(unit, {**candidates, "as_published": published}, ruleset)
        if len(recount) < len(ruleset.groups):
            candidates["recounted"] = _completed(recount, totals)
        components = _first_complete(candidates, ruleset)
        chosen[unit] = components
        missing = [group for group in ruleset.group_codes if group not in components]
        basis = max((one.basis for one in components.values()), key=BASES.index, default=None)
        total = unrounded = None
        if not missing:
            from_table = components == candidates["as_published"]
            total = published_total.get(unit) if from_table else None
            total = total if total is not None else sum((one.score for one in components.values()), Decimal("0.00"))
            unrounded = _sum([one.unrounded for one in components.values()])
        scores = [components[group].score if group in components else None for group in ruleset.group_codes]
        note = f"missing: {', '.join(missing)}" if missing else None
        rows.append((unit, level, province, *scores, total, unrounded, basis, note))

    columns = ["unit_code", "level", "province_code", *ruleset.group_codes, "total", "unrounded", "basis", "note"]
    return Assembled(
        scores=_score_rows(chosen, {"computed": computed, "recounted": recounted}, ruleset),
        units=pd.DataFrame(rows, columns=columns, dtype=object),
        disagreements=pd.DataFrame(disagreements, columns=["unit_code", "group_code", *BASES], dtype=object),
    )


def _recount(counts: pd.DataFrame | None, units: pd.DataFrame, ruleset: RuleSet) -> pd.DataFrame | None:
    """Scores of the units a counts export speaks of."""
    if counts is None or counts.empty:
        return None
    placed = counts[["unit_code", "indicator", "numerator", "denominator"]].merge(
        units[["unit_code", "level", "province_code"]], on="unit_code", how="left", validate="many_to_one"
    )
    return score_counts(placed, ruleset)


def _of_groups(scores: pd.DataFrame | None, ruleset: RuleSet, basis: Basis) -> Components:
    if scores is None or scores.empty:
        return {}
    found: Components = {}
    for one in groups_of(scores, ruleset):
        if one.score is not None:
            component = Component(one.score, one.unrounded, basis, one.note == "capped")
            found.setdefault(one.unit_code, {})[one.group_code] = component
    return found


def _of_group_totals(counts: pd.DataFrame | None, ruleset: RuleSet) -> Components:
    if counts is None:
        return {}
    found: Components = {}
    rows = counts[counts["indicator"] == GROUP_TOTAL]
    for unit, group, value in rows[["unit_code", "group_code", "portal_score"]].itertuples(index=False):
        score = decimal_or_none(value)
        if score is not None and group in ruleset.group_codes:
            if group in found.setdefault(unit, {}):
                raise ValueError(f"{unit} has the group_total of {group} twice")
            found[unit][group] = _published(score)
    return found


def _of_table(tables: pd.DataFrame | None, ruleset: RuleSet) -> Components:
    if tables is None:
        return {}
    found: Components = {}
    for unit, *values in tables[["unit_code", *ruleset.group_codes]].itertuples(index=False):
        if unit in found:
            raise ValueError(f"{unit} stands in the score table twice")
        scores = {group: decimal_or_none(value) for group, value in zip(ruleset.group_codes, values, strict=True)}
        found[unit] = {group: _published(score) for group, score in scores.items() if score is not None}
    return found


def _published(score: Decimal) -> Component:
    return Component(score.quantize(Decimal("0.01")), None, "as_published")


def _published_totals(tables: pd.DataFrame | None) -> dict[str, Decimal]:
    if tables is None:
        return {}
    totals = {unit: decimal_or_none(value) for unit, value in tables[["unit_code", "total"]].itertuples(index=False)}
    return {unit: total.quantize(Decimal("0.01")) for unit, total in totals.items() if total is not None}


def _completed(recount: Mapping[str, Component], totals: Mapping[str, Component]) -> dict[str, Component]:
    """A recount that is not whole, completed by the export's group totals; where they differ the published holds."""
    kept = {group: one for group, one in recount.items() if group not in totals or totals[group].score == one.score}
    return {**totals, **kept}


def _first_complete(candidates: Mapping[Basis, dict[str, Component]], ruleset: RuleSet) -> dict[str, Component]:
    """The first kind with all groups, else the one with most of them; of equal ones the stronger."""
    return next(
        (candidates[basis] for basis in BASES if len(candidates[basis]) == len(ruleset.groups)),
        max((candidates[basis] for basis in BASES), key=len),
    )


def _disagreements(
    unit: str, candidates: Mapping[Basis, Mapping[str, Component]], ruleset: RuleSet
) -> Iterator[tuple[object, ...]]:
    sums = {basis: Decimal("0.00") for basis in BASES}
    for group in ruleset.group_codes:
        told = [one.score if (one := candidates[basis].get(group)) else None for basis in BASES]
        if len({score for score in told if score is not None}) > 1:
            yield (unit, group, *told)
        for basis, score in zip(BASES, told, strict=True):
            sums[basis] += score or 0
    whole = [sums[basis] if len(candidates[basis]) == len(ruleset.groups) else None for basis in BASES]
    if len({total for total in whole if total is not None}) > 1:
        yield (unit, TOTAL, *whole)


def _sum(parts: list[Decimal | None]) -> Decimal | None:
    known = [part for part in parts if part is not None]
    return sum(known, Decimal("0E-10")) if len(known) == len(parts) else None


def _score_rows(chosen: Components, scored: Mapping[str, pd.DataFrame | None], ruleset: RuleSet) -> pd.DataFrame:
    """The rows behind the chosen components: indicators where they were counted, else the group_total."""
    parts = []
    for basis, scores in scored.items():
        if scores is None:
            continue
        pairs = zip(scores["unit_code"].tolist(), scores["group_code"].tolist(), strict=True)
        mask = [_counted_as(basis, chosen[unit], group) for unit, group in pairs]
        kept = scores[mask].assign(basis=basis, ruleset=ruleset.id)
        columns = (kept[name].tolist() for name in ("unit_code", "group_code", "note"))
        kept["note"] = [_with_cap(note, chosen[unit].get(group)) for unit, group, note in zip(*columns, strict=True)]
        parts.append(kept[SCORE_ROWS])
    published = [
        (unit, group, GROUP_TOTAL, None, None, one.score, None, ruleset.maxima[group], one.basis, None, None)
        for unit, components in chosen.items()
        for group, one in components.items()
        if one.basis == "as_published"
    ]
    parts.append(pd.DataFrame(published, columns=SCORE_ROWS, dtype=object))
    rows = pd.concat([part.astype(object) for part in parts], ignore_index=True)
    return rows.where(rows.notna(), None)


def _counted_as(basis: str, components: Mapping[str, Component], group: str) -> bool:
    """Whether a group's indicator rows belong to the row: its own, or those that show what a counted row lacks."""
    if group in components:
        return components[group].basis == basis
    return any(one.basis == basis for one in components.values())


def _with_cap(note: object, component: Component | None) -> str | None:
    told = [note] if isinstance(note, str) else []
    return ", ".join([*told, "group_capped"] if component is not None and component.capped else told) or None
