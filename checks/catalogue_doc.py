"""The page of rules: docs/rules.md, made from the rule catalogues (`python -m checks.catalogue_doc`).

Belongs here: the making of that one page. Does not belong here: any word about a rule: those stand in checks/rules.yaml,
checks/figure_rules.yaml, checks/claim_rules.yaml and, of corrections, in checks/own_rules.py.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from checks.own_rules import CORRECTION_RULES
from checks.rules import Rule, load_claim_rules, load_figure_rules, load_rules
from resources.files import write_bytes_atomically

DEFAULT_PATH = Path("docs") / "rules.md"

_HEAD = """\
# Danh mục quy tắc · The rule catalogue

Made from `checks/rules.yaml`, `checks/figure_rules.yaml` and `checks/claim_rules.yaml` by `python -m
checks.catalogue_doc`: change those, not this page. How findings are read and what follows from them: [steward.md](steward.md).

- **severity**: *error* holds (a row: quarantine; a unit: under review; a feed: nothing of it is scored), *warning* tells,
  *info* counts.
- **grain**: what a finding speaks of: a row, a unit, a feed (one export), a table.
- **tolerance**: so large a share of the feed's rows or units, or so many of them, may fail before it is the feed's fault.
- **measured by**: the condition that is true for a bad row, the expectation, the measurement, or the module that judges.
"""
_TITLES = {
    "dossiers": "Hồ sơ · Dossiers",
    "procedures": "Thủ tục · Procedures",
    "petitions": "Phản ánh · Petitions",
    "units": "Đơn vị · Units",
    "portal_counts": "Số đếm của cổng · The portal's counts",
    "portal_scores": "Bảng điểm của cổng · The portal's score tables",
    "counts": "Số đếm của ta, trước khi công bố · Our counts, before they are published",
    "scores": "Điểm của ta, trước khi công bố · Our scores, before they are published",
    "rankings": "Xếp hạng của ta, trước khi công bố · Our rankings, before they are published",
    "corrections": "Điều chỉnh, ở mọi bảng · Corrections, in every table",
    "claims": "Phát biểu trong báo cáo · Statements of published reports",
}
_COLUMNS = (
    "rule",
    "severity",
    "grain",
    "Tiếng Việt",
    "English",
    "expected",
    "tolerance",
    "measured by",
    "Cần làm · what to do",
)


def rules_text() -> str:
    """The whole page as markdown."""
    laid = [replace(rule, table="corrections") for rule in CORRECTION_RULES]
    rules = (*load_rules(), *load_figure_rules(), *laid, *load_claim_rules())
    parts = [_HEAD, _summary(rules)]
    parts += [_section(table, [rule for rule in rules if rule.table == table]) for table in _TITLES]
    return "\n".join(parts)


def _summary(rules: Sequence[Rule]) -> str:
    counts = {severity: sum(rule.severity == severity for rule in rules) for severity in ("error", "warning", "info")}
    told = ", ".join(f"{count} {severity}" for severity, count in counts.items())
    return f"{len(rules)} rules: {told}. Each belongs to its owner; all of them to `data-stewards` unless it says otherwise.\n"


def _section(table: str, rules: Sequence[Rule]) -> str:
    return f"## {_TITLES[table]}\n\n{_markdown(_COLUMNS, map(_row, rules))}"


def _row(rule: Rule) -> tuple[str, ...]:
    validity = " .. ".join(str(day or "") for day in (rule.valid_from, rule.valid_to)) if _is_bounded(rule) else ""
    name = f"`{rule.id}`" + (f" ({validity.strip()})" if validity else "")
    action = f"{rule.action_vi} · {rule.action_en}"
    return (
        name,
        rule.severity,
        rule.grain,
        rule.title_vi,
        rule.title_en,
        rule.expected or "",
        _tolerance(rule),
        _way(rule),
        action,
    )


def _is_bounded(rule: Rule) -> bool:
    return rule.valid_from is not None or rule.valid_to is not None


def _tolerance(rule: Rule) -> str:
    share = f"{100 * rule.tolerance.share:f}".rstrip("0").rstrip(".") if rule.tolerance.share else "0"
    return f"{share} %" + (f", or {rule.tolerance.count}" if rule.tolerance.count else "")


def _way(rule: Rule) -> str:
    if rule.condition is not None:
        return f"`{' '.join(rule.condition.split())}`"
    if rule.repeated:
        return f"the same {', '.join(rule.repeated)} again further down"
    if rule.expect is not None:
        return f"`{rule.expect.type}`"
    if rule.bounds is not None:
        limits = [
            f"{bound} {limit}"
            for bound, limit in ((">=", rule.bounds.minimum), ("<=", rule.bounds.maximum))
            if limit is not None
        ]
        return f"`{rule.bounds.measure}` {' '.join(limits)}"
    limits = [f"{name} {number}" for name, number in rule.limits.items()]
    return f"checks/{rule.judged_by}.py" + (f": {', '.join(limits)}" if limits else "")


def _markdown(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main(arguments: Sequence[str] = ()) -> None:
    """Write the page, to the path given or to docs/rules.md of the current folder."""
    write_bytes_atomically(Path(arguments[0]) if arguments else DEFAULT_PATH, rules_text().encode())


if __name__ == "__main__":
    main(sys.argv[1:])
