"""Standing: how every week stands now, and the check that names each week left held, failed or waiting.

Belongs here: reading it from what is kept, with the command that mends it. Does not belong here: printing
(publishing/operating.py), mending.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.isolation import weeks_failed
from resources.cases import OWN_FIGURES
from resources.operations import LEFT, State, WeekStanding
from scoring.calendar import Week

if TYPE_CHECKING:
    from collections.abc import Sequence

    from resources.office import Office

NO_WEEK_LEFT = "no_week_left"
_TOLD = 12


def standings(office: Office, now: datetime | None = None) -> list[WeekStanding]:
    """Every week that is known of, and the newest one if it is overdue, in order. now: naive UTC."""
    from assets.pending import pending_weeks

    newest = {Week.parse(each.week): each for each in office.database.revisions()}
    verdicts = {Week.parse(each.week): each for each in office.database.verdicts()}
    failed = weeks_failed(office)
    for one in office.database.outcomes(stage=OWN_FIGURES, failed_only=True):
        if one.blocks:
            failed.setdefault(Week.parse(one.week), one)
    pending = pending_weeks(office)
    late = overdue(office, list(newest), now)
    found = []
    for week in sorted({*newest, *verdicts, *failed, *([late] if late else [])}):
        state: State = "published"
        reason = command = None
        verdict = verdicts.get(week)
        if (failure := failed.get(week)) is not None:
            state, command = "failed", f"service-index backfill {week}"
            reason = f"{failure.describe('vi')} / {failure.describe('en')}"
        elif verdict is not None and verdict.decision == "held":
            state, reason = "held", "; ".join(verdict.reasons) or None
            command = f"service-index review list --week {week}; service-index backfill {week}"
        elif week in pending:
            state, command = "waiting", f"service-index backfill {week}"
            reason = "được chấp nhận, chưa công bố / admitted, not published yet"
        elif week == late:
            state, command = "overdue", f"service-index backfill {week}"
            reason = f"quá hạn; bản mới nhất là của tuần {max(newest)} / past due; the newest published week is {max(newest)}"
        told = newest.get(week)
        found.append(
            WeekStanding(
                week,
                state,
                told.revision if told else None,
                told.status if told else None,
                told.published_at if told else None,
                reason,
                command,
            )
        )
    return found


def overdue(office: Office, published: Sequence[Week], now: datetime | None = None) -> Week | None:
    """The newest week that should be published by the timetable, if nothing that new is; None before the first publication."""
    from assets.awaiting import last_overdue
    from resources.timetable import read_timetable

    due = last_overdue(read_timetable(office.home.root), now or datetime.now(UTC).replace(tzinfo=None))
    return due if published and max(published) < due else None


def standing_spec(asset: str) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        NO_WEEK_LEFT,
        asset=asset,
        description="Không tuần nào bị giữ, lỗi, hay chờ; nêu lệnh để xử lý. "
        "/ No week is left held, failed or waiting; each is named with the command that mends it.",
    )


def show_standing(office: Office, asset: str) -> dg.AssetCheckResult:
    """The check over every week there is, not only those of the run. Intake leaves weeks waiting: scoring comes after it."""
    counted = LEFT if asset == "publication" else ("failed", "held")
    left = [each for each in standings(office) if each.state in counted and each.state != "overdue"]
    told: dict[str, Any] = {
        str(each.week): f"{each.state}: {(each.reason or '')[:300]} → {each.command}" for each in left[-_TOLD:]
    }
    if len(left) > _TOLD:
        told["more"] = f"{len(left) - _TOLD}: service-index status"
    worst = any(each.state == "failed" for each in left)
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name=NO_WEEK_LEFT,
        passed=not left,
        severity=dg.AssetCheckSeverity.ERROR if worst else dg.AssetCheckSeverity.WARN,
        metadata=told,
    )
