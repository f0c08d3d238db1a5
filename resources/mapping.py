"""Mappings: how the columns of one source become the columns of a catalogue table. A mapping is data, never code.

Belongs here: reading and checking mapping files, choosing one. Does not belong here: the SQL made from them
(resources/mapping_sql.py) or reading source files (resources/readers.py).

Keys of a mapping file (docs/mappings.md tells them with examples; anything else is an error with its line):
    id, kind, title, shape (flat | nested | evaluation), time_zone, times, dates, empty, true, false,
    required (catalogue columns), personal, ignored (source columns), skip (source column: texts), metrics, columns.
A column says where it comes from:
    name: <source column>                          converted to the catalogue's type
    name: {from: [a, b], codes: {..}, other: x, empty: x, as: unit_code | unit_name, day: end, times, dates}
    name: {from: [a, b], as: present | filler}     of personal fields: is there anything; is it a filler
    name: {constant: x} | {export: scope | province} | {of: <column>, as: province | level}
    name: {count | any: List, where: {..}} | {sum | earliest | latest: List, field: f, where: {..}}
    name: {seconds: List, start: f, end: g}        time between, summed
    name: {alike: {List: f, Other: g}}             whether two lists have a text in common
    then: <SQL expression over the finished columns>, on any of them; `expression:` alone makes a column of others
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from resources.exports import TABLE_OF_KIND

if TYPE_CHECKING:
    from resources.exports import ExportRecord

Shape = Literal["flat", "nested", "evaluation"]
AGGREGATES = ("count", "any", "sum", "earliest", "latest", "seconds")
#: Columns the house fills in itself, from the export's record.
PROVENANCE = ("arrived_week", "week", "period_kind", "period", "ruleset", "exported_at", "export_id", "source_row")


class MappingError(ValueError):
    """A mapping that cannot be used; the message names file and line, Vietnamese / English."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which elements of a list count: the field is among texts, is not, is there, or is empty."""

    field: str
    test: Literal["in", "not_in", "present", "empty"]
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How one catalogue column is made: one of sources, constant, export, of, aggregate, alike, expression is set."""

    sources: tuple[str, ...] = ()
    constant: str | None = None
    export: str | None = None
    of: str | None = None
    aggregate: str | None = None
    list_name: str | None = None
    field: str | None = None
    start: str | None = None
    end: str | None = None
    where: tuple[Filter, ...] = ()
    alike: tuple[tuple[str, str], ...] = ()
    expression: str | None = None
    codes: tuple[tuple[str, str], ...] = ()
    other: str | None = None
    empty: str | None = None
    convert: str | None = None
    day_end: bool = False
    times: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    then: str | None = None

    @property
    def alike_name(self) -> str:
        """The raw column that says whether two lists have a text in common."""
        return " = ".join(".".join(pair) for pair in self.alike)

    @property
    def list_fields(self) -> set[str]:
        named = {name for name in (self.field, self.start, self.end) if name}
        return named | {each.field for each in self.where}


@dataclass(frozen=True)
class Mapping:
    """A mapping, read and checked. `hash`: 12 hex digits of a sha256 over its content."""

    id: str
    kind: str
    title_vi: str
    title_en: str
    shape: Shape
    time_zone: str
    times: tuple[str, ...]
    dates: tuple[str, ...]
    empty: tuple[str, ...]
    true: tuple[str, ...]
    false: tuple[str, ...]
    required: tuple[str, ...]
    personal: frozenset[str]
    ignored: frozenset[str]
    skip: tuple[tuple[str, tuple[str, ...]], ...]
    columns: MappingType[str, Rule]
    hash: str
    metrics: MappingType[str, object] = field(default_factory=dict)

    @property
    def table(self) -> str:
        """The catalogue table it fills."""
        return TABLE_OF_KIND[self.kind]

    @property
    def reference(self) -> str:
        return f"{self.id}@{self.hash}"

    @cached_property
    def source_columns(self) -> tuple[str, ...]:
        """Source columns that hold one value, in the mapping's order: exactly these pass the door."""
        named = [source for rule in self.columns.values() for source in rule.sources]
        return tuple(dict.fromkeys([*named, *(name for name, _ in self.skip)]))

    @cached_property
    def source_lists(self) -> MappingType[str, tuple[str, ...]]:
        """Lists inside a record, each with the fields of its elements that pass the door."""
        found: dict[str, set[str]] = {}
        for rule in self.columns.values():
            if rule.list_name:
                found.setdefault(rule.list_name, set()).update(rule.list_fields)
        return {name: tuple(sorted(fields)) or ("_",) for name, fields in found.items()}

    @cached_property
    def alike_columns(self) -> MappingType[str, tuple[tuple[str, str], ...]]:
        """Raw columns that tell of two lists, each with a field, whether they have a text in common."""
        return {rule.alike_name: rule.alike for rule in self.columns.values() if rule.alike}

    @cached_property
    def read_lists(self) -> MappingType[str, tuple[str, ...]]:
        """Lists inside a record with all fields that are read: those that pass, and those that are only compared."""
        found = {name: set(fields) for name, fields in self.source_lists.items()}
        for pairs in self.alike_columns.values():
            for name, field_ in pairs:
                found.setdefault(name, set()).add(field_)
        return {name: tuple(sorted(fields)) for name, fields in found.items()}

    def sources_of(self, column: str) -> tuple[str, ...]:
        """Source columns a catalogue column may come from."""
        rule = self.columns[column]
        return (rule.list_name,) if rule.list_name else rule.sources

    def missing(self, headings: Iterable[str]) -> list[str]:
        """Required source columns that are not among the headings, each with its alternatives."""
        there = {heading_key(heading) for heading in headings}
        wanted = (self.sources_of(column) for column in self.required)
        return [
            " | ".join(names) for names in wanted if names and not any(heading_key(name) in there for name in names)
        ]

    def known(self, headings: Iterable[str]) -> int:
        """How many of the headings the mapping uses, drops knowingly or ignores."""
        names = {heading_key(name) for name in (*self.source_columns, *self.read_lists, *self.personal, *self.ignored)}
        return len(names & {heading_key(heading) for heading in headings})

    def typed_sql(self, raw: Path, export: ExportRecord) -> str:
        """ONE DuckDB SELECT over a raw export: the catalogue's columns, and `parse_errors` VARCHAR[]
        (`column=text`).
        """
        from resources.mapping_sql import typed_sql

        return typed_sql(self, raw, export)


def heading_key(heading: str) -> str:
    """Two headings are the same when case, spaces and the composition of accents apart they are."""
    return " ".join(unicodedata.normalize("NFC", heading).replace("\ufeff", "").split()).casefold()


def available(search: Sequence[Path] = ()) -> dict[str, Path]:
    """Mapping files by name: those of the search folders first, then the packaged ones."""
    packaged = Path(str(files("resources") / "mappings"))
    found: dict[str, Path] = {}
    for folder in (*search, packaged):
        for path in sorted(folder.glob("*.yaml")) if folder.is_dir() else ():
            found.setdefault(path.stem, path)
    return found


def load_mapping(name: str, search: Sequence[Path] = ()) -> Mapping:
    """The mapping of that name. Raises MappingError, listing what there is, or naming file and line."""
    paths = available(search)
    if name not in paths:
        listed = ", ".join(sorted(paths))
        raise MappingError(
            f"không có ánh xạ {name!r}; có: {listed} / there is no mapping {name!r}; there are: {listed}"
        )
    return read_mapping(paths[name])


def packaged_mappings(kind: str) -> list[Mapping]:
    """The mappings that come with the software, of one kind, by name."""
    paths = sorted(Path(str(files("resources") / "mappings")).glob("*.yaml"))
    return [mapping for mapping in map(read_mapping, paths) if mapping.kind == kind]


def read_mapping(path: Path) -> Mapping:
    """A mapping file, checked against the catalogue. Raises MappingError with file and line."""
    status = path.stat()
    return _read_once(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=64)
def _read_once(path: Path, changed_ns: int, size_bytes: int) -> Mapping:
    """Read again only when the file is another: a week has many exports, and they share a few mappings."""
    from resources.mapping_reader import read

    return read(path)
