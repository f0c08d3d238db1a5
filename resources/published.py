"""What was published, read again from a revision's folder: the scores with their counts.

Belongs here: reading the files of a revision. Does not belong here: rankings (the database holds them), writing
(publishing/release.py).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from resources.home import Home
from scoring.calendar import Week


class FilesMissing(RuntimeError):
    """A revision's files are not where they should be. The message is Vietnamese / English."""


def published_scores(
    home: Home, week: Week | str, revision: int, period_kind: str, units: Collection[str] | None = None
) -> list[dict[str, Any]]:
    """The rows of `scores` of a revision and kind of period, of some units or all, in the file's order.

    Raises FilesMissing.
    """
    import pyarrow.parquet as pq

    path = home.revision_path(week, revision) / "scores.parquet"
    if not path.is_file():
        raise FilesMissing(
            f"{week}, bản {revision}: thiếu tệp {path.name} đã công bố; chạy lại `service-index run` để lập lại"
            f" / the published {path.name} of {week} revision {revision} is missing; `service-index run` writes it again"
        )
    only = [("period_kind", "=", period_kind)]
    if units is not None:
        only.append(("unit_code", "in", sorted(units)))  # type: ignore[arg-type]
    return list(pq.read_table(path, filters=only).to_pylist()) if units is None or units else []
