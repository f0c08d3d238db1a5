"""Cases, log and corrections in the database, on SQLite and on PostgreSQL: kept, guarded, one decider at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from resources import schema
from resources.cases import SYSTEM, replay
from resources.connections import open_engine
from resources.database import Database
from resources.review import DecidedMeanwhile, DecisionRefused, NoSuchCase, NotAllowed, Review
from resources.users import User, Users
from tests.review.conftest import OTHER, PASSWORD, READER, STEWARD
from tests.review.making import correction, feed_failure, judged, miscount, only_case


def test_the_migrations_make_exactly_the_tables_the_code_knows(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, schema.metadata) == []


def test_a_case_is_read_as_it_was_opened(review: Review) -> None:
    judged(review, "2025-W44", [miscount()], {"H05.141": "Xã Hợp Thịnh"})
    case = only_case(review)
    assert (case.unit_name, case.failing, case.state, case.version) == ("Xã Hợp Thịnh", ("2025-W44",), "open", 1)
    assert case.outcome == miscount()
    assert review.case(case.id) == case
    assert review.counts() == {"open": 1}


def test_judging_again_writes_nothing(review: Review) -> None:
    judged(review, "2025-W44", [miscount()])
    before = review.cases(), review.log()
    judged(review, "2025-W44", [miscount()])
    assert (review.cases(), review.log()) == before


def test_cases_are_found_by_state_and_week(review: Review) -> None:
    judged(review, "2025-W44", [miscount(), feed_failure()])
    judged(review, "2025-W45", [miscount("2025-W45")])
    assert len(review.cases(["open"], "2025-W44")) == 2
    assert [case.unit_code for case in review.cases(week="2025-W45")] == ["H05.141"]
    assert [case.rule for case in review.cases(["resolved"])] == []


def test_the_log_alone_tells_what_became_of_a_case(review: Review) -> None:
    judged(review, "2025-W44", [miscount("2025-W44")])
    judged(review, "2025-W45", [miscount("2025-W45")])
    case = only_case(review)
    waived = review.decide(case.id, version=case.version, action="waive", who=STEWARD, reason="Cổng đã nhận lỗi")
    review.comment(case.id, OTHER, "Đã gọi điện")
    judged(review, "2025-W44", [])
    judged(review, "2025-W45", [])
    log = review.log(case.id)
    assert [(entry.action, entry.who) for entry in log] == [
        ("opened", SYSTEM),
        ("renewed", SYSTEM),
        ("waive", "lan"),
        ("comment", "minh"),
        ("cleared", SYSTEM),
        ("resolved", SYSTEM),
    ]
    assert (log[2].before, log[2].after) == (
        {"state": "open", "decided": None, "until": None},
        {"state": "waived", "decided": "waive", "until": "2025-11-09"},
    )
    assert waived.until == "2025-11-09"  # the Sunday of W45
    now = only_case(review)
    told = replay(log)
    assert {
        name: list(value) if isinstance(value, tuple) else value for name in told for value in [getattr(now, name)]
    } == told
    assert review.log(newest=1) == log[-1:]


def test_the_reasons_of_a_week_are_its_standing_decisions(review: Review) -> None:
    judged(review, "2025-W44", [miscount()])
    case = only_case(review)
    kept = review.decide(case.id, version=1, action="keep", who=STEWARD, reason="Chờ cổng sửa")
    assert review.decisions_for("2025-W44") == []
    review.decide(case.id, version=kept.version, action="use_dossiers", who=STEWARD, reason="Hồ sơ đủ bằng chứng")
    (standing,) = review.decisions_for("2025-W44")
    assert (standing.who, standing.action, standing.reason) == ("lan", "use_dossiers", "Hồ sơ đủ bằng chứng")


def test_who_decides_about_what_has_changed_is_told_by_whom(review: Review) -> None:
    judged(review, "2025-W44", [miscount()])
    seen = only_case(review)
    review.decide(seen.id, version=seen.version, action="use_dossiers", who=STEWARD, reason="Theo hồ sơ")
    with pytest.raises(DecidedMeanwhile, match=r"lan, use_dossiers, .*Theo hồ sơ"):
        review.decide(seen.id, version=seen.version, action="return", who=OTHER, reason="Gửi lại")
    assert only_case(review).state == "corrected"
    assert [entry.who for entry in review.log(seen.id)] == [SYSTEM, "lan"]


def test_who_decides_while_a_new_export_arrives_is_told(review: Review) -> None:
    judged(review, "2025-W44", [miscount()])
    seen = only_case(review)
    judged(review, "2025-W44", [miscount(value="300")])
    with pytest.raises(DecidedMeanwhile):
        review.decide(seen.id, version=seen.version, action="waive", who=STEWARD, reason="106 hồ sơ không đáng kể")


def test_a_remark_stands_in_nobodys_way(review: Review) -> None:
    judged(review, "2025-W44", [miscount()])
    seen = only_case(review)
    review.comment(seen.id, OTHER, "Tôi đang xem")
    assert review.decide(seen.id, version=seen.version, action="keep", who=STEWARD, reason="Chờ").state == "open"


def test_of_many_who_decide_at_once_one_wins_and_the_others_are_told(review: Review) -> None:
    judged(review, "2025-W44", [miscount()])
    case = only_case(review)

    def attempt(number: int) -> bool:
        try:
            review.decide(case.id, version=case.version, action="waive", who=STEWARD, reason=f"lần {number}")
        except DecidedMeanwhile:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        won = list(pool.map(attempt, range(6)))
    assert won.count(True) == 1
    assert [entry.reason for entry in review.log(case.id)][1:] == [f"lần {won.index(True)}"]


def test_runs_that_judge_a_week_at_once_open_one_case(review: Review) -> None:
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: judged(review, "2025-W44", [miscount()]), range(6)))
    assert only_case(review).version == 1
    assert len(review.log()) == 1


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"reason": "  "}, DecisionRefused),
        ({"reason": "x" * 5000}, DecisionRefused),
        ({"action": "delete"}, DecisionRefused),
        ({"action": "waive", "until": "2025-11-01"}, DecisionRefused),  # before the week ends
        ({"action": "waive", "until": "mai"}, DecisionRefused),
        ({"who": READER}, NotAllowed),
        ({"case_id": 99}, NoSuchCase),
    ],
)
def test_a_decision_that_cannot_be_is_refused_and_leaves_no_trace(
    review: Review, change: dict[str, object], error: type[Exception]
) -> None:
    judged(review, "2025-W44", [miscount()])
    case = only_case(review)
    asked = {"case_id": case.id, "version": 1, "action": "keep", "who": STEWARD, "reason": "Chờ cổng sửa", **change}
    with pytest.raises(error):
        review.decide(**asked)  # type: ignore[arg-type]
    assert only_case(review) == case
    assert len(review.log()) == 1


def test_a_case_has_somebody_who_looks_after_it(review: Review, users: Users) -> None:
    users.add("lan", PASSWORD, "steward")
    judged(review, "2025-W44", [miscount()])
    case = only_case(review)
    assert review.assign(case.id, OTHER, "lan").assignee == "lan"
    with pytest.raises(DecisionRefused, match="ai-do"):
        review.assign(case.id, OTHER, "ai-do")
    with pytest.raises(NotAllowed):
        review.assign(case.id, READER, None)
    assert only_case(review).version == case.version


def test_a_correction_is_kept_with_its_guard_and_can_only_be_taken_back_by_another_entry(review: Review) -> None:
    judged(review, "2025-W44", [miscount()])
    case = only_case(review)
    stored = review.correct(correction(case), version=case.version, who=STEWARD)
    assert (review.corrections("2025-W44"), review.corrections("2025-W45")) == ([stored], [])
    assert (stored.who, stored.rows["scope"], only_case(review).state) == ("lan", "H05", "corrected")
    entry = review.withdraw(stored.id, version=only_case(review).version, who=OTHER, reason="Cổng đã sửa")
    assert (entry.withdraws, entry.who, review.corrections()) == (stored.id, "minh", [])
    assert review.correction_entries(case.id) == [stored, entry]
    assert only_case(review).state == "open"
    log = review.log(case.id)[1:]
    assert [(each.action, each.who, each.after["correction"]) for each in log] == [
        ("correct", "lan", stored.id),
        ("withdraw", "minh", stored.id),
    ]
    assert replay(review.log(case.id))["state"] == "open"


def test_a_case_stays_corrected_until_its_last_correction_is_withdrawn(review: Review) -> None:
    judged(review, "2025-W44", [miscount()])
    for value in ("318", "320"):
        review.correct(correction(only_case(review), value=value), version=only_case(review).version, who=STEWARD)
    first, second = review.corrections()
    with pytest.raises(DecisionRefused, match=f"{first.id}, {second.id}"):
        review.decide(only_case(review).id, version=3, action="reopen", who=STEWARD, reason="Xem lại")
    review.withdraw(first.id, version=3, who=STEWARD, reason="Nhầm")
    assert only_case(review).state == "corrected"
    review.withdraw(second.id, version=4, who=STEWARD, reason="Nhầm")
    assert only_case(review).state == "open"


def test_a_correction_that_mended_its_case_resolves_it_and_taking_it_back_opens_it_when_the_rule_fails(
    review: Review,
) -> None:
    judged(review, "2025-W44", [miscount()])
    stored = review.correct(correction(only_case(review)), version=1, who=STEWARD)
    judged(review, "2025-W44", [])
    assert only_case(review).state == "resolved"
    review.withdraw(stored.id, version=only_case(review).version, who=STEWARD, reason="Nhầm")
    assert only_case(review).state == "resolved"  # until intake has gone through the week again
    judged(review, "2025-W44", [miscount()])
    assert only_case(review).state == "open"


@pytest.mark.parametrize(
    ("who", "version", "reason", "error"),
    [
        (READER, 1, "x", NotAllowed),
        (STEWARD, 7, "x", DecidedMeanwhile),
        (STEWARD, 1, " ", DecisionRefused),
    ],
)
def test_who_may_not_decide_may_not_correct_or_withdraw(
    review: Review, who: User, version: int, reason: str, error: type[Exception]
) -> None:
    judged(review, "2025-W44", [miscount()])
    with pytest.raises(error):
        review.correct(correction(only_case(review), reason=reason), version=version, who=who)
    assert (review.corrections(), only_case(review).state) == ([], "open")
    stored = review.correct(correction(only_case(review)), version=1, who=STEWARD)
    with pytest.raises(error):
        review.withdraw(stored.id, version=version + 1, who=who, reason=reason)
    assert review.corrections() == [stored]


def test_what_is_withdrawn_cannot_be_withdrawn_again_nor_what_never_was(review: Review) -> None:
    judged(review, "2025-W44", [miscount()])
    stored = review.correct(correction(only_case(review)), version=1, who=STEWARD)
    review.withdraw(stored.id, version=2, who=STEWARD, reason="Nhầm")
    for number in (stored.id, 77):
        with pytest.raises(DecisionRefused, match=str(number)):
            review.withdraw(number, version=3, who=STEWARD, reason="Nhầm")


def test_of_many_who_correct_at_once_one_wins_and_the_others_are_told(review: Review) -> None:
    judged(review, "2025-W44", [miscount()])

    def attempt(number: int) -> bool:
        try:
            review.correct(correction(case, reason=f"lần {number}"), version=1, who=STEWARD)
        except DecidedMeanwhile:
            return False
        return True

    case = only_case(review)
    with ThreadPoolExecutor(6) as pool:
        won = list(pool.map(attempt, range(6)))
    assert won.count(True) == 1
    assert [each.reason for each in review.correction_entries()] == [f"lần {won.index(True)}"]


def test_nothing_of_a_refused_file_or_a_resolved_case_can_be_corrected(review: Review) -> None:
    judged(review, "2025-W44", [feed_failure(stage="exports")])
    with pytest.raises(DecisionRefused, match="nothing to be corrected"):
        review.correct(correction(only_case(review)), version=1, who=STEWARD)
    judged(review, "2025-W44", [])
    with pytest.raises(DecisionRefused, match="resolved"):
        review.correct(correction(only_case(review)), version=2, who=STEWARD)


@pytest.mark.parametrize("table", ["decisions", "corrections"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET who = 'x'", "DELETE FROM {}"])
def test_the_database_itself_refuses_to_change_what_was_decided(
    review: Review, url: str, table: str, statement: str
) -> None:
    judged(review, "2025-W44", [miscount()])
    review.correct(correction(only_case(review)), version=1, who=STEWARD)
    before = review.log(), review.corrections()
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), open_engine(url).begin() as connection:
        connection.exec_driver_sql(statement.format(table))
    assert (review.log(), review.corrections()) == before


def test_postgresql_refuses_to_empty_the_log(review: Review, database: Database) -> None:
    judged(review, "2025-W44", [miscount()])
    if database.engine.dialect.name == "postgresql":
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), database.engine.begin() as connection:
            connection.exec_driver_sql("TRUNCATE decisions")
    assert len(review.log()) == 1


def test_a_week_that_becomes_sound_while_decided_resolves_the_case(review: Review) -> None:
    judged(review, "2025-W44", [miscount()])
    review.decide(only_case(review).id, version=1, action="return", who=STEWARD, reason="Gửi lại cổng")
    assert only_case(review).state == "returned"
    judged(review, "2025-W44", [])
    assert (only_case(review).state, only_case(review).actions) == ("resolved", ())
