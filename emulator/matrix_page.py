"""docs/faults.md: the table of faults and what caught them.

Belongs here: from what came of the cases to words. Does not belong here: running anything (matrix.py), judging
(matrix_judge.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import comb
from typing import TYPE_CHECKING

from emulator.faults.catalogue import FAULTS
from emulator.matrix_judge import Caught, catches, named

if TYPE_CHECKING:
    from resources.outcomes import RuleOutcome
    from scoring.calendar import Week

NOT_CAUGHT = "**not caught**"
_HEAD = """# Lỗi và quy tắc bắt được lỗi · Faults, and what catches them

Written by `python -m emulator.matrix` (`make faults`); do not edit. Mỗi lỗi của bộ mô phỏng
(`service-index emulate --fault list`) được thả vào tuần cuối của {first}..{last}, một mình trong tỉnh của nó, với khoảng
{size:,} hồ sơ mỗi tuần. Each fault strikes the last of these weeks, alone in its province, with about {size:,} dossiers a
week (seed {seed}). Only what is found beyond the same week without any fault stands here.

- **caught by**: the rules that ought to catch it (`caught_by` of the fault) with whom they name; for reconciliation the
  diagnosis. *3/3*: so many of the units struck. *rows 9*: so many rows. *feed*: the export as a whole.
- **what follows**: *held*: nothing of the feed is scored; *under review*: the unit has no rank until somebody decides;
  *rows set aside*: quarantine; *warning*: told, no more.
- A fault that changes less than dossiers on their way between two exports may (`checks/reconcile/reconcile.yaml`) is none.
- What a published report says against itself is not in exports: [claims.md](claims.md).
"""
_PAIRS = """
## Từng cặp · In pairs

{all} of the {possible} pairs{chosen},
both in one province and week: in {right} every fault is caught by its own rules on its
own units{or_held}.
"""
_CHOSEN = " (every fault with two of every kind: the portal's counter, its tables, the dossiers, their file)"
_SOUND = """
## Không có lỗi · Without a fault

Sound weeks of {seeds} other seeds (2 provinces each): {said}
"""


def page(
    rows: Sequence[Caught],
    sound: Mapping[int, Sequence[str]],
    *,
    weeks: Sequence[Week],
    dossiers_per_week: int,
    seed: int,
) -> str:
    """The page in Markdown. `sound`: by seed, warnings and errors of a week without a fault."""
    parts = [_HEAD.format(first=weeks[0], last=weeks[-1], size=dossiers_per_week, seed=seed)]
    alone, pairs = ([row for row in rows if (len(row.case) > 1) == several] for several in (False, True))
    if alone:
        parts.append(
            f"\n{sum(row.right for row in alone)} of {len(alone)} are caught, by the right rule on the right unit.\n"
        )
    for side, title in (
        ("portal", "Số liệu của cổng sai · The portal's figures are wrong"),
        ("dossiers", "Hồ sơ sai · The dossiers are wrong"),
    ):
        lines = [_line(row) for row in alone if FAULTS[row.case[0]].side == side]
        if lines:
            heads = "| fault | lỗi | what it does | struck | caught by | also says | what follows |"
            parts.append(f"\n## {title}\n\n{heads}\n|{'---|' * 7}\n" + "".join(lines))
    if pairs:
        parts.append(_of_pairs(pairs))
    if sound:
        parts.append(_of_sound(sound))
    return "".join(parts)


def _line(row: Caught) -> str:
    (name,) = row.case
    fault = FAULTS[name]
    struck = {unit for effect in row.effects for unit in effect.units}
    by = [f"`{rule}` {_whom([one for one in row.by if catches(rule, one)], struck)}" for rule in fault.caught_by]
    if not row.right:
        by.append(f"{NOT_CAUGHT}: {row.wrong[name]}")
    also = sorted({f"`{one.rule}`" for one in row.also if one.severity != "info"})
    also += sorted(
        {f"`{one.rule}` (info)" for one in row.also if one.severity == "info"} - {f"{rule} (info)" for rule in also}
    )
    cells = (
        f"`{name}`",
        fault.title_vi,
        fault.text,
        "; ".join(_struck(row)),
        "<br>".join(by),
        "<br>".join(also),
        "<br>".join(row.follows),
    )
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def _struck(row: Caught) -> list[str]:
    return [
        f"{f'{len(effect.units)} units' if effect.units else 'all'}, {effect.things} changed "
        f"({', '.join(sorted({file.split('.')[0] for file in effect.files}))})"
        for effect in row.effects
    ]


def _whom(outcomes: Sequence[RuleOutcome], struck: set[str]) -> str:
    """Whom a rule names: units, or as many rows as failed, or the feed."""
    if not outcomes:
        return "silent"
    units = {unit for one in outcomes for unit in named(one, struck)}
    words = [f"{len(units)}/{len(struck)}"] if units else []
    rows = [one for one in outcomes if one.grain != "unit"]
    if rows:
        most = max(rows, key=lambda one: one.failed)
        words.append(f"rows {most.failed}" if _is_of_rows(most) else f"feed, {most.failed} of {most.checked}")
    words += sorted({one.severity for one in outcomes})
    return ", ".join(words)


def _is_of_rows(outcome: RuleOutcome) -> bool:
    from checks.rules import rule_named

    return outcome.grain == "row" or (
        not outcome.rule.startswith("exports.") and _known(outcome.rule) and rule_named(outcome.rule).grain == "row"
    )


def _known(rule: str) -> bool:
    from checks.rules import load_rules

    return any(one.id == rule for one in load_rules())


def _of_pairs(pairs: Sequence[Caught]) -> str:
    holding = [row for row in pairs if row.held]
    or_held = ""
    if holding:
        or_held = (
            f";\nin {len(holding)} of them one fault holds a feed in which the other lies or with which it is compared, and the"
            " finding that\nholds it is the right catch of both"
        )
    possible = comb(len(FAULTS), 2)
    said = _PAIRS.format(
        all=len(pairs),
        possible=possible,
        chosen="" if len(pairs) == possible else _CHOSEN,
        right=sum(row.right for row in pairs),
        or_held=or_held,
    )
    holders: dict[str, dict[str, None]] = {}
    for row in holding:
        for hidden, holder in row.held.items():
            holders.setdefault(holder, {})[hidden] = None
    if holders:
        said += "\n| holds the feed | of these others, when they come together |\n|---|---|\n"
        said += "".join(
            f"| `{name}` | {', '.join(f'`{one}`' for one in sorted(holders[name]))} |\n" for name in sorted(holders)
        )
    wrong = [row for row in pairs if not row.right]
    if wrong:
        said += f"\n{NOT_CAUGHT}:\n\n"
        said += "".join(
            f"- {' + '.join(row.case)}: {'; '.join(f'{name}: {what}' for name, what in row.wrong.items())}\n"
            for row in wrong
        )
    return said


def _of_sound(sound: Mapping[int, Sequence[str]]) -> str:
    told = {seed: found for seed, found in sound.items() if found}
    said = (
        "không cảnh báo, không lỗi nào · no warning and no error." if not told else f"{len(told)} are not silent:\n\n"
    )
    said += "".join(f"- seed {seed}: {line}\n" for seed, found in told.items() for line in found)
    return _SOUND.format(seeds=len(sound), said=said)
