"""Delivering: which message goes to whom at a moment, and what came of it.

Belongs here: digests, quiet hours, trying again, the plan that a dry run prints. Does not belong here: what happened
(pipelines/noticing.py), the words, the record and the door (publishing/notices, resources/notices).

One receiver gets one message in so many minutes, with all that happened. A message to leaders goes alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from publishing.notices.wording import Message, digest
from resources.logs import logger
from resources.notices.leaders import LeaderMessages
from resources.notices.ledger import STOPPED, Delivery, Ledger
from resources.notices.notice import TO_LEADERS, Notice
from resources.notices.routes import Route, Routes, read_routes
from resources.notices.sending import NotSent, address_of, not_set, send
from resources.office import Office

WITHDRAWN = "đã có bản công bố mới hơn / there is a newer revision"


@dataclass(frozen=True, slots=True)
class Planned:
    """A message that is due for a route. notices: their numbers; those that are not stored yet have none."""

    route: Route
    message: Message
    notices: tuple[int, ...]
    holds: bool = False
    """Whether it is held back: quiet hours, or the next digest is not due yet."""


@dataclass
class Report:
    """What delivering came to: messages sent, and for each route that failed why."""

    sent: int
    failures: dict[str, str]


def record(office: Office, notices: Iterable[Notice], now: datetime) -> list[Notice]:
    """Keeps what is new, for the routes there are; returns it."""
    routes = read_routes(office.home.root)
    return Ledger(office.database.engine).record(notices, lambda one: [route.name for route in routes.of(one)], now)


def plan(office: Office, now: datetime, unkept: Sequence[Notice] = ()) -> list[Planned]:
    """Every message that waits, those held back too. unkept: notices to be planned as if they were kept already."""
    routes = read_routes(office.home.root)
    ledger = Ledger(office.database.engine)
    waiting = ledger.deliveries(states=["waiting"])
    planned = []
    for route in routes.routes:
        due = [each for each in waiting if each.route == route.name and each.next_try_at <= now]
        due += [
            Delivery(notice=notice, route=route.name, state="waiting", tries=0, next_try_at=now)
            for notice in unkept
            if route.takes(notice)
        ]
        alone = [[each] for each in due if each.notice.event == TO_LEADERS]
        together = [each for each in due if each.notice.event != TO_LEADERS]
        for deliveries in (*alone, *([together] if together else [])):
            holds = not _goes_now(deliveries, route, routes, ledger.last_sent(route.name), now)
            message = _message(office, route, deliveries)
            planned.append(Planned(route, message, tuple(each.notice.id for each in deliveries), holds))
    return planned


def deliver(office: Office, now: datetime) -> Report:
    """Sends what is due. What fails is tried again later, up to the tries of the routes file; nothing is sent twice.

    Who is stopped after the service took a message and before that was kept sends it once more, and the message says so.
    """
    routes = read_routes(office.home.root)
    ledger, leaders = Ledger(office.database.engine), LeaderMessages(office.database.engine)
    ledger.tidy(now, routes.keep_days, routes.tries)
    report = Report(0, {})
    for planned in plan(office, now):
        if planned.holds:
            continue
        variable = planned.route.address_variable
        if address_of(variable) is None:  # no try: it goes out when somebody has set it
            report.failures[planned.route.name] = not_set(variable)
            continue
        taken = ledger.claim(planned.route.name, planned.notices, now)
        old = [each for each in taken if _is_old(leaders, each)]
        ledger.give_up(old, WITHDRAWN)
        taken = [each for each in taken if each not in old]
        if not taken:
            continue
        message = _message(office, planned.route, taken)
        try:
            send(variable, message.title, message.body)
        except NotSent as error:
            ledger.mark_failed(taken, str(error), now, routes.tries)
            report.failures[planned.route.name] = str(error)
            logger().warning("message_not_sent", route=planned.route.name, notices=len(taken), why=str(error))
        else:
            ledger.mark_sent(taken, now)
            report.sent += 1
            logger().info("message_sent", route=planned.route.name, notices=len(taken))
    return report


def _goes_now(
    deliveries: Sequence[Delivery], route: Route, routes: Routes, last_sent: datetime | None, now: datetime
) -> bool:
    if deliveries[0].notice.event == TO_LEADERS:
        return not routes.are_quiet(now)
    gap = timedelta(minutes=routes.digest_minutes)
    is_urgent = any(each.notice.event in route.urgent for each in deliveries)
    if routes.are_quiet(now) and not is_urgent:
        return False
    if last_sent is not None and now - last_sent < gap:
        return False
    oldest = min(each.notice.recorded_at or now for each in deliveries)
    return is_urgent or now - oldest >= gap or any(each.tries for each in deliveries)


def _is_old(leaders: LeaderMessages, delivery: Delivery) -> bool:
    if delivery.notice.event != TO_LEADERS:
        return False
    return not leaders.still_stands(leaders.get(delivery.notice.facts["message"]))


def _message(office: Office, route: Route, deliveries: Sequence[Delivery]) -> Message:
    first = deliveries[0].notice
    if first.event == TO_LEADERS:
        texts = LeaderMessages(office.database.engine).get(first.facts["message"]).texts
        said = [texts[code] for code in ("vi", "en") if route.language in (code, "both")]
        return Message("", "\n".join(said))
    again = any(each.error == STOPPED for each in deliveries)
    return digest([each.notice for each in deliveries], route.language, again=again)
