"""The dossiers that may stand otherwise at the end of a week than at the end of the week before: all others need not be read.

Belongs here: composing what finds them among the versions of a year, and their spans as whole rows. Does not belong here:
comparing the two weeks (members.py), running it (resources/members.py).

A dossier can only have moved when it, or a petition about it, has something new in the week, when it was accepted or fell due
about then, or when its due date comes from a list.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from scoring.calendar import Week
from scoring.counting import Composer
from scoring.measures import measures_of, mentioned
from scoring.members import moment, movements_sql, source_of
from scoring.readings import TimeFrame, time_frame
from scoring.ruleset import RuleSet

_ABOUT_THEN = """UNION
SELECT dossier FROM all_codes SEMI JOIN (
  SELECT place, file_row_number FROM all_dossiers
  WHERE due_at IS NULL AND supplement_count <= 1
    OR due_at BETWEEN DATE '{first}' AND DATE '{last}' OR accepted_at BETWEEN DATE '{first}' AND DATE '{last}'
) USING (place, file_row_number)"""
_DAYS_AROUND = 1  # instants are UTC, days Vietnamese; a dossier too many moves nothing


@dataclass(frozen=True, slots=True)
class Moving:
    """touched: makes the relation `dossiers` as in next_week.py. spans: the statements of counting that lay out whole rows,
    for the week and the one before. last_tick: that of the week's end.
    """

    touched: str
    spans: tuple[str, ...]
    frame: TimeFrame
    last_tick: int


def moving(
    week: Week, ruleset_on: Callable[[date], RuleSet], dossier_columns: Iterable[str], *, lists_came: bool
) -> Moving | None:
    """What may have moved in a week against the week before.

    dossier_columns: all that a version has; only those are read of which something speaks. lists_came: whether an export of
    procedures arrived in the week. None when any dossier may have moved: other rules hold than before, or a rule asks of
    dossiers what only a list says. Raises what `counting.plan` raises.
    """
    frame = time_frame([week.previous, week], ruleset_on)
    measures, _ = measures_of(frame.rulesets)
    if len(frame.rulesets) > 1 or (lists_came and "service_level" in mentioned(measures.of("dossiers"))):
        return None
    composer = Composer(frame, measures, whole_rows=True)
    spans = tuple(composer.spans())
    words = set(re.findall(r"\w+", " ".join([*spans, *_comparisons(frame, week)])))
    days = {
        "first": week.previous.sunday - timedelta(days=_DAYS_AROUND),
        "last": week.sunday + timedelta(days=_DAYS_AROUND + 1),  # its whole last day
    }
    columns = ", ".join(name for name in dossier_columns if name in words)
    touched = composer.text("touched", by_term=_ABOUT_THEN.format(**days), columns=f"{columns}, place")
    return Moving(touched, spans, frame, composer.now)


def _comparisons(frame: TimeFrame, week: Week) -> Iterable[str]:
    for reading in frame.readings:
        if reading.week == week:
            now, before = moment(frame, week, reading.kind), moment(frame, week.previous, reading.kind)
            for indicator in reading.ruleset.indicators:
                if (source := source_of(indicator)) is not None:
                    yield movements_sql(before, now, indicator, source)
