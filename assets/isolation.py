"""One bad week stops no other: work over many weeks that goes on week by week where one of them cannot be done.

Belongs here: finding out which week it is, holding it, and telling it by name. Does not belong here: the work of a stage, or
which trouble is whose (resources/trouble.py).

A week that intake could not go through has no verdict to be trusted: the error is kept as a finding of the door's stage, which
no decision lifts, so that the week is held until intake has gone through it again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from resources.cases import OWN_FIGURES, REFUSED_AT_DOOR
from resources.outcomes import RuleOutcome
from scoring.calendar import Week

if TYPE_CHECKING:
    from resources.office import Office

T = TypeVar("T")
INTAKE_FAILED, SCORING_FAILED = "week.intake_failed", "week.scoring_failed"
FAILED_RULES = (INTAKE_FAILED, SCORING_FAILED)


def each_week(
    weeks: Sequence[Week],
    work: Callable[[Sequence[Week]], Mapping[Week, T]],
    failed: Callable[[Week, Exception], None],
) -> dict[Week, T]:
    """What `work` makes of all the weeks at once; where that fails, of each by itself, `failed` being told the bad ones.

    Trouble of the machine is raised: no week is to blame.
    """
    from resources.trouble import of_the_machine

    if not weeks:
        return {}
    try:
        return dict(work(weeks))
    except Exception as error:
        if of_the_machine(error):
            raise
        if len(weeks) == 1:
            failed(weeks[0], error)
            return {}
    found: dict[Week, T] = {}
    for week in weeks:
        found |= each_week([week], work, failed)
    return found


def intake_failed(office: Office, week: Week, stage: str, error: Exception) -> None:
    """Keeps that intake could not go through a week, beside what the door has found in it; the week will be held."""
    _keep(office, week, REFUSED_AT_DOOR, INTAKE_FAILED, stage, error)


def scoring_failed(office: Office, week: Week, error: Exception) -> None:
    """Keeps that a week could not be scored or published; what was published of it before stands."""
    _keep(office, week, OWN_FIGURES, SCORING_FAILED, "scoring", error)


def weeks_failed(office: Office, rules: Sequence[str] = FAILED_RULES) -> dict[Week, RuleOutcome]:
    """The weeks that could not be gone through or scored when they were last tried, with the finding that says why."""
    found = office.database.outcomes(failed_only=True)
    return {Week.parse(one.week): one for one in found if one.rule in rules}


def _keep(office: Office, week: Week, stage: str, rule: str, where: str, error: Exception) -> None:
    from resources.logs import logger
    from resources.trouble import one_line

    logger().error("week_failed", week=str(week), stage=where, exc_info=error)
    failure = RuleOutcome(
        rule=rule,
        week=str(week),
        stage=stage,
        grain="table",
        status="crashed",
        field=where,
        value=one_line(error),
        failed=1,
        message_vi=f"tuần {week} không xử lý được ở bước {where}; các tuần khác không bị ảnh hưởng",
        message_en=f"the week {week} could not be gone through in {where}; other weeks are not touched",
        action_vi=f"Xem lỗi, sửa tệp hoặc báo người phụ trách phần mềm, rồi chạy service-index backfill {week}",
        action_en=f"Read the error, mend the file or tell who keeps the software, then service-index backfill {week}",
    )
    others = [one for one in office.database.outcomes(week=week, stage=stage) if one.rule != rule]
    office.database.replace_outcomes(week, stage, [*others, failure])
