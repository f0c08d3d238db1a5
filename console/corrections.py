"""The corrections of a case as its page shows them: those that were made, and the form for another.

Belongs here: what the form offers and is filled in with, and reading it. Does not belong here: what a correction may say
(resources/corrections.py), making one (assets/review.py), layout (console/templates/corrections.html).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import get_args

from console.visits import Visit
from resources.cases import Case, Correction, CorrectionAction
from resources.catalogue import table
from resources.corrections import pairs, suggested
from resources.exports import TABLE_OF_KIND
from scoring.calendar import Week, week_range

WEEKS_AHEAD = 12
FIELDS = ("table", "action", "where", "field", "value", "expect", "first", "last", "reason")


@dataclass
class CorrectionsView:
    """What the template asks. written: what somebody wrote into a form that was refused."""

    visit: Visit
    case: Case
    written: Mapping[str, str] | None = None

    actions = get_args(CorrectionAction)
    tables = tuple(TABLE_OF_KIND.values())

    @cached_property
    def made(self) -> list[tuple[Correction, bool]]:
        """Every correction of the case, and whether it holds."""
        entries = self.visit.office.review.correction_entries(self.case.id)
        withdrawn = {entry.withdraws for entry in entries}
        return [(entry, entry.id not in withdrawn) for entry in entries if entry.withdraws is None]

    @property
    def can_be_made(self) -> bool:
        return self.case.can_be_lifted and self.case.state != "resolved"

    @cached_property
    def form(self) -> dict[str, str]:
        """What the form's fields hold: what was written, else what the finding suggests."""
        if self.written is not None:
            return {name: self.written.get(name, "") for name in FIELDS}
        draft, week = suggested(self.case), self.case.outcome.week
        if draft is None:
            return dict.fromkeys(FIELDS, "") | {"first": week, "last": week}
        return {
            "table": draft.table,
            "action": draft.action,
            "where": _lines(draft.rows),
            "field": draft.field or "",
            "value": draft.value or "",
            "expect": _lines(draft.expect),
            "first": draft.first_week,
            "last": draft.last_week,
            "reason": "",
        }

    @property
    def columns(self) -> list[str]:
        """Of the table that is meant, or of all of them."""
        names = [self.form["table"]] if self.form["table"] in self.tables else self.tables
        return list(dict.fromkeys(column for name in names for column in table(name).column_names))

    @property
    def weeks(self) -> list[str]:
        first, last = Week.parse(self.case.first_week), Week.parse(self.case.last_week)
        return [str(week) for week in week_range(first, last.shift(WEEKS_AHEAD))]


def asked_for(case_id: int, form: Mapping[str, str]) -> Correction:
    """The correction a form asks for, unchecked. Raises Unfit where a line is no `column=value`."""
    return Correction(
        case_id=case_id,
        table=form.get("table", ""),
        rows=pairs(form.get("where", "").splitlines()),
        action=form.get("action", ""),  # type: ignore[arg-type]  # checked with the rest of it
        field=form.get("field") or None,
        value=form.get("value") if form.get("field") else None,
        expect=pairs(form.get("expect", "").splitlines()),
        first_week=form.get("first", ""),
        last_week=form.get("last", ""),
        reason=form.get("reason", ""),
        who="",
    )


def _lines(values: Mapping[str, str]) -> str:
    return "\n".join(f"{name}={text}" for name, text in values.items())
