"""docs/faults.md: the table of faults and what caught them.

Belongs here: from findings to words. Does not belong here: running anything (matrix.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emulator.faults.catalogue import FAULTS
from emulator.faults.fault import Effect

if TYPE_CHECKING:
    from resources.outcomes import RuleOutcome
    from resources.verdicts import Verdict
    from scoring.calendar import Week

NOT_CAUGHT = "**not caught**"
_HEAD = """# Faults, and what catches them

Written by `python -m emulator.matrix`; do not edit. Each fault of the emulator (`service-index emulate --fault list`)
strikes the last of the weeks {first}..{last}, alone in its province, with about {size:,} dossiers a week and the
seed {seed}. What is found of that week beyond what is found without any fault stands here: rule, whom it names, and
what follows.

- *units 3/3*: of the units struck so many are named; *+2*: so many others are named too. *rows 9/9*: rows found, of those spoilt.
- *held*: nothing of the feed is scored. *under review*: the unit has no rank until somebody decides. *warning*: told, no more.

{caught} of {all} are caught.
"""


@dataclass(frozen=True, slots=True)
class Caught:
    """One line of the table. `by`: rule, with whom it names; `info`: rules that only count it; `follows`: what of it."""

    case: tuple[str, ...]
    struck: str
    by: tuple[str, ...]
    info: tuple[str, ...]
    follows: tuple[str, ...]


def row_of(
    case: tuple[str, ...], effects: Sequence[Effect], found: Sequence[RuleOutcome], verdict: Verdict | None
) -> Caught:
    """What findings about the case's province say of it."""
    units = {unit for effect in effects for unit in effect.units}
    things = sum(effect.things for effect in effects)
    rules: dict[str, list[RuleOutcome]] = {}
    for outcome in found:
        rules.setdefault(outcome.rule, []).append(outcome)
    told = {rule: named for rule, named in rules.items() if any(one.severity != "info" for one in named)}
    feeds = {tuple(name.split(".")[:2]) for effect in effects for name in effect.files}
    return Caught(
        case=case,
        struck="; ".join(_struck(effect) for effect in effects),
        by=tuple(f"`{rule}` {_named(named, units, things)}" for rule, named in sorted(told.items())),
        info=tuple(sorted(set(rules) - set(told))),
        follows=_follows(told, verdict, feeds),
    )


def _struck(effect: Effect) -> str:
    whom = f"{len(effect.units)} units" if effect.units else "all"
    return f"{whom}, {effect.things} changed ({', '.join(sorted({name.split('.')[0] for name in effect.files}))})"


def _named(outcomes: Sequence[RuleOutcome], struck: set[str], things: int) -> str:
    """Whom a rule names: units, or as many rows as failed, or the feed."""
    units = {one.unit_code for one in outcomes if one.unit_code and one.grain == "unit"}
    said = sorted({str(one.diagnosis) for one in outcomes if one.diagnosis})
    diagnosis = f" ({', '.join(said)})" if said else ""
    if units:
        others = len(units - struck)
        return f"units {len(units & struck)}/{len(struck)}{f' +{others}' if others else ''}{diagnosis}"
    if any(one.grain == "row" for one in outcomes):
        return f"rows {max(one.failed or 1 for one in outcomes)}/{things}"
    return f"feed, {max(one.failed for one in outcomes)} of {max(one.checked for one in outcomes)}{diagnosis}"


def _follows(
    told: dict[str, list[RuleOutcome]], verdict: Verdict | None, spoilt: set[tuple[str, ...]]
) -> tuple[str, ...]:
    """What follows from the findings for the feeds that were spoilt (kind and scope), for units and rows."""
    outcomes = [one for named in told.values() for one in named]
    if not outcomes:
        return ()
    found = []
    if verdict is not None:
        held = {feed.kind for feed in verdict.feeds if not feed.admitted and (feed.kind, feed.scope) in spoilt}
        found += [f"held: {', '.join(sorted(held))}"] if held else []
    units = {one.unit_code for one in outcomes if one.grain == "unit" and one.blocks and one.unit_code}
    found += [f"under review: {len(units)}"] if units else []
    if any(one.grain == "row" and one.severity == "error" for one in outcomes):
        found.append("rows set aside")
    return tuple(found) or ("warning",)


def page(rows: Sequence[Caught], *, weeks: Sequence[Week], dossiers_per_week: int, seed: int) -> str:
    """The page in Markdown."""
    head = _HEAD.format(
        first=weeks[0],
        last=weeks[-1],
        size=dossiers_per_week,
        seed=seed,
        caught=sum(bool(row.by) for row in rows),
        all=len(rows),
    )
    parts = [head]
    for side, title in (
        ("portal", "The portal's figures are wrong"),
        ("dossiers", "The dossiers are wrong"),
        ("", "Pairs"),
    ):
        lines = [_line(row) for row in rows if _side(row) == side]
        if lines:
            parts.append(
                f"\n## {title}\n\n| fault | what it does | struck | caught by | what follows |\n|---|---|---|---|---|\n"
            )
            parts.append("".join(lines))
    return "".join(parts)


def _side(row: Caught) -> str:
    return FAULTS[row.case[0]].side if len(row.case) == 1 else ""


def _line(row: Caught) -> str:
    does = FAULTS[row.case[0]].text if len(row.case) == 1 else " + ".join(FAULTS[name].title_en for name in row.case)
    by = "<br>".join(row.by) or NOT_CAUGHT
    if row.info:
        by += f"<br>counted only: {', '.join(f'`{rule}`' for rule in row.info)}"
    cells = (f"`{'` + `'.join(row.case)}`", does, row.struck, by, "; ".join(row.follows) or "–")
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |\n"
