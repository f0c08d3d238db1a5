"""Open data say the same in every form, describe themselves, and are read by tools that know nothing of us."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from publishing import licence
from publishing.files import Edition
from publishing.files.datapackage import DATAPACKAGE, table_schema
from publishing.files.edition import published_columns
from publishing.files.opendata import TABLES
from resources.catalogue import catalogue
from tests.files.conftest import FORMULA, edition_of, rows

Write = Callable[[Edition], Path]
frictionless = pytest.importorskip("frictionless", reason="frictionless is not installed")


@pytest.fixture
def folder(second: Edition, written: Write) -> Path:
    return written(second)


def json_rows(folder: Path, table: str) -> list[dict[str, Any]]:
    packed = folder / f"{table}.json.gz"
    data = gzip.decompress(packed.read_bytes()) if packed.exists() else (folder / f"{table}.json").read_bytes()
    found: list[dict[str, Any]] = json.loads(data, parse_float=Decimal)
    return found


def csv_rows(folder: Path, table: str) -> list[dict[str, str]]:
    with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_package_is_valid(folder: Path) -> None:
    report = frictionless.validate(str(folder / DATAPACKAGE))
    assert report.valid, report.flatten(["title", "message"])
    assert [task.name for task in report.tasks] == [
        *("rankings", "rankings-json", "rankings-parquet"),
        *("scores", "scores-json", "scores-parquet"),
    ]


def test_the_package_names_the_licence_that_the_site_names(folder: Path) -> None:
    (told,) = json.loads((folder / DATAPACKAGE).read_text())["licenses"]
    assert (
        (told["name"], told["path"])
        == (licence.NAME, licence.URL)
        == (
            "CC-BY-4.0",
            "https://creativecommons.org/licenses/by/4.0/",
        )
    )


@pytest.mark.parametrize("table", TABLES)
def test_the_json_keeps_the_schema_too(folder: Path, table: str) -> None:
    told = json.loads((folder / DATAPACKAGE).read_text())
    schema = next(each["schema"] for each in told["resources"] if each["name"] == f"{table}-json")
    plain = json.loads(json.dumps(json_rows(folder, table), default=str))
    report = frictionless.validate({"name": table, "data": plain, "schema": schema})
    assert report.valid, report.flatten(["title", "message"])


def test_a_file_that_was_touched_is_found_out(folder: Path) -> None:
    path = folder / "rankings.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("95.93", "96.93"), encoding="utf-8")
    report = frictionless.validate(str(folder / DATAPACKAGE))
    assert [title for (title,) in report.flatten(["title"])] == ["Hash Count Error"]


@pytest.mark.parametrize("table", TABLES)
def test_csv_json_and_parquet_hold_the_same_rows(folder: Path, table: str, second: Edition) -> None:
    exact = pq.read_table(folder / f"{table}.parquet").to_pylist()
    assert exact == (list(second.rankings) if table == "rankings" else second.scores.to_pylist())
    as_text = [
        {name: "" if value is None else str(value) for name, value in row.items()} for row in json_rows(folder, table)
    ]
    decimals = {column.name for column in published_columns(table) if column.type.startswith("DECIMAL")}
    for row, told, text in zip(exact, as_text, csv_rows(folder, table), strict=True):
        for name, value in row.items():
            if value is None:
                assert told[name] == text[name] == ""
            elif name in decimals:
                assert Decimal(told[name]) == value
                assert text[name] == f"{value:f}"
            else:
                assert told[name] == str(value)
                assert text[name].removeprefix("'") == str(value)


@pytest.mark.parametrize("table", TABLES)
def test_every_row_carries_its_week_and_revision(folder: Path, table: str) -> None:
    for found in (csv_rows(folder, table), json_rows(folder, table)):
        assert {str(row["revision"]) for row in found} == {"2"}
        assert {row["week"] for row in found} == {"2025-W46" if table == "rankings" else "2025-11-10"}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_in_csv_no_text_is_a_formula_and_in_json_it_is_as_it_was(start: str, written: Write) -> None:
    name = f'{start}1,"x"\r\ny'
    folder = written(edition_of(rows(unit_name=name)))
    assert csv_rows(folder, "rankings")[0]["unit_name"] == f"'{name}"
    assert json_rows(folder, "rankings")[0]["unit_name"] == name
    assert json_rows(folder, "rankings")[0]["change"] == Decimal("0.09")
    assert csv_rows(folder, "rankings")[1]["change"] == "-1.20"  # a number is no formula


def test_the_description_is_the_catalogues(folder: Path) -> None:
    fields = table_schema("rankings")["fields"]
    assert [field["name"] for field in fields] == catalogue()["rankings"].column_names
    assert next(field for field in fields if field["name"] == "total") == {
        "name": "total",
        "type": "number",
        "title": "Tổng điểm",
        "description": "Total",
    }
    assert table_schema("scores")["primaryKey"][:2] == ["week", "revision"]


def test_an_edition_written_again_is_the_same_to_the_byte(second: Edition, written: Write) -> None:
    first, again = written(second), written(second)
    assert {path.name: path.read_bytes() for path in first.iterdir()} == {
        path.name: path.read_bytes() for path in again.iterdir()
    }


def test_formulas_in_names_are_the_only_texts_that_change(folder: Path) -> None:
    names = [row["unit_name"] for row in csv_rows(folder, "rankings")]
    assert names[0] == f"'{FORMULA}"
    assert names[2] == "Xã Hợp Thịnh"
