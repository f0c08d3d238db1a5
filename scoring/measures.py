"""What has to be counted for some rule sets: each condition once, whichever indicators and rule sets share it.

Belongs here: from the indicators of rule sets to numbered conditions, and what a condition depends on.
Does not belong here: the query that counts them (counting.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Literal

from scoring.ruleset import Indicator, RuleSet

if TYPE_CHECKING:
    from sqlglot import exp

Source = Literal["dossiers", "petitions", "procedures", "units"]
SOURCES: tuple[Source, ...] = ("dossiers", "procedures", "petitions", "units")

#: Columns of conditions that change between two exports, because time passes or another table speaks.
MOVING = {
    "dossiers": frozenset({"timely", "overdue", "complained", "service_level"}),
    "petitions": frozenset({"on_time"}),
}
#: Columns of procedures that ask whether dossiers of the procedure are there: all, or those paid online.
PRESENCE = ("dossier_count", "paid_online_count")

#: Two counts share a 64-bit word. A count is never negative and stays below 2^31, a thousand nations' dossiers of a year.
HALF_BITS = 31


class CountingError(ValueError):
    """A rule set asks for something that cannot be counted; the message is Vietnamese / English."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A condition whose rows are counted into `column`. `date_column` binds a row to the period its date falls in."""

    column: str
    source: Source
    condition: str
    date_column: str | None
    mentions: frozenset[str]
    number: int

    @property
    def word(self) -> str:
        """The column of events and sums that carries this count in one of its two halves (counting.py says why)."""
        return f"w{self.number // 2}"

    @property
    def weight(self) -> int:
        """What one counted row adds to the word."""
        return 1 << HALF_BITS * (self.number % 2)

    @property
    def from_word(self) -> str:
        """The count, taken out of a sum of the word."""
        return f"({self.word} >> {HALF_BITS * (self.number % 2)}) & {(1 << HALF_BITS) - 1}"

    @property
    def is_moving(self) -> bool:
        return not self.mentions.isdisjoint(MOVING.get(self.source, ()))

    @property
    def asks_presence(self) -> bool:
        return self.source == "procedures" and not self.mentions.isdisjoint(PRESENCE)

    def with_presence(self, dossiers: bool, paid: bool) -> str:
        """The condition of a procedure with or without dossiers and online payments."""
        from sqlglot import exp

        values = {"dossier_count": int(dossiers), "paid_online_count": int(paid)}

        def known(node: exp.Expr) -> exp.Expr:
            return exp.Literal.number(values[node.name]) if _is_presence(node) else node

        return _parsed(self.condition).transform(known).sql(dialect="duckdb")


@dataclass(frozen=True, slots=True)
class Counted:
    """An indicator of a rule set: the columns that hold its counts, or, for `sync`, expressions over reports."""

    indicator: Indicator
    numerator: str
    denominator: str
    needs: tuple[Source, ...]  # feeds without which there is no count


@dataclass(slots=True)
class Measures:
    """Conditions in the order they were first asked for."""

    all: list[Measure] = field(default_factory=list)
    received: str | None = None  # the column of dossiers received, when a `sync` indicator asks for it

    @property
    def words(self) -> list[str]:
        """The columns of events and sums."""
        return list(dict.fromkeys(measure.word for measure in self.all))

    def of(self, source: Source) -> list[Measure]:
        return [measure for measure in self.all if measure.source == source]

    def counted(self, ruleset: RuleSet) -> list[Counted]:
        """The countable indicators of a rule set; derived ones have no counts."""
        return [one for indicator in ruleset.indicators if (one := self._counted(indicator)) is not None]

    def _counted(self, indicator: Indicator) -> Counted | None:
        if indicator.population == "derived" or indicator.numerator is None:
            return None
        if indicator.population == "sync":
            self.received = self._column("dossiers", "TRUE", None)
            denominator = _parsed(indicator.denominator or "received").sql(dialect="duckdb")
            return Counted(
                indicator, _parsed(indicator.numerator).sql(dialect="duckdb"), denominator, ("dossiers", "units")
            )
        base = indicator.denominator or "TRUE"
        both = f"({base}) AND ({indicator.numerator})" if indicator.denominator else indicator.numerator
        # A dossier belongs to the period of its acceptance, whatever a rule set might name.
        bound = None if indicator.population == "dossiers" else indicator.date_column
        numerator = self._column(indicator.population, both, bound)
        return Counted(indicator, numerator, self._column(indicator.population, base, bound), (indicator.population,))

    def _column(self, source: Source, condition: str, date_column: str | None) -> str:
        from sqlglot import exp

        tree = _parsed(condition)
        text = tree.sql(dialect="duckdb")
        for measure in self.all:
            if (measure.source, measure.condition, measure.date_column) == (source, text, date_column):
                return measure.column
        mentions = frozenset(column.name for column in tree.find_all(exp.Column))
        number = len(self.all)
        measure = Measure(f"m{number}", source, text, date_column, mentions, number)
        if measure.asks_presence:
            _check_presence(tree, date_column)
        self.all.append(measure)
        return measure.column


def measures_of(rulesets: Iterable[RuleSet]) -> tuple[Measures, list[list[Counted]]]:
    """Everything to count for some rule sets, and for each of them its indicators in terms of it."""
    measures = Measures()
    return measures, [measures.counted(ruleset) for ruleset in rulesets]


def mentioned(measures: Sequence[Measure]) -> set[str]:
    """Columns any of the conditions speaks of."""
    return {name for measure in measures for name in measure.mentions}


@cache
def _parsed(condition: str) -> exp.Expr:
    import sqlglot

    return sqlglot.parse_one(condition, dialect="duckdb")


def _is_presence(node: exp.Expr) -> bool:
    from sqlglot import exp

    return isinstance(node, exp.Column) and node.name in PRESENCE


def _check_presence(tree: exp.Expr, date_column: str | None) -> None:
    """Counts of dossiers are known as "none" and "some": enough for comparisons with 0, and for nothing else."""
    from sqlglot import exp

    for node in tree.walk():
        if not _is_presence(node):
            continue
        asked = node.parent
        fine = isinstance(asked, exp.GT | exp.EQ | exp.NEQ) and asked.this is node and asked.expression.name == "0"
        if not fine or date_column is not None:
            raise CountingError(
                f"{node.name} chỉ so được với 0 (> 0, = 0, <> 0) và không gắn với ngày / {node.name} can only be compared"
                f" with 0 (> 0, = 0, <> 0), and not bound to a date: {tree.sql(dialect='duckdb')}"
            )
