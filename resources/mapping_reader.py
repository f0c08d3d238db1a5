"""Reading a mapping file: its keys, and what is checked before anything is read with it.

Belongs here: from YAML to a Mapping, and readable errors with the line. Does not belong here: what a mapping is and
where it is looked for (resources/mapping.py).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from collections.abc import Mapping as MappingType
from pathlib import Path
from typing import NoReturn
from zoneinfo import available_timezones

from resources.catalogue import table
from resources.exports import KINDS, TABLE_OF_KIND
from resources.mapping import AGGREGATES, PROVENANCE, Filter, Mapping, MappingError, Rule, heading_key
from scoring.conditions import ConditionError, check_condition
from scoring.yamlnodes import Node, RuleSetError, read_yaml

_ORIGINS = ("from", "constant", "export", "of", "expression", "alike", *AGGREGATES)
# fmt: off
_COLUMN_KEYS = (
    *_ORIGINS, "codes", "other", "empty", "as", "day", "times", "dates", "where", "field", "start", "end", "then",
)
_KEYS = (
    "id", "kind", "title", "shape", "time_zone", "times", "dates", "empty", "true", "false", "required", "personal",
    "ignored", "skip", "metrics", "columns",
)
# fmt: on
_AS = ("unit_code", "unit_name", "present", "filler", "province", "level")
_OF_PERSONAL = ("present", "filler")  # conversions that keep nothing of what they look at


def read(path: Path) -> Mapping:
    """A mapping file, checked against the catalogue. Raises MappingError with file and line."""
    try:
        root = read_yaml(path)
        mapping = _mapping(root, path)
        _check(mapping, root)
    except RuleSetError as error:
        raise MappingError(f"ánh xạ / mapping {error}") from None
    except OSError as error:
        raise MappingError(f"không đọc được ánh xạ / cannot read the mapping {path.name}: {error.strerror}") from None
    return mapping


def _mapping(root: Node, path: Path) -> Mapping:
    said = root.allow(_KEYS)
    kind = root.need("kind").one_of(KINDS)
    identity = root.need("id").text()
    if identity != path.stem:
        said["id"].fail(f"id phải là tên tệp, {path.stem!r}", f"id must be the file's name, {path.stem!r}")
    title = root.need("title")
    title.allow(("vi", "en"))
    zone = said["time_zone"].text() if "time_zone" in said else "Asia/Ho_Chi_Minh"
    if zone not in available_timezones():
        said["time_zone"].fail(f"không có múi giờ {zone!r}", f"there is no time zone {zone!r}")
    columns = root.need("columns").allow(
        [name for name in table(TABLE_OF_KIND[kind]).column_names if name not in PROVENANCE]
    )
    skip = said["skip"].mapping() if "skip" in said else {}
    return Mapping(
        id=identity,
        kind=kind,
        title_vi=title.need("vi").text(),
        title_en=title.need("en").text(),
        shape=said["shape"].one_of(("flat", "nested", "evaluation")) if "shape" in said else "flat",  # type: ignore[arg-type]
        time_zone=zone,
        times=_formats(said.get("times")),
        dates=_formats(said.get("dates")),
        empty=_texts(said.get("empty")),
        true=_texts(said.get("true")) or ("true", "1", "có", "x", "yes"),
        false=_texts(said.get("false")) or ("false", "0", "không", "no"),
        required=tuple(node.one_of(columns) for node in root.need("required").items()),
        personal=frozenset(_texts(said.get("personal"))),
        ignored=frozenset(_texts(said.get("ignored"))),
        skip=tuple((name, _texts(node)) for name, node in skip.items()),
        columns={name: _rule(node) for name, node in columns.items()},
        hash=hashlib.sha256(json.dumps(root.plain(), ensure_ascii=False).encode()).hexdigest()[:12],
        metrics=_metrics(said["metrics"]) if "metrics" in said else {},
    )


def _rule(node: Node) -> Rule:
    if not isinstance(node.value, dict):
        return Rule(sources=(node.text(),))
    said = node.allow(_COLUMN_KEYS)
    origins = [key for key in _ORIGINS if key in said]
    if len(origins) != 1:
        node.fail(f"cần đúng một trong: {', '.join(_ORIGINS)}", f"expected exactly one of: {', '.join(_ORIGINS)}")
    origin = origins[0]
    aggregate = origin if origin in AGGREGATES else None
    need = {"sum": ("field",), "earliest": ("field",), "latest": ("field",), "seconds": ("start", "end")}
    for key in need.get(origin, ()):
        node.need(key)

    def text(key: str) -> str | None:
        return said[key].text() if key in said else None

    return Rule(
        sources=_texts(said["from"]) if origin == "from" else (),
        constant=text("constant"),
        export=said["export"].one_of(("scope", "province")) if origin == "export" else None,
        of=text("of"),
        aggregate=aggregate,
        list_name=said[origin].text() if aggregate else None,
        field=text("field"),
        start=text("start"),
        end=text("end"),
        where=_filters(said["where"]) if "where" in said else (),
        alike=_alike(said["alike"]) if "alike" in said else (),
        expression=text("expression"),
        codes=tuple((heading_key(key), child.text()) for key, child in said["codes"].mapping().items())
        if "codes" in said
        else (),
        other=text("other"),
        empty=text("empty"),
        convert=said["as"].one_of(_AS) if "as" in said else None,
        day_end=said["day"].one_of(("start", "end")) == "end" if "day" in said else False,
        times=_formats(said.get("times")),
        dates=_formats(said.get("dates")),
        then=text("then"),
    )


def _alike(node: Node) -> tuple[tuple[str, str], ...]:
    pairs = tuple((name, child.text()) for name, child in node.mapping().items())
    if len(pairs) != 2:
        node.fail(f"cần hai danh sách, không phải {len(pairs)}", f"expected two lists, not {len(pairs)}")
    return pairs


def _filters(node: Node) -> tuple[Filter, ...]:
    found = []
    for name, child in node.mapping().items():
        if child.value in ("present", "empty"):
            found.append(Filter(name, child.value))  # type: ignore[arg-type]
        elif isinstance(child.value, dict):
            child.allow(("not",))
            found.append(Filter(name, "not_in", _texts(child.need("not"))))
        else:
            found.append(Filter(name, "in", _texts(child)))
    return tuple(found)


def _texts(node: Node | None) -> tuple[str, ...]:
    if node is None or node.value is None:
        return ()
    return (
        tuple(item.text() if item.value != "" else "" for item in node.items())
        if isinstance(node.value, list)
        else (node.text(),)
    )


def _formats(node: Node | None) -> tuple[str, ...]:
    for item in node.items() if node is not None and isinstance(node.value, list) else ():
        if "%" not in item.text():
            item.fail(
                f"dạng thời gian cần ký hiệu %, ví dụ %d/%m/%Y, không phải {item.shown}",
                f"a time format has %, such as %d/%m/%Y, not {item.shown}",
            )
    return _texts(node)


def _metrics(node: Node) -> MappingType[str, object]:
    """Where the unit, its metrics and their parts stand in an evaluation interface's JSON, as plain data."""
    node.allow(("unit", "unit_name", "list", "group", "score", "services", "fields"))
    for key in ("unit", "list"):
        node.need(key)
    plain = node.plain()
    assert isinstance(plain, dict)
    return plain


def _check(mapping: Mapping, root: Node) -> None:
    """What no single value shows: every column that may not be null is made, expressions are expressions, no
    personal use.
    """
    nodes = root.need("columns").mapping()
    there = table(mapping.table)
    absent = [
        column.name
        for column in there.columns
        if not column.nullable and column.name not in mapping.columns and column.name not in PROVENANCE
    ]
    if absent:
        listed = ", ".join(absent)
        root.need("columns").fail(
            f"thiếu cột bắt buộc: {listed} (không có trong nguồn thì ghi rõ constant)",
            f"columns that may not be null are missing: {listed} (say `constant` where the source has none)",
        )
    finished = {name for name, rule in mapping.columns.items() if not rule.of and not rule.expression}
    for name, rule in mapping.columns.items():
        node = nodes[name]
        for expression in (rule.expression, rule.then):
            if expression is not None:
                try:
                    check_condition(expression, finished)
                except ConditionError as error:
                    node.fail(*_both(str(error)))
        if rule.alike and mapping.shape != "nested":
            node.fail("alike chỉ dùng với shape: nested", "alike is for shape: nested only")
        if rule.of is not None and rule.of not in mapping.columns:
            node.fail(f"không có cột {rule.of!r}", f"there is no column {rule.of!r}")
        used = {*rule.sources, *([rule.list_name] if rule.list_name else [])}
        if rule.convert not in _OF_PERSONAL and (private := used & mapping.personal):
            _private(node, private, "as: present hoặc as: filler", "as: present or as: filler")
        read = {rule.field, rule.start, rule.end} | {each.field for each in rule.where if each.test in ("in", "not_in")}
        if private := {each for each in read if each} & mapping.personal:
            _private(node, private, "present hoặc empty", "present or empty")


def _private(node: Node, names: Collection[str], vi: str, en: str) -> NoReturn:
    listed = ", ".join(sorted(names))
    node.fail(
        f"trường cá nhân {listed} chỉ được dùng với {vi}",
        f"the personal field {listed} may only be used with {en}",
    )


def _both(message: str) -> tuple[str, str]:
    vi, _, en = message.partition(" / ")
    return vi, en or vi
