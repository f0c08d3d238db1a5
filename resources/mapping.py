"""Mappings: how the columns of one source become the columns of a catalogue table. A mapping is data, never code.

Belongs here: reading and checking mapping files, choosing one. Does not belong here: the SQL made from them
(resources/mapping_sql.py) or reading source files (resources/readers.py).

Keys of a mapping file (docs/mappings.md tells them with examples; anything else is an error with its line):
    id, kind, title, shape (flat | nested | evaluation), time_zone, times, dates, empty, true, false,
    required (catalogue columns), personal, ignored (source columns), skip (source column: texts), metrics, columns.
A column says where it comes from:
    name: <source column>                          converted to the catalogue's type
    name: {from: [a, b], codes: {..}, other: x, empty: x, as: unit_code | unit_name | present, day: end, times, dates}
    name: {constant: x} | {export: scope | province} | {of: <column>, as: province | level}
    name: {count | any: List, where: {..}} | {sum | earliest | latest: List, field: f, where: {..}}
    name: {seconds: List, start: f, end: g}        time between, summed
    then: <SQL expression over the finished columns>, on any of them; `expression:` alone makes a column of others
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from zoneinfo import available_timezones

from resources.catalogue import table
from resources.exports import KINDS, TABLE_OF_KIND
from scoring.conditions import ConditionError, check_condition
from scoring.yamlnodes import Node, RuleSetError, read_yaml

if TYPE_CHECKING:
    from resources.exports import ExportRecord

Shape = Literal["flat", "nested", "evaluation"]
AGGREGATES = ("count", "any", "sum", "earliest", "latest", "seconds")
#: Columns the house fills in itself, from the export's record.
PROVENANCE = ("arrived_week", "week", "period_kind", "period", "ruleset", "exported_at", "export_id", "source_row")
_ORIGINS = ("from", "constant", "export", "of", "expression", *AGGREGATES)
_COLUMN_KEYS = (
    *_ORIGINS,
    "codes",
    "other",
    "empty",
    "as",
    "day",
    "times",
    "dates",
    "where",
    "field",
    "start",
    "end",
    "then",
)
_KEYS = ("id", "kind", "title", "shape", "time_zone", "times", "dates", "empty", "true", "false", "required", "personal",
         "ignored", "skip", "metrics", "columns")  # fmt: skip
_AS = ("unit_code", "unit_name", "present", "province", "level")


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
    """How one catalogue column is made. Exactly one of sources, constant, export, of, aggregate or expression is set."""

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
        names = {
            heading_key(name) for name in (*self.source_columns, *self.source_lists, *self.personal, *self.ignored)
        }
        return len(names & {heading_key(heading) for heading in headings})

    def typed_sql(self, raw: Path, export: ExportRecord) -> str:
        """ONE DuckDB SELECT over a raw export: the catalogue's columns, and `parse_errors` VARCHAR[] (`column=text`)."""
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
    """The mapping of a name, as a sidecar gives it. Raises MappingError, listing what there is, or naming file and line."""
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
    try:
        root = read_yaml(path)
        mapping = _mapping(root, path)
        _check(mapping, root)
    except RuleSetError as error:
        raise MappingError(f"ánh xạ / mapping {error}") from None
    except OSError as error:
        raise MappingError(f"không đọc được ánh xạ / cannot read the mapping {path.name}: {error.strerror}") from None
    return mapping


def _mapping(root: Node, path: Path) -> Mapping:
    said = root.allow(_KEYS)
    kind = root.need("kind").one_of(KINDS)
    identity = root.need("id").text()
    if identity != path.stem:
        said["id"].fail(f"id phải là tên tệp, {path.stem!r}", f"id must be the file's name, {path.stem!r}")
    title = root.need("title").allow(("vi", "en"))
    zone = said["time_zone"].text() if "time_zone" in said else "Asia/Ho_Chi_Minh"
    if zone not in available_timezones():
        said["time_zone"].fail(f"không có múi giờ {zone!r}", f"there is no time zone {zone!r}")
    columns = root.need("columns").allow(
        [name for name in table(TABLE_OF_KIND[kind]).column_names if name not in PROVENANCE]
    )
    skip = said["skip"].mapping() if "skip" in said else {}
    return Mapping(
        id=identity,
        kind=kind,
        title_vi=title["vi"].text(),
        title_en=title["en"].text(),
        shape=said["shape"].one_of(("flat", "nested", "evaluation")) if "shape" in said else "flat",  # type: ignore[arg-type]
        time_zone=zone,
        times=_formats(said.get("times")),
        dates=_formats(said.get("dates")),
        empty=_texts(said.get("empty")),
        true=_texts(said.get("true")) or ("true", "1", "có", "x", "yes"),
        false=_texts(said.get("false")) or ("false", "0", "không", "no"),
        required=tuple(node.one_of(columns) for node in root.need("required").items()),
        personal=frozenset(_texts(said.get("personal"))),
        ignored=frozenset(_texts(said.get("ignored"))),
        skip=tuple((name, _texts(node)) for name, node in skip.items()),
        columns={name: _rule(node) for name, node in columns.items()},
        hash=hashlib.sha256(json.dumps(root.plain(), ensure_ascii=False).encode()).hexdigest()[:12],
        metrics=_metrics(said["metrics"]) if "metrics" in said else {},
    )


def _rule(node: Node) -> Rule:
    if not isinstance(node.value, dict):
        return Rule(sources=(node.text(),))
    said = node.allow(_COLUMN_KEYS)
    origins = [key for key in _ORIGINS if key in said]
    if len(origins) != 1:
        node.fail(f"cần đúng một trong: {', '.join(_ORIGINS)}", f"expected exactly one of: {', '.join(_ORIGINS)}")
    origin = origins[0]
    aggregate = origin if origin in AGGREGATES else None
    need = {"sum": ("field",), "earliest": ("field",), "latest": ("field",), "seconds": ("start", "end")}
    for key in need.get(origin, ()):
        node.need(key)

    def text(key: str) -> str | None:
        return said[key].text() if key in said else None

    return Rule(
        sources=_texts(said["from"]) if origin == "from" else (),
        constant=text("constant"),
        export=said["export"].one_of(("scope", "province")) if origin == "export" else None,
        of=text("of"),
        aggregate=aggregate,
        list_name=said[origin].text() if aggregate else None,
        field=text("field"),
        start=text("start"),
        end=text("end"),
        where=_filters(said["where"]) if "where" in said else (),
        expression=text("expression"),
        codes=tuple((heading_key(key), child.text()) for key, child in said["codes"].mapping().items())
        if "codes" in said
        else (),
        other=text("other"),
        empty=text("empty"),
        convert=said["as"].one_of(_AS) if "as" in said else None,
        day_end=said["day"].one_of(("start", "end")) == "end" if "day" in said else False,
        times=_formats(said.get("times")),
        dates=_formats(said.get("dates")),
        then=text("then"),
    )


def _filters(node: Node) -> tuple[Filter, ...]:
    found = []
    for name, child in node.mapping().items():
        if child.value in ("present", "empty"):
            found.append(Filter(name, child.value))  # type: ignore[arg-type]
        elif isinstance(child.value, dict):
            found.append(Filter(name, "not_in", _texts(child.allow(("not",))["not"])))
        else:
            found.append(Filter(name, "in", _texts(child)))
    return tuple(found)


def _texts(node: Node | None) -> tuple[str, ...]:
    if node is None or node.value is None:
        return ()
    return (
        tuple(item.text() if item.value != "" else "" for item in node.items())
        if isinstance(node.value, list)
        else (node.text(),)
    )


def _formats(node: Node | None) -> tuple[str, ...]:
    for item in node.items() if node is not None and isinstance(node.value, list) else ():
        if "%" not in item.text():
            item.fail(f"dạng thời gian cần ký hiệu %, ví dụ %d/%m/%Y, không phải {item.shown}", f"a time format has %, such as %d/%m/%Y, not {item.shown}")  # fmt: skip
    return _texts(node)


def _metrics(node: Node) -> MappingType[str, object]:
    """Where the unit, its metrics and their parts stand in an evaluation interface's JSON, as plain data."""
    node.allow(("unit", "unit_name", "list", "group", "score", "services", "fields"))
    for key in ("unit", "list"):
        node.need(key)
    plain = node.plain()
    assert isinstance(plain, dict)
    return plain


def _check(mapping: Mapping, root: Node) -> None:
    """What no single value shows: every column that may not be null is made, expressions are expressions, no personal use."""
    nodes = root.need("columns").mapping()
    there = table(mapping.table)
    absent = [
        column.name
        for column in there.columns
        if not column.nullable and column.name not in mapping.columns and column.name not in PROVENANCE
    ]
    if absent:
        listed = ", ".join(absent)
        root.need("columns").fail(
            f"thiếu cột bắt buộc: {listed} (không có trong nguồn thì ghi rõ constant)",
            f"columns that may not be null are missing: {listed} (say `constant` where the source has none)",
        )
    finished = {name for name, rule in mapping.columns.items() if not rule.of and not rule.expression}
    for name, rule in mapping.columns.items():
        node = nodes[name]
        for expression in (rule.expression, rule.then):
            if expression is not None:
                try:
                    check_condition(expression, finished)
                except ConditionError as error:
                    node.fail(*_both(str(error)))
        if rule.of is not None and rule.of not in mapping.columns:
            node.fail(f"không có cột {rule.of!r}", f"there is no column {rule.of!r}")
        used = set(rule.sources) | ({rule.list_name} if rule.list_name else set())
        if rule.convert != "present" and (private := used & mapping.personal):
            node.fail(f"trường cá nhân {', '.join(private)} chỉ được dùng với as: present", f"the personal field {', '.join(private)} may only be used with as: present")  # fmt: skip
        read = {rule.field, rule.start, rule.end} | {each.field for each in rule.where if each.test in ("in", "not_in")}
        if private := {each for each in read if each} & mapping.personal:
            node.fail(f"trường cá nhân {', '.join(private)} chỉ được dùng với present hoặc empty", f"the personal field {', '.join(private)} may only be used with present or empty")  # fmt: skip


def _both(message: str) -> tuple[str, str]:
    vi, _, en = message.partition(" / ")
    return vi, en or vi
