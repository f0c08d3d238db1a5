"""What shows only in many dossiers: flags that never differ, results that never come, dossiers that stand twice.

Belongs here: one pass over a typed file for the facts of its units, and the rules asked of them. Does not belong here:
single rows (rules.yaml, rows), a unit's own past (history).
"""

# ruff: noqa: S608 - names of the catalogue and quoted paths only

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

from checks.rows import of_export
from checks.rules import rule_named
from resources.engine import quote_text
from resources.outcomes import RuleOutcome

if TYPE_CHECKING:
    import duckdb

    from resources.exports import ExportRecord

STAGE = "quality"
#: Flags that a software may send as a constant, and the dossiers each is asked of.
FLAGS = {
    "vneid_verified": "true",
    "has_result": "status IN ('done', 'returned')",
    "declared_digitised": "declared_digitised IS NOT NULL",
}
#: How many times set out of how many is suspect: results and digitised components for everybody are what is wanted.
SUSPECT: Mapping[str, Callable[[int], tuple[int, ...]]] = {
    "vneid_verified": lambda asked: (0, asked),
    "has_result": lambda asked: (0,),
    "declared_digitised": lambda asked: (0,),
}


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """What a unit's dossiers of one export come to. asked, raised: of each flag, dossiers it is asked of, and set for.

    expected_results: done dossiers whose procedure yields a result; without_result: those of them that have none.
    """

    rows: int
    asked: Mapping[str, int]
    raised: Mapping[str, int]
    online: int = 0
    digitised: int = 0
    with_components: int = 0
    fee_bearing: int = 0
    paid_online: int = 0
    asked_again: int = 0
    expected_results: int = 0
    without_result: int = 0


_WHOLE = tuple(name for name in UnitFacts.__dataclass_fields__ if name not in ("asked", "raised"))

#: Rates of a unit that are held against its own past: part and whole.
RATES: Mapping[str, Callable[[UnitFacts], tuple[int, int]]] = {
    "vneid_verified": lambda facts: (facts.raised["vneid_verified"], facts.asked["vneid_verified"]),
    "has_result": lambda facts: (facts.raised["has_result"], facts.asked["has_result"]),
    "filed_online": lambda facts: (facts.online, facts.rows),
    "components_digitised": lambda facts: (facts.digitised, facts.with_components),
    "paid_online": lambda facts: (facts.paid_online, facts.fee_bearing),
    "supplements_repeated": lambda facts: (facts.asked_again, facts.rows),
}


def unit_facts(con: duckdb.DuckDBPyConnection, dossiers: Sequence[Path]) -> dict[str, UnitFacts]:
    """Facts of every unit of some typed dossier files (one export's, or those of many weeks). Raises duckdb.Error.

    A procedure yields a result when at least `yields_share` of at least `fewest_dossiers` of its done dossiers, whoever
    handled them, have one.
    """
    limits = rule_named("dossiers.done_without_result_share").limits
    done = "status IN ('done', 'returned')"
    flags = ", ".join(
        f"count(*) FILTER ({asked}), count(*) FILTER ({asked} AND {flag})" for flag, asked in FLAGS.items()
    )
    source = f"read_parquet([{', '.join(quote_text(path) for path in dossiers)}])"
    rows = con.execute(
        f"""
        WITH rows AS (SELECT * FROM {source}),
        yielding AS (
            SELECT procedure_code FROM rows WHERE {done} AND procedure_code IS NOT NULL
            GROUP BY procedure_code HAVING count(*) >= $fewest AND avg(has_result::INT) >= $yields
        )
        SELECT unit_code, count(*), count(*) FILTER (channel = 'online'),
            count(*) FILTER (component_count > 0 AND digitised_count > 0), count(*) FILTER (component_count > 0),
            count(*) FILTER (fee_total_vnd > 0), count(*) FILTER (fee_total_vnd > 0 AND payment IN ('portal', 'gateway')),
            count(*) FILTER (supplement_count > 1),
            count(*) FILTER ({done} AND procedure_code IN (FROM yielding)),
            count(*) FILTER ({done} AND NOT has_result AND procedure_code IN (FROM yielding)), {flags}
        FROM rows WHERE unit_code IS NOT NULL GROUP BY unit_code ORDER BY unit_code
        """,
        {"fewest": int(limits["fewest_dossiers"]), "yields": float(limits["yields_share"])},
    ).fetchall()
    return {unit: _facts(numbers) for unit, *numbers in rows}


def _facts(numbers: Sequence[int]) -> UnitFacts:
    rows, online, digitised, with_components, fees, paid, asked_again, expected, without, *flags = numbers
    return UnitFacts(
        rows=rows,
        asked=dict(zip(FLAGS, flags[::2], strict=True)),
        raised=dict(zip(FLAGS, flags[1::2], strict=True)),
        online=online,
        digitised=digitised,
        with_components=with_components,
        fee_bearing=fees,
        paid_online=paid,
        asked_again=asked_again,
        expected_results=expected,
        without_result=without,
    )


def summed(weeks: Sequence[Mapping[str, UnitFacts]]) -> dict[str, UnitFacts]:
    """The facts of several exports added up, by unit. A dossier that changed counts in each week it did."""
    found: dict[str, list[UnitFacts]] = {}
    for week in weeks:
        for unit, facts in week.items():
            found.setdefault(unit, []).append(facts)
    return {unit: _added(several) for unit, several in found.items()}


def _added(several: Sequence[UnitFacts]) -> UnitFacts:
    def flags(name: str) -> dict[str, int]:
        return {flag: sum(getattr(facts, name)[flag] for facts in several) for flag in FLAGS}

    whole = map(sum, zip(*map(attrgetter(*_WHOLE), several), strict=True))
    return UnitFacts(asked=flags("asked"), raised=flags("raised"), **dict(zip(_WHOLE, whole, strict=True)))


def judge_constants(export: ExportRecord, units: Mapping[str, UnitFacts]) -> list[RuleOutcome]:
    """Units of which a flag is the same for every dossier (rule dossiers.flag_constant).

    A warning where chance could not do that, by the share of dossiers in the OTHER units that have it so: the units
    differ, so that of a unit near the far end is taken. Else only information.
    """
    rule = rule_named("dossiers.flag_constant")
    fewest, most_chance = int(rule.limits["fewest_dossiers"]), float(rule.limits["most_chance"])
    outcomes = []
    for flag in FLAGS:
        large = {unit: facts for unit, facts in units.items() if facts.asked[flag] >= fewest}
        for unit, facts in large.items():
            asked, raised = facts.asked[flag], facts.raised[flag]
            if raised not in SUSPECT[flag](asked):
                continue
            same = [_share_so(each, flag, raised > 0) for name, each in large.items() if name != unit]
            if not same:
                continue
            usual = sorted(same)[int(len(same) * rule.limits["other_units_quantile"])]
            if usual >= 1:  # it is the others' constant too
                continue
            impossible = usual <= 0 or asked * math.log(usual) <= math.log(most_chance)
            outcomes.append(
                rule.outcome(
                    week=export.week,
                    stage=STAGE,
                    severity=rule.severity if impossible else "info",
                    unit_code=unit,
                    field=flag,
                    value=f"{'true' if raised else 'false'} × {asked}",
                    expected=f"{100 * usual:.1f} % ở đơn vị khác / in other units",
                    checked=asked,
                    failed=asked,
                    **of_export(export),
                )
            )
    return outcomes


def _share_so(facts: UnitFacts, flag: str, raised: bool) -> float:
    share = facts.raised[flag] / facts.asked[flag]
    return share if raised else 1 - share


def judge_constant_feed(
    export: ExportRecord, now: Mapping[str, UnitFacts], past: Sequence[Mapping[str, UnitFacts]]
) -> list[RuleOutcome]:
    """A whole export of which a flag is the same for every dossier (rule dossiers.flag_constant_in_feed).

    Set for all of them, those of the desk too; or for none, though earlier weeks had some (a source that never had the
    flag is no fault). A few units (`most_units_apart`) may send something else: they have a software of their own.
    """
    rule = rule_named("dossiers.flag_constant_in_feed")
    outcomes = []
    for flag in rule.fields:
        alike = _without_few_apart(now, flag, float(rule.limits["most_units_apart"]))
        asked, raised = _sums(alike, flag)
        if asked < rule.limits["fewest_dossiers"] or raised not in (0, asked):
            continue
        before = [_sums(week, flag) for week in past]
        was_asked, was_raised = (sum(each[at] for each in before) for at in (0, 1))
        if not raised and not was_raised:
            continue
        if was_asked:
            # Of what was always nearly so, a week without exception may be chance; a day's more is taken as seen.
            share = (was_raised + 1) / (was_asked + 2)
            usual = share if raised else 1 - share
            if asked * math.log(usual) > math.log(float(rule.limits["most_chance"])):
                continue
        facts = {
            "field": flag,
            "value": f"{'true' if raised else 'false'} × {asked}",
            "checked": _sums(now, flag)[0],
            "failed": asked,
        }
        outcomes.append(rule.outcome(week=export.week, stage=STAGE, **facts, **of_export(export)))
    return outcomes


def _without_few_apart(units: Mapping[str, UnitFacts], flag: str, share: float) -> Mapping[str, UnitFacts]:
    """The units, without those few that do not have the flag as most dossiers have it."""
    asked, raised = _sums(units, flag)
    usual = 2 * raised > asked
    apart = {name for name, facts in units.items() if facts.raised[flag] != (facts.asked[flag] if usual else 0)}
    return (
        {name: facts for name, facts in units.items() if name not in apart}
        if len(apart) <= share * len(units)
        else units
    )


def _sums(units: Mapping[str, UnitFacts], flag: str) -> tuple[int, int]:
    return sum(facts.asked[flag] for facts in units.values()), sum(facts.raised[flag] for facts in units.values())


def chance(share: Decimal, dossiers: int) -> Decimal:
    """One standard deviation of a share of so many dossiers; never 0, as if two more had been seen, one of each."""
    share = min(max(share, Decimal(0)), Decimal(1))
    share = (share * dossiers + 1) / (dossiers + 2)
    return (share * (1 - share) / dossiers).sqrt()


def judge_results(export: ExportRecord, units: Mapping[str, UnitFacts]) -> list[RuleOutcome]:
    """Units most of whose done dossiers lack a result that their procedures yield elsewhere; more than chance makes it."""
    rule = rule_named("dossiers.done_without_result_share")
    fewest, most, spreads = int(rule.limits["fewest_dossiers"]), rule.limits["most_share"], rule.limits["spreads"]
    return [
        rule.outcome(
            week=export.week,
            stage=STAGE,
            unit_code=unit,
            field="has_result",
            value=f"{facts.without_result}/{facts.expected_results}",
            expected=f"<= {100 * most:.0f} %",
            checked=facts.expected_results,
            failed=facts.without_result,
            **of_export(export),
        )
        for unit, facts in units.items()
        if (asked := facts.expected_results) >= fewest
        and (share := Decimal(facts.without_result) / asked) - spreads * chance(share, asked) > most
    ]
