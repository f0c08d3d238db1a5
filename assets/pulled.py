"""Before stage 1, pulled: what the portal has, laid into the landing folder. Offices that drop files by hand do without it.

Belongs here: the adapter between Dagster and the pull. Does not belong here: asking the portal (resources/portal), taking in what
was landed (assets/exports.py): the landing folder's sensor sees it as it sees any file.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import dagster as dg

from assets.house import SINGLE_RUN, House, describe_partition, markdown_table, spec, weeks_of
from resources.clock import utc_now
from scoring.calendar import Week, day_of_utc

if TYPE_CHECKING:
    from resources.portal.pulling import PullReport

GROUP = "pull"
_COLUMNS = ["kind", "scope", "period", "status", "file", "unsettled", "error"]


@dg.multi_asset(
    name="pulled",
    specs=[
        spec(
            "pulled",
            group=GROUP,
            kinds={"api", "file"},
            description="Bản xuất tải từ cổng vào thư mục nhận; không có gì mới thì không đặt gì. "
            "/ Exports pulled from the portal into the landing folder; nothing new, nothing landed.",
        )
    ],
    backfill_policy=SINGLE_RUN,
)
def pulled(context: dg.AssetExecutionContext, house: House) -> Iterable[dg.MaterializeResult]:
    from resources.portal.errors import CannotBeAsked, PullRunning
    from resources.portal.feeds import feeds_of
    from resources.portal.pulling import pull
    from resources.settings import load_settings

    settings = load_settings(home=house.home or None, landing=house.landing or None)
    office, weeks = house.open(), weeks_of(context)
    try:
        feeds = feeds_of(settings, weeks, day_of_utc(utc_now()))
        report = pull(settings, office.home, office.landing, feeds)
    except (CannotBeAsked, PullRunning) as error:
        raise dg.Failure(str(error), allow_retries=False) from None
    for week in weeks:
        _describe(context, report, week)
    if report.errors:
        told = dict.fromkeys(map(str, report.errors))
        raise dg.Failure(
            "\n".join(told), metadata={"failed": len(report.of("failed", "not_asked"))}, allow_retries=False
        )
    yield dg.MaterializeResult(asset_key="pulled")


def _describe(context: dg.AssetExecutionContext, report: "PullReport", week: Week) -> None:
    of_week = [one for one in report.pulled if one.feed.week == week]
    rows = [
        {
            "kind": one.feed.kind,
            "scope": one.feed.scope,
            "period": one.feed.period,
            "status": one.status,
            "file": one.file,
            "unsettled": one.unsettled or None,
            "error": one.error.kind if one.error else None,
        }
        for one in of_week
    ]
    counted = {status: len([one for one in of_week if one.status == status]) for status in ("landed", "unchanged")}
    describe_partition(
        context, "pulled", week, {**counted, "sample": markdown_table(rows, _COLUMNS)}, has_columns=False
    )
