"""The pages of provinces and units: a province with its departments and communes, its other periods, its sources, and every unit.

Belongs here: which of them there are and what each is made of. Does not belong here: what a unit's standing is (standings.py),
rendering.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from publishing.site.addresses import address
from publishing.site.alphabet import alphabet_key
from publishing.site.page import Page, plain
from publishing.site.reading import NATION, Book, Brief, Row
from publishing.site.standings import Standing, Standings, rank_texts, rules_of
from publishing.words import COMPONENTS
from resources.units import province_name
from scoring.calendar import PERIOD_KINDS, Period, Week

_OF_UNIT = ("week", "period", "scope", "unit_code", "unit_name", "last_sound_week", "last_sound_total")
_IN_COHORT = (*_OF_UNIT, "rank", "ranked", "total", "change", "move", "band", *COMPONENTS)


class ProvinceLine(NamedTuple):
    """A province in the list of provinces."""

    code: str
    name: str
    week: str | None
    rank: str | None
    total: Decimal | None
    departments: int
    communes: int


@dataclass(frozen=True)
class CohortTable:
    level: str
    rows: tuple[Row, ...]
    ranks: Mapping[str, str]
    maxima: Mapping[str, Decimal]


@dataclass(frozen=True)
class ProvincePage:
    """A province: its own standing, where it was ranked, the tables of its departments and communes, and its other periods
    (kind, label)."""

    code: str
    name: str
    unit: Standing | None
    cohorts: tuple[CohortTable, ...]
    names: tuple[tuple[str, str], ...]
    periods: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class PeriodPage:
    """A province's rankings of another kind of period. own: its row among the provinces. is_open: the period goes on."""

    code: str
    name: str
    week: str
    period: str
    is_open: bool
    own: Row | None
    cohorts: tuple[CohortTable, ...]
    others: tuple[tuple[str, str], ...]


def unit_pages(book: Book, standings: Standings) -> Iterator[Page]:
    newest = {code: series[-1] for code, series in book.series.items() if series}
    inside: dict[str, dict[str, list[Brief]]] = {}  # province, level
    for brief in newest.values():
        scope = brief.unit_code if brief.cohort == NATION else brief.scope
        inside.setdefault(scope, {}).setdefault(brief.level, []).append(brief)
    lines = []
    for code, levels in inside.items():
        others = list(period_pages(book, code, province_name(code) or code))
        periods = tuple((kind, other.period) for kind, other in others)
        page = _province(code, levels, newest, standings, periods)
        for kind, other in others:
            yield plain(address("provinces", code, kind), "period.html", {"page": other})
        lines.append(_line(page))
        yield plain(address("provinces", code), "province.html", {"province": page})
        if files := standings.sources(code):
            told = {"code": code, "name": page.name, "files": files}
            yield plain(address("provinces", code, "sources"), "sources.html", told)
    lines.sort(key=lambda line: alphabet_key(line.name))
    yield plain(address("provinces"), "provinces.html", {"provinces": lines})
    for code, brief in newest.items():
        if brief.cohort == NATION:
            yield plain(address("units", code), "moved.html", {"to": ("provinces", code), "name": brief.unit_name})
        else:
            yield plain(address("units", code), "unit.html", {"unit": standings.of(code)})


def _province(
    code: str,
    levels: Mapping[str, list[Brief]],
    newest: Mapping[str, Brief],
    standings: Standings,
    periods: tuple[tuple[str, str], ...],
) -> ProvincePage:
    tables = []
    for level in ("department", "commune"):
        if level in levels:
            last = max(levels[level], key=lambda brief: brief.week)
            tables.append(_table(level, standings.cohort(last), standings.ranks(last)))
    units = [brief for level, briefs in levels.items() if level != NATION[0] for brief in briefs]
    return ProvincePage(
        code=code,
        name=province_name(code) or (newest[code].unit_name if code in newest else code),
        unit=standings.of(code) if code in newest else None,
        cohorts=tuple(tables),
        names=tuple(
            (brief.unit_code, brief.unit_name)
            for brief in sorted(units, key=lambda brief: alphabet_key(brief.unit_name))
        ),
        periods=periods,
    )


def period_pages(book: Book, code: str, name: str) -> Iterator[tuple[str, PeriodPage]]:
    """Kind and page of every other kind of period in which a province's units are ranked in the newest week."""
    found: dict[str, tuple[CohortTable, ...]] = {}
    for kind in PERIOD_KINDS[1:]:
        cohorts = {level: book.others.get(((level, code), kind), []) for level in ("department", "commune")}
        tables = tuple(_table(level, rows, rank_texts(rows)) for level, rows in cohorts.items() if rows)
        if tables:
            found[kind] = tables
    labels = {kind: tables[0].rows[0]["period"] for kind, tables in found.items()}
    for asked, tables in found.items():
        week, period = tables[0].rows[0]["week"], labels[asked]
        own = next((row for row in book.others.get((NATION, asked), ()) if row["unit_code"] == code), None)
        yield (
            asked,
            PeriodPage(
                code=code,
                name=name,
                week=week,
                period=period,
                is_open=Period.parse(period).end_day > Week.parse(week).sunday,
                own=_shown(own) if own else None,
                cohorts=tables,
                others=tuple((each, label) for each, label in labels.items() if each != asked),
            ),
        )


def _table(level: str, rows: list[Row], ranks: Mapping[str, str]) -> CohortTable:
    shown = sorted(rows, key=_by_rank_and_name)
    return CohortTable(level, tuple(map(_shown, shown)), ranks, rules_of(shown[0]).maxima)


def _shown(row: Row) -> Row:
    return {name: row[name] for name in _IN_COHORT} | _why_unranked(row)


def _by_rank_and_name(row: Row) -> tuple[Any, ...]:
    return row["rank"] is None, row["rank"] or 0, alphabet_key(row["unit_name"])


def _why_unranked(row: Row) -> Row:
    """The status of a row without a rank; that of the others changes with every revision and is not shown."""
    return {"status": row["status"] if row["rank"] is None else ""}


def _line(page: ProvincePage) -> ProvinceLine:
    sizes = {table.level: len(table.rows) for table in page.cohorts}
    row = page.unit.row if page.unit else None
    return ProvinceLine(
        page.code,
        page.name,
        row["week"] if row else page.cohorts[0].rows[0]["week"] if page.cohorts else None,
        page.unit.rank if page.unit else None,
        row["total"] if row else None,
        sizes.get("department", 0),
        sizes.get("commune", 0),
    )
