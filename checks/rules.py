"""The rule catalogue as typed values, read from `rules.yaml` and checked: every error names its file and line.

Belongs here: what a rule may say, and the choice of those in force. Does not belong here: measuring rows (rows),
measuring feeds (feeds), judging (suites), or what follows from a failure (verdict).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from checks.rule_conditions import Condition
from resources.catalogue import table as catalogue_table
from resources.exports import TABLE_OF_KIND
from resources.outcomes import Grain, RuleOutcome, Severity
from scoring.calendar import Week
from scoring.yamlnodes import Node, RuleSetError, read_yaml

__all__ = [
    "Bounds",
    "Expect",
    "Rule",
    "RuleSetError",
    "Tolerance",
    "load_claim_rules",
    "load_figure_rules",
    "load_rules",
    "rule_named",
    "rules_as_written",
    "rules_for",
]

#: Columns a condition may use beyond those of the table; checks/rows.py lays them beside every row.
ROW_COLUMNS = ("unparsed", "parse_errors", "week_start", "week_end")
#: Columns checks/tables.py and checks/figures.py derive for the expectations of a table.
SUITE_COLUMNS: dict[str, tuple[str, ...]] = {
    "portal_scores": ("feed", "component_sum", "sum_gap", "missing_parts", "missing_names", "rank_gap"),
    "portal_counts": ("feed", "component_sum", "sum_gap", "points_left", "half_given"),
    "counts": ("week_label", "beyond"),
    "scores": ("week_label", "points_left", "rounding"),
    "rankings": (
        *("week_label", "rows_missing", "component_sum", "sum_gap", "points_left", "rank_misgiven", "rank_gap"),
        *("change_gap", "move_gap"),
    ),
}
#: Measurements checks/feeds.py takes of a feed.
MEASURES = (
    *("usable_rows", "quarantined_share", "exported_before_week_days", "same_as_before", "quiet_days", "volume_ratio"),
    *("national_units", "zero_components"),
)
#: Measurements checks/figures.py takes of our own tables.
OWN_MEASURES = ("ranking_rows",)
#: Modules that judge what is no single row's fault: their rules say words, severity and limits, the code how to measure.
JUDGES = ("aggregates", "doubles", "registry", "history", "totals", "printed", "statements")
#: Our own tables, judged before they are published (checks/figures.py).
FIGURES = ("counts", "scores", "rankings")
#: Tables rules may speak of; `claims` are the statements of a published report (checks/claims.py).
TABLES = (*TABLE_OF_KIND.values(), *FIGURES, "claims")
FIGURE_RULES = Path(__file__).with_name("figure_rules.yaml")
_WAYS = ("condition", "repeated", "expect", "measure", "judged_by")
_KEYS = (
    *("id", "table", "grain", "severity", "condition", "repeated", "expect", "measure", "min", "max", "judged_by"),
    *("limits", "fields", "expected", "tolerance", "title", "action", "owner", "valid"),
)


@dataclass(frozen=True, slots=True)
class Tolerance:
    """A rule holds while no more than `share` of the things looked at fail, or no more than `count` of them do."""

    share: Decimal = Decimal(0)
    count: int = 0

    def allows(self, failed: int, checked: int) -> bool:
        return failed <= self.count or failed <= self.share * checked


@dataclass(frozen=True, slots=True)
class Expect:
    """An expectation of Great Expectations: type, the columns it is asked of one by one, and other arguments."""

    type: str
    columns: tuple[str, ...] = ()
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bounds:
    """A measurement of a feed by name, and the range it may have (None: open)."""

    measure: str
    minimum: Decimal | None = None
    maximum: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule for one table. Exactly one of condition, repeated, expect, bounds and judged_by says how it is measured.

    limits: numbers by name that the judging module holds a value against.
    """

    id: str
    table: str
    grain: Grain
    severity: Severity
    title_vi: str
    title_en: str
    action_vi: str
    action_en: str
    owner: str
    condition: str | None = None
    repeated: tuple[str, ...] = ()
    expect: Expect | None = None
    bounds: Bounds | None = None
    judged_by: str | None = None
    limits: Mapping[str, Decimal] = field(default_factory=dict)
    fields: tuple[str, ...] = ()
    expected: str | None = None
    tolerance: Tolerance = Tolerance()
    valid_from: date | None = None
    valid_to: date | None = None

    @property
    def quarantines(self) -> bool:
        """Whether a row that fails is set aside: it is impossible, or a later row of the file takes its place.

        The row of a unit stays where it is: the unit is under review, and must be seen to be.
        """
        return bool(self.repeated) or (self.condition is not None and self.severity == "error" and self.grain == "row")

    def is_valid_in(self, week: Week) -> bool:
        """Whether the rule is in force for exports of a week: on the week's last day."""
        after_start = self.valid_from is None or self.valid_from <= week.sunday
        return after_start and (self.valid_to is None or week.sunday <= self.valid_to)

    def outcome(self, *, week: str, stage: str, **facts: Any) -> RuleOutcome:
        """A RuleOutcome of this rule: its words and severity, and the facts given."""
        words = {
            "grain": self.grain,
            "severity": self.severity,
            "expected": self.expected,
            "message_vi": self.title_vi,
            "message_en": self.title_en,
            "action_vi": self.action_vi,
            "action_en": self.action_en,
        }
        return RuleOutcome(rule=self.id, week=week, stage=stage, **(words | facts))


def rules_for(table: str, week: Week, rules: Iterable[Rule] | None = None) -> tuple[Rule, ...]:
    """The rules of a table in force for exports of a week, in the catalogue's order."""
    return tuple(
        rule for rule in (load_rules() if rules is None else rules) if rule.table == table and rule.is_valid_in(week)
    )


def fingerprint(rules: Iterable[Rule]) -> str:
    """sha256 over everything rules say."""
    return hashlib.sha256(json.dumps([repr(rule) for rule in rules]).encode()).hexdigest()


def rule_named(rule_id: str) -> Rule:
    """A rule of the packaged catalogues by its id. Raises KeyError."""
    return _by_id()[rule_id]


@cache
def _by_id() -> Mapping[str, Rule]:
    return {rule.id: rule for rule in (*load_rules(), *load_figure_rules(), *load_claim_rules())}


def load_claim_rules() -> tuple[Rule, ...]:
    """The rules for the statements of published reports; they speak of no table of ours."""
    return load_rules(Path(__file__).with_name("claim_rules.yaml"))


def load_figure_rules() -> tuple[Rule, ...]:
    """The rules for our own figures before they are published."""
    return load_rules(FIGURE_RULES)


@cache
def load_rules(path: Path | None = None) -> tuple[Rule, ...]:
    """The catalogue, by default the packaged one. Raises RuleSetError with file and line."""
    rules, conditions = _read(path)
    for condition in conditions:
        condition.check()
    return rules


def rules_as_written(path: Path | None = None) -> tuple[Rule, ...]:
    """The same, all of it checked but the SQL of conditions: parsing that takes longer than the rest together.

    For who shows rules and holds nothing against them: Dagster's checks are made of them whenever code is loaded.
    """
    return _read(path)[0]


@cache
def _read(path: Path | None) -> tuple[tuple[Rule, ...], tuple[Condition, ...]]:
    root = read_yaml(path or Path(__file__).with_name("rules.yaml"))
    keys = root.allow(("owner", "rules"))
    owner = keys["owner"].text() if "owner" in keys else "data-stewards"
    rules: dict[str, Rule] = {}
    conditions: list[Condition] = []
    for node in root.need("rules").items():
        for rule in _rules(node, owner, conditions):
            if rule.id in rules:
                node.need("id").fail(f"mã quy tắc {rule.id!r} đã có", f"the rule id {rule.id!r} is given twice")
            rules[rule.id] = rule
    return tuple(rules.values()), tuple(conditions)


def _rules(node: Node, owner: str, conditions: list[Condition]) -> Iterable[Rule]:
    keys = node.allow(_KEYS)
    tables = node.need("table")
    for entry in tables.items() if isinstance(tables.value, list) else [tables]:
        table = entry.one_of(TABLES)
        rule_id = node.need("id").text().replace("{table}", table)
        if not rule_id.startswith(f"{table}."):
            node.need("id").fail(f"mã phải bắt đầu bằng {table}.", f"the id must begin with {table}.")
        valid = keys["valid"].allow(("from", "to")) if "valid" in keys else {}
        yield Rule(
            id=rule_id,
            table=table,
            grain=_literal(node.need("grain"), Grain),
            severity=_literal(node.need("severity"), Severity),
            **_words(node, "title"),
            **_words(node, "action"),
            owner=keys["owner"].text() if "owner" in keys else owner,
            **_measured(node, table, conditions),
            expected=keys["expected"].text() if "expected" in keys else None,
            tolerance=_tolerance(keys["tolerance"]) if "tolerance" in keys else Tolerance(),
            valid_from=valid["from"].day() if "from" in valid else None,
            valid_to=valid["to"].day() if "to" in valid else None,
        )


def _measured(node: Node, table: str, conditions: list[Condition]) -> dict[str, Any]:
    """The one thing that says how the rule is measured, and the fields it shows. conditions: takes its SQL, if it has any."""
    keys = node.mapping()
    ways = [way for way in _WAYS if way in keys]
    if len(ways) != 1:
        node.fail(
            f"cần đúng một trong {', '.join(_WAYS)}; có: {', '.join(ways) or 'không có'}",
            f"expected exactly one of {', '.join(_WAYS)}; there are: {', '.join(ways) or 'none'}",
        )
    if ways[0] == "judged_by":
        numbers = keys["limits"].mapping() if "limits" in keys else {}
        return {
            "judged_by": keys["judged_by"].one_of(JUDGES),
            "limits": {name: number.number() for name, number in numbers.items()},
            "fields": tuple(each.text() for each in keys["fields"].items()) if "fields" in keys else (),
        }
    own = catalogue_table(table).column_names
    match ways[0]:
        case "condition":
            columns = [*own, *ROW_COLUMNS]
            flags = {column.name for column in catalogue_table(table).columns if column.type == "BOOLEAN"}
            conditions.append(Condition(keys["condition"], tuple(columns), frozenset(flags)))
            return {"condition": keys["condition"].text(), "fields": _fields(node, columns)}
        case "repeated":
            return {"repeated": _columns(keys["repeated"], own), "fields": _fields(node, own)}
        case "expect":
            columns = [*own, *SUITE_COLUMNS.get(table, ())]
            expect = _expect(keys["expect"], columns)
            return {"expect": expect, "fields": _fields(node, columns) if "fields" in keys else expect.columns}
        case _:
            limits = {name: keys[name].number() if name in keys else None for name in ("min", "max")}
            measures = OWN_MEASURES if table in FIGURES else MEASURES
            return {"bounds": Bounds(keys["measure"].one_of(measures), limits["min"], limits["max"])}


def _expect(node: Node, columns: list[str]) -> Expect:
    arguments: dict[str, Any] = {}
    for key, child in node.mapping().items():
        if key.startswith("column"):
            names = _columns(child, columns)
            arguments[key] = list(names) if isinstance(child.value, list) else names[0]
        elif key != "type":
            arguments[key] = _argument(child)
    return Expect(node.need("type").text(), tuple(arguments.pop("columns", ())), arguments)


def _argument(node: Node) -> Any:
    if isinstance(node.value, list):
        return [_argument(each) for each in node.items()]
    text = node.text()
    if text in ("true", "false"):
        return text == "true"
    if text[0].isdigit() or text[0] == "-":
        number = node.number()
        return int(number) if number == number.to_integral_value() else float(number)
    return text


def _fields(node: Node, known: list[str]) -> tuple[str, ...]:
    return _columns(node.need("fields"), known)


def _columns(node: Node, known: list[str]) -> tuple[str, ...]:
    return tuple(each.one_of(known) for each in (node.items() if isinstance(node.value, list) else [node]))


def _tolerance(node: Node) -> Tolerance:
    keys = node.allow(("share", "count"))
    share = keys["share"].number() if "share" in keys else Decimal(0)
    count = keys["count"].number() if "count" in keys else Decimal(0)
    if not 0 <= share <= 1:
        keys["share"].fail(f"tỷ lệ phải từ 0 đến 1, không phải {share}", f"a share is from 0 to 1, not {share}")
    if count != count.to_integral_value() or count < 0:
        keys["count"].fail(f"cần số nguyên không âm, không phải {count}", f"expected a whole number, not {count}")
    return Tolerance(share, int(count))


def _words(node: Node, name: str) -> dict[str, Any]:
    words = node.need(name)
    words.allow(("vi", "en"))
    return {f"{name}_{language}": words.need(language).text() for language in ("vi", "en")}


def _literal(node: Node, options: Any) -> Literal[Any]:  # type: ignore[valid-type]
    return node.one_of(get_args(options))
