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

from scoring.calendar import Period, PeriodKind, Week
from scoring.counting import Composer
from scoring.measures import measures_of, mentioned
from scoring.members import moment, movements_sql, source_of
from scoring.readings import TimeFrame, time_frame
from scoring.ruleset import RuleSet

_ABOUT_THEN = """UNION
SELECT dossier FROM all_codes SEMI JOIN (
  SELECT place, file_row_number FROM all_dossiers WHERE accepted_at BETWEEN DATE '{first}' AND DATE '{last}'
) USING (place, file_row_number)
UNION
SELECT dossier FROM (
  SELECT place, file_row_number, arrived_week,
    coalesce(finished_at, returned_at, stopped_at, supplement_open_at) IS NULL{or_ended} AS may_turn
  FROM all_dossiers
  WHERE arrived_week <= DATE '{week}'
    AND (due_at BETWEEN DATE '{first}' AND DATE '{last}' OR due_at IS NULL AND supplement_count <= 1)
) JOIN all_codes USING (place, file_row_number)
GROUP BY dossier
-- only what is newest can turn late: of a dossier that ended long ago no due date passes any more
HAVING max(arrived_week) FILTER (may_turn) = max(arrived_week)"""
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
    procedures arrived in the week. None when any dossier may have moved: other rules hold than before, a rule asks of
    dossiers what only a list says, or a period of the same name begins later. Raises what `counting.plan` raises.
    """
    frame = time_frame([week.previous, week], ruleset_on)
    measures, _ = measures_of(frame.rulesets)
    if len(frame.rulesets) > 1 or (lists_came and "service_level" in mentioned(measures.of("dossiers"))):
        return None
    if any(_begins_anew(frame, week, reading.kind) for reading in frame.readings if reading.week == week):
        return None
    composer = Composer(frame, measures, whole_rows=True)
    spans = tuple(composer.spans())
    words = set(re.findall(r"\w+", " ".join([*spans, *_comparisons(frame, week)])))
    then = {
        "week": week.monday,
        "first": week.previous.sunday - timedelta(days=_DAYS_AROUND),
        "last": week.sunday + timedelta(days=_DAYS_AROUND + 1),  # its whole last day
        "or_ended": " OR due_at IS NULL" if lists_came else "",  # a term that comes tells of what has ended, too
    }
    columns = ", ".join(name for name in dossier_columns if name in words)
    touched = composer.text("touched", by_term=_ABOUT_THEN.format(**then), columns=f"{columns}, place")
    return Moving(touched, spans, frame, composer.now)


def _begins_anew(frame: TimeFrame, week: Week, kind: PeriodKind) -> bool:
    """Whether a period goes on by its name, but with another beginning: 2025 was begun anew in July."""
    goes_on = Period.of_week(kind, week).label == Period.of_week(kind, week.previous).label
    return goes_on and moment(frame, week, kind).first_month != moment(frame, week.previous, kind).first_month


def _comparisons(frame: TimeFrame, week: Week) -> Iterable[str]:
    for reading in frame.readings:
        if reading.week == week:
            now, before = moment(frame, week, reading.kind), moment(frame, week.previous, reading.kind)
            for indicator in reading.ruleset.indicators:
                if (source := source_of(indicator)) is not None:
                    yield movements_sql(before, now, indicator, source)
