"""Stage 3c, Data Docs: the suites of a week as pages, in Great Expectations' own words of what passed and what did not.

Belongs here: writing them when somebody asks, by the command or by this asset. Does not belong here: the pages
(checks/data_docs.py). They cost about a second a page, so no run of intake waits for them; when a week is judged again
its pages go.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

from assets.house import SINGLE_RUN, House, describe_partition, spec, weeks_of
from resources.links import documents_page

if TYPE_CHECKING:
    from resources.office import Office
    from scoring.calendar import Week


def write_documents(office: "Office", week: "Week") -> Path:
    """Writes the Data Docs of a week's current exports and returns their first page."""
    from assets.quality import measured
    from checks.data_docs import write_data_docs

    current = office.database.current_exports()
    with office.engine() as con:
        feeds, tables = measured(office, con, [week], current)
    return write_data_docs(office.home, str(week), feeds, tables)


@dg.multi_asset(
    name="data_docs",
    specs=[
        spec(
            "data_docs",
            deps=["quality"],
            group="documents",
            kinds={"greatexpectations"},
            description="Trang kết quả kiểm tra của tuần, khi cần. / The week's Data Docs, when asked for.",
        )
    ],
    backfill_policy=SINGLE_RUN,
)
def data_docs(context: dg.AssetExecutionContext, house: House) -> Iterable[dg.MaterializeResult]:
    office = house.open()
    for week in weeks_of(context):
        index = write_documents(office, week)
        address = dg.MetadataValue.url(documents_page(office, week))
        pages = len(list(index.parent.glob("[0-9]*.html")))
        told = {"page": address, "file": dg.MetadataValue.path(str(index)), "pages": pages}
        describe_partition(context, "data_docs", week, told, has_columns=False)
    yield dg.MaterializeResult(asset_key="data_docs")
