"""The rule sets as people read them: formulas, conditions, and what one version changed of the one before.

Belongs here: turning a rule set into rows of tables. Does not belong here: the rules (scoring/rulesets), words (templates).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from publishing.site.languages import Language
from scoring.ruleset import Group, Indicator, RuleSet, load_rulesets

_COMPARED = (
    "max_points",
    "numerator",
    "denominator",
    "full_at",
    "zero",
    "flat",
    "without_counts",
    "inherit",
    "derived",
)


class RuleChange(NamedTuple):
    """What differs between two rule sets. what: a field of an indicator; `added`, `removed`; or `cap` of a group."""

    group: Group
    indicator: Indicator | None
    what: str
    old: Any
    new: Any


def predecessor(rules: RuleSet) -> RuleSet | None:
    """The rule set a reader will compare with: the default one in force before; of an alternative, the one it stands for."""
    known = load_rulesets().values()
    if not rules.default:
        return next((each for each in known if each.default and each.valid_on(rules.valid_from)), None)
    earlier = [each for each in known if each.default and each.valid_from < rules.valid_from]
    return max(earlier, key=lambda each: each.valid_from, default=None)


def rule_changes(old: RuleSet, new: RuleSet) -> list[RuleChange]:
    """Every difference, in the order of the newer one."""
    before = {indicator.code: indicator for indicator in old.indicators}
    found: list[RuleChange] = []
    for group in new.groups:
        earlier = old.group(group.code) if group.code in old.group_codes else None
        if earlier is not None and dict(earlier.caps) != dict(group.caps):
            found.append(RuleChange(group, None, "cap", earlier.caps, group.caps))
        for indicator in group.indicators:
            was = before.pop(indicator.code, None)
            if was is None:
                found.append(RuleChange(group, indicator, "added", None, indicator))
                continue
            for name in _COMPARED:
                first, second = getattr(was, name), getattr(indicator, name)
                if first != second:
                    found.append(RuleChange(group, indicator, name, first, second))
    for indicator in before.values():
        found.append(RuleChange(old.group(indicator.group), indicator, "removed", indicator, None))
    return found


def general_formula(indicator: Indicator, level: str, language: Language) -> str:
    """`6 × r`, `min(2; 2 × r ÷ 0,8)`: r is numerator / denominator."""
    most, separator = language.plain(indicator.max_points), "; " if language.code == "vi" else ", "
    if indicator.derived is not None:
        source = language.title(indicator.derived.group)
        return f"min({most}{separator}{source} ÷ {language.plain(indicator.derived.divide_by)})"
    full_at = indicator.full_at_for(level)
    return f"{most} × r" if full_at == 1 else f"min({most}{separator}{most} × r ÷ {language.plain(full_at)})"


def by_level(values: Mapping[str, Any]) -> list[tuple[str | None, Any]]:
    """Level (None: every other one) and value, of what a rule says by level."""
    return [(None if level == "*" else level, value) for level, value in values.items()]


def is_points(value: Any) -> bool:
    return isinstance(value, Decimal)
