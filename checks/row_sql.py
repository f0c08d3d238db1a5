# ruff: noqa: S608
"""The SQL of the one scan: text made of names of the column catalogue and of conditions checked when they were loaded.

Belongs here: composing. Nothing here comes from outside the house but through quote_name and quote_text. Does not
belong here: running it (rows).

Three temporary tables: `typed` (only when a rule crashed), `checked` (every row and a flag a rule) and, for each rule
about things that stand twice, `superseded <n>` (the rows after which the same thing stands again).
"""

from __future__ import annotations

from collections.abc import Sequence

from checks.rules import Rule
from resources.catalogue import Table
from resources.engine import quote_name, quote_text
from scoring.calendar import Week

_HELPERS = ("unparsed", "week_start", "week_end")


def with_helpers(source: str, week: Week) -> str:
    """The rows of a SELECT or a table, and beside each what conditions may ask for beyond its columns."""
    return f"""
        SELECT *, [regexp_extract(e, '^[^=]*') FOR e IN coalesce(parse_errors, [])] AS unparsed,
            TIMESTAMP '{week.start}' AS week_start, TIMESTAMP '{week.end}' AS week_end
        FROM {source}"""


def lay_flags(rows: str, rules: Sequence[Rule]) -> str:
    """Statement that makes `checked`: every row of `rows` (with helpers) and a flag a rule, true where it fails."""
    flags = "".join(f", coalesce({rule.condition}, false) AS {flag(number)}" for number, rule in enumerate(rules))
    return f"CREATE OR REPLACE TEMP TABLE checked AS SELECT * EXCLUDE ({', '.join(_HELPERS)}){flags} FROM ({rows})"


def flag(number: int) -> str:
    """Name of the flag of the n-th condition."""
    return quote_name(f"bad {number}")


def superseded(number: int) -> str:
    """Name of the table of rows that a later row of the file supersedes, by the n-th rule of that kind."""
    return quote_name(f"superseded {number}")


def find_superseded(rule: Rule, number: int) -> str:
    """Statement that makes the table of superseded rows."""
    key = ", ".join(quote_name(name) for name in rule.repeated)
    named = " AND ".join(f"{quote_name(name)} IS NOT NULL" for name in rule.repeated)
    return f"""
        CREATE OR REPLACE TEMP TABLE {superseded(number)} AS
        SELECT source_row FROM checked
        JOIN (SELECT {key}, max(source_row) AS last_row FROM checked WHERE {named} GROUP BY ALL HAVING count(*) > 1)
        USING ({key}) WHERE source_row < last_row"""


def first_superseded(number: int) -> str:
    return f"SELECT count(*), min(source_row) FROM {superseded(number)}"


def count_by_unit() -> str:
    """One row a unit: code and rows."""
    return "SELECT unit_code, count(*) FROM checked GROUP BY unit_code ORDER BY unit_code"


def count_whole(conditions: int) -> str:
    """One row: for each condition how many rows fail."""
    return f"SELECT {', '.join(f'count_if({flag(number)})' for number in range(conditions))} FROM checked"


def count_failing(failing: Sequence[int]) -> str:
    """One row a unit in which one of these conditions fails: code, and for each how many rows fail and the first of them."""
    flags = [flag(number) for number in failing]
    counted = "".join(f", count(*) FILTER ({name}), min(source_row) FILTER ({name})" for name in flags)
    return f"SELECT unit_code{counted} FROM checked WHERE {' OR '.join(flags)} GROUP BY unit_code ORDER BY unit_code"


def values_of_rows(entry: Table, rule: Rule) -> str:
    """What the rule's fields hold in the rows of the parameter, a list of row numbers."""
    return f"SELECT source_row, {_value(entry, rule)} FROM checked WHERE source_row IN (SELECT unnest(?))"


def valid_rows(entry: Table, failing: dict[str, Rule], *, ordered: bool) -> str:
    """Rows that no quarantining rule sets aside, in the columns of the catalogue."""
    return f"SELECT {_columns(entry)} FROM checked WHERE NOT ({_any(failing)}) {_order(ordered)}"


def quarantined_rows(entry: Table, failing: dict[str, Rule], file: str, *, ordered: bool) -> str:
    """All other rows, with the rules that set them aside, what they found and what they expected, and the file."""
    reasons = ", ".join(
        f"CASE WHEN {failed} THEN {{'rule': {quote_text(rule.id)}, 'value': {_value(entry, rule)},"
        f" 'expected': {quote_text(rule.expected or '')}}} END"
        for failed, rule in failing.items()
    )
    reasons = reasons or "NULL::STRUCT(rule VARCHAR, value VARCHAR, expected VARCHAR)"
    return f"""
        SELECT {_columns(entry)}, [r.rule FOR r IN reasons] AS rules, [r.value FOR r IN reasons] AS "values",
            [r.expected FOR r IN reasons] AS expected, {quote_text(file)} AS file
        FROM (
            SELECT *, [r FOR r IN [{reasons}] IF r IS NOT NULL] AS reasons FROM checked
            WHERE {_any(failing)} {_order(ordered)}
        )"""


def failing_conditions(conditions: Sequence[Rule], repeated: Sequence[Rule], counts: Sequence[int]) -> dict[str, Rule]:
    """SQL that is true for a row which a quarantining rule sets aside, to that rule."""
    failing = {flag(number): rule for number, rule in enumerate(conditions) if rule.quarantines}
    for number, rule in enumerate(repeated):
        if counts[number]:
            failing[f"source_row IN (SELECT source_row FROM {superseded(number)})"] = rule
    return failing


def _any(failing: dict[str, Rule]) -> str:
    return " OR ".join(failing) or "false"


def _order(ordered: bool) -> str:
    return "ORDER BY source_row" if ordered else ""


def _columns(entry: Table) -> str:
    return ", ".join(quote_name(name) for name in entry.column_names)


def _value(entry: Table, rule: Rule) -> str:
    """What a rule's fields hold, as a person reads it."""
    if len(rule.fields) == 1:
        return shown(entry, rule.fields[0])
    parts = (f"{quote_text(name + '=')} || {shown(entry, name)}" for name in rule.fields)
    return f"concat_ws('; ', {', '.join(parts)})"


def shown(entry: Table, name: str) -> str:
    """A field as a person reads it: instants in Vietnamese time, nothing for NULL."""
    column = quote_name(name)
    if name == "parse_errors":
        return f"array_to_string({column}, '; ')"
    if entry.column(name).type == "TIMESTAMP":
        return f"coalesce(strftime({column} + INTERVAL 7 HOUR, '%Y-%m-%d %H:%M:%S'), '')"
    return f"coalesce(CAST({column} AS VARCHAR), '')"


def together(quarantine: str, dropped: str) -> str:
    """The rows that rules set aside and those that a correction dropped, in the order of the file."""
    return f"SELECT * FROM (({quarantine}) UNION ALL ({dropped})) ORDER BY source_row"
