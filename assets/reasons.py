"""Why a week is published again, in the words of those who decided it.

Belongs here: gathering the reasons of a revision. Does not belong here: deciding (assets/review.py), publishing.

Four kinds: what an export of the week says it corrects; the decisions that lift something in the week; a rule set that is
another than when the week was last published; and corrections. One laid over the week's own rows is told by the export itself
(assets/gate.py); one of an earlier week, and one that was withdrawn, only where the week was published without, or with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from assets.gate import Gate, said
from checks.own_rules import FLAGGED
from resources.office import Office
from scoring.calendar import Week
from scoring.ruleset import load_rulesets


def reasons_of(office: Office, gate: Gate, week: Week) -> str | None:
    """The reasons of the week's next revision, each once; None without any."""
    corrects = sorted({export.corrects for export in gate.inputs(week) if export.corrects and export.week == str(week)})
    decided = [f"{entry.who}: {entry.action}: {entry.reason}" for entry in office.review.decisions_for(str(week))]
    return (
        "; ".join(dict.fromkeys([*corrects, *decided, *_rules(office, week), *_corrections(office, gate, week)]))
        or None
    )


def _rules(office: Office, week: Week) -> Iterator[str]:
    revisions = office.database.revisions(week)
    known = {name: ruleset.fingerprint for name, ruleset in load_rulesets().items()}
    for name, mark in sorted(revisions[-1].rulesets.items() if revisions else ()):
        if known.get(name) != mark:
            yield f"{name}: bộ quy tắc khác lần công bố trước / the rule set is another than when it was last published"


def _corrections(office: Office, gate: Gate, week: Week) -> Iterator[str]:
    entries = office.review.correction_entries()
    if not entries:
        return
    revisions = office.database.revisions(week)
    now, before = gate.corrected(week), _carried_by(revisions[-1].inputs if revisions else ())
    verdict = gate.verdicts.get(week)
    is_flagged = verdict is not None and any(hold.rule == FLAGGED.id for hold in verdict.holds)
    withdrawn = {entry.withdraws for entry in entries}
    for entry in entries:
        flags = is_flagged and entry.action == "flag" and entry.spans(str(week)) and entry.id not in withdrawn
        undone = entry.withdraws in before - now
        if flags or undone or (revisions and entry.id in now):
            yield said(entry)


def _carried_by(inputs: Iterable[dict]) -> set[int]:
    return {number for entry in inputs for number in entry.get("corrections", ())}
