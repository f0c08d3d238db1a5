"""Messages over a real connection: one a receiver, at the right time, once."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from pipelines.delivering import deliver, plan, record
from resources.notices.ledger import Ledger
from resources.office import Office
from tests.notices.post import NOON, Post, notice, write_routes

QUARTER = timedelta(minutes=15)


def test_a_flood_is_one_message_with_the_gravest_first_and_how_many_more(office: Office, post: Post) -> None:
    flood = [notice(f"c{number}", week=f"2025-W{number % 40 + 10}") for number in range(200)]
    record(office, [*flood, notice("r", event="run_failed")], NOON)
    assert deliver(office, NOON).sent == 0  # the digest is not due
    assert deliver(office, NOON + QUARTER).sent == 1
    (letter,) = post.letters
    assert letter["title"] == "Chỉ số 766: lần chạy hỏng; kiểm tra không đạt"
    body = letter["message"]
    assert body.index("Lần chạy hỏng") < body.index("Kiểm tra không đạt")
    assert "… và 181 việc nữa" in body
    assert "… and 181 more" in body
    assert len(body) < 6000


def test_a_replayed_or_doubled_tick_sends_nothing_twice(office: Office, post: Post) -> None:
    later = NOON + QUARTER
    for _ in range(3):
        record(office, [notice("a"), notice("b")], NOON)
    assert [deliver(office, later).sent for _ in range(3)] == [1, 0, 0]
    record(office, [notice("a"), notice("b")], later)
    assert deliver(office, later + QUARTER).sent == 0
    assert len(post.letters) == 1


def test_a_receiver_gets_one_message_in_so_many_minutes(office: Office, post: Post) -> None:
    record(office, [notice("a", event="week_overdue")], NOON)
    assert deliver(office, NOON).sent == 1  # urgent: at once
    record(office, [notice("b", event="week_overdue", week="2025-W45")], NOON + timedelta(minutes=1))
    assert deliver(office, NOON + timedelta(minutes=2)).sent == 0
    assert deliver(office, NOON + QUARTER).sent == 1


def test_in_quiet_hours_only_what_is_urgent_goes_out_and_the_rest_in_the_morning(office: Office, post: Post) -> None:
    night = NOON + timedelta(hours=10)  # 22:00
    record(office, [notice("a")], night)
    assert deliver(office, night + timedelta(hours=1)).sent == 0
    record(office, [notice("b", event="week_overdue")], night + timedelta(hours=1))
    assert deliver(office, night + timedelta(hours=1)).sent == 1
    (body,) = post.bodies()
    assert "chưa được công bố" in body
    record(office, [notice("c", event="run_failed")], night + timedelta(hours=2))
    assert deliver(office, night + timedelta(hours=7, minutes=59)).sent == 0
    assert deliver(office, night + timedelta(hours=8)).sent == 1  # 06:00
    assert "Hỏng: scoring" in post.bodies()[1]


def test_a_service_that_refuses_is_tried_again_and_then_told_as_failed(office: Office, post: Post) -> None:
    post.answers = [503, 500, 200]
    record(office, [notice()], NOON)
    at, told = NOON + QUARTER, []
    for minutes in (0, 1, 2):
        at += timedelta(minutes=minutes)
        told.append(deliver(office, at))
    assert [report.sent for report in told] == [0, 0, 1]
    assert "HTTP 503" in told[0].failures["operators"]
    assert len(post.letters) == 1

    post.answers = [500] * 10
    record(office, [notice("z")], at)
    for hours in range(1, 9):
        deliver(office, at + timedelta(hours=hours))
    (failed,) = [each for each in Ledger(office.database.engine).deliveries() if each.notice.key == "z"]
    assert (failed.state, failed.tries) == ("failed", 3)
    assert len(post.answers) == 7  # asked three times, no more


def test_what_one_receiver_does_not_get_the_other_gets(
    office: Office, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_routes(
        office.home.root,
        "routes:\n  - {name: away, role: operator, address_variable: NOTICES_AWAY}\n"
        "  - {name: here, role: operator, address_variable: NOTICES_TEST}\n",
    )
    monkeypatch.setenv("NOTICES_AWAY", "json://127.0.0.1:1/")
    record(office, [notice()], NOON)
    report = deliver(office, NOON + QUARTER)
    assert (report.sent, set(report.failures)) == (1, {"away"})


def test_an_address_that_is_not_set_costs_no_try_and_is_named_by_its_variable(
    office: Office, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOTICES_TEST")
    record(office, [notice()], NOON)
    for hours in range(1, 9):
        report = deliver(office, NOON + timedelta(hours=hours))
        assert "NOTICES_TEST" in report.failures["operators"]
    monkeypatch.setenv("NOTICES_TEST", post.address())
    assert deliver(office, NOON + timedelta(hours=8)).sent == 1


@pytest.mark.parametrize("wrong", ["nonsense://s3cret-w0rd@somewhere", "s3cret-w0rd"])
def test_an_address_is_never_told_neither_when_it_is_wrong_nor_when_sending_fails(
    office: Office, post: Post, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, wrong: str
) -> None:
    caplog.set_level(logging.DEBUG)
    record(office, [notice()], NOON)
    monkeypatch.setenv("NOTICES_TEST", wrong)
    said = str(deliver(office, NOON + QUARTER).failures)
    assert "NOTICES_TEST" in said
    monkeypatch.setenv("NOTICES_TEST", post.address())
    post.answers = [403]
    said += str(deliver(office, NOON + 3 * QUARTER).failures) + caplog.text
    said += str(Ledger(office.database.engine).deliveries())
    assert "HTTP 403" in said
    assert "s3cret" not in said


def test_the_plan_tells_what_waits_and_for_whom_and_changes_nothing(office: Office, post: Post) -> None:
    record(office, [notice("a")], NOON)
    before = Ledger(office.database.engine).deliveries()
    (planned,) = plan(office, NOON + QUARTER, unkept=[notice("b", event="run_failed")])
    assert (planned.route.name, planned.holds) == ("operators", False)
    assert "Hỏng: scoring" in planned.message.body
    assert "Xã Hợp Thịnh" in planned.message.body
    assert plan(office, NOON)[0].holds
    assert Ledger(office.database.engine).deliveries() == before
    assert post.letters == []
