"""Units that are not known, not known any more, or came and went between two tables. Pure functions on sets of codes.

Belongs here: these comparisons. Does not belong here: the lists themselves (exports of kind units), forms of codes and
names (rules.yaml).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from checks.rows import of_export
from checks.rules import rule_named
from checks.tables import TableFeed, units_of
from resources.exports import TABLE_OF_KIND
from resources.outcomes import RuleOutcome

if TYPE_CHECKING:
    from resources.exports import ExportRecord

STAGE = "quality"
SHOWN = 10


def judge_units(
    export: ExportRecord, with_dossiers: Collection[str], lists: Sequence[Collection[str]]
) -> list[RuleOutcome]:
    """Units with dossiers in an export that are unknown (on no list) or closed (on an earlier list, not on the last).

    lists: codes of the scope's exports of kind units up to this week, the oldest first. Without any: no verdict. The
    root of the scope is known without being listed.
    """
    if not lists:
        return []
    known = {*lists[-1], export.scope}
    ever = {unit for each in lists for unit in each}
    outcomes = []
    for unit in sorted(set(with_dossiers) - known):
        rule = rule_named("dossiers.unit_closed" if unit in ever else "dossiers.unit_unknown")
        facts = {"unit_code": unit, "field": "unit_code", "value": unit, "failed": 1}
        outcomes.append(rule.outcome(week=export.week, stage=STAGE, **facts, **of_export(export)))
    return outcomes


def judge_listed(before: TableFeed, now: TableFeed) -> list[RuleOutcome]:
    """Units that a table of scores or counts lost or gained since the week before: one finding each way, all named.

    Partial tables (sidecar `partial: true`) are not compared.
    """
    if before.export.partial or now.export.partial:
        return []
    was, is_now = units_of(before.rows), units_of(now.rows)
    table = TABLE_OF_KIND[now.export.kind]
    return [
        *_listed(f"{table}.unit_vanished", now, [unit for unit in was if unit not in set(is_now)], len(was)),
        *_listed(f"{table}.unit_new", now, [unit for unit in is_now if unit not in set(was)], len(is_now)),
    ]


def _listed(rule_id: str, feed: TableFeed, units: Sequence[str], checked: int) -> Iterable[RuleOutcome]:
    if units:
        named = ", ".join(units[:SHOWN]) + (", …" if len(units) > SHOWN else "")
        facts = {"field": "unit_code", "value": named, "checked": checked, "failed": len(units)}
        yield rule_named(rule_id).outcome(week=feed.export.week, stage=STAGE, **facts, **of_export(feed.export))
