"""Scoring a file of counts without keeping anything: what `service-index score` does.

Belongs here: one counts file through the very door, mapping and row rules of the pipeline, in a home that is thrown away.
Does not belong here: the weekly pipeline; nothing here is stored or published.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pandas as pd

from resources.door import take_in
from resources.engine import connect
from resources.home import Home
from resources.landing import EXTENSIONS, LandedFile, format_of
from resources.mapping import load_mapping
from resources.tables import read_frame
from resources.units import level_of, province_of
from scoring.calendar import Week
from scoring.formulas import score_counts
from scoring.ruleset import get_ruleset

if TYPE_CHECKING:
    import duckdb

ANY_WEEK = Week.parse("2025-W01")


class ScoreFileError(ValueError):
    """The file or the rule set cannot be used; `code` is the exit code (1 the file, 2 the call)."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class _Desk:
    home: Home

    @property
    def mapping_folders(self) -> list[Path]:
        return []

    @contextmanager
    def engine(self) -> Iterator[duckdb.DuckDBPyConnection]:
        con = connect()
        try:
            yield con
        finally:
            con.close()


def score_file(path: Path, ruleset_id: str, level: str | None = None) -> pd.DataFrame:
    """Scores of every unit and indicator of a counts file: columns of `score_counts`.

    level: of every unit; by each code's form when it is None. Raises ScoreFileError with what is wrong and what to do.
    """
    try:
        ruleset = get_ruleset(ruleset_id)
    except KeyError as error:
        raise ScoreFileError(str(error.args[0]), 2) from None
    if not path.is_file():
        raise ScoreFileError(f"{path}: không có tệp này / there is no such file", 2)
    extension, compression = format_of(path.name)
    if extension not in EXTENSIONS:
        raise ScoreFileError(
            f"{path}: đuôi tệp phải là một trong / the extension must be one of: {', '.join(EXTENSIONS)}", 2
        )
    with TemporaryDirectory() as folder:
        # A link in an empty folder: a sidecar beside the file speaks of weeks and periods, which mean nothing here.
        link = Path(folder, f"counts.{extension}" + (f".{compression}" if compression else ""))
        link.symlink_to(path.absolute())
        landed = LandedFile(link, path.name, ANY_WEEK, "counts", "VN", "ytd", 1, extension, compression)
        desk = _Desk(Home(Path(folder, "home")))
        records, outcomes = take_in(desk, landed)
        accepted = [record for record in records if record.status == "accepted"]
        if not accepted:
            said = [outcome for outcome in outcomes if outcome.blocks]
            raise ScoreFileError("\n".join(f"{one.describe('vi')}\n{one.describe('en')}" for one in said))
        mapping = load_mapping((accepted[0].mapping or "").partition("@")[0], desk.mapping_folders)
        with desk.engine() as con:
            typed = mapping.typed_sql(desk.home.raw_path(accepted[0]), accepted[0])
            con.execute(f"CREATE TEMP TABLE typed AS {typed}")
            counts = read_frame(con, "SELECT * EXCLUDE (parse_errors) FROM typed ORDER BY source_row")
            broken = con.execute(
                "SELECT source_row, parse_errors[1] FROM typed WHERE len(parse_errors) > 0 ORDER BY 1 LIMIT 5"
            ).fetchall()
    if broken:
        rows = "; ".join(f"dòng / row {row}: {value}" for row, value in broken)
        raise ScoreFileError(
            f"{path}: giá trị không đọc được / values that cannot be read: {rows}. Cần số nguyên / expected whole numbers; "
            "sửa tệp rồi chạy lại / mend the file and run again"
        )
    counts = counts[counts["indicator"].isin([indicator.code for indicator in ruleset.indicators])]
    counts["level"] = [level or level_of(code) for code in counts["unit_code"]]
    unknown = sorted(set(counts.loc[counts["level"].isna(), "unit_code"]))
    if unknown:
        raise ScoreFileError(
            f"{path}: không suy ra được cấp của đơn vị / the level of units cannot be told: {', '.join(unknown[:5])}. "
            "Thêm --level / add --level province|department|commune"
        )
    counts["province_code"] = [province_of(code) or code for code in counts["unit_code"]]
    return score_counts(counts, ruleset)
