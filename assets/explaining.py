"""Explaining: a unit's published figures traced back to counts, dossiers, files, decisions and runs.

Belongs here: which exports and rows stand behind a revision's figures, asked of the lake as it stood for that revision. Does not
belong here: any condition of an indicator (scoring/members.py, from the rule sets), words (publishing/things.py), printing
(publishing/explain.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assets.behind import PORTAL, portal_rows, portal_source, quarantined_rows
from assets.counts import count_inputs
from assets.decided import decisions_about, decisions_behind
from assets.derivation import as_it_stood, inputs_of, since
from assets.gate import LISTS
from publishing.differences import revision_of
from publishing.explanation import Counted, Explained, Explanation, Export, Lineage, Moved, Source
from publishing.site.formula import formula, notes_of
from publishing.site.languages import languages
from publishing.things import thing_of
from publishing.words import COMPONENTS
from resources.counting import CountInputs
from resources.exports import ExportRecord
from resources.links import asset_page
from resources.members import Member, Members, open_members, open_moving
from resources.office import Office
from resources.published import published_scores
from resources.releases import Revision
from resources.units import province_of
from scoring.basis import GROUP_TOTAL
from scoring.calendar import Period, PeriodKind, Week
from scoring.measures import measures_of
from scoring.members import Moment, parts_of, source_of
from scoring.ruleset import Indicator, RuleSet, get_ruleset, load_rulesets

COUNTED = ("dossiers", *LISTS)
CHAIN = ("exports", "dossiers", "quality", "verdict", "counts", "scores", "rankings", "publication")
NATION = "VN"


class NothingPublished(ValueError):
    """The unit has no published figures in that week and period. The message is Vietnamese / English."""


def explain(
    office: Office,
    unit_code: str,
    week: Week,
    *,
    revision: int | None = None,
    period_kind: PeriodKind = "ytd",
    indicator: str | None = None,
    members: bool | str = False,
) -> Explanation:
    """Why a unit has its score in a published week; of the newest revision by default.

    indicator: only that one (house code or portal code). members: list the rows behind every count, or behind that of
    one indicator. Raises NoSuchRevision,
    NothingPublished, CannotDerive, FilesMissing.
    """
    found = revision_of(office.database, str(week), revision)
    rankings, scores = published_figures(office, found, unit_code, period_kind)
    own = next(row for row in rankings if row["level"] != "unit")
    ruleset = _ruleset(scores)
    asked = [row for row in scores if indicator is None or _is_asked(row, ruleset, indicator)]
    if not asked:
        known = ", ".join(row["indicator"] for row in scores)
        raise NothingPublished(
            f"{unit_code}: không có chỉ số {indicator} / has no indicator {indicator}; có / there are: {known}"
        )
    gate = inputs_of(office, found)
    exports = [
        each for each in gate.exports if each.scope == NATION or province_of(each.scope) == province_of(unit_code)
    ]
    counted = any(row["basis"] == "computed" for row in asked)
    used = [each for each in exports if each.kind in (COUNTED if counted else PORTAL)]
    if not counted:
        used = [each for each in used if each.week == str(week)]
    with as_it_stood(office, gate, used) as scratch:
        tracer = _Tracer(scratch, unit_code, own["level"], week, period_kind, own["period"], used, members)
        traced = tuple(tracer.traced(asked, ruleset, _groups(own)))
        quarantined = quarantined_rows(office, scratch, used, unit_code)
    return Explanation(
        week=found.week,
        revision=found.revision,
        published_at=found.published_at,
        period_kind=period_kind,
        period=own["period"],
        unit_code=unit_code,
        unit_name=own["unit_name"],
        level=own["level"],
        basis=own["basis"],
        status=own["status"],
        total=own["total"],
        ruleset=own["ruleset"],
        rankings=tuple(rankings),
        groups=_groups(own),
        indicators=traced,
        exports=tuple(
            Export(
                each.file,
                each.kind,
                each.week,
                each.sha256,
                each.rows,
                gate.corrections.get(each.export_id, ()),
                quarantined.get(each.export_id, {}),
            )
            for each in used
        ),
        touched=tuple(decisions_behind(decisions_about(office, found.week), found, gate, used, unit_code)),
        lineage=Lineage(
            found.run_id,
            office.database.judged_by(week),
            tuple((name, asset_page(office, name, week)) for name in CHAIN),
        ),
        limits=tuple(_limits(office, found, own, traced)),
    )


@contextmanager
def rows_behind(
    office: Office, used: Sequence[ExportRecord], week: Week, unit_code: str | None = None
) -> Iterator[Members]:
    """The rows behind the counts of a week and of the one before, out of some exports; for all their units or for one."""
    with (
        office.engine() as con,
        open_members(con, _inputs(office, used), [week.previous, week], unit_code=unit_code) as opened,
    ):
        yield opened


@contextmanager
def moving_rows(office: Office, used: Sequence[ExportRecord], week: Week, kept: Path | None) -> Iterator[Members]:
    """The same rows for what moved between the two weeks alone: those that may have, where enough is kept of the week.

    kept: what counting kept of it, made of just these exports (assets/kept.py).
    """
    if kept is not None:
        with office.engine() as con, open_moving(con, _inputs(office, used), week, kept) as opened:
            if opened is not None:
                yield opened
                return
    with rows_behind(office, used, week) as opened:
        yield opened


def _inputs(office: Office, used: Sequence[ExportRecord]) -> CountInputs:
    return count_inputs(office, {kind: [each for each in used if each.kind == kind] for kind in COUNTED})


def published_figures(
    office: Office, revision: Revision, unit_code: str, period_kind: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """A unit's ranking rows in all its cohorts, and its scores. Raises NothingPublished, FilesMissing."""
    rankings = [
        row
        for row in office.database.ranking_rows(revision.week, revision.revision)
        if row["unit_code"] == unit_code and row["period_kind"] == period_kind
    ]
    if not any(row["level"] != "unit" for row in rankings):
        raise NothingPublished(
            f"{revision.week}, bản {revision.revision}: không có số liệu {period_kind} của {unit_code} / there are no "
            f"{period_kind} figures of {unit_code} in {revision.week} revision {revision.revision}"
        )
    rows = published_scores(office.home, revision.week, revision.revision, period_kind, [unit_code])
    return rankings, rows


def _is_asked(row: Mapping[str, Any], ruleset: RuleSet | None, asked: str) -> bool:
    known = ruleset.by_portal_code(asked) if ruleset else None
    return row["indicator"] == (known.code if known else asked) or (row["indicator"] == GROUP_TOTAL == asked)


def _ruleset(scores: Sequence[Mapping[str, Any]]) -> RuleSet | None:
    name = next((row["ruleset"] for row in scores if row["ruleset"]), None)
    return get_ruleset(name) if name in load_rulesets() else None


def _groups(own: Mapping[str, Any]) -> dict[str, Any]:
    return {name: own[name] for name in COMPONENTS}


@dataclass(frozen=True)
class _Moments:
    """The week asked for, and the one before."""

    now: Moment
    before: Moment | None


def _moved(members: Members, moments: _Moments, indicator: Indicator, whose: str) -> Moved | None:
    """Against the week before, where that one knows the indicator."""
    before = moments.before
    if before is None or indicator.code not in {each.code for each in before.ruleset.indicators}:
        return None
    found = members.movement(before, moments.now, indicator, whose)
    return Moved(found.into_numerator, found.out_of_numerator, found.into_denominator, found.out_of_denominator)


@dataclass(frozen=True)
class _Tracer:
    """Traces the indicators of one unit. office: with the lake as it stood. used: the exports behind them."""

    office: Office
    unit_code: str
    level: str
    week: Week
    period_kind: PeriodKind
    period: str
    used: Sequence[ExportRecord]
    with_members: bool | str

    def traced(
        self, rows: Sequence[Mapping[str, Any]], ruleset: RuleSet | None, groups: Mapping[str, Any]
    ) -> Iterator[Explained]:
        if any(row["basis"] == "computed" for row in rows):
            only = None if self.level == "province" else self.unit_code
            with rows_behind(self.office, self.used, self.week, only) as opened:
                moments = _Moments(opened.at(self.week, self.period_kind), self._before(opened))
                yield from (self._counted(row, ruleset, groups, opened, moments) for row in _in_order(rows, ruleset))
        else:
            with self.office.engine() as con:
                sources = portal_rows(con, self.office, self.used, self.unit_code, self.period)
            for row in _in_order(rows, ruleset):
                yield self._explained(row, ruleset, groups, source=portal_source(row, sources, self._files))

    @property
    def _files(self) -> dict[str, str]:
        return {each.export_id: each.file for each in self.used}

    def _counted(
        self,
        row: Mapping[str, Any],
        ruleset: RuleSet | None,
        groups: Mapping[str, Any],
        members: Members,
        moments: _Moments,
    ) -> Explained:
        indicator = ruleset.indicator(row["indicator"]) if ruleset else None
        source = source_of(indicator) if indicator else None
        if indicator is None or source is None or row["numerator"] is None:
            return self._explained(row, ruleset, groups)
        whose = province_of(self.unit_code) if "inherited" in notes_of(row) else self.unit_code
        assert whose is not None
        now, needs = moments.now, _needs(moments.now.ruleset, indicator)
        numbers = members.numbers(now, indicator, whose)
        is_sync = indicator.population == "sync"
        counted = members.counts(self.week, self.period_kind).get((whose, indicator.code))
        published = (row["numerator"], row["denominator"])
        told = members.reported(now, whose) if is_sync else None
        listed = members.listed(now, indicator, whose) if self.with_members in (True, indicator.code) else None
        return self._explained(
            row,
            ruleset,
            groups,
            rows=(numbers[0], numbers[1]),
            # What the reporting system says is no row of ours: there the count itself is what has to agree.
            agrees=counted == published and (is_sync or numbers == published),
            moved=_moved(members, moments, indicator, whose),
            source=Source(self._files[told[0]], told[1]) if told else None,
            files=tuple(each.file for each in self.used if each.kind in needs),
            members=None if listed is None else tuple(self._told(each, indicator, now) for each in listed),
        )

    def _before(self, members: Members) -> Moment | None:
        """The week before, where that one is read in the same period."""
        is_same = Period.of_week(self.period_kind, self.week.previous).label == self.period
        return members.at(self.week.previous, self.period_kind) if is_same else None

    def _told(self, member: Member, indicator: Indicator, now: Moment) -> Counted:
        cut = Period.parse(self.period).cut(self.week)
        thing = None if member.in_numerator else thing_of(parts_of(indicator), member.lacking, member.facts, cut)
        source = Source(self._files[member.export_id], member.source_row)
        return Counted(member.code, member.unit_code, member.in_numerator, source, thing, len(member.lacking) == 1)

    def _explained(
        self, row: Mapping[str, Any], ruleset: RuleSet | None, groups: Mapping[str, Any], **more: Any
    ) -> Explained:
        indicator = None
        if ruleset and row["indicator"] != GROUP_TOTAL:
            indicator = ruleset.indicator(row["indicator"])
        vi, en = (formula(row, indicator, self.level, groups, language) for language in languages())
        return Explained(
            group=row["group_code"],
            indicator=row["indicator"],
            title=(indicator.title_vi, indicator.title_en) if indicator else _title_of_group(row["group_code"]),
            basis=row["basis"],
            score=row["score"],
            max_points=row["max_points"],
            numerator=row["numerator"],
            denominator=row["denominator"],
            notes=notes_of(row),
            formula=(vi, en) if vi and en else None,
            **more,
        )


def _title_of_group(group: str) -> tuple[str, str]:
    vi, en = (language.title(group) for language in languages())
    return vi, en


def _in_order(rows: Iterable[Mapping[str, Any]], ruleset: RuleSet | None) -> list[Mapping[str, Any]]:
    """Indicators as the rule set has them, groups of which only the total is known in their place."""
    codes = [each.code for each in ruleset.indicators] if ruleset else []
    return sorted(
        rows,
        key=lambda row: (
            COMPONENTS.index(row["group_code"]),
            codes.index(row["indicator"]) if row["indicator"] in codes else -1,
        ),
    )


def _needs(ruleset: RuleSet, indicator: Indicator) -> tuple[str, ...]:
    """The kinds of export an indicator is counted from."""
    of = {one.indicator.code: one.needs for one in measures_of([ruleset])[1][0]}
    return of.get(indicator.code, ())


def _limits(
    office: Office, revision: Revision, own: Mapping[str, Any], traced: Sequence[Explained]
) -> Iterator[tuple[str, str]]:
    if own["basis"] == "recounted":
        yield (
            "Số đếm là của cổng: giải trình dừng ở tệp, dòng và số đếm của cổng, không có hồ sơ đứng sau",
            "The counts are the portal's: the explanation ends at the portal's file, row and count; no dossiers stand behind",
        )
    elif own["basis"] == "as_published":
        yield (
            "Điểm là của cổng: giải trình dừng ở tệp và dòng của cổng; nhóm không có số đếm thì không tính lại được",
            "The scores are the portal's: the explanation ends at the portal's file and row; a group without counts cannot be "
            "computed again",
        )
    if any(each.agrees is False for each in traced):
        yield (
            "Số dòng tìm lại được không bằng số đếm đã công bố",
            "The rows that are found again are not the counts that were published",
        )
    for change in since(revision, office.database.derivation(revision.week, revision.revision)):
        vi, _, en = change.partition(" / ")
        yield f"Từ khi công bố, {vi}", f"Since publication, {en}"
