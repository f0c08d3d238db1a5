"""The record of notices, on both databases: told once, tried a bounded number of times, lost never."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest

from resources.database import Database
from resources.notices.ledger import STOPPED, Delivery, Ledger
from resources.notices.notice import Notice
from tests.notices.post import NOON, notice


@pytest.fixture
def kept(url: str) -> Ledger:
    database = Database(url)
    database.migrate()
    return Ledger(database.engine)


def routes(_: Notice) -> list[str]:
    return ["operators", "stewards"]


def states(ledger: Ledger) -> list[tuple[str, str, int]]:
    return [(each.route, each.state, each.tries) for each in ledger.deliveries()]


def take(ledger: Ledger, now: datetime = NOON, route: str = "operators") -> list[Delivery]:
    return ledger.claim(route, [one.id for one in ledger.notices()], now)


def test_what_is_noticed_again_is_kept_once_whoever_notices_it(kept: Ledger) -> None:
    assert [one.key for one in kept.record([notice("a"), notice("b"), notice("a")], routes, NOON)] == ["a", "b"]
    assert kept.record([notice("a", severity="info")], routes, NOON) == []
    several = [threading.Thread(target=kept.record, args=([notice("c")], routes, NOON)) for _ in range(6)]
    for each in several:
        each.start()
    for each in several:
        each.join()
    assert [one.key for one in kept.notices()] == ["a", "b", "c"]
    assert len(kept.deliveries()) == 6
    first = kept.notices()[0]
    assert (first.units, first.facts["findings"], first.recorded_at) == (("H05.141",), 3, NOON)


def test_of_several_senders_one_gets_a_delivery(kept: Ledger) -> None:
    kept.record([notice(str(number)) for number in range(5)], routes, NOON)
    got: list[int] = []
    several = [threading.Thread(target=lambda: got.extend(each.notice.id for each in take(kept))) for _ in range(6)]
    for each in several:
        each.start()
    for each in several:
        each.join()
    assert sorted(got) == [one.id for one in kept.notices()]


def test_a_failed_sending_is_tried_again_later_and_a_bounded_number_of_times(kept: Ledger) -> None:
    kept.record([notice()], lambda _: ["operators"], NOON)
    now, waits = NOON, []
    for _ in range(3):
        (taken,) = take(kept, now)
        kept.mark_failed([taken], "HTTP 503", now, tries=3)
        (delivery,) = kept.deliveries()
        assert take(kept, now) == []  # not at once
        waits.append(delivery.next_try_at - now)
        now = delivery.next_try_at
    assert waits == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]
    assert states(kept) == [("operators", "failed", 3)]
    assert take(kept, now) == []


def test_what_a_stopped_sender_had_taken_is_sent_by_another(kept: Ledger) -> None:
    kept.record([notice()], lambda _: ["operators"], NOON)
    take(kept)
    kept.tidy(NOON + timedelta(minutes=5), keep_days=7, tries=3)
    assert states(kept) == [("operators", "sending", 1)]  # it may still be at it
    later = NOON + timedelta(minutes=11)
    kept.tidy(later, keep_days=7, tries=3)
    (again,) = take(kept, later)
    assert (again.tries, again.error) == (2, STOPPED)


def test_who_is_always_stopped_does_not_go_on_for_ever(kept: Ledger) -> None:
    kept.record([notice()], lambda _: ["operators"], NOON)
    for number in range(5):
        now = NOON + timedelta(hours=number)
        kept.tidy(now, keep_days=7, tries=3)
        take(kept, now)
    assert states(kept) == [("operators", "failed", 3)]


def test_what_waited_too_long_is_told_no_more(kept: Ledger) -> None:
    kept.record([notice()], lambda _: ["operators"], NOON)
    kept.tidy(NOON + timedelta(days=8), keep_days=7, tries=3)
    assert states(kept) == [("operators", "expired", 0)]
