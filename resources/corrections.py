"""Corrections: what one may say, checked against the column catalogue, and the one that a finding suggests.

Belongs here: which columns and values are allowed, and how a value that people write becomes SQL. Does not belong here:
storing corrections (resources/review.py), laying them over rows (checks/corrections.py), who may make them.

Values are text, as a finding shows them: whole numbers, decimals with a point or a comma, `true` and `false`, days and moments
in Vietnamese time, nothing for a field that is empty. Every one is read as its column's type before it is stored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import NoReturn, get_args

from resources.cases import SCOPE, Case, Correction, CorrectionAction, DecisionRefused
from resources.catalogue import Column, Table
from resources.catalogue import table as catalogue_table
from resources.engine import quote_text
from resources.exports import TABLE_OF_KIND
from resources.landing import parse_name
from resources.units import level_of
from scoring.calendar import VIETNAM_OFFSET, Week

ORIGIN = ("export_id", "source_row", "arrived_week", "exported_at", "ruleset")
"""Columns that say where a row came from: rows are chosen by them, none is written."""
PINS = ("export_id", "exported_at")
"""Columns that name one export: expecting one of them is as good as expecting the field itself."""
LONGEST_TEXT = 500
SCALE_DIGITS, SCALE_PLACES = 6, 6
WORDS: Mapping[str, tuple[str, ...]] = {
    "channel": ("direct", "online", "post"),
    "applicant": ("citizen", "enterprise", "state", "organisation"),
    "status": (
        *("new", "accepted", "not_accepted", "processing", "supplement_asked", "financial_duty", "withdrawn"),
        *("stopped", "done", "returned"),
    ),
    "payment": ("none", "portal", "gateway", "offline"),
    "service_level": ("full", "part", "information"),
    "form": ("petition", "dislike"),
    "outcome": ("refuse", "ask_more", "resolve", "publish"),
    "level": ("province", "department", "commune"),
}
"""Columns of few words, and those words: a mapping lets no others in, so neither may a correction."""
_WHOLE = {"SMALLINT": 2**15, "INTEGER": 2**31, "BIGINT": 2**63}
_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")


class Unfit(DecisionRefused):
    """A correction that cannot be made so. The message is Vietnamese / English and says what can be."""


def checked(correction: Correction, case: Case) -> Correction:
    """The correction as it may be stored: texts trimmed, the scope of its case filled in. Raises Unfit."""
    if correction.table not in TABLE_OF_KIND.values():
        _refuse("table", correction.table, ", ".join(TABLE_OF_KIND.values()))
    if correction.action not in get_args(CorrectionAction):
        _refuse("action", correction.action, ", ".join(get_args(CorrectionAction)))
    entry = catalogue_table(correction.table)
    scope = scope_of(case)
    rows = ({SCOPE: scope} if scope else {}) | _trimmed(correction.rows)
    where = {name: text for name, text in rows.items() if name != SCOPE}
    if not where:
        raise Unfit("Cần nêu dòng nào: ít nhất một cột=giá trị / say which rows: at least one column=value")
    for name, text in where.items():
        literal(_column(entry, name), text)
    known = replace(
        correction,
        rows=rows,
        expect=_trimmed(correction.expect),
        field=(correction.field or "").strip() or None,
        value=None if correction.value is None else correction.value.strip(),
    )
    _check_weeks(known)
    _check_expectation(known, entry, case)
    _check_action(known, entry)
    return known


def pairs(said: Iterable[str]) -> dict[str, str]:
    """Columns and values out of texts `column=value`; empty ones say nothing. Raises Unfit."""
    found: dict[str, str] = {}
    for text in filter(None, map(str.strip, said)):
        name, mark, value = text.partition("=")
        if not mark or not name.strip():
            _refuse("where/expect", text, "column=value")
        found[name.strip()] = value.strip()
    return found


def literal(column: Column, text: str) -> str:
    """SQL of a value as people write it; NULL for an empty text. Raises Unfit when it is not of the column's type."""
    if not text:
        return f"NULL::{column.type}"
    try:
        return _literal(column, text)
    except (ValueError, InvalidOperation):
        raise Unfit(
            f"{column.name}={text!r}: không phải giá trị kiểu {column.type} / is no value of the type {column.type}"
        ) from None


def factor(text: str) -> Decimal:
    """What a scale multiplies by: 0.01, 1000, 1,5. Raises Unfit."""
    try:
        number = _number(text)
    except InvalidOperation:
        number = Decimal(0)
    places = -int(number.as_tuple().exponent) if number.is_finite() else SCALE_PLACES + 1
    if not number or places > SCALE_PLACES or abs(number) >= 10**SCALE_DIGITS:
        _refuse("value", text, f"0.01, 1000, -1 (≠ 0, < 10^{SCALE_DIGITS}, ≥ 10^-{SCALE_PLACES})")
    return number


def is_scalable(column: Column) -> bool:
    return column.type in _WHOLE or bool(_DECIMAL.fullmatch(column.type))


def kind_of(case: Case) -> str | None:
    """The kind of export a case's finding is about: the one it names, else the one its file is called by."""
    return case.kind or _named(case)[0]


def scope_of(case: Case) -> str | None:
    """The scope of the export the finding is about; a unit's finding may come from the file of another scope than its own."""
    if case.kind:
        return case.outcome.scope or case.scope
    return _named(case)[1] or case.scope


def suggested(case: Case) -> Correction | None:
    """The correction a case's finding suggests: its table, unit, field, and what stands there now as what is expected.

    None where no table is meant, or nothing of the file was taken in.
    """
    kind = kind_of(case)
    if kind is None or kind not in TABLE_OF_KIND or not case.can_be_lifted:
        return None
    entry, said = catalogue_table(TABLE_OF_KIND[kind]), case.outcome
    names = entry.column_names
    rows: dict[str, str] = {}
    if case.unit_code and "unit_code" in names:
        rows["unit_code"] = case.unit_code
    if said.period and "period" in names:
        rows["period"] = said.period
    field, now, wanted = said.field, said.value, said.expected
    if "indicator" in names and field and field not in names:  # a reconciled indicator: numerator/denominator
        rows["indicator"] = field
        field, now, wanted = _of_counts(now, wanted)
    elif said.row is not None:
        rows["source_row"] = str(said.row)
    expect = {field: now} if field in names and now is not None else _told(now, names)
    field = field if field in names else None
    return Correction(
        case_id=case.id,
        table=entry.name,
        rows=rows,
        action="set",
        field=field,
        value=wanted if field and _fits(entry.column(field), wanted) else None,
        expect=expect,
        first_week=said.week,
        last_week=said.week,
        reason="",
        who="",
    )


def _of_counts(now: str | None, wanted: str | None) -> tuple[str | None, str | None, str | None]:
    """Of `212/441` and `318/441`: the count that differs, as it is and as it should be."""
    was, should = ((text or "").split("/") for text in (now, wanted))
    if len(was) == len(should) == 2:
        for at, name in enumerate(("numerator", "denominator")):
            if was[at] != should[at]:
                return name, was[at], should[at]
    return None, None, None


def _told(value: str | None, names: Sequence[str]) -> dict[str, str]:
    """What a finding about several fields shows: `filed_at=2025-10-06 08:00:00; accepted_at=...`."""
    parts = (part.partition("=") for part in (value or "").split("; "))
    return {name: text for name, mark, text in parts if mark and name in names}


def _named(case: Case) -> tuple[str | None, str | None]:
    """Kind and scope as the name of the finding's file tells them."""
    told = parse_name(case.outcome.file.rsplit("/", 1)[-1]) if case.outcome.file else ""
    return (None, None) if isinstance(told, str) else told[:2]


def _trimmed(said: Mapping[str, object]) -> dict[str, str]:
    return {name.strip(): str(text).strip() for name, text in said.items()}


def _column(entry: Table, name: str) -> Column:
    try:
        return entry.column(name)
    except KeyError:
        known = ", ".join(entry.column_names)
        raise Unfit(
            f"{entry.name} không có cột {name!r} (dữ liệu cá nhân không bao giờ được giữ); có: {known}"
            f" / {entry.name} has no column {name!r} (personal ones are never kept); there are: {known}"
        ) from None


def _check_weeks(correction: Correction) -> None:
    try:
        first, last = Week.parse(correction.first_week), Week.parse(correction.last_week)
    except ValueError:
        first, last = None, None
    if first is None or last is None or first > last:
        _refuse("from/to", f"{correction.first_week}..{correction.last_week}", "2025-W44..2025-W46")


def _check_expectation(correction: Correction, entry: Table, case: Case) -> None:
    """Every value expected is one the column can have, or the text in its place that the finding says could not be read."""
    if not correction.expect:
        raise Unfit(
            "Điều chỉnh cần `expect`: giá trị nguồn khi còn sai / a correction needs `expect`: what the source says "
            "while it is wrong"
        )
    for name, text in correction.expect.items():
        column = _column(entry, name)
        found = case.outcome.value if case.outcome.field == name else None
        if not found or _fits(column, found):
            literal(column, text)
        elif len(text) > LONGEST_TEXT:
            _refuse(name, text[:20] + "…", f"≤ {LONGEST_TEXT}")


def _check_action(correction: Correction, entry: Table) -> None:
    action, field, value = correction.action, correction.field, correction.value
    if action in ("drop", "flag"):
        if field or value:
            raise Unfit(f"{action}: không có trường hay giá trị / takes no field and no value")
        return
    if field is None or value is None:
        raise Unfit(f"{action}: cần trường và giá trị mới / needs a field and its new value")
    column = _column(entry, field)
    if column.key or field in ORIGIN or field in ("period", "period_kind"):
        raise Unfit(
            f"{field}: cột khóa hoặc cột nguồn gốc, không sửa được; có thể bỏ dòng (drop) / is a key or tells where the row "
            "came from and cannot be written; the row can be dropped"
        )
    if field not in correction.expect and not any(name in correction.expect for name in PINS):
        raise Unfit(
            f"`expect` phải nêu {field} (hoặc export_id): nếu không, nguồn tự sửa rồi vẫn bị sửa lần nữa / `expect` must name "
            f"{field} (or export_id): else a source that mended itself would be mended again"
        )
    if action == "scale":
        if not is_scalable(column):
            raise Unfit(f"{field}: kiểu {column.type} không nhân được / is a {column.type} and cannot be scaled")
        factor(value)
    elif not value and not column.nullable:
        raise Unfit(f"{field}: không được để trống / may not be empty")
    else:
        literal(column, value)
        if value and field in WORDS and value not in WORDS[field]:
            _refuse(field, value, ", ".join(WORDS[field]))
        if field == "unit_code" and level_of(value) is None:
            _refuse(field, value, "H05, H05.12, H05.141")


def _literal(column: Column, text: str) -> str:
    if column.type == "VARCHAR":
        if len(text) > LONGEST_TEXT or not text.isprintable():
            raise ValueError(text)
        return quote_text(text)
    if column.type == "BOOLEAN":
        return {"true": "true", "false": "false"}.get(text.lower()) or _unfit(text)
    if column.type == "DATE":
        return f"DATE {quote_text(date.fromisoformat(text).isoformat())}"
    if column.type == "TIMESTAMP":
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            raise ValueError(text)
        return f"TIMESTAMP {quote_text((moment - VIETNAM_OFFSET).isoformat(sep=' '))}"
    if column.type in _WHOLE:
        number = int(text) if re.fullmatch(r"[+-]?[0-9]{1,19}", text) else _unfit(text)
        if not -_WHOLE[column.type] <= int(number) < _WHOLE[column.type]:
            raise ValueError(text)
        return f"CAST({quote_text(str(number))} AS {column.type})"
    match = _DECIMAL.fullmatch(column.type)
    if match is None:
        raise ValueError(column.type)
    digits, places = int(match[1]), int(match[2])
    exact = _number(text)
    if not exact.is_finite() or abs(exact) >= 10 ** (digits - places):
        raise ValueError(text)
    if exact.quantize(Decimal(1).scaleb(-places)) != exact:
        raise ValueError(text)
    return f"CAST({quote_text(format(exact, 'f'))} AS {column.type})"


def _number(text: str) -> Decimal:
    """A decimal number with a point or a comma; anything else, and what only Python would take for one, is none."""
    if not re.fullmatch(r"[+-]?[0-9]{1,30}([.,][0-9]{1,30})?", text):
        raise InvalidOperation
    return Decimal(text.replace(",", "."))


def _fits(column: Column, text: str | None) -> bool:
    try:
        return bool(text) and bool(literal(column, str(text)))
    except Unfit:
        return False


def _unfit(text: str) -> NoReturn:
    raise ValueError(text)


def _refuse(name: str, said: object, options: str) -> NoReturn:
    raise Unfit(
        f"{name}: {said!r} không dùng được; cần: {options} / {name}: {said!r} is not possible; expected: {options}"
    )
