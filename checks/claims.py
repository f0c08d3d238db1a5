"""Claims: what a published report states, entered as YAML (docs/claims.md), held against itself.

Belongs here: reading the statements and asking of each what a validator can; the words of a finding. Does not belong
here: the arithmetic (checks/statements.py), rules' titles and limits (checks/claim_rules.yaml), our own figures.

A finding names the line of the statement; what was left out of a report is never held against it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from checks import statements as asked
from checks.rules import rule_named
from checks.statements import Contradiction
from resources.outcomes import RuleOutcome
from scoring.calendar import Week
from scoring.ruleset import RuleSet, get_ruleset, ruleset_for
from scoring.yamlnodes import Node, RuleSetError, read_yaml

STAGE = "claims"
TOTAL = "total"


@dataclass(frozen=True, slots=True)
class Report:
    """Who said it, and when. week: empty when the report is of no single week. maxima: by component, and `total`."""

    file: str
    title: str
    unit: str | None
    week: str
    maxima: dict[str, Decimal]


@dataclass(frozen=True, slots=True)
class Figure:
    """What is said of one score; None: not said."""

    line: int
    score: Decimal | None = None
    change: Decimal | None = None
    previous: Decimal | None = None
    percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A contradiction, of which rule, about what (a path into the statement), on which line."""

    rule: str
    about: str
    line: int
    contradiction: Contradiction
    unit: str | None = None
    checked: int = field(default=1)


def check_claims(path: Path) -> list[RuleOutcome]:
    """What a file of claims contradicts in itself; one finding when the file cannot be read."""
    try:
        root = read_yaml(path)
        said = root.allow(("report", "statements"))
        report = _report(root.need("report"), path.name)
        assert said
        return [
            _outcome(found, report)
            for statement in root.need("statements").items()
            for found in _ask(statement, report)
        ]
    except RuleSetError as error:
        return [_unreadable(path.name, error)]


def _report(node: Node, file: str) -> Report:
    said = node.allow(("title", "source", "published", "week", "unit", "ruleset", "note"))
    week = said["week"].text() if "week" in said else ""
    if week:
        try:
            Week.parse(week)
        except ValueError:
            said["week"].fail(f"tuần cần dạng 2025-W46, không phải {week}", f"a week is 2025-W46, not {week}")
    day = said["published"].day() if "published" in said else None
    ruleset = _ruleset(said.get("ruleset"), day or (Week.parse(week).sunday if week else None), node)
    maxima = {**ruleset.maxima, TOTAL: Decimal(100)} if ruleset else {TOTAL: Decimal(100)}
    unit = said["unit"].text() if "unit" in said else None
    return Report(file, node.need("title").text(), unit, week, maxima)


def _ruleset(named: Node | None, day: date | None, node: Node) -> RuleSet | None:
    try:
        if named is not None:
            return get_ruleset(named.text())
        return ruleset_for(day) if day else None
    except KeyError as error:
        (named or node).fail(f"không có bộ quy tắc này: {error}", f"there is no such rule set: {error}")


# ---- one function a kind of statement


def _ask(statement: Node, report: Report) -> Iterator[Found]:
    kinds = statement.allow(_KINDS)
    if len(kinds) != 1:
        statement.fail(
            f"mỗi phát biểu có đúng một khóa trong: {', '.join(_KINDS)}",
            f"every statement has exactly one key of: {', '.join(_KINDS)}",
        )
    ((kind, node),) = kinds.items()
    unit = report.unit
    if isinstance(node.value, dict) and "unit" in node.value:
        unit = node.value["unit"].text()
    for found in _KINDS[kind](node, report):
        yield Found(
            found.rule, f"{kind}.{found.about}".rstrip("."), found.line, found.contradiction, found.unit or unit
        )


def _scores(node: Node, report: Report) -> Iterator[Found]:
    said = node.allow(("unit", "total", "components", "all_at_least_pct", "says"))
    components = [name for name in report.maxima if name != TOTAL]
    figures: dict[str, Figure] = {}
    if "total" in said:
        figures[TOTAL] = _figure(said["total"])
    if "components" in said:
        figures |= {name: _figure(child) for name, child in said["components"].allow(components).items()}
    for name, figure in figures.items():
        yield from _of_figure(name, figure, figures, report)
    parts = {name: figure for name, figure in figures.items() if name != TOTAL}
    yield from _of_sums(figures.get(TOTAL), parts, components, node)
    if "all_at_least_pct" in said:
        yield from _at_least(said["all_at_least_pct"], figures, components, report)


def _of_figure(name: str, figure: Figure, figures: dict[str, Figure], report: Report) -> Iterator[Found]:
    maximum = report.maxima[name]
    if figure.score is not None:
        yield from _found("score_range", name, figure.line, asked.score_range(figure.score, maximum))
    if figure.percent is not None and figure.score is not None:
        others = {
            other: (each.score, report.maxima[other])
            for other, each in figures.items()
            if other not in (name, TOTAL) and each.score is not None
        }
        said = asked.percent_of_maximum(figure.score, maximum, figure.percent, others)
        yield from _found("percent_of_maximum", f"{name}.percent", figure.line, said)
    if figure.change is not None and figure.previous is not None:
        full = asked.full_rises(figure.previous, figure.change, maximum)
        yield from _found("full_rises", f"{name}.change", figure.line, full)
        if figure.score is not None:
            most = rule_named("claims.previous_and_change").limits["most_gap"]
            said = asked.previous_and_change(figure.previous, figure.change, figure.score, most)
            yield from _found("previous_and_change", name, figure.line, said)


def _of_sums(total: Figure | None, parts: dict[str, Figure], components: list[str], node: Node) -> Iterator[Found]:
    if total is None:
        return
    scores = {name: figure.score for name, figure in parts.items() if figure.score is not None}
    if total.score is not None and len(scores) == len(components):
        most = rule_named("claims.components_add").limits["most_gap"]
        yield from _found(
            "components_add", TOTAL, node.line, asked.components_add(total.score, list(scores.values()), most)
        )
    changes = {name: figure.change for name, figure in parts.items() if figure.change is not None}
    if total.change is not None and len(changes) == len(components):
        most = rule_named("claims.changes_add").limits["most_gap"]
        yield from _found("changes_add", f"{TOTAL}.change", total.line, asked.changes_add(total.change, changes, most))


def _at_least(node: Node, figures: dict[str, Figure], components: list[str], report: Report) -> Iterator[Found]:
    """All components are said to reach a level: the one that was left out follows from the total."""
    level = node.number()
    scores = {name: each.score for name, each in figures.items() if each.score is not None}
    known = {name: score for name, score in scores.items() if name != TOTAL}
    left_out = [name for name in components if name not in known]
    derived = ""
    if len(left_out) == 1 and TOTAL in scores:
        (derived,) = left_out
        known[derived] = asked.component_that_follows(scores[TOTAL], list(known.values()))
        said = Contradiction(f"{scores[TOTAL]} - {scores[TOTAL] - known[derived]} = {known[derived]}", "")
        yield from _found("component_follows", derived, node.line, said)
        yield from _found("score_range", derived, node.line, asked.score_range(known[derived], report.maxima[derived]))
    for name, score in known.items():
        reached = asked.percentage(score, report.maxima[name], 1)
        if reached < level:
            vi, en = ("suy ra từ tổng điểm", "it follows from the total") if name == derived else ("", "")
            said = Contradiction(f"{score}/{report.maxima[name]} = {reached} %", f">= {level} %", vi, en)
            yield from _found("all_at_least", name, node.line, said)


def _gap(node: Node, report: Report) -> Iterator[Found]:
    node.allow(("unit", "leader", "leader_total", "total", "gap"))
    leader, other, said = (node.need(key).number() for key in ("leader_total", "total", "gap"))
    most = rule_named("claims.gap").limits["most_gap"]
    yield from _found("gap", "gap", node.line, asked.gap(leader, other, said, most))


def _share(node: Node, report: Report) -> Iterator[Found]:
    said = node.allow(("unit", "of", "numerator", "denominator", "rest", "percent"))
    numerator, rest = _whole(said["numerator"]) if "numerator" in said else None, None
    if numerator is None:
        return
    if "rest" in said:
        rest = _whole(said["rest"])
    denominator = (
        _whole(said["denominator"]) if "denominator" in said else numerator + rest if rest is not None else None
    )
    if denominator is None:
        node.fail("cần denominator hoặc rest", "expected denominator or rest")
    printed = node.need("percent").number()
    yield from _found(
        "percent_of_counts", "percent", node.line, asked.percent_of_counts(numerator, denominator, printed, rest=rest)
    )


def _shares(node: Node, report: Report) -> Iterator[Found]:
    node.allow(("unit", "of", "parts"))
    shares = [child.number() for child in node.need("parts").mapping().values()]
    yield from _found("shares_add", "parts", node.line, asked.shares_add(shares))


def _counts(node: Node, report: Report) -> Iterator[Found]:
    said = node.allow(("unit", "of", "on_time", "late", "handled", "received", "whole", "parts"))
    known = {name: _whole(said[name]) for name in ("on_time", "late", "handled", "received") if name in said}
    yield from _found("counts", "", node.line, asked.counts(**known))
    if "whole" in said:
        of = {name: _whole(child) for name, child in node.need("parts").mapping().items()}
        yield from _found("counts", "parts", node.line, asked.parts(_whole(said["whole"]), of))


def _order(node: Node, report: Report) -> Iterator[Found]:
    listed = []
    for entry in node.items():
        said = entry.allow(("unit", "total", "rank"))
        rank = _whole(said["rank"]) if "rank" in said else None
        listed.append((entry.need("unit").text(), entry.need("total").number(), rank))
    yield from _found("order", "", node.line, asked.order(listed))


def _rank(node: Node, report: Report) -> Iterator[Found]:
    said = node.allow(("unit", "rank", "previous", "places", "ranked"))
    rank = _whole(node.need("rank"))
    if "ranked" in said:
        ranked = _whole(said["ranked"])
        yield from _found("rank_range", "rank", node.line, asked.rank_range(rank, ranked))
        if "previous" in said:
            yield from _found("rank_range", "previous", node.line, asked.rank_range(_whole(said["previous"]), ranked))
    if "previous" in said and "places" in said:
        moved = asked.move(_whole(said["previous"]), rank, _whole(said["places"]))
        yield from _found("move", "places", node.line, moved)


def _target(node: Node, report: Report) -> Iterator[Found]:
    said = node.allow(("unit", "of", "now", "reach", "rise", "max", "by"))
    of = said["of"].text() if "of" in said else TOTAL
    maximum = said["max"].number() if "max" in said else report.maxima.get(of)
    if maximum is None:
        node.fail(f"không biết điểm tối đa của {of!r}, thêm max", f"the maximum of {of!r} is not known, add max")
    now = node.need("now").number()
    if "rise" in said:
        yield from _found("target", "rise", node.line, asked.target(now, now + said["rise"].number(), maximum))
    if "reach" in said:
        yield from _found("target", "reach", node.line, asked.target(now, said["reach"].number(), maximum))


def _history(node: Node, report: Report) -> Iterator[Found]:
    node.allow(("unit", "of", "now", "past"))
    limits = rule_named("claims.leap").limits
    past = [child.number() for child in node.need("past").mapping().values()]
    said = asked.leap(
        node.need("now").number(),
        past,
        most_points=limits["most_points"],
        spreads=limits["spreads"],
        fewest=int(limits["fewest_points"]),
    )
    yield from _found("leap", "now", node.line, said)


_KINDS: dict[str, Callable[[Node, Report], Iterator[Found]]] = {
    "scores": _scores,
    "gap": _gap,
    "share": _share,
    "shares": _shares,
    "counts": _counts,
    "order": _order,
    "rank": _rank,
    "target": _target,
    "history": _history,
}


# ---- reading and telling


def _figure(node: Node) -> Figure:
    """A bare number is the score."""
    if not isinstance(node.value, dict):
        return Figure(node.line, node.number())
    said = node.allow(("score", "change", "previous", "percent"))
    return Figure(node.line, **{name: child.number() for name, child in said.items()})


def _whole(node: Node) -> int:
    number = node.number()
    if number != number.to_integral_value():
        node.fail(f"cần số nguyên, không phải {number}", f"expected a whole number, not {number}")
    return int(number)


def _found(rule: str, about: str, line: int, said: Contradiction | None) -> Iterator[Found]:
    if said is not None:
        yield Found(f"claims.{rule}", about, line, said)


def _outcome(found: Found, report: Report) -> RuleOutcome:
    rule, said = rule_named(found.rule), found.contradiction
    because = {
        "vi": f"{rule.title_vi}: {said.because_vi}" if said.because_vi else rule.title_vi,
        "en": f"{rule.title_en}: {said.because_en}" if said.because_en else rule.title_en,
    }
    return rule.outcome(
        week=report.week,
        stage=STAGE,
        unit_code=found.unit,
        file=report.file,
        row=found.line,
        field=found.about,
        value=said.value,
        expected=said.expected or rule.expected,
        failed=1,
        message_vi=because["vi"],
        message_en=because["en"],
    )


def _unreadable(file: str, error: RuleSetError) -> RuleOutcome:
    vi, _, en = error.message.partition(" / ")
    return rule_named("claims.unreadable").outcome(
        week="", stage=STAGE, file=file, row=error.line, failed=1, message_vi=vi, message_en=en or vi
    )
