"""Rendering: one page, from its template and facts, in one language.

Belongs here: the templates' environment, what every template may use. Does not belong here: facts, files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache, lru_cache
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape

from publishing import licence
from publishing.explanation import Moved
from publishing.figures import json_text
from publishing.site import drawing
from publishing.site.addresses import CODES, Address, address, way_up
from publishing.site.formula import formula, notes_of
from publishing.site.languages import Language
from publishing.site.reading import Row
from publishing.site.rules import by_level, general_formula
from publishing.site.standings import Standing
from publishing.site.templating import environment
from publishing.words import COMPONENTS
from resources.units import province_name
from scoring.bands import DEFAULT, load_bands
from scoring.formulas import completion_pct, half_up
from scoring.ruleset import Indicator, get_ruleset, load_rulesets

TEMPLATES = Path(__file__).with_name("templates")
_LADDER = {5: (5, 4, 3, 2, 1), 4: (5, 4, 2, 1), 3: (5, 3, 1), 2: (5, 1), 1: (5,)}
_KEPT = 65536  # values of which a template keeps what they are written as
_HEAT = (Decimal(95), Decimal(90), Decimal(80), Decimal(70), Decimal(50))


@dataclass(frozen=True, slots=True)
class ShownIndicator:
    """A row of a unit's table of indicators."""

    title: str
    numerator: int | None
    denominator: int | None
    ratio: Decimal | None
    score: Decimal | None
    most: Decimal
    formula: str | None
    notes: tuple[str, ...]
    moved: Moved | None


@dataclass(frozen=True, slots=True)
class ShownGroup:
    """A component with its indicators; none where only its score is known."""

    title: str
    score: Decimal | None
    most: Decimal
    capped: bool
    indicators: tuple[ShownIndicator, ...]


def render(template: str, where: Address, facts: Mapping[str, Any], language: Language) -> str:
    """The text of a page."""
    root = way_up(where.path(language.code))

    def link(*parts: str) -> str:
        return root + _path(parts, language.code)

    def full(*parts: str) -> str:
        """With the site's public address, where the facts name one: for what is read away from the site."""
        base = facts.get("public_url")
        return f"{base}/{_path(parts, language.code)}" if base else link(*parts)

    return _environment(language).get_template(template).render(facts, root=root, here=where, link=link, full=full)


@lru_cache(_KEPT)
def _path(parts: tuple[str, ...], code: str) -> str:
    return address(*parts).path(code)


@cache
def _environment(language: Language) -> jinja2.Environment:
    pages = environment(TEMPLATES, language.text)
    pages.globals |= {
        "lang": language,
        "other": next(code for code in CODES if code != language.code),
        "components": COMPONENTS,
        "short": _short_names(language),
        "menu": _menu(language),
        "licence": licence,
        "note_text": _note_texts(language),
        "kind_text": _kind_texts(language),
        "hundred": Decimal(100),
        "province_name": province_name,
        "band_class": _band_class,
        "completion": lru_cache(_KEPT)(completion_pct),
        "share": lru_cache(_KEPT)(share),
        "heat": lru_cache(_KEPT)(heat),
        "groups": lambda unit: shown_groups(unit, language),
        "group_values": lambda unit, at: [point.groups[at] for point in unit.series],
        "joined": lambda unit: [point.joined for point in unit.series],
        "namesof": lambda rows: {row["unit_code"]: row["unit_name"] for row in rows},
        "by_level": by_level,
        "general_formula": lambda indicator, level: general_formula(indicator, level, language),
        "indicator_names": _indicator_names(language),
        "as_json": lambda value: Markup(json_text(value)),
        "history": drawing.history,
        "sparkline": drawing.sparkline,
        "gaps": drawing.gaps,
        "bumps": drawing.bumps,
    }
    written = {
        name: _kept(getattr(language, name)) for name in ("number", "plain", "percent", "signed", "word", "title")
    }
    pages.globals |= written
    pages.filters |= written
    pages.filters["runs"] = runs
    return pages


def _kept(write: Callable[..., str]) -> Callable[..., Markup]:
    """The same for templates, escaped, each value once: most stand on many pages."""

    @lru_cache(_KEPT, typed=True)
    def written(*asked: Any) -> Markup:
        return escape(write(*asked))

    return written


def runs(items: Iterable[Any], attribute: str) -> list[list[Any]]:
    """Items that follow each other and are alike in an attribute, together."""
    return [list(same) for _, same in groupby(items, key=attrgetter(attribute))]


def _indicator_names(language: Language) -> dict[str, str]:
    """Indicator code to its title, by the newest rule set that has it."""
    return {
        each.code: each.title_vi if language.code == "vi" else each.title_en
        for rules in load_rulesets().values()
        for each in rules.indicators
    }


def _menu(language: Language) -> tuple[tuple[str, str], ...]:
    _ = language.text
    return (
        ("releases", _("Kỳ công bố")),
        ("provinces", _("Tỉnh, thành phố")),
        ("methodology", _("Phương pháp")),
        ("data", _("Dữ liệu")),
        ("revisions", _("Bản sửa đổi")),
    )


def _short_names(language: Language) -> dict[str, str]:
    """Components in a narrow column: as the portal heads its table, or a word."""
    _ = language.text
    names = (_("Công khai"), _("Tiến độ"), _("Trực tuyến"), _("Thanh toán"), _("Hài lòng"), _("Số hóa"))
    return dict(zip(COMPONENTS, names, strict=True))


def _note_texts(language: Language) -> dict[str, str]:
    """What the notes of a score mean."""
    _ = language.text
    return {
        "missing": _("chưa có số đếm"),
        "invalid_counts": _("số đếm không hợp lệ"),
        "zero_denominator": _("không phát sinh trường hợp nào; điểm theo bộ quy tắc"),
        "flat": _("điểm cố định theo bộ quy tắc, không theo số đếm"),
        "inherited": _("theo số đếm của tỉnh"),
        "capped": _("tử số lớn hơn mẫu số, điểm được giới hạn ở tối đa"),
        "small_denominator": _("mẫu số từ 3 trở xuống, cần thận trọng"),
        "derived": _("tính từ điểm của nhóm khác"),
        "group_capped": "",
    }


def _kind_texts(language: Language) -> dict[str, str]:
    """What an export holds."""
    _ = language.text
    return {
        "dossiers": _("hồ sơ"),
        "petitions": _("phản ánh, kiến nghị"),
        "procedures": _("danh mục thủ tục"),
        "units": _("danh mục đơn vị"),
        "counts": _("số đếm của cổng"),
        "scores": _("bảng điểm của cổng"),
    }


def share(score: Decimal | None, most: Decimal | None) -> int:
    """Whole percent of the maximum: the width of a bar."""
    return min(100, int(score * 100 / most)) if score is not None and most else 0


def heat(completion: Decimal) -> int:
    """Which of six grounds a completion stands on, 0 the palest."""
    return sum(completion >= limit for limit in _HEAT)


def _band_class(row: Row) -> str:
    """`b5` best to `b1`: the pattern and colour of a band, by its place among those of its scope."""
    bands = load_bands()
    ladder = [band.code for band in bands.get(row["scope"], bands[DEFAULT])]
    places = _LADDER.get(len(ladder), tuple(range(len(ladder), 0, -1)))
    return f"b{places[ladder.index(row['band'])]}" if row["band"] in ladder else "b1"


def shown_groups(unit: Standing, language: Language) -> list[ShownGroup]:
    """The table of indicators: the components in their order, the indicators in the order of the rule set."""
    known = _known(unit.rules)
    scores: dict[str, list[Row]] = {}
    for score in unit.scores:
        scores.setdefault(score["group_code"], []).append(score)
    components = {name: unit.row[name] for name in COMPONENTS}
    found = []
    for name in COMPONENTS:
        told = scores.get(name, ())
        own = sorted((row for row in told if row["indicator"] in known), key=lambda row: known[row["indicator"]][0])
        found.append(
            ShownGroup(
                title=language.title(name),
                score=unit.row[name],
                most=unit.maxima[name],
                capped=any("group_capped" in notes_of(row) for row in told),
                indicators=tuple(_shown(row, known[row["indicator"]][1], unit, components, language) for row in own),
            )
        )
    return found


@cache
def _known(rules: str) -> dict[str, tuple[int, Indicator]]:
    """The indicators of a rule set by code, with their place in it."""
    return {indicator.code: (at, indicator) for at, indicator in enumerate(get_ruleset(rules).indicators)}


def _shown(
    score: Row, indicator: Indicator, unit: Standing, components: Mapping[str, Any], language: Language
) -> ShownIndicator:
    numerator, denominator = score["numerator"], score["denominator"]
    return ShownIndicator(
        title=indicator.title_vi if language.code == "vi" else indicator.title_en,
        numerator=numerator,
        denominator=denominator,
        ratio=_ratio(numerator, denominator) if denominator and numerator is not None else None,
        score=score["score"],
        most=score["max_points"],
        formula=formula(score, indicator, unit.row["level"], components, language),
        notes=tuple(note for note in notes_of(score) if note != "group_capped"),
        moved=unit.account.moved.get(score["indicator"]),
    )


@lru_cache(_KEPT)
def _ratio(numerator: int, denominator: int) -> Decimal:
    """Percent, to one decimal."""
    return half_up(Fraction(100 * numerator, denominator), 1)
