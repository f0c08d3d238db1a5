"""A case as its page shows it, in the visitor's language: read when the page asks for it, not before.

Belongs here: words, figures and links of one case. Does not belong here: layout (console/templates).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any, NamedTuple

from markupsafe import Markup

from console.corrections import CorrectionsView
from console.plots import history_plot
from console.visits import Visit
from publishing.cases import Evidence, evidence_of, span, subject
from publishing.figures import people
from publishing.standing import Effect, History, Place, effect_of, history_of
from publishing.words import english, vietnamese
from resources.cases import LIFTING, OWN_FIGURES, REFUSED_AT_DOOR, Case, Decision
from resources.catalogue import catalogue
from resources.exports import TABLE_OF_KIND
from resources.links import asset_page, documents_path, run_page
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
    def headline(self) -> tuple[str, str]:
        """The finding in short, and its particulars, else what explains it: as the queue shows them."""
        short, _, particulars = self.title.partition(": ")
        return short, particulars or self.diagnosis or ""

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
        if first == last:
            return first
        return f"{first} – {last.removeprefix(first[:5])}"

    @property
    def weeks(self) -> str:
        return ", ".join(self.case.failing) or span(self.case)

    @property
    def where(self) -> str:
        said = self.case.outcome
        row = f"{self.visit.text('row')} {said.row}" if said.row is not None else ""
        column = f"{self.visit.text('column')} {said.field}" if said.field else ""
        return ", ".join(part for part in (said.file or "", row, column) if part)

    @property
    def links(self) -> list[tuple[str, str]]:
        """To Dagster's page: the asset the case is about, and the run that judged its newest failing week."""
        office, week = self.visit.office, (self.case.failing or (self.case.last_week,))[-1]
        asset = asset_of(self.case)
        found = [(self.visit.text("asset_link", asset=asset, week=week), asset_page(office, asset, week))]
        if self.case.stage != OWN_FIGURES and (run_id := office.database.judged_by(week)):
            found.append((self.visit.text("run_link", run=run_id[:8]), run_page(office, run_id)))
        return found

    @property
    def documents(self) -> str | None:
        """The Data Docs of the newest failing week, if they were written."""
        week = self.case.failing[-1] if self.case.failing else self.case.last_week
        written = (self.visit.office.home.documents(week) / "index.html").is_file()
        return documents_path(week) if written else None

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

    @property
    def places(self) -> list[tuple[str, Place]]:
        """Where the unit would stand, by what: whose figures where they differ, else by being admitted at all."""
        effect = self.effect
        if effect is None:
            return []
        told = (
            ("if_admitted", None if effect.by_dossiers else effect.admitted),
            ("if_dossiers", effect.by_dossiers),
            ("if_portal", effect.by_portal),
        )
        return [(words, place) for words, place in told if place]

    @cached_property
    def history(self) -> tuple[str, Markup, bool] | None:
        """What is drawn, the drawing, and whether it has a band of what is usual."""
        history = history_of(self.visit.office, self.case)
        if history is None:
            return None
        what = self._named(history.what)
        label = self.visit.text("history_label", what=what, weeks=self.weeks)
        return what, history_plot(history, label, self._portal_score(history)), history.usual is not None

    def _portal_score(self, history: History) -> tuple[str, str, Decimal] | None:
        """The portal's figure that the finding sets against ours: its week, its words, itself."""
        told = self.numbers.get("theirs")
        if history.what == "total" or not isinstance(told, list) or self.case.outcome.week not in self.case.failing:
            return None
        try:
            score = Decimal(str(told[-1]))
        except InvalidOperation:
            return None
        week = self.case.outcome.week
        if not score.is_finite() or week not in {point.week for point in history.points}:
            return None
        return week, self.visit.text("portal_score", score=people(score)), score

    def corrections(self, written: Mapping[str, str] | None) -> CorrectionsView:
        return CorrectionsView(self.visit, self.case, written)

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


def asset_of(case: Case) -> str:
    """The asset a case is about: the table its rule names, that of its kind of export, the raw exports, or all findings."""
    table = case.rule.split(".")[0]
    if case.stage == REFUSED_AT_DOOR:
        return "exports"
    if table == "reconcile":  # it holds the portal's counts against ours
        return "portal_counts"
    if table in catalogue():
        return table
    return TABLE_OF_KIND.get(case.kind or "", "quality")


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
