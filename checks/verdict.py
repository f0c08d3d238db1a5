"""The verdict of a week: what of its exports may be scored, which units are under review, and why.

Belongs here: the decision, pure, from exports and outcomes. THE GATE IS IN THE DATA: scoring reads only what a verdict
admits (assets/gate.py). Does not belong here: finding faults (rows, suites, the door), storing verdicts.

- A feed (export) is held by a failed error of grain feed or table, by a rule that could not be run, or because it was
  refused at the door. A unit is held by a failed error of grain unit. Rows are set aside by row rules and hold nothing.
- Dossiers are held with a procedure, petition or unit list of their scope: counted without it they would be silently
  wrong.
- A finding that names no feed and no file speaks of the week: it holds all of it.
- The week is held when none of its feeds that can be scored is admitted: last week's publication stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from resources.outcomes import RuleOutcome
from resources.verdicts import Decision, FeedVerdict, UnitHold, Verdict

if TYPE_CHECKING:
    from resources.exports import ExportRecord

SCORED_KINDS = ("dossiers", "counts", "scores")
COMPANIONS = ("procedures", "petitions", "units")
REFUSED = "exports.refused"
COMPANION_HELD = "dossiers.companion_held"
NOTHING_ARRIVED = "week.nothing_arrived"


class NotAdmitted(Exception):
    """Something was to be scored that the verdict does not admit. The message is Vietnamese / English."""


def decide(week: str, exports: Sequence[ExportRecord], outcomes: Iterable[RuleOutcome]) -> Verdict:
    """The verdict of a week.

    exports: the week's current accepted exports, and the refused ones; of a feed that has both, the refused one is
    told as a reason and the accepted one is judged on its own merits. outcomes: everything found in the week.
    """
    blocking = [outcome for outcome in outcomes if outcome.week == week and outcome.blocks]
    of_week = [
        outcome for outcome in blocking if outcome.kind is None and outcome.file is None and outcome.grain != "row"
    ]
    ordered = sorted(exports, key=lambda each: (each.kind, each.scope, each.period or "", each.file, each.export_id))
    accepted = [export for export in ordered if export.status == "accepted"]
    there = {_feed(export) for export in accepted}
    refused = [export for export in ordered if export.status != "accepted"]
    feeds = [_judge(export, blocking, of_week) for export in accepted]
    feeds += [_judge(export, blocking, of_week) for export in refused if _feed(export) not in there]
    feeds = [_with_companions(feed, feeds) for feed in feeds]
    admitted = {(feed.kind, feed.period) for feed in feeds if feed.admitted}
    holds = [hold for hold in _holds(blocking) if (hold.kind, hold.period) in admitted or hold.kind is None]
    scored = any(feed.admitted and feed.kind in SCORED_KINDS for feed in feeds)
    decision: Decision = "held" if not scored else "publishable_with_reviews" if holds else "publishable"
    reasons = [_say(outcome) for outcome in of_week]
    reasons += [f"{feed.name}: {feed.reason}" for feed in feeds if feed.reason]
    reasons += [f"{export.file}: {_refusal(export, blocking)[1]}" for export in refused if _feed(export) in there]
    reasons += [f"{hold.unit_code}: {hold.reason}" for hold in holds]
    if not scored and not any(feed.kind in SCORED_KINDS for feed in feeds):
        reasons.append(
            "tuần này không có hồ sơ, số đếm hay bảng điểm nào / the week has no dossiers, counts or score table"
        )
    return Verdict(
        week=week,
        decision=decision,
        reasons=tuple(dict.fromkeys(reasons)),
        feeds=tuple(feeds),
        holds=tuple(holds),
    )


def _judge(export: ExportRecord, blocking: Sequence[RuleOutcome], of_week: Sequence[RuleOutcome]) -> FeedVerdict:
    rule, reason = None, None
    if of_week:
        rule, reason = of_week[0].rule, _say(of_week[0])
    elif export.status != "accepted":
        rule, reason = _refusal(export, blocking)
    else:
        against = [outcome for outcome in blocking if _holds_feed(outcome) and _speaks_of(outcome, export)]
        # A rule that could not be run comes last: what is known to be wrong says more.
        against.sort(key=lambda outcome: outcome.status == "crashed")
        if against:
            rule, reason = against[0].rule, "; ".join(dict.fromkeys(_say(outcome) for outcome in against))
    return FeedVerdict(
        kind=export.kind,
        scope=export.scope,
        period=export.period,
        export_id=export.export_id,
        admitted=rule is None,
        rule=rule,
        reason=reason,
    )


def _with_companions(feed: FeedVerdict, feeds: Sequence[FeedVerdict]) -> FeedVerdict:
    """Dossiers go with the lists of their scope that arrived with them."""
    if feed.kind != "dossiers" or not feed.admitted:
        return feed
    held = [each for each in feeds if each.kind in COMPANIONS and each.scope == feed.scope and not each.admitted]
    if not held:
        return feed
    names = ", ".join(each.name for each in held)
    return FeedVerdict(
        kind=feed.kind,
        scope=feed.scope,
        period=feed.period,
        export_id=feed.export_id,
        admitted=False,
        rule=COMPANION_HELD,
        reason=f"không đếm được hồ sơ khi bị giữ: {names} / dossiers cannot be counted while held: {names}",
    )


def _holds_feed(outcome: RuleOutcome) -> bool:
    return outcome.grain in ("feed", "table") or outcome.status == "crashed"


def _speaks_of(outcome: RuleOutcome, export: ExportRecord) -> bool:
    if outcome.export_id is not None:
        return outcome.export_id == export.export_id
    of_file = outcome.file in (export.file, f"{export.file}.meta.yaml")
    if outcome.kind is None:
        return of_file
    same = outcome.kind == export.kind and outcome.scope in (None, export.scope)
    return same and outcome.period in (None, export.period) and (outcome.file is None or of_file)


def _refusal(export: ExportRecord, blocking: Sequence[RuleOutcome]) -> tuple[str, str]:
    """The rule and the reason for which the door refused a file."""
    said = [outcome for outcome in blocking if _speaks_of(outcome, export)]
    if not said:
        return REFUSED, "tệp không nhận được / the file was refused"
    return said[0].rule, _say(said[0])


def _holds(blocking: Iterable[RuleOutcome]) -> list[UnitHold]:
    holds = {
        (outcome.unit_code, outcome.kind or "", outcome.period or "", outcome.rule): UnitHold(
            unit_code=outcome.unit_code,
            kind=outcome.kind,
            period=outcome.period,
            rule=outcome.rule,
            reason=_say(outcome),
        )
        for outcome in blocking
        if outcome.grain == "unit" and outcome.unit_code and outcome.status == "failed"
    }
    return [holds[key] for key in sorted(holds)]


def _feed(export: ExportRecord) -> tuple[str, str, str | None, str | None]:
    return (export.kind, export.scope, export.period_kind, export.period)


def _say(outcome: RuleOutcome) -> str:
    """One outcome in both languages: what, the value found and what should stand there."""
    expected = f"cần / expected: {outcome.expected}" if outcome.expected else ""
    found = "; ".join(part for part in (outcome.value, expected) if part)
    vi, en = outcome.message_vi or outcome.rule, outcome.message_en or outcome.rule
    if outcome.status == "crashed":
        vi, en = f"quy tắc {outcome.rule} không chạy được ({vi})", f"rule {outcome.rule} could not be run ({en})"
    return f"{vi} / {en}" + (f" ({found})" if found else "")
