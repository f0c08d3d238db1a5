# ruff: noqa: S608
"""The SQL of corrections: text made of names of the column catalogue and of literals that were checked.

Belongs here: composing. Whatever people wrote comes in through quote_name, quote_text, resources.corrections.literal and
factor, and in no other way. Does not belong here: running it (corrections).

Two temporary tables, `received` and (of another part of the feed) `beside`: the typed rows as they came, and for each correction
two columns, whether it means the row and whether the row holds what it expects.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from checks import row_sql
from resources.cases import Correction, named
from resources.catalogue import Column, Table
from resources.corrections import Unfit, factor, literal
from resources.engine import quote_name, quote_text

RECEIVED, BESIDE = "received", "beside"


def lay_flags(name: str, entry: Table, typed_sql: str, corrections: Sequence[Correction]) -> str:
    """Statement that makes one of the two tables: the rows, and the two columns of each correction."""
    flags = "".join(_flags(entry, each) for each in corrections)
    return f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT *{flags} FROM ({typed_sql})"


def is_meant(correction: Correction) -> str:
    """Name of the column that is true for the rows a correction means."""
    return quote_name(f"meant {correction.id}")


def _is_as_expected(correction: Correction) -> str:
    return quote_name(f"met {correction.id}")


def _flags(entry: Table, correction: Correction) -> str:
    meant = " AND ".join(
        f"{quote_name(name)} IS NOT DISTINCT FROM {literal(entry.column(name), text)}"
        for name, text in correction.where.items()
    )
    met = " AND ".join(_is_met(entry, name, text) for name, text in correction.expect.items())
    if correction.action == "scale" and correction.field:
        column = quote_name(correction.field)
        met += f" AND ({column} IS NULL OR {_scaled(entry.column(correction.field), correction)} IS NOT NULL)"
    return f", ({meant}) AS {is_meant(correction)}, ({met}) AS {_is_as_expected(correction)}"


def _is_met(entry: Table, name: str, text: str) -> str:
    """Whether a field holds a value, or the text that could not be read in its place."""
    unread = f"list_contains(coalesce(parse_errors, []), {quote_text(f'{name}={text}')})"
    try:
        value = literal(entry.column(name), text)
    except Unfit:
        return unread
    holds = f"{quote_name(name)} IS NOT DISTINCT FROM {value}"
    return f"({holds} OR {unread})" if text else f"({holds} AND {_unread(name)} IS NULL)"


def _unread(name: str) -> str:
    """The text in the place of a field that could not be read; NULL when it could."""
    own = f"starts_with(e, {quote_text(name + '=')})"
    return f"[substr(e, {len(name) + 2}) FOR e IN coalesce(parse_errors, []) IF {own}][1]"


def count(table: str, corrections: Sequence[Correction]) -> str:
    """A row a correction, in their order: rows meant, those of them not as expected, the first of either."""
    # One short scan each: a hundred filtered aggregates in one scan take ten times as long.
    parts = " UNION ALL ".join(
        f"SELECT {at} AS number, count(*), count(*) FILTER (NOT {met}), min(source_row), min(source_row) FILTER (NOT {met}) "
        f"FROM {table} WHERE {meant}"
        for at, (meant, met) in enumerate((is_meant(each), _is_as_expected(each)) for each in corrections)
    )
    return f"SELECT * EXCLUDE (number) FROM ({parts}) ORDER BY number"


def differing(entry: Table, correction: Correction) -> str:
    """For each column of `expect` whether the row of the parameter holds it, and what it holds, as a person reads it."""
    asked = ", ".join(
        f"{_is_met(entry, name, text)}, coalesce({_unread(name)}, {row_sql.shown(entry, name)})"
        for name, text in correction.expect.items()
    )
    return f"SELECT {asked} FROM {RECEIVED} WHERE source_row = ? AND {is_meant(correction)}"


def units(correction: Correction) -> str:
    """A row a unit whose rows are meant: code, how many, the first of them."""
    return (
        f"SELECT unit_code, count(*), min(source_row) FROM {RECEIVED} "
        f"WHERE {is_meant(correction)} AND unit_code IS NOT NULL GROUP BY unit_code ORDER BY unit_code"
    )


def mended(entry: Table, applied: Sequence[Correction]) -> str:
    """The rows that none of the corrections drops, with what they write; where several write a field the newest stands."""
    written: dict[str, list[Correction]] = {}
    for correction in reversed(applied):
        if correction.field:
            written.setdefault(correction.field, []).append(correction)
    columns = ", ".join(_column(entry, name, written) for name in entry.column_names)
    return f"SELECT {columns}, {_errors_left(written)} AS parse_errors FROM {RECEIVED} WHERE NOT ({_drops(applied)})"


def dropped(entry: Table, applied: Sequence[Correction], file: str, rule: str, told: Mapping[int, str]) -> str:
    """The other rows whole, as quarantine keeps rows. told: what is said of a row, by the number of the correction."""
    drops = [each for each in reversed(applied) if each.action == "drop"]
    value = " ".join(f"WHEN {is_meant(each)} THEN {quote_text(told[each.id])}" for each in drops)
    expected = " ".join(f"WHEN {is_meant(each)} THEN {quote_text(named(each.expect))}" for each in drops)
    columns = ", ".join(quote_name(name) for name in entry.column_names)
    return f"""
        SELECT {columns}, [{quote_text(rule)}] AS rules, [CASE {value} END] AS "values", [CASE {expected} END] AS expected,
            {quote_text(file)} AS file
        FROM {RECEIVED} WHERE {_drops(applied)}"""


def _drops(applied: Sequence[Correction]) -> str:
    return " OR ".join(is_meant(each) for each in applied if each.action == "drop") or "false"


def _column(entry: Table, name: str, written: Mapping[str, Sequence[Correction]]) -> str:
    plain = quote_name(name)
    if name not in written:
        return plain
    cases = " ".join(f"WHEN {is_meant(each)} THEN {_new(entry.column(name), each)}" for each in written[name])
    return f"CASE {cases} ELSE {plain} END AS {plain}"


def _errors_left(written: Mapping[str, Sequence[Correction]]) -> str:
    """A field that was written is no field that could not be read."""
    gone = " OR ".join(
        f"(starts_with(e, {quote_text(name + '=')}) AND ({' OR '.join(map(is_meant, by))}))"
        for name, by in written.items()
    )
    if not gone:
        return "parse_errors"
    # Nearly all rows could be read: a lambda that looks at many columns costs much, so it is kept from those.
    return f"CASE WHEN len(parse_errors) > 0 THEN [e FOR e IN parse_errors IF NOT ({gone})] ELSE parse_errors END"


def _new(column: Column, correction: Correction) -> str:
    return _scaled(column, correction) if correction.action == "scale" else literal(column, correction.value or "")


def _scaled(column: Column, correction: Correction) -> str:
    """The field times the factor, exact, rounded half-up to what the column holds; NULL when that cannot hold it."""
    is_decimal = column.type.startswith("DECIMAL")
    places = column.type.rstrip(")").rpartition(",")[2] if is_decimal else "0"
    exact = quote_name(column.name) if is_decimal else f"CAST({quote_name(column.name)} AS DECIMAL(19,0))"
    by = f"CAST({quote_text(format(factor(correction.value or ''), 'f'))} AS DECIMAL(12,6))"
    return f"TRY_CAST(round({exact} * {by}, {places}) AS {column.type})"
