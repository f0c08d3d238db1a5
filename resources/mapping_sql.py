"""From a mapping to ONE SELECT that turns a raw export into the typed columns of the catalogue.

Belongs here: composing that SQL. Does not belong here: what a mapping may say (resources/mapping.py), running the SQL.

Every name and text of a mapping goes through quote_name and quote_text; a declared expression was parsed and checked
when the mapping was read and only sees finished columns. Three layers: cleaned source texts and converted values;
`expression` and `then`; the errors. A text that cannot be converted is NULL and is named in parse_errors as
`column=text`; where it looks personal only its kind and length are told (resources/masking.py).
"""

# ruff: noqa: S608 - every name and text in this SQL goes through quote_name or quote_text

from __future__ import annotations

from collections.abc import Mapping as MappingType
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from resources.catalogue import Column, table
from resources.engine import quote_name, quote_text
from resources.fillers import FILLER
from resources.mapping import Filter, Mapping, Rule, heading_key
from resources.masking import is_masked, shown
from resources.native import native_types, native_value
from resources.units import code_sql, level_sql, name_sql, province_of, province_sql
from scoring.calendar import VIETNAM_OFFSET, Week

if TYPE_CHECKING:
    from resources.exports import ExportRecord

MAX_ERROR_TEXT = 80
#: Codes that rows are known by: a name in their place would be kept, shown and even ranked.
CODES = ("dossier_code", "petition_code", "unit_code")
_VIETNAM = "Asia/Ho_Chi_Minh"
_ISO_TIMES = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S.%g",
    "%Y-%m-%dT%H:%M:%S.%g",
    "%Y-%m-%d %H:%M",
)
_ISO_DATES = ("%Y-%m-%d",)
_OFFSET = r":\d{2}(\.\d+)?\s?(Z|[+-]\d{2}(:?\d{2})?)$"


@dataclass(frozen=True, slots=True)
class _Made:
    """The SQL of one column. text: what it was made from; the conversion failed where that is there and the value is
    NULL. None where nothing can fail.
    """

    value: str
    text: str | None = None


def typed_sql(mapping: Mapping, raw: Path, export: ExportRecord) -> str:
    """One SELECT: the catalogue columns of the mapping's table in order and type, and `parse_errors` VARCHAR[].

    raw: the Parquet file the door wrote. Rows that the mapping's `skip` names are left out.
    """
    columns = table(mapping.table).columns
    natives = native_types(raw)
    made = {
        column.name: _column(mapping, column, mapping.columns[column.name], export, natives)
        for column in columns
        if column.name in mapping.columns and mapping.columns[column.name].expression is None
    }
    inner = [f"{made[name].value} AS {quote_name(name)}" for name in made]
    inner += [f"{one.text} AS {_text_of(name)}" for name, one in made.items() if one.text]
    source = f"SELECT source_row, {', '.join(inner)} FROM read_parquet({quote_text(raw)}){_where(mapping)}"
    final = [_final(column, mapping, export) for column in columns]
    return f"SELECT {', '.join(final)}, {_errors(made)} AS parse_errors FROM ({source})"


def _final(column: Column, mapping: Mapping, export: ExportRecord) -> str:
    """A column as it leaves: constants of the export, derived ones, and what rules say `then`."""
    name = quote_name(column.name)
    if (constant := _provenance(column, export)) is not None:
        return f"{constant} AS {name}"
    rule = mapping.columns.get(column.name)
    if rule is None:
        return f"NULL::{column.type} AS {name}"
    if rule.expression or rule.then:
        return f"({rule.then or rule.expression})::{column.type} AS {name}"
    if rule.of:
        of = quote_name(rule.of)
        return f"{province_sql(of) if rule.convert == 'province' else level_sql(of)} AS {name}"
    return name


def _provenance(column: Column, export: ExportRecord) -> str | None:
    match column.name:
        case "source_row":
            return "source_row"
        case "arrived_week" | "week":
            return f"DATE {quote_text(Week.parse(export.week).monday.isoformat())}"
        case "export_id" | "period_kind" | "period" | "ruleset":
            return _literal(getattr(export, column.name))
        case "exported_at":
            at: datetime | None = export.exported_at
            return f"TIMESTAMP {quote_text(at.isoformat(sep=' '))}" if at else "NULL::TIMESTAMP"
        case _:
            return None


def _literal(text: str | None) -> str:
    return quote_text(text) if text is not None else "NULL::VARCHAR"


def _where(mapping: Mapping) -> str:
    if not mapping.skip:
        return ""
    kept = (
        f"coalesce(lower(trim({quote_name(name)})), '') NOT IN ({_texts(tuple(text.lower() for text in texts))})"
        for name, texts in mapping.skip
    )
    return f" WHERE {' AND '.join(kept)}"


def _errors(made: dict[str, _Made]) -> str:
    """VARCHAR[] of `column=text` for every conversion that failed; empty, without looking twice, when none did."""
    failing = [
        (name, f"{_text_of(name)} IS NOT NULL AND {quote_name(name)} IS NULL") for name in made if made[name].text
    ]
    if not failing:
        return "[]::VARCHAR[]"
    any_failed = " OR ".join(f"({condition})" for _, condition in failing)
    cases = ", ".join(
        f"CASE WHEN {told} THEN {quote_text(name + '=')} || {_text_of(name)} END" for name, told in failing
    )
    name, text = "left(e, strpos(e, '='))", "substr(e, strpos(e, '=') + 1)"
    listed = f"list_transform(list_filter([{cases}], lambda e: e IS NOT NULL), lambda e: {name} || {shown(text, MAX_ERROR_TEXT)})"
    return f"CASE WHEN {any_failed} THEN {listed} ELSE []::VARCHAR[] END"


def _text_of(name: str) -> str:
    return quote_name(f"{name} text")


def _column(
    mapping: Mapping, column: Column, rule: Rule, export: ExportRecord, natives: MappingType[str, str]
) -> _Made:
    """natives: the raw columns that are no texts, with their type."""
    if len(rule.sources) == 1 and (type_ := natives.get(rule.sources[0])):
        return _Made(*native_value(rule.sources[0], type_, column.type, _to_utc(mapping, "{}")))
    if rule.constant is not None:
        return _Made(f"CAST({quote_text(rule.constant)} AS {column.type})")
    if rule.export is not None:
        return _Made(_literal(export.scope if rule.export == "scope" else province_of(export.scope)))
    if rule.of is not None:
        return _Made(f"NULL::{column.type}")
    if rule.aggregate is not None:
        return _aggregate(mapping, column, rule)
    if rule.alike:
        return _Made(f"{quote_name(rule.alike_name)} IS NOT NULL")
    if rule.convert == "filler":
        texts = [quote_name(source) for source in rule.sources]
        filled = " OR ".join(f"coalesce({text} = {quote_text(FILLER)}, false)" for text in texts)
        return _Made(f"CASE WHEN {' AND '.join(f'{text} IS NULL' for text in texts)} THEN NULL ELSE {filled} END")
    cleaned = [_cleaned(mapping, quote_name(source)) for source in rule.sources]
    text = cleaned[0] if len(cleaned) == 1 else f"coalesce({', '.join(cleaned)})"
    if rule.convert == "present":
        return _Made(f"{text} IS NOT NULL")
    value = _converted(mapping, column, rule, text)
    if rule.empty is not None:
        otherwise = f"CAST({quote_text(rule.empty)} AS {column.type})"
        return _Made(f"CASE WHEN {text} IS NULL THEN {otherwise} ELSE {value} END", text)
    if column.name in CODES and not rule.codes:  # any text will do, but for one that was masked at the door
        return _Made(f"CASE WHEN NOT {is_masked(text)} THEN {value} END", text)
    can_fail = column.type != "VARCHAR" or (rule.codes and rule.other is None)
    return _Made(value, text) if can_fail else _Made(value)


def read_instant(mapping: Mapping, rule: Rule, text: str) -> str:
    """SQL of a source text as the instant a rule reads it as; NULL when it is none."""
    return _instant(mapping, _cleaned(mapping, text), rule)


def _cleaned(mapping: Mapping, text: str) -> str:
    """A text without spaces around it; NULL when nothing is left, or when the mapping says that the text means
    nothing.
    """
    # Machines send no tabs or no-break spaces, and trimming a set of characters costs ten times as much.
    spaces = "" if mapping.shape == "nested" else f", {quote_text(_SPACES)}"
    trimmed = f"nullif(trim({text}{spaces}), '')"
    nothing = [each for each in mapping.empty if each]
    if not nothing:
        return trimmed
    return f"CASE WHEN {trimmed} NOT IN ({_texts(tuple(nothing))}) THEN {trimmed} END"


_SPACES = " \t\r\n\u00a0\u202f\ufeff"


def _converted(mapping: Mapping, column: Column, rule: Rule, text: str) -> str:
    """SQL that turns a cleaned text into the column's type; NULL when it cannot."""
    if rule.codes:
        key = f"lower(nfc_normalize({text}))" if any(not code.isascii() for code, _ in rule.codes) else f"lower({text})"
        cases = " ".join(
            f"WHEN {quote_text(heading_key(code))} THEN CAST({quote_text(value)} AS {column.type})"
            for code, value in rule.codes
        )
        other = f" ELSE CAST({quote_text(rule.other)} AS {column.type})" if rule.other is not None else ""
        return f"CASE {key} {cases}{other} END"
    match rule.convert:
        case "unit_code":
            return code_sql(text)
        case "unit_name":
            return name_sql(text)
        case "province":
            return province_sql(f"({code_sql(text)})")
        case "level":
            return level_sql(f"({code_sql(text)})")
    kind = column.type
    if kind == "VARCHAR":
        return text
    if kind == "TIMESTAMP":
        return _instant(mapping, text, rule)
    if kind == "DATE":
        formats = (*(rule.dates or mapping.dates), *_ISO_DATES, *(rule.times or mapping.times), *_ISO_TIMES)
        return f"CAST(try_strptime({text}, {_listed(formats)}) AS DATE)"
    if kind == "BOOLEAN":
        return _boolean(mapping, text)
    if kind.startswith("DECIMAL"):
        return f"TRY_CAST({_decimal_text(text)} AS {kind})"
    return _integer(text, kind)


def _boolean(mapping: Mapping, text: str) -> str:
    yes, no = (_texts(tuple(each.lower() for each in texts)) for texts in (mapping.true, mapping.false))
    return f"CASE WHEN lower({text}) IN ({yes}) THEN true WHEN lower({text}) IN ({no}) THEN false END"


def _instant(mapping: Mapping, text: str, rule: Rule | None = None) -> str:
    """A text as a naive UTC instant. One that is only a day is its first moment, or with `day: end` its last second."""
    times = (rule.times if rule else ()) or mapping.times
    dates = (rule.dates if rule else ()) or mapping.dates
    timed, dated = (*times, *_ISO_TIMES), (*dates, *_ISO_DATES)
    if rule is not None and rule.day_end:
        day = f"try_strptime({text}, {_listed(dated)}) + INTERVAL 1 DAY - INTERVAL 1 SECOND"
        local = f"coalesce(try_strptime({text}, {_listed(timed)}), {day})"
    else:
        local = f"try_strptime({text}, {_listed((*timed, *dated))})"
    utc = _to_utc(mapping, local)
    absolute = f"timezone('UTC', TRY_CAST({text} AS TIMESTAMPTZ))"
    return f"coalesce({utc}, CASE WHEN regexp_matches({text}, {quote_text(_OFFSET)}) THEN {absolute} END)"


def _to_utc(mapping: Mapping, local: str) -> str:
    """A local time of the mapping's time zone as a naive UTC instant."""
    if mapping.time_zone == _VIETNAM:
        return f"{local} - INTERVAL {int(VIETNAM_OFFSET.total_seconds())} SECOND"
    return f"timezone('UTC', timezone({quote_text(mapping.time_zone)}, {local}))"


def _listed(texts: tuple[str, ...]) -> str:
    return f"[{_texts(texts)}]"


def _texts(texts: tuple[str, ...]) -> str:
    return ", ".join(quote_text(text) for text in dict.fromkeys(texts))


def _decimal_text(text: str) -> str:
    """A number as people write it (`91,64`, `1.234,5`, `1 234`) with a decimal point and nothing else."""
    bare = f"regexp_replace({text}, '[\\s\u00a0]', '', 'g')"
    return (
        f"CASE WHEN NOT regexp_matches({text}, '[,\\s\u00a0]') THEN {text} "
        f"WHEN regexp_matches({bare}, '\\..*,') THEN replace(replace({bare}, '.', ''), ',', '.') "
        f"WHEN regexp_matches({bare}, ',.*(\\.|,)') THEN replace({bare}, ',', '') "
        f"ELSE replace({bare}, ',', '.') END"
    )


def _integer(text: str, kind: str) -> str:
    """A whole number: `1.234` and `1,234` and `1 234` are 1234, `12.0` is 12; `12.5` is no whole number."""
    digits = f"regexp_replace({text}, '[.,\\s\u00a0]', '', 'g')"
    grouped = f"regexp_full_match({text}, '[+-]?\\d{{1,3}}([.,\\s\u00a0]\\d{{3}})+')"
    plain = f"regexp_extract({text}, '^([+-]?\\d+)([.,]0*)?$', 1)"
    # The engine would round 12.5 to 13 unasked, so only a text without a point, as nearly all are, is cast as it is.
    return (
        f"coalesce(CASE WHEN NOT contains({text}, '.') THEN TRY_CAST({text} AS {kind}) END, "
        f"CASE WHEN {grouped} THEN TRY_CAST({digits} AS {kind}) ELSE TRY_CAST(nullif({plain}, '') AS {kind}) END)"
    )


def _aggregate(mapping: Mapping, column: Column, rule: Rule) -> _Made:
    """An aggregate over a list of structs. A missing list is an empty one: senders leave empty lists out."""
    assert rule.list_name is not None
    listed = quote_name(rule.list_name)
    kept = listed
    if rule.where:
        conditions = " AND ".join(_condition(each) for each in rule.where)
        kept = f"list_filter({listed}, lambda e: {conditions})"
    if rule.aggregate == "count":
        return _Made(f"CAST(coalesce(len({kept}), 0) AS {column.type})")
    if rule.aggregate == "any":
        return _Made(f"coalesce(len({kept}), 0) > 0")
    if rule.aggregate == "seconds":
        assert rule.start
        assert rule.end
        start, end = _cleaned(mapping, _member(rule.start)), _cleaned(mapping, _member(rule.end))
        both = f"list_filter({kept}, lambda e: {start} IS NOT NULL AND {end} IS NOT NULL)"
        taken = f"date_diff('second', {_instant(mapping, start, rule)}, {_instant(mapping, end, rule)})"
        element = f"{start} || ' - ' || {end}"
        return _summed(listed, both, taken, element, column, "list_sum", "0")
    assert rule.field
    text = _cleaned(mapping, _member(rule.field))
    there = f"list_filter({kept}, lambda e: {text} IS NOT NULL)"
    if rule.aggregate == "sum":
        return _summed(listed, there, _integer(text, column.type), text, column, "list_sum", "0")
    function = "list_min" if rule.aggregate == "earliest" else "list_max"
    return _summed(listed, there, _instant(mapping, text, rule), text, column, function, "NULL")


def _summed(listed: str, elements: str, taken: str, text: str, column: Column, function: str, of_nothing: str) -> _Made:
    """A list function over converted elements; NULL, naming the first bad text, when one of them cannot be
    converted.
    """
    values = f"list_transform({elements}, lambda e: {taken})"
    some, sound = f"coalesce(len({listed}), 0) > 0", f"list_count({values}) = len({values})"
    bad = f"list_filter({elements}, lambda e: ({taken}) IS NULL)[1]"
    text = f"list_transform([{bad}], lambda e: {text})[1]"
    value = f"CASE WHEN NOT {some} OR len({values}) = 0 THEN {of_nothing} WHEN {sound} THEN {function}({values}) END"
    # Most lists are empty and nearly all are sound: the rest is only looked at where it is not.
    return _Made(f"CAST({value} AS {column.type})", f"CASE WHEN {some} AND NOT {sound} THEN {text} END")


def _member(name: str) -> str:
    return f"e.{quote_name(name)}"


def _condition(test: Filter) -> str:
    text = f"coalesce(trim({_member(test.field)}), '')"
    if test.test == "present":
        return f"{text} <> ''"
    if test.test == "empty":
        return f"{text} = ''"
    return f"{text} {'NOT ' if test.test == 'not_in' else ''}IN ({_texts(test.texts)})"
