"""The column catalogue: every table and column of the house, loaded from `catalogue.yaml`.

Belongs here: names, types, titles and lineage of columns, and what is made of them directly (DuckDB DDL, Arrow schemas).
Does not belong here: reading or writing data.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `type` is a DuckDB type, `sources` are `table.column` names it is made of."""

    name: str
    type: str
    vi: str
    en: str
    key: bool = False
    nullable: bool = False
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    layer: str
    title_vi: str
    title_en: str
    text_vi: str
    text_en: str
    columns: tuple[Column, ...]

    @property
    def column_names(self) -> list[str]:
        return [column.name for column in self.columns]

    @property
    def key(self) -> list[str]:
        return [column.name for column in self.columns if column.key]

    def column(self, name: str) -> Column:
        """The column of that name. Raises KeyError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name}")


@cache
def catalogue() -> dict[str, Table]:
    """All tables by name, in the order of the file."""
    import yaml

    text = files("resources").joinpath("catalogue.yaml").read_text(encoding="utf-8")
    return {name: _table(name, raw) for name, raw in yaml.load(text, Loader=yaml.CSafeLoader).items()}


def table(name: str) -> Table:
    """One table of the catalogue. Raises KeyError."""
    return catalogue()[name]


def _table(name: str, raw: dict) -> Table:
    columns = tuple(
        Column(
            name=column["name"],
            type=column["type"],
            vi=column["vi"],
            en=column["en"],
            key=column.get("key", False),
            nullable=column.get("nullable", False),
            sources=tuple(column.get("from", ())),
        )
        for column in raw["columns"]
    )
    return Table(
        name, raw["layer"], raw["title"]["vi"], raw["title"]["en"], raw["text"]["vi"], raw["text"]["en"], columns
    )


def duckdb_schema(name: str) -> dict[str, str]:
    """Column name to DuckDB type, in order."""
    return {column.name: column.type for column in table(name).columns}
