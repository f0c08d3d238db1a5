"""A case as its page shows it, in the visitor's language: read when the page asks for it, not before.

Belongs here: words, figures and links of one case. Does not belong here: layout (console/templates).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any, NamedTuple

from markupsafe import Markup

from console.plots import history_plot
from console.visits import Visit
from publishing.cases import Evidence, evidence_of, span, subject
from publishing.figures import people
from publishing.standing import Effect, effect_of, history_of
from publishing.words import english, vietnamese
from resources.cases import LIFTING, Case, Decision
from scoring.calendar import Week
from scoring.ruleset import load_rulesets

WEEKS_OFFERED = 13


class Side(NamedTuple):
    """A row of the table of figures: texts, as they are shown."""

    source: str
    numerator: str
    denominator: str
    ratio: str
    score: str


@dataclass
class CaseView:
    """What the template asks of a case."""

    visit: Visit
    case: Case

    @property
    def _english(self) -> bool:
        return self.visit.language == "en"

    @cached_property
    def title(self) -> str:
        said = self.case.outcome
        return (said.message_en if self._english else said.message_vi) or said.message_vi or self.case.rule

    @property
    def action(self) -> str:
        return self.case.outcome.action_en if self._english else self.case.outcome.action_vi

    @property
    def diagnosis(self) -> str | None:
        said = self.case.outcome
        told = said.diagnosis_en if self._english else said.diagnosis_vi
        return (told or said.diagnosis) if said.diagnosis else None

    @property
    def subject(self) -> str:
        return subject(self.case)

    @property
    def span(self) -> str:
        first, last = self.case.first_week, self.case.last_week
        return first if first == last else f"{first} – {last}"

    @property
    def weeks(self) -> str:
        return ", ".join(self.case.failing) or span(self.case)

    @property
    def where(self) -> str:
        said = self.case.outcome
        row = f"{self.visit.text('row')} {said.row}" if said.row is not None else ""
        column = f"{self.visit.text('column')} {said.field}" if said.field else ""
        return ", ".join(part for part in (said.file or "", row, column) if part)

    @cached_property
    def evidence(self) -> Evidence:
        return evidence_of(self.case)

    @property
    def numbers(self) -> dict[str, Any]:
        return self.evidence.numbers if isinstance(self.evidence.numbers, dict) else {}

    def all_of(self, side: str) -> int:
        """How many codes there are on a side, shown or not."""
        shown = len(getattr(self.evidence, side))
        told = self.numbers.get(side)
        return told if isinstance(told, int) else shown

    @property
    def sides(self) -> list[Side]:
        """Our figures and the portal's, where the finding gives both."""
        found = []
        for name in ("ours", "theirs"):
            told = self.numbers.get(name)
            if isinstance(told, list) and len(told) == 3:
                found.append(_side(self.visit.text(name), *told))
        return found if len(found) == 2 else []

    @cached_property
    def effect(self) -> Effect | None:
        return effect_of(self.visit.office, self.case)

    @cached_property
    def history(self) -> tuple[str, Markup, bool] | None:
        """What is drawn, the drawing, and whether it has a band of what is usual."""
        history = history_of(self.visit.office, self.case)
        if history is None:
            return None
        what = self._named(history.what)
        label = self.visit.text("history_label", what=what, weeks=self.weeks)
        return what, history_plot(history, label), history.usual is not None

    @cached_property
    def log(self) -> list[Decision]:
        return self.visit.office.review.log(self.case.id)

    @property
    def lifting(self) -> bool:
        """Whether one of the decisions offered needs a date."""
        return any(action in LIFTING for action in self.case.actions)

    @property
    def weeks_offered(self) -> list[str]:
        last = Week.parse(self.case.last_week)
        return [str(last.shift(weeks)) for weeks in range(WEEKS_OFFERED)]

    def changes(self, entry: Decision) -> list[tuple[str, str, str]]:
        """What an entry of the log changed, in words: of what, from, to."""
        return [
            (self.visit.text(name), self._told(name, entry.before[name]), self._told(name, entry.after.get(name)))
            for name in ("state", "until", "assignee", "failing")
            if name in entry.before
        ]

    def _told(self, name: str, value: Any) -> str:
        if name == "failing" and isinstance(value, list):
            return ", ".join(value) or "–"
        return "–" if value is None else self.visit.text(value) if name == "state" else str(value)

    def word(self, code: str) -> str:
        return english(code) if self._english else vietnamese(code)

    def _named(self, what: str) -> str:
        if what == "total":
            return self.visit.text("total")
        for ruleset in load_rulesets().values():
            for group in ruleset.groups:
                for indicator in group.indicators:
                    if indicator.code == what:
                        return indicator.title_en if self._english else indicator.title_vi
        return self.word(what)


def _side(source: str, numerator: Any, denominator: Any, score: Any) -> Side:
    whole = isinstance(numerator, int) and isinstance(denominator, int)
    ratio = f"{people(Decimal(numerator * 100) / denominator, 1)} %" if whole and denominator else "–"
    return Side(source, _count(numerator), _count(denominator), ratio, _score(score))


def _count(value: Any) -> str:
    return people(value) if isinstance(value, int) else "–"


def _score(value: Any) -> str:
    try:
        return people(Decimal(str(value))) if value is not None else "–"
    except InvalidOperation:
        return "–"
