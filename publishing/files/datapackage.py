"""datapackage.json: what the files of open data are, for programs (the Data Package standard, which Frictionless checks).

Belongs here: the description, made from the column catalogue. Does not belong here: any description of a column (they
stand in resources/catalogue.yaml), the licence (publishing/licence.py).
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from publishing import licence
from publishing.figures import json_text
from publishing.files.edition import published_columns
from publishing.files.opendata import TABLES, file_name
from resources.catalogue import Column, table
from resources.files import sync

if TYPE_CHECKING:
    from publishing.files.edition import Edition

DATAPACKAGE = "datapackage.json"
_TYPES = {
    "VARCHAR": "string",
    "BOOLEAN": "boolean",
    "SMALLINT": "integer",
    "INTEGER": "integer",
    "BIGINT": "integer",
    "DATE": "date",
    "TIMESTAMP": "datetime",
    "DECIMAL": "number",
}
# Only CSV is a table to every tool: JSON and Parquet are read with extras that not every installation has, and are
# described as what they are, with the same schema.
_FORMATS = {
    "csv": ("table", "text/csv"),
    "json": ("json", "application/json"),
    "parquet": ("file", "application/vnd.apache.parquet"),
}


def write_datapackage(edition: Edition, folder: Path) -> None:
    """Describe the tables that stand in the folder."""
    path = folder / DATAPACKAGE
    path.write_text(json_text(datapackage(edition, folder)) + "\n", encoding="utf-8")
    sync(path)


def datapackage(edition: Edition, folder: Path) -> dict[str, Any]:
    """The description, with the size and sha256 of each table's files in the folder."""
    week, number = edition.week, edition.revision.revision
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": f"service-index-{week.lower()}-r{number}",
        "title": f"Chỉ số 766, tuần {week}, bản {number} / The 766 index, week {week}, revision {number}",
        "description": "Xếp hạng và điểm từng chỉ số như đã công bố; ô trống là không có, không phải 0. "
        "/ Rankings and scores of each indicator as published; empty is none, never 0.",
        "version": f"{week}-r{number}",
        "licenses": [{"name": licence.NAME, "path": licence.URL, "title": f"{licence.TITLE_VI} / {licence.TITLE_EN}"}],
        "resources": [_resource(name, ending, folder) for name in TABLES for ending in _FORMATS],
    }


def table_schema(name: str) -> dict[str, Any]:
    """The Table Schema of a published table."""
    columns = published_columns(name)
    return {
        "fields": [_field(column) for column in columns],
        "primaryKey": [column.name for column in columns if column.key],
        "missingValues": [""],
    }


def _field(column: Column) -> dict[str, Any]:
    described = {
        "name": column.name,
        "type": _TYPES[column.type.split("(")[0]],
        "title": column.vi,
        "description": column.en,
    }
    return described if column.nullable else described | {"constraints": {"required": True}}


def _resource(name: str, ending: str, folder: Path) -> dict[str, Any]:
    entry, path = table(name), folder / file_name(name, ending)
    kind, media = _FORMATS[ending]
    return {
        "name": name if ending == "csv" else f"{name}-{ending}",
        "type": kind,
        "title": f"{entry.title_vi} / {entry.title_en}",
        "path": path.name,
        "format": ending,
        "mediatype": media,
        **({"compression": "gz"} if path.suffix == ".gz" else {}),
        "encoding": "utf-8",
        "bytes": path.stat().st_size,
        "hash": f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}",
        "schema": table_schema(name),
    }
