"""The data dictionary: docs/data-dictionary.md, made from the column catalogue and the columns of the commands' CSV.

Belongs here: the making of that one page (`python -m publishing.dictionary`). Does not belong here: any description of
a column of a table: those stand in resources/catalogue.yaml.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from publishing.findings import FINDING_COLUMNS
from publishing.tables import RANKING_COLUMNS, SCORE_COLUMNS
from resources.catalogue import Column, Table, catalogue
from resources.files import write_bytes_atomically

DEFAULT_PATH = Path("docs") / "data-dictionary.md"

_HEAD = """\
# Từ điển dữ liệu · Data dictionary

Made from `resources/catalogue.yaml` by `python -m publishing.dictionary`: change the catalogue, not this page.

Tables of layer *core* hold what arrived, typed and checked; those of layer *marts* hold what is made of it.
Columns marked ● are the key. A column is never empty unless it says *may be empty*. Instants (`_at`) are UTC without
a zone; days are Vietnamese days; a week is named by its Monday (a date) or as `2025-W46`. Published numbers are whole
numbers or exact decimals. In the lake tables are Parquet; rankings also stand in the database.
"""

_OPEN_DATA = """\
## Dữ liệu mở · Open data

`rankings.csv`, `rankings.json` and `rankings.parquet` of a published revision have the columns of [rankings](#rankings);
`scores.csv`, `scores.json.gz` and `scores.parquet` those of [scores](#scores) and, after `week`, the `revision`. So every
row names the release it is of. [Files and interface](data.md) tells how they are read.
"""

_CSV_HEAD = """\
## CSV của các lệnh · CSV of the commands

UTF-8, comma, a heading line, lines end in a line feed. Numbers have a decimal point and no grouping; empty = there is
none, never 0. Text that a spreadsheet would run as a formula (it begins with `=`, `+`, `-`, `@`, a tab or a line break)
has a `'` before it.
"""

_SCORE_TEXTS = {
    "unit_code": ("Đơn vị", "Unit, as the counts name it"),
    "group": ("Nhóm", "Component: transparency, progress, online_services, online_payment, satisfaction, digitisation"),
    "indicator": ("Chỉ số", "Indicator of the rule set"),
    "numerator": ("Tử số", "Numerator of the counts"),
    "denominator": ("Mẫu số", "Denominator of the counts"),
    "score": ("Điểm", "Score, rounded half-up to two decimals; empty = not determined"),
    "max_points": ("Điểm tối đa", "Maximum of the indicator by the rule set"),
}
_SCORE_TYPES = {
    "numerator": "BIGINT, may be empty",
    "denominator": "BIGINT, may be empty",
    "score": "DECIMAL(6,2), may be empty",
    "max_points": "DECIMAL(6,2)",
}

_FINDING_TEXTS = {
    "severity": (
        "Mức độ: error chặn công bố, warning báo cho biết, info chỉ ghi lại",
        "Severity: error stands in the way of publishing, warning tells, info only notes",
    ),
    "rule": ("Quy tắc", "Rule that was broken: the table or the door, then what"),
    "week": (
        "Tuần của thư mục, 2025-W46; trống khi thư mục không phải một tuần",
        "Week of the folder, 2025-W46; empty of a folder that is no week",
    ),
    "unit_code": ("Đơn vị", "Unit, where the finding is about one"),
    "file": ("Tệp, tính từ thư mục nhận", "File, from the landing folder"),
    "row": ("Dòng đầu tiên bị lỗi; dòng dữ liệu đầu là 1", "First row concerned; the first row of data is 1"),
    "field": ("Trường", "Column or columns concerned"),
    "value": ("Giá trị gặp phải; dữ liệu cá nhân được che", "Value found there; personal data are masked"),
    "expected": ("Giá trị cần có", "What should stand there"),
    "message": (
        "Lời giải thích và việc cần làm, tiếng Việt / tiếng Anh",
        "What is wrong and what to do, Vietnamese / English",
    ),
}
_FINDING_NEVER_EMPTY = ("severity", "rule", "message")


def dictionary_text() -> str:
    """The whole page as markdown."""
    tables = catalogue()
    parts = [_HEAD, _contents(tables.values())]
    parts += [_table_section(table) for table in tables.values()]
    parts += [
        _OPEN_DATA,
        _CSV_HEAD,
        _ranking_csv_section(tables["rankings"]),
        _score_csv_section(),
        _findings_csv_section(),
    ]
    return "\n".join(parts)


def _contents(tables: Iterable[Table]) -> str:
    rows = [(f"[{table.name}](#{table.name})", table.layer, table.title_vi, table.title_en) for table in tables]
    return _markdown(("table", "layer", "Tiếng Việt", "English"), rows)


def _table_section(table: Table) -> str:
    rows = [
        (
            f"`{column.name}`" + (" ●" if column.key else ""),
            _type(column),
            column.vi,
            column.en,
            ", ".join(f"`{source}`" for source in column.sources),
        )
        for column in table.columns
    ]
    heading = (
        f"## {table.name}\n\n**{table.title_vi} · {table.title_en}** ({table.layer}). {table.text_vi} {table.text_en}\n"
    )
    return heading + "\n" + _markdown(("column", "type", "Tiếng Việt", "English", "made of"), rows)


def _ranking_csv_section(rankings: Table) -> str:
    heading = (
        "### service-index ranking --format csv\n\n"
        "One line a unit of the cohort, by rank, then units without a rank; units that share a rank by code. "
        "The same file is published as `published/<week>/r<revision>/ranking.<level>.<scope>.<period kind>.csv`.\n"
    )
    columns = [rankings.column(name) for name in RANKING_COLUMNS]
    rows = [(f"`{column.name}`", _type(column), column.vi, column.en) for column in columns]
    return heading + "\n" + _markdown(("column", "type", "Tiếng Việt", "English"), rows)


def _score_csv_section() -> str:
    heading = "### service-index score --format csv\n\nOne line a unit and indicator of the rule set.\n"
    rows = [(f"`{name}`", _SCORE_TYPES.get(name, "VARCHAR"), *_SCORE_TEXTS[name]) for name in SCORE_COLUMNS]
    return heading + "\n" + _markdown(("column", "type", "Tiếng Việt", "English"), rows)


def _findings_csv_section() -> str:
    heading = "### service-index findings --format csv\n\nOne line a finding; rules that passed are not listed.\n"
    rows = [
        (
            f"`{name}`",
            ("INTEGER" if name == "row" else "VARCHAR") + ("" if name in _FINDING_NEVER_EMPTY else ", may be empty"),
            *_FINDING_TEXTS[name],
        )
        for name in FINDING_COLUMNS
    ]
    return heading + "\n" + _markdown(("column", "type", "Tiếng Việt", "English"), rows)


def _type(column: Column) -> str:
    return column.type + (", may be empty" if column.nullable else "")


def _markdown(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main(arguments: Sequence[str] = ()) -> None:
    """Write the page, to the path given or to docs/data-dictionary.md of the current folder."""
    write_bytes_atomically(Path(arguments[0]) if arguments else DEFAULT_PATH, dictionary_text().encode())


if __name__ == "__main__":
    main(sys.argv[1:])
