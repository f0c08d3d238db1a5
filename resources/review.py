"""Review: cases, the log of decisions and corrections, as the database keeps them.

Belongs here: storing and reading them; who comes second of two that decide at once is told. Does not belong here: which
cases a finding opens (checks/review.py), users (resources/users.py), what follows from a decision (assets/review.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, fields, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from resources import schema
from resources.cases import LIFTING, STATE_AFTER, SYSTEM, Case, Correction, Decision, DecisionRefused, Renewal, State
from resources.clock import utc_now
from resources.connections import writing
from resources.corrections import checked
from scoring.calendar import Week, day_of_utc

if TYPE_CHECKING:
    from resources.users import User

LONGEST_REASON = 4000
_NOTES = ("comment", "assign")  # they change nothing that somebody else may be deciding about
_LOGGED = ("state", "decided", "until", "assignee", "first_week", "last_week", "failing")


class NotAllowed(DecisionRefused):
    """The role does not decide."""


class NoSuchCase(DecisionRefused):
    """There is no case of that number."""


class DecidedMeanwhile(DecisionRefused):
    """Somebody else, or a new export, changed the case after it was looked at."""


class Review:
    """The records of the stewards' desk of one installation, on SQLite or PostgreSQL."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    # -- reading

    def cases(self, states: Iterable[State] | None = None, week: str | None = None) -> list[Case]:
        """Cases of some states (all by default) whose span holds a week (any by default), the newest first."""
        table = schema.cases
        query = sa.select(table).order_by(table.c.last_week.desc(), table.c.id.desc())
        if states is not None:
            query = query.where(table.c.state.in_(list(states)))
        if week is not None:
            query = query.where(table.c.first_week <= week, table.c.last_week >= week)
        with self._engine.connect() as connection:
            return [_case(row) for row in connection.execute(query).mappings()]

    def case(self, case_id: int) -> Case:
        """Raises NoSuchCase."""
        with self._engine.connect() as connection:
            return _one(connection, case_id)

    def counts(self) -> dict[str, int]:
        """How many cases there are in each state."""
        table = schema.cases
        with self._engine.connect() as connection:
            rows = connection.execute(sa.select(table.c.state, sa.func.count()).group_by(table.c.state))
            return {row[0]: row[1] for row in rows}

    def cases_of(self, numbers: Iterable[int]) -> list[Case]:
        """The cases of these numbers, as far as there are any."""
        with self._engine.connect() as connection:
            query = sa.select(schema.cases).where(schema.cases.c.id.in_(list(numbers)))
            return [_case(row) for row in connection.execute(query).mappings()]

    def log(self, case_id: int | None = None, newest: int | None = None, last: int | None = None) -> list[Decision]:
        """Entries of a case, or of all, in the order in which they were made.

        newest: only so many of them. last: none after this entry.
        """
        table = schema.decisions
        query = sa.select(table).order_by(table.c.id.desc())
        if case_id is not None:
            query = query.where(table.c.case_id == case_id)
        if last is not None:
            query = query.where(table.c.id <= last)
        if newest is not None:
            query = query.limit(newest)
        with self._engine.connect() as connection:
            return [Decision(**row) for row in connection.execute(query).mappings()][::-1]

    def newest_entry(self) -> int:
        """Number of the log's last entry; 0 while it is empty."""
        with self._engine.connect() as connection:
            return connection.execute(sa.select(sa.func.max(schema.decisions.c.id))).scalar() or 0

    def cases_touched_since(self, entry: int) -> list[Case]:
        """Cases the log speaks of after an entry."""
        cases, log = schema.cases, schema.decisions
        touched = sa.select(log.c.case_id).where(log.c.id > entry)
        with self._engine.connect() as connection:
            return [
                _case(row) for row in connection.execute(sa.select(cases).where(cases.c.id.in_(touched))).mappings()
            ]

    def decisions_for(self, week: str) -> list[Decision]:
        """The standing decisions that lift something in a week: what its next revision gives as its reasons."""
        found = []
        for case in self.cases(week=week):
            if week in case.failing and case.lifts(week):
                found += [entry for entry in self.log(case.id) if entry.action == case.decided][-1:]
        return sorted(found, key=lambda entry: entry.id)

    # -- what judging does

    def renew(
        self, plan: Callable[[Sequence[Case]], Renewal], week: str, names: Mapping[str, str] | None = None
    ) -> Renewal:
        """Carries out what a week's findings mean for the cases, in one transaction nobody else's can get between.

        plan: given the cases the week may touch, see checks.review.open_cases. names: unit code to name, for new cases.
        """
        table = schema.cases
        near = sa.select(table).where(
            table.c.first_week <= str(Week.parse(week).next),
            sa.or_(table.c.last_week >= str(Week.parse(week).previous), table.c.until.is_not(None)),
        )
        with writing(self._engine) as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.text("LOCK TABLE cases IN SHARE ROW EXCLUSIVE MODE"))
            before = {case.id: case for case in map(_case, connection.execute(near.order_by(table.c.id)).mappings())}
            renewal = plan(list(before.values()))
            for case in renewal.opened:
                named = replace(case, unit_name=(names or {}).get(case.unit_code or ""))
                _log(connection, _insert(connection, named), "opened", SYSTEM, week, None, {})
            for word, changed in (
                ("renewed", renewal.renewed),
                ("cleared", renewal.cleared),
                ("resolved", renewal.resolved),
            ):
                for case in changed:
                    _change(connection, before[case.id], case, word, SYSTEM, week, None)
        return renewal

    # -- what people do

    def decide(
        self,
        case_id: int,
        *,
        version: int,
        action: str,
        who: User,
        reason: str,
        until: str | None = None,
    ) -> Case:
        """Takes a decision about a case and returns the case as it then stands.

        version: of the case as the decider saw it. until: for a decision that lifts the finding, the last day (ISO) it
        holds for; by default the end of the weeks the case has, and never earlier. Raises DecidedMeanwhile, NotAllowed,
        NoSuchCase, DecisionRefused.
        """
        _allow(who)
        said = _said(reason)
        with writing(self._engine) as connection:
            case = _one(connection, case_id)
            if case.version != version:
                raise DecidedMeanwhile(_meanwhile(connection, case))
            if action not in case.actions:
                raise DecisionRefused(
                    f"Vụ việc {case.id} ({case.state}): không thể {action!r}; có thể: {', '.join(case.actions) or '–'}"
                    f" / case {case.id} ({case.state}): {action!r} is not possible; possible: {', '.join(case.actions) or '–'}"
                )
            if action == "reopen":
                _refuse_while_corrected(connection, case)
            lifted_until = _until(case, until) if action in LIFTING else None
            decided = action if action in LIFTING else None
            after = replace(case, state=STATE_AFTER[action], decided=decided, until=lifted_until)
            return _change(connection, case, after, action, who.name, said, lifted_until)

    def comment(self, case_id: int, who: User, text: str) -> None:
        """Adds a remark to the log. Raises NotAllowed, NoSuchCase, DecisionRefused (an empty one)."""
        _allow(who)
        said = _said(text)
        with writing(self._engine) as connection:
            _log(connection, _one(connection, case_id), "comment", who.name, said, None, {}, {})

    def assign(self, case_id: int, who: User, assignee: str | None) -> Case:
        """Names who looks after a case, or nobody. Raises NotAllowed, NoSuchCase, DecisionRefused (unknown user)."""
        _allow(who)
        users = schema.users
        with writing(self._engine) as connection:
            case = _one(connection, case_id)
            known = connection.execute(sa.select(users.c.name).where(users.c.name == assignee)).one_or_none()
            if assignee is not None and known is None:
                raise DecisionRefused(f"Không có người dùng {assignee} / there is no user {assignee}")
            return _change(connection, case, replace(case, assignee=assignee), "assign", who.name, "", None)

    def correct(self, correction: Correction, *, version: int, who: User) -> Correction:
        """Stores a correction with its guard, and marks its case corrected. Raises as decide() does."""
        _allow(who)
        said = _said(correction.reason)
        with writing(self._engine) as connection:
            case = _one(connection, correction.case_id)
            if case.version != version:
                raise DecidedMeanwhile(_meanwhile(connection, case))
            if case.state == "resolved" or not case.can_be_lifted:
                raise DecisionRefused(
                    f"Vụ việc {case.id} ({case.state}) không có gì để điều chỉnh"
                    f" / case {case.id} ({case.state}) has nothing to be corrected"
                )
            fit = checked(correction, case)
            stored = _add(connection, replace(fit, who=who.name, reason=said, withdraws=None))
            after = replace(case, state=STATE_AFTER["correct"], decided=None, until=None)
            _change(connection, case, after, "correct", who.name, said, None, correction=stored.id)
        return stored

    def withdraw(self, number: int, *, version: int, who: User, reason: str) -> Correction:
        """Takes a correction back by another entry, which is returned; its case is open again unless it is resolved.

        Raises as decide() does.
        """
        _allow(who)
        said = _said(reason)
        with writing(self._engine) as connection:
            entries = _corrections(connection)
            taken = next((entry for entry in _holding(entries) if entry.id == number), None)
            if taken is None:
                raise DecisionRefused(
                    f"Không có điều chỉnh {number} đang có hiệu lực / there is no correction {number} that holds"
                )
            case = _one(connection, taken.case_id)
            if case.version != version:
                raise DecidedMeanwhile(_meanwhile(connection, case))
            entry = _add(connection, replace(taken, who=who.name, reason=said, withdraws=number))
            others = [each for each in _holding(entries) if each.case_id == case.id and each.id != number]
            opened = case.state == "corrected" and case.decided is None and not others
            after = replace(case, state="open") if opened else case
            _change(connection, case, after, "withdraw", who.name, said, None, correction=number)
        return entry

    def correction_entries(self, case_id: int | None = None) -> list[Correction]:
        """Every correction and every withdrawal ever made, about a case or about any, in the order in which they were made."""
        with self._engine.connect() as connection:
            return [entry for entry in _corrections(connection) if case_id in (None, entry.case_id)]

    def corrections(self, week: str | None = None) -> list[Correction]:
        """Corrections that hold (not withdrawn), of all weeks or for one."""
        return [entry for entry in _holding(self.correction_entries()) if week is None or entry.spans(week)]


def _corrections(connection: sa.Connection) -> list[Correction]:
    table = schema.corrections
    return [Correction(**row) for row in connection.execute(sa.select(table).order_by(table.c.id)).mappings()]


def _holding(entries: Sequence[Correction]) -> list[Correction]:
    withdrawn = {entry.withdraws for entry in entries}
    return [entry for entry in entries if entry.withdraws is None and entry.id not in withdrawn]


def _add(connection: sa.Connection, correction: Correction) -> Correction:
    stored = replace(correction, at=utc_now())
    row = {name: value for name, value in asdict(stored).items() if name != "id"}
    key = connection.execute(schema.corrections.insert(), row).inserted_primary_key
    assert key is not None
    return replace(stored, id=key[0])


def _case(row: sa.RowMapping) -> Case:
    return Case(**{**dict(row), "failing": tuple(row["failing"])})


def _one(connection: sa.Connection, case_id: int) -> Case:
    row = connection.execute(sa.select(schema.cases).where(schema.cases.c.id == case_id)).mappings().one_or_none()
    if row is None:
        raise NoSuchCase(f"Không có vụ việc {case_id} / there is no case {case_id}")
    return _case(row)


def _row(case: Case) -> dict[str, Any]:
    row = {each.name: getattr(case, each.name) for each in fields(Case) if each.name != "id"}
    return row | {"failing": list(case.failing)}


def _insert(connection: sa.Connection, case: Case) -> Case:
    now = utc_now()
    stored = replace(case, version=1, opened_at=now, updated_at=now)
    key = connection.execute(schema.cases.insert(), _row(stored)).inserted_primary_key
    assert key is not None
    return replace(stored, id=key[0])


def _change(
    connection: sa.Connection,
    before: Case,
    after: Case,
    action: str,
    who: str,
    reason: str,
    until: str | None,
    **more: Any,
) -> Case:
    """Writes a case as it becomes, and the log's line about it; DecidedMeanwhile when it is no longer as it was.

    more: what the line tells beyond the case itself.
    """
    table = schema.cases
    stored = replace(after, version=before.version + (action not in _NOTES), updated_at=utc_now())
    same = (table.c.id == before.id) & (table.c.version == before.version)
    if connection.execute(table.update().where(same).values(_row(stored))).rowcount != 1:
        raise DecidedMeanwhile(_meanwhile(connection, _one(connection, before.id)))
    was, now = _row(before), _row(stored)
    changed = [name for name in _LOGGED if was[name] != now[name]]
    if changed or who != SYSTEM:  # newer words of the same finding are no event
        told = {name: now[name] for name in changed} | more
        _log(connection, stored, action, who, reason, until, {name: was[name] for name in changed}, told)
    return stored


def _log(
    connection: sa.Connection,
    case: Case,
    action: str,
    who: str,
    reason: str,
    until: str | None,
    before: Mapping[str, Any],
    after: Mapping[str, Any] | None = None,
) -> None:
    """after: by default what `before` names as it is now; all that is logged of a case when it is opened."""
    row = _row(case)
    now = {name: row[name] for name in (before or (_LOGGED if action == "opened" else ()))}
    connection.execute(
        schema.decisions.insert(),
        {
            "case_id": case.id,
            "at": utc_now(),
            "who": who,
            "action": action,
            "reason": reason,
            "until": until,
            "before": dict(before),
            "after": dict(now if after is None else after),
        },
    )


def _refuse_while_corrected(connection: sa.Connection, case: Case) -> None:
    holding = ", ".join(str(entry.id) for entry in _holding(_corrections(connection)) if entry.case_id == case.id)
    if holding:
        raise DecisionRefused(
            f"Vụ việc {case.id} có điều chỉnh đang có hiệu lực ({holding}); hãy rút điều chỉnh để mở lại"
            f" / case {case.id} has corrections that hold ({holding}); withdraw them to open it again"
        )


def _allow(who: User) -> None:
    if not who.may_decide:
        raise NotAllowed(
            f"{who.name} chỉ được xem; người quyết định cần vai trò steward / {who.name} may only read; deciding takes the "
            "role steward"
        )


def _said(reason: str) -> str:
    said = reason.strip()
    if not said:
        raise DecisionRefused("Cần ghi lý do / a reason is needed")
    if len(said) > LONGEST_REASON:
        raise DecisionRefused(
            f"Lý do dài quá {LONGEST_REASON} ký tự / the reason is longer than {LONGEST_REASON} characters"
        )
    return said


def _until(case: Case, until: str | None) -> str:
    least = Week.parse(case.last_week).sunday
    try:
        wanted = date.fromisoformat(until) if until else least
    except ValueError:
        raise DecisionRefused(
            f"Ngày {until!r}: cần dạng 2025-11-16 / day {until!r}: expected the form 2025-11-16"
        ) from None
    if wanted < least:
        raise DecisionRefused(
            f"Quyết định phải có hiệu lực ít nhất đến {least}, hết tuần cuối của vụ việc"
            f" / a decision must hold at least to {least}, the end of the case's last week"
        )
    return wanted.isoformat()


def _meanwhile(connection: sa.Connection, case: Case) -> str:
    """Who came first, and with what."""
    table = schema.decisions
    last = connection.execute(
        sa.select(table).where(table.c.case_id == case.id, table.c.action.not_in(_NOTES)).order_by(table.c.id.desc())
    ).first()
    by = f"{last.who}, {last.action}, {day_of_utc(last.at)}: {last.reason}" if last else "–"
    return (
        f"Vụ việc {case.id} đã thay đổi sau khi bạn mở ({by}). Quyết định của bạn chưa được ghi; hãy xem lại"
        f" / case {case.id} changed after you opened it ({by}). Your decision was not recorded; look again"
    )
