"""Rule sets read from YAML and checked: every error names its file and line.

Belongs here: what a rule file may contain, and the checks that hold within one and between several.
Does not belong here: the choice among rule sets (ruleset), the syntax of conditions (conditions).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from scoring.conditions import ConditionError, check_condition
from scoring.ruleset import LEVELS, POPULATIONS, Derived, Group, Indicator, RuleSet, ZeroPolicy
from scoring.yamlnodes import Node, RuleSetError, read_yaml

TOTAL_POINTS = Decimal(100)
STATUSES = ("in_force", "superseded", "alternative")

_RULESET_KEYS = ("id", "extends", "title", "valid", "status", "source", "default", "restart", "groups")
_GROUP_KEYS = ("portal_column", "title", "max_points", "caps", "indicators")
# fmt: off
_INDICATOR_KEYS = (
    "portal_code", "title", "max_points", "population", "numerator", "denominator", "date_column", "source",
    "full_at", "zero", "flat", "without_counts", "inherit", "derived",
)
# fmt: on

Columns = Mapping[str, Collection[str]]
T = TypeVar("T")


def read_rulesets(directory: Path, columns: Columns | None) -> dict[str, RuleSet]:
    """All rule sets of a folder by id, ordered by first day and id. Raises RuleSetError."""
    files = sorted(directory.glob("*.yaml"))
    if not files:
        raise RuleSetError(directory.name, 1, "không có tệp *.yaml nào / there is no *.yaml file")
    nodes: dict[str, Node] = {}
    for path in files:
        node = read_yaml(path)
        ruleset_id = node.need("id").text()
        if ruleset_id in nodes:
            other = nodes[ruleset_id].file
            node.need("id").fail(f"mã {ruleset_id!r} đã có ở {other}", f"the id {ruleset_id!r} is already in {other}")
        nodes[ruleset_id] = node
    resolved = {ruleset_id: _resolve(ruleset_id, nodes, ()) for ruleset_id in nodes}
    read = [(_ruleset(node, columns), nodes[ruleset_id]) for ruleset_id, node in resolved.items()]
    read.sort(key=lambda pair: (pair[0].valid_from, pair[0].id))
    _check_overlaps(read)
    return {ruleset.id: ruleset for ruleset, _ in read}


def _resolve(ruleset_id: str, nodes: Mapping[str, Node], seen: tuple[str, ...]) -> Node:
    node = nodes[ruleset_id]
    extends = node.mapping().get("extends")
    if extends is None:
        return node
    base = extends.text()
    if base not in nodes:
        extends.fail(f"không có bộ quy tắc {base!r} để mở rộng", f"there is no rule set {base!r} to extend")
    if base in (*seen, ruleset_id):
        extends.fail("các bộ quy tắc mở rộng lẫn nhau thành vòng", "rule sets extend each other in a circle")
    return _resolve(base, nodes, (*seen, ruleset_id)).merged(node)


def _ruleset(node: Node, columns: Columns | None) -> RuleSet:
    keys = node.allow(_RULESET_KEYS)
    title_vi, title_en = _titles(node)
    valid_from, valid_to = _validity(node.need("valid"))
    groups = tuple(_group(code, child, columns) for code, child in node.need("groups").mapping().items())
    restart = keys.get("restart")
    if restart is not None:
        restart.allow(("date", "source"))
    _check_codes(node, groups)
    return RuleSet(
        id=node.need("id").text(),
        title_vi=title_vi,
        title_en=title_en,
        valid_from=valid_from,
        valid_to=valid_to,
        status=node.need("status").one_of(STATUSES),
        source=node.need("source").text(),
        groups=groups,
        restart=restart.need("date").day() if restart is not None else None,
        fingerprint=_fingerprint(node),
        default=node.need("default").flag(),
    )


def _fingerprint(node: Node) -> str:
    text = json.dumps(node.plain(), ensure_ascii=False, sort_keys=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _titles(node: Node) -> tuple[str, str]:
    title = node.need("title")
    title.allow(("vi", "en"))
    return title.need("vi").text(), title.need("en").text()


def _validity(node: Node) -> tuple[date, date | None]:
    keys = node.allow(("from", "to"))
    first = node.need("from").day()
    last = keys["to"].day() if "to" in keys and keys["to"].value is not None else None
    if last is not None and last < first:
        keys["to"].fail(
            f"hết hiệu lực {last} trước khi có hiệu lực {first}", f"ends on {last} before it begins, {first}"
        )
    return first, last


def _group(code: str, node: Node, columns: Columns | None) -> Group:
    keys = node.allow(_GROUP_KEYS)
    title_vi, title_en = _titles(node)
    max_points = _points(node.need("max_points"), TOTAL_POINTS)
    indicators = tuple(
        _indicator(name, code, child, columns) for name, child in node.need("indicators").mapping().items()
    )
    total = sum((indicator.max_points for indicator in indicators), Decimal(0))
    if total != max_points:
        node.need("max_points").fail(
            f"các chỉ số của nhóm {code} cộng được {total}, không phải {max_points}",
            f"the indicators of {code} add to {total}, not to {max_points}",
        )
    caps = _by_level(keys["caps"], lambda child: _points(child, max_points)) if "caps" in keys else {}
    return Group(code, node.need("portal_column").text(), title_vi, title_en, max_points, indicators, caps)


def _indicator(code: str, group: str, node: Node, columns: Columns | None) -> Indicator:
    keys = node.allow(_INDICATOR_KEYS)
    title_vi, title_en = _titles(node)
    max_points = _points(node.need("max_points"), TOTAL_POINTS)
    population = node.need("population").one_of(POPULATIONS)
    derived = _derived(keys["derived"]) if "derived" in keys else None
    if (population == "derived") != (derived is not None):
        node.fail(
            "population: derived và khóa derived phải đi cùng nhau",
            "population: derived and the key derived go together",
        )
    allowed = columns.get(population, ()) if columns is not None else None
    date_column = _optional(keys, "date_column")
    if date_column is not None and allowed is not None and date_column not in allowed:
        keys["date_column"].fail(f"cột lạ {date_column!r}", f"unknown column {date_column!r} of {population}")
    return Indicator(
        code=code,
        portal_code=_optional(keys, "portal_code"),
        group=group,
        title_vi=title_vi,
        title_en=title_en,
        max_points=max_points,
        population=population,  # type: ignore[arg-type]
        source=node.need("source").one_of(("V", "S", "I")),
        numerator=_condition(keys, "numerator", allowed),
        denominator=_condition(keys, "denominator", allowed),
        full_at=_by_level(keys["full_at"], _ratio) if "full_at" in keys else {"*": Decimal(1)},
        zero=_by_level(keys["zero"], lambda child: _zero(child, max_points)) if "zero" in keys else {"*": "none"},
        flat=_by_level(keys["flat"], lambda child: _points(child, max_points)) if "flat" in keys else {},
        without_counts=_by_level(keys["without_counts"], lambda child: _points(child, max_points))
        if "without_counts" in keys
        else {},
        inherit=tuple(child.one_of(LEVELS) for child in keys["inherit"].items()) if "inherit" in keys else (),  # type: ignore[misc]
        derived=derived,
        date_column=date_column,
    )


def _optional(keys: Mapping[str, Node], key: str) -> str | None:
    return keys[key].text() if key in keys and keys[key].value is not None else None


def _condition(keys: Mapping[str, Node], key: str, allowed: Collection[str] | None) -> str | None:
    sql = _optional(keys, key)
    if sql is not None:
        try:
            check_condition(sql, allowed)
        except ConditionError as error:
            raise RuleSetError(keys[key].file, keys[key].line, f"{key}: {error}") from None
    return sql


def _by_level(node: Node, read: Callable[[Node], T]) -> dict[str, T]:
    """A value for all levels, or a mapping of levels (`*` for all others)."""
    if not isinstance(node.value, dict):
        return {"*": read(node)}
    return {level: read(child) for level, child in node.value.items() if _known_level(level, child)}


def _known_level(level: str, node: Node) -> bool:
    if level not in (*LEVELS, "*"):
        node.fail(
            f"cấp lạ {level!r}; có: {', '.join(LEVELS)}, *",
            f"unknown level {level!r}; there are {', '.join(LEVELS)}, *",
        )
    return True


def _points(node: Node, at_most: Decimal) -> Decimal:
    number = node.number()
    if not 0 <= number <= at_most:
        node.fail(f"điểm phải từ 0 đến {at_most}, không phải {number}", f"points go from 0 to {at_most}, not {number}")
    return number


def _ratio(node: Node) -> Decimal:
    number = node.number()
    if not 0 < number <= 1:
        node.fail(
            f"tỷ lệ đạt điểm tối đa phải trong (0, 1], không phải {number}", f"a ratio is in (0, 1], not {number}"
        )
    return number


def _zero(node: Node, max_points: Decimal) -> ZeroPolicy:
    match node.value:
        case "none" | "full" | "zero":
            return node.value
        case _:
            return _points(node, max_points)


def _derived(node: Node) -> Derived:
    node.allow(("group", "divide_by"))
    divide_by = node.need("divide_by").number()
    if divide_by <= 0:
        node.need("divide_by").fail("số chia phải dương", "the divisor must be positive")
    return Derived(node.need("group").text(), divide_by)


def _check_codes(node: Node, groups: tuple[Group, ...]) -> None:
    place = node.need("groups")
    total = sum((group.max_points for group in groups), Decimal(0))
    if total != TOTAL_POINTS:
        place.fail(
            f"các nhóm cộng được {total}, không phải {TOTAL_POINTS}", f"the groups add to {total}, not {TOTAL_POINTS}"
        )
    owner: dict[str, str] = {}
    for group in groups:
        for indicator in group.indicators:
            line = place.need(group.code).need("indicators").need(indicator.code)
            for code in {indicator.code, indicator.portal_code} - {None}:
                if owner.setdefault(str(code), indicator.code + group.code) != indicator.code + group.code:
                    line.fail(f"mã {code!r} dùng cho hai chỉ số", f"the code {code!r} names two indicators")
            if indicator.derived is not None and indicator.derived.group not in {other.code for other in groups} - {
                group.code
            }:
                line.need("derived").fail(
                    f"không có nhóm nào khác tên {indicator.derived.group!r}",
                    f"there is no other group {indicator.derived.group!r}",
                )


def _check_overlaps(read: list[tuple[RuleSet, Node]]) -> None:
    defaults = [(ruleset, node) for ruleset, node in read if ruleset.default]
    for (earlier, _), (later, node) in pairwise(defaults):
        if earlier.valid_to is None or later.valid_from <= earlier.valid_to:
            place = node.mapping().get("valid", node)
            place.fail(
                f"hiệu lực của {later.id} chồng lên {earlier.id}",
                f"{later.id} overlaps {earlier.id}, both are defaults",
            )
