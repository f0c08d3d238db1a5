"""What is let pass, as typed values read from `reconcile.yaml`.

Belongs here: reading and choosing tolerances. Does not belong here: comparing (compare, steps).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

from scoring.basis import TOTAL
from scoring.ruleset import LEVELS, load_rulesets
from scoring.yamlnodes import Node, read_yaml


@dataclass(frozen=True, slots=True)
class Allowance:
    """How much may differ: `absolute` in things or points, or `share` of the denominator. Empty sets fit everything."""

    names: frozenset[str]
    levels: frozenset[str]
    absolute: Decimal
    share: Decimal = Decimal(0)

    def fits(self, name: str, level: str) -> bool:
        return (not self.names or name in self.names) and (not self.levels or level in self.levels)

    def of(self, denominator: int) -> Decimal:
        """What may differ beside a denominator."""
        return max(self.absolute, self.share * denominator)


@dataclass(frozen=True, slots=True)
class LikeStep:
    """When a change of many units is one change of their table: see reconcile.yaml."""

    units: int
    share: Decimal
    points: Decimal
    spread: Decimal


@dataclass(frozen=True, slots=True)
class Tolerances:
    """All of reconcile.yaml."""

    counts: tuple[Allowance, ...]
    scores: tuple[Allowance, ...]
    like_step: LikeStep
    named_from: Decimal

    def of_counts(self, indicator: str, level: str) -> Allowance:
        return _last(self.counts, indicator, level)

    def of_scores(self, group: str, level: str) -> Allowance:
        return _last(self.scores, group, level)


@cache
def load_tolerances(path: Path | None = None) -> Tolerances:
    """The tolerances, by default the packaged ones. Raises RuleSetError with file and line."""
    root = read_yaml(path or Path(__file__).with_name("reconcile.yaml"))
    root.allow(("counts", "scores", "like_step", "named_from"))
    rulesets = load_rulesets().values()
    indicators = {one.code for ruleset in rulesets for one in ruleset.indicators}
    groups = {code for ruleset in rulesets for code in ruleset.group_codes} | {TOTAL}
    step = root.need("like_step")
    step.allow(("units", "share", "points", "spread"))
    return Tolerances(
        counts=_allowances(root.need("counts"), "indicator", sorted(indicators), "absolute"),
        scores=_allowances(root.need("scores"), "group", sorted(groups), "points"),
        like_step=LikeStep(
            units=int(step.need("units").number()),
            **{name: _at_least_zero(step.need(name)) for name in ("share", "points", "spread")},
        ),
        named_from=_at_least_zero(root.need("named_from")),
    )


def _allowances(node: Node, name: str, known: Iterable[str], amount: str) -> tuple[Allowance, ...]:
    found = []
    for entry in node.items():
        keys = entry.allow((name, "level", amount, "share"))
        found.append(
            Allowance(
                names=_names(keys.get(name), known),
                levels=_names(keys.get("level"), LEVELS),
                absolute=_at_least_zero(entry.need(amount)),
                share=_at_least_zero(keys["share"]) if "share" in keys else Decimal(0),
            )
        )
    if not found or found[0].names or found[0].levels:
        node.fail("mục đầu tiên phải áp dụng cho tất cả", "the first entry must hold for everything")
    return tuple(found)


def _names(node: Node | None, known: Iterable[str]) -> frozenset[str]:
    if node is None:
        return frozenset()
    listed = node.items() if isinstance(node.value, list) else [node]
    return frozenset(each.one_of(known) for each in listed)


def _at_least_zero(node: Node) -> Decimal:
    number = node.number()
    if number < 0:
        node.fail(f"cần số không âm, không phải {number}", f"expected 0 or more, not {number}")
    return number


def _last(entries: tuple[Allowance, ...], name: str, level: str) -> Allowance:
    return [entry for entry in entries if entry.fits(name, level)][-1]
