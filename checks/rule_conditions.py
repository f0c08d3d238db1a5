"""The SQL of a rule: one expression that is true for a bad row.

Belongs here: what such an expression may say, and the check that it says nothing else. Does not belong here: the rest of a rule
(rules), running the expression (row_sql).
"""

from __future__ import annotations

from dataclasses import dataclass

from scoring.conditions import ConditionError, check_condition
from scoring.yamlnodes import Node, RuleSetError

# sqlglot's node: the name people write. Not split_part: DuckDB 2.0 cannot compare it over a column that is all NULL.
_FUNCTIONS = {
    "RegexpFullMatch": "regexp_full_match",
    "StartsWith": "starts_with",
    "Length": "len",
    "Lower": "lower",
    "Trim": "trim",
    "ArrayOverlaps": "list_has_any",
    "ArrayContains": "list_contains",
    "Array": "[...]",
}
# fmt: off
_TRUTHS = frozenset({
    "And", "Or", "Not", "EQ", "NEQ", "GT", "GTE", "LT", "LTE", "In", "Between", "Is", "Boolean",
    "RegexpFullMatch", "StartsWith", "ArrayOverlaps", "ArrayContains",
})
# fmt: on


@dataclass(frozen=True, slots=True)
class Condition:
    """An expression where it is written. columns: those it may speak of; flags: those of them that are true or false."""

    node: Node
    columns: tuple[str, ...]
    flags: frozenset[str]

    def check(self) -> None:
        """Fails unless it is one expression that is true or false; of a column alone, one of the flags is."""
        import sqlglot

        text = self.node.text()
        try:
            check_condition(text, self.columns, _FUNCTIONS)
        except ConditionError as error:
            raise RuleSetError(self.node.file, self.node.line, str(error)) from None
        parsed = sqlglot.parse_one(text, dialect="duckdb").unnest()
        if text not in self.flags and type(parsed).__name__ not in _TRUTHS:
            self.node.fail(
                f"biểu thức không cho đúng hay sai: {text!r}", f"the expression is not true or false: {text!r}"
            )
