"""Rule sets: what is scored, out of which counts, for how many points, and when that is valid.

Belongs here: the types of a rule set and the choice among them, by day or name. The rules themselves are data, in
`rulesets/*.yaml`; `ruleset_reader` reads and checks them. Does not belong here: arithmetic (formulas), counting.

How an indicator is counted: its population's rows that satisfy `denominator` (all, when null) make the denominator,
those of them that also satisfy `numerator` make the numerator; of the population `sync` both are whole numbers to add.
Dossiers never accepted are left out before any condition is asked.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from scoring.yamlnodes import RuleSetError

if TYPE_CHECKING:
    from scoring.calendar import Period, Week

__all__ = [
    "LEVELS",
    "POPULATIONS",
    "Derived",
    "Group",
    "Indicator",
    "Level",
    "RuleSet",
    "RuleSetError",
    "get_ruleset",
    "load_rulesets",
    "ruleset_for",
    "ruleset_of",
]

Level = Literal["province", "department", "commune"]
LEVELS: tuple[Level, ...] = ("province", "department", "commune")
Population = Literal["dossiers", "procedures", "petitions", "units", "sync", "derived"]
POPULATIONS: tuple[Population, ...] = ("dossiers", "procedures", "petitions", "units", "sync", "derived")
#: What 0/0 gives: `none` no score is shown and it counts 0; `full` the maximum; `zero` a score of 0; or so many points.
ZeroPolicy = Literal["none", "full", "zero"] | Decimal


@dataclass(frozen=True, slots=True)
class Derived:
    """An indicator that is the score of another group divided by a number, at most its own maximum."""

    group: str
    divide_by: Decimal


@dataclass(frozen=True, slots=True)
class Indicator:
    """One row of index_methodology.md, section 2. Keys of per-level mappings: levels or `*`; the level's own wins."""

    code: str
    portal_code: str | None
    group: str
    title_vi: str
    title_en: str
    max_points: Decimal
    population: Population
    source: str  # V recomputed from published counts, S stated by a source, I inferred
    numerator: str | None = None
    denominator: str | None = None
    full_at: Mapping[str, Decimal] = field(default_factory=lambda: {"*": Decimal(1)}, hash=False)
    zero: Mapping[str, ZeroPolicy] = field(default_factory=lambda: {"*": "none"}, hash=False)
    flat: Mapping[str, Decimal] = field(default_factory=dict, hash=False)  # points whatever the counts say
    without_counts: Mapping[str, Decimal] = field(default_factory=dict, hash=False)  # points where no counts are given
    inherit: tuple[Level, ...] = ()  # levels that take the province's counts
    derived: Derived | None = None
    date_column: str | None = None  # procedures, petitions: the date that binds a row to the period; null: not bound

    def full_at_for(self, level: str) -> Decimal:
        """The ratio at which the maximum is reached."""
        return self.full_at.get(level, self.full_at.get("*", Decimal(1)))

    def zero_for(self, level: str) -> ZeroPolicy:
        return self.zero.get(level, self.zero.get("*", "none"))

    def flat_for(self, level: str) -> Decimal | None:
        return self.flat.get(level, self.flat.get("*"))

    def without_counts_for(self, level: str) -> Decimal | None:
        return self.without_counts.get(level, self.without_counts.get("*"))


@dataclass(frozen=True, slots=True)
class Group:
    """A component of the index. `caps`: levels whose group score is cut at fewer points than the maximum."""

    code: str
    portal_column: str
    title_vi: str
    title_en: str
    max_points: Decimal
    indicators: tuple[Indicator, ...]
    caps: Mapping[str, Decimal] = field(default_factory=dict, hash=False)

    def cap_for(self, level: str) -> Decimal | None:
        return self.caps.get(level, self.caps.get("*"))


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A dated set of rules. `fingerprint` is the sha256 of the resolved content: it changes when any rule does."""

    id: str
    title_vi: str
    title_en: str
    valid_from: date
    valid_to: date | None
    status: str
    source: str
    groups: tuple[Group, ...]
    restart: date | None
    fingerprint: str
    default: bool

    def __hash__(self) -> int:
        return hash((self.id, self.fingerprint))

    @property
    def indicators(self) -> tuple[Indicator, ...]:
        """Every indicator, in the order of the file."""
        return tuple(indicator for group in self.groups for indicator in group.indicators)

    @property
    def group_codes(self) -> tuple[str, ...]:
        return tuple(group.code for group in self.groups)

    @property
    def maxima(self) -> dict[str, Decimal]:
        """Group code to its maximum."""
        return {group.code: group.max_points for group in self.groups}

    def group(self, code: str) -> Group:
        """The group of that code. Raises KeyError."""
        for group in self.groups:
            if group.code == code:
                return group
        raise KeyError(f"{self.id} has no group {code}")

    def indicator(self, code: str) -> Indicator:
        """The indicator of that house code. Raises KeyError."""
        for indicator in self.indicators:
            if indicator.code == code:
                return indicator
        raise KeyError(f"{self.id} has no indicator {code}")

    def by_portal_code(self, code: str) -> Indicator | None:
        """The indicator of a portal's code or a house code, or None."""
        return next((one for one in self.indicators if code in (one.portal_code, one.code)), None)

    def valid_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


def load_rulesets(
    directory: Path | None = None, columns: Mapping[str, Collection[str]] | None = None
) -> dict[str, RuleSet]:
    """Every rule set of a folder (the packaged ones by default) by id, in the order of validity.

    `columns`: population to the columns its conditions may use; columns are not checked when it is None.
    Raises RuleSetError with file and line for the first thing that is wrong.
    """
    from scoring.ruleset_reader import read_rulesets

    if directory is None and columns is None:
        return dict(_packaged())
    return read_rulesets(directory or _PACKAGED, columns)


_PACKAGED = Path(__file__).with_name("rulesets")


@cache
def _packaged() -> Mapping[str, RuleSet]:
    from scoring.ruleset_reader import read_rulesets

    return read_rulesets(_PACKAGED, None)


def get_ruleset(ruleset_id: str, rulesets: Mapping[str, RuleSet] | None = None) -> RuleSet:
    """The rule set of that id. Raises KeyError naming those there are."""
    known = _packaged() if rulesets is None else rulesets
    if ruleset_id not in known:
        names = ", ".join(known)
        raise KeyError(f"không có bộ quy tắc {ruleset_id!r} / there is no rule set {ruleset_id!r}; có / known: {names}")
    return known[ruleset_id]


def ruleset_of(week: Week, period: Period) -> RuleSet:
    """The rule set valid on the last day the period is measured in that week. Raises KeyError when none is."""
    return ruleset_for(min(week.sunday, period.end_day))


def ruleset_for(day: date, rulesets: Mapping[str, RuleSet] | None = None) -> RuleSet:
    """The default rule set valid on a Vietnamese day. Raises KeyError when none is."""
    known = _packaged() if rulesets is None else rulesets
    for ruleset in known.values():
        if ruleset.default and ruleset.valid_on(day):
            return ruleset
    raise KeyError(f"không có bộ quy tắc hiệu lực ngày {day} / no rule set is valid on {day}")
