"""Which weeks are to be published: admitted by their verdicts, and not published yet from what they are made of now.

Belongs here: finding them, and the rule sets a week's figures may stand on. Does not belong here: publishing them
(publication). Asked at every tick of a sensor and by every `service-index status`, so nothing heavy is imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assets.gate import Gate, open_gate
from scoring.calendar import Period, Week
from scoring.readings import COUNTED_KINDS
from scoring.ruleset import RuleSet, get_ruleset, load_rulesets, ruleset_of

if TYPE_CHECKING:
    from resources.office import Office


def pending_weeks(office: Office) -> dict[Week, str]:
    """Weeks that verdicts admit and whose newest revision was made from something else, with their fingerprint."""
    gate = open_gate(office)
    newest: dict[str, str] = {revision.week: revision.fingerprint for revision in office.database.revisions()}
    pending = {}
    for week, verdict in sorted(gate.verdicts.items()):
        if verdict.decision != "held":
            mark = week_fingerprint(gate, week)
            if newest.get(str(week)) != mark:
                pending[week] = mark
    return pending


def week_fingerprint(gate: Gate, week: Week) -> str:
    return gate.fingerprint(week, rulesets_of(gate, week))


def rulesets_of(gate: Gate, week: Week) -> list[RuleSet]:
    """Every rule set a week's figures and their comparison may stand on."""
    known = load_rulesets()
    found = {
        ruleset_of(each, Period.of_week(kind, each)).id for each in (week.previous, week) for kind in COUNTED_KINDS
    }
    found |= {export.ruleset for export in gate.inputs(week) if export.ruleset in known}
    return [get_ruleset(name) for name in sorted(found)]
