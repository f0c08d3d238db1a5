"""Small JSON answers of the portal: score tables as arrays of rows, and the evaluation interface's units and metrics.

Belongs here: finding rows in such an answer. Does not belong here: large files of records (resources/read_json.py).
Where unit, metrics and parts stand in the evaluation interface is said by the mapping (`metrics:`), not here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Mapping as MappingType
from decimal import Decimal
from typing import Any

from resources.mapping import Mapping
from resources.originals import Original
from resources.readers import TableSource
from resources.refusals import Refusal
from resources.workbooks import table_of

METRIC_COLUMNS = ("unit_code", "unit_name", "group", "metric", "numerator", "denominator", "portal_score", "max_points")
_PARTS = {"numerator": "numerator", "denominator": "denominator", "score": "portal_score", "maxScore": "max_points"}


def answer_of(original: Original, content: bytes) -> Any | None:
    """The whole answer; numbers keep the digits they were sent with. None when it is not ONE value (so perhaps NDJSON).

    Raises Refusal, with the line, when it is broken.
    """
    try:
        text = content.decode(original.encoding or "utf-8")
    except UnicodeDecodeError as error:
        raise _broken(content.count(b"\n", 0, error.start) + 1, f"byte {error.start}") from None
    try:
        return json.loads(text.lstrip("\ufeff"), parse_float=Decimal, parse_int=Decimal)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data" and text.lstrip("\ufeff \r\n\t").startswith("{"):
            return None
        raise _broken(error.lineno, f"line {error.lineno}, column {error.colno}") from None


def answer_source(
    answer: Any, mappings: Sequence[Mapping], score: Callable[[Sequence[str]], int]
) -> TableSource | None:
    """The table in an answer: its longest list of rows with known columns, else units with metrics; None without
    either.
    """
    best: tuple[int, int, list[dict[str, Any]]] = (0, 0, [])
    for rows in _lists_of_objects(answer):
        flat = not any(isinstance(value, dict | list) for row in rows for value in row.values())
        found = score(_keys(rows)) if flat else 0
        best = max(best, (found, len(rows), rows), key=lambda each: each[:2])
    walked = [row for mapping in mappings if mapping.metrics for row in _metric_rows(answer, mapping.metrics, None)]
    if walked and best[0] < len(METRIC_COLUMNS):
        return _source(METRIC_COLUMNS, walked)
    return _source(_keys(best[2]), best[2]) if best[2] else None


def _source(headings: tuple[str, ...], rows: list[dict[str, Any]]) -> TableSource:
    return TableSource(None, headings, table_of(headings, [[_text(row.get(key)) for key in headings] for row in rows]))


def _keys(rows: list[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(key for row in rows for key in row))


def _lists_of_objects(value: Any) -> Iterator[list[dict[str, Any]]]:
    """Every list of objects in an answer, outermost first."""
    if isinstance(value, list):
        rows = [row for row in value if isinstance(row, dict)]
        if rows and len(rows) == len(value):
            yield rows
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for child in children:
        yield from _lists_of_objects(child)


def _metric_rows(value: Any, said: MappingType[str, Any], group: str | None) -> Iterator[dict[str, Any]]:
    """Rows of METRIC_COLUMNS for every object that names a unit. group: of the interface whose answer this is."""
    if isinstance(value, list):
        for child in value:
            yield from _metric_rows(child, said, group)
    elif isinstance(value, dict):
        unit = _first(value, said["unit"])
        if unit is not None:
            yield from _unit_rows(
                value, said, group, {"unit_code": unit, "unit_name": _first(value, said.get("unit_name"))}
            )
        services = said.get("services") or {}
        for key, child in value.items():
            yield from _metric_rows(child, said, services.get(key, group))


def _unit_rows(
    value: dict[str, Any], said: MappingType[str, Any], group: str | None, unit: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    own_group = _first(value, said.get("group")) or group
    metrics = [metric for metric in value.get(said["list"]) or () if isinstance(metric, dict) and metric.get("code")]
    for metric in metrics:
        parts = {column: metric.get(key) for key, column in _PARTS.items()}
        yield {**unit, "group": _first(metric, said.get("group")) or own_group, "metric": metric["code"], **parts}
    for name, each in (said.get("fields") or {}).items():
        if value.get(each["numerator"]) is not None and value.get(each["denominator"]) is not None:
            counts = {part: value[each[part]] for part in ("numerator", "denominator")}
            yield {**unit, "group": each["group"], "metric": name, **counts}
            own_group = own_group or each["group"]
    # An interface answered by itself does not say its name; the codes of its metrics do, and the mapping knows them.
    own_group = own_group or (metrics[0]["code"] if metrics else None)
    total = _first(value, said.get("score"))
    if own_group and total is not None:
        yield {**unit, "group": own_group, "metric": "group_total", "portal_score": total}


def _first(value: dict[str, Any], keys: Any) -> Any:
    names = keys if isinstance(keys, list) else [keys] if keys else []
    return next((value[key] for key in names if value.get(key) is not None), None)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "true" if value else "false"
    return format(value, "f") if isinstance(value, Decimal) else None


def _broken(row: int, where: str) -> Refusal:
    return Refusal(
        "broken_json",
        f"JSON hỏng ở dòng {row}: bị cắt cụt hoặc đã bị chuyển mã sai",
        f"the JSON is broken in line {row}: cut off, or broken by re-encoding",
        row=row,
        value=where,
        expected="JSON, UTF-8",
        do_vi="Tải lại câu trả lời của cổng và lưu nguyên văn, không mở và lưu bằng chương trình khác",
        do_en="Fetch the portal's answer again and save it as it is, without another program in between",
    )
