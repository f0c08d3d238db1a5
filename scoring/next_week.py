"""One more week counted from what was kept of the weeks before: what a week costs is what changed in it.

Belongs here: composing those statements; their text stands in `sql/*.sql`, most of it counting's own. Does not belong here:
where what was kept stands and whether it may be used (resources/counting.py, assets/count_state.py).

How it works. Cells are sums over dossiers. So the cells of a week are those of the week before, less what the dossiers
with something new added then, and more what they add now. Only the versions of these are read. Time needs no reading at all:
a due date that passes was an event of the kept cells already, for their ticks reach to the end of the year. Whether a
procedure has a dossier is no sum; so the number of its dossiers is kept, by unit and month. Lists and petitions are counted
whole.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from importlib.resources import files

from scoring.calendar import Week
from scoring.counting import Composer, Plan, weeks_ahead
from scoring.measures import measures_of, mentioned
from scoring.readings import time_frame
from scoring.ruleset import RuleSet
from scoring.working_days import days_off, worked_weekends

#: Relations in which what is kept is made (schema `counting`), and under which it must be there for the next week.
KEPT = ("kept_cells", "kept_live", "kept_entities", "kept_procedures", "kept_cuts")

_SIGHTINGS = "UNION ALL SELECT 'dossiers', unit_code, first_week FROM kept_entities WHERE first_week IS NOT NULL"
_PROCEDURES = "UNION SELECT procedure_code FROM kept_procedures"
_BY_TERM = """UNION
SELECT dossier FROM all_codes SEMI JOIN (
  SELECT place, file_row_number FROM all_dossiers WHERE due_at IS NULL AND supplement_count <= 1
) USING (place, file_row_number)"""


@dataclass(frozen=True, slots=True)
class NextWeek:
    """touched: makes the relation `dossiers` from `petitions`, `all_dossiers` (every version of the year with `place` and
    `file_row_number`) and `all_codes` (place, file_row_number, and as `dossier` the hash of the code). plan: as of
    counting.py, over that and the relations of KEPT.
    """

    touched: str
    plan: Plan


def next_week(
    week: Week, ruleset_on: Callable[[date], RuleSet], dossier_columns: Iterable[str], *, lists_came: bool
) -> NextWeek | None:
    """The statements that count one week from what was kept of the week before.

    dossier_columns: all that a version has; only those are read of which the statements speak. lists_came: whether an export
    of procedures arrived in the week. None when too much may have changed by it: a rule set asks of dossiers what only a
    list says. Raises what `counting.plan` raises.
    """
    frame = time_frame([week], ruleset_on, weeks_ahead(week))
    measures, counted = measures_of(frame.rulesets)
    if lists_came and "service_level" in mentioned(measures.of("dossiers")):
        return None
    c = Composer(frame, measures, False)
    before = week.previous
    statements = [
        *c.opening(_SIGHTINGS, _PROCEDURES),
        c.cuts(),
        c.text("changes"),
        *(c.terms(before if lists_came else None), c.petition_spans(before), c.dossier_spans(before)),
        *(c.dossier_cells(-1), c.text("moves", sign=-1), c.text("before")),
        *(["DROP TABLE counting.procedure_spans", c.terms()] if lists_came else []),
        *(c.petition_spans(), c.dossier_spans()),
        *(c.dossier_cells(), c.text("moves", sign=1)),
        c.text("next_week", words="".join(f", {word}" for word in c.dossier_words)),
        c.kept(),
        *c.list_spans(),
        *c.list_cells(),
    ]
    texts = [text for text in (*statements, c.next_presence(), c.totals(), *c.counts(counted)) if text]
    words = set(re.findall(r"\w+", " ".join(texts)))
    columns = ", ".join(name for name in dossier_columns if name in words)
    return NextWeek(
        c.text("touched", by_term=_BY_TERM if lists_came else "", columns=f"{columns}, place"),
        Plan(frame, tuple(texts)),
    )


def meaning(week: Week, ruleset_on: Callable[[date], RuleSet]) -> str:
    """sha256 over what kept cells mean for a week: the conditions behind their columns, the calendar, the statements."""
    frame = time_frame([week], ruleset_on)
    measures, _ = measures_of(frame.rulesets)
    said = {
        "kept": 1,
        "conditions": [(m.source, m.condition, m.date_column) for m in measures.all],
        "first_month": frame.stretches[0].first_month,
        "days": [str(day) for days in (days_off(), worked_weekends()) for day in sorted(days)],
        "texts": {f.name: f.read_text(encoding="utf-8") for f in files("scoring").joinpath("sql").iterdir()},
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
