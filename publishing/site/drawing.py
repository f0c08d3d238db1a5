"""Figures as SVG: lines over weeks, the gap to the first, moves between ranks. Light, without script, drawn at build time.

Belongs here: drawing. Does not belong here: what is drawn, and its words, which the templates give.

Colour comes from classes of the style sheet (Okabe and Ito's, told apart by the colour-blind); lines also differ by dashes
and are named at their ends. Every figure has a text alternative, and its numbers stand in a table beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from markupsafe import Markup, escape

from publishing.site.languages import Language
from publishing.site.standings import Mark, Point

WIDTH = 760
_LEFT, _RIGHT = 54, 20
_LABELLED = 14  # weeks whose names fit below a figure


class Line(NamedTuple):
    """A line of a figure: name, values by week (None where there is none), which of the eight styles, and whether to
    join a week to the one before."""

    name: str
    values: Sequence[Decimal | None]
    style: int
    joined: Sequence[bool]


def history(points: Sequence[Point], marks: Sequence[Mark], language: Language, label: str, median: str) -> Markup:
    """A unit's total by week with the median of its cohort. Weeks that may not be compared are not joined."""
    weeks = [point.week for point in points]
    lines = [
        Line(median, [point.median for point in points], 7, [point.joined for point in points]),
        Line("", [point.total for point in points], 0, [point.joined for point in points]),
    ]
    hollow = frozenset(at for at, point in enumerate(points) if point.rank is None)
    return _figure(weeks, lines, marks, language, label, height=210, hollow=hollow)


def gaps(weeks: Sequence[str], lines: Sequence[Line], language: Language, label: str) -> Markup:
    """How far the next ones stand behind the first, by week: nearer to the top is nearer to the first."""
    return _figure(weeks, lines, (), language, label, height=230, upside_down=True, right=128)


def _figure(
    weeks: Sequence[str],
    lines: Sequence[Line],
    marks: Sequence[Mark],
    language: Language,
    label: str,
    *,
    height: int,
    upside_down: bool = False,
    right: int = 132,
    hollow: frozenset[int] = frozenset(),
) -> Markup:
    values = [value for line in lines for value in line.values if value is not None]
    if not values:
        return Markup("")
    low, high = min(values), max(values)
    if upside_down:
        low = Decimal(0)
    room = max((high - low) * Decimal("0.12"), Decimal("0.05"))
    low, high = (low, high + room) if upside_down else (low - room, high + room)
    top, bottom = 24, height - 30

    def y(value: Decimal) -> float:
        share = float((value - low) / (high - low))
        return top + share * (bottom - top) if upside_down else bottom - share * (bottom - top)

    xs = _xs(len(weeks), WIDTH - right)
    parts = [_scale(low if upside_down else min(values), max(values), y, language, WIDTH - right)]
    parts += [_mark(mark, xs[weeks.index(mark.week)], _step(xs), bottom, language) for mark in marks]
    parts.append(_week_names(weeks, xs, height - 8))
    for line in lines:
        parts.append(_path(line, xs, y))
        is_main = line.style == 0
        for at, value in enumerate(line.values):
            if value is not None and (is_main or at == len(weeks) - 1):
                parts.append(
                    f'<circle class="{"ho" if is_main and at in hollow else "dt"} c{line.style}" '
                    f'cx="{xs[at]:.1f}" cy="{y(value):.1f}" r="3.5"/>'
                )
    parts += _ends(lines, xs, y, language)
    return _svg(WIDTH, height, label, parts)


def _xs(count: int, width: float) -> list[float]:
    step = (width - _LEFT - _RIGHT) / max(count - 1, 1)
    return [_LEFT + at * step for at in range(count)] if count > 1 else [_LEFT + (width - _LEFT) / 2]


def _step(xs: Sequence[float]) -> float:
    return xs[1] - xs[0] if len(xs) > 1 else 0


def _scale(low: Decimal, high: Decimal, y: object, language: Language, width: float) -> str:
    lines = []
    for value in dict.fromkeys((low, high)):
        at = y(value)  # type: ignore[operator]
        lines.append(f'<path class="gr" d="M{_LEFT - 8} {at:.1f}H{width:.0f}"/>')
        lines.append(
            f'<text class="ax" x="{_LEFT - 12}" y="{at + 4:.1f}" text-anchor="end">{language.number(value)}</text>'
        )
    return "".join(lines)


def _mark(mark: Mark, x: float, step: float, bottom: float, language: Language) -> str:
    title = escape(mark.title_vi if language.code == "vi" else mark.title_en)
    at = x - step / 2
    sign = "⫽" if mark.is_break else "§"
    return (
        f'<g class="{"bk" if mark.is_break else "rs"}"><title>{title}</title><path d="M{at:.1f} 16V{bottom:.0f}"/>'
        f'<text class="ax" x="{at:.1f}" y="12" text-anchor="middle">{sign}</text></g>'
    )


def _week_names(weeks: Sequence[str], xs: Sequence[float], y: float) -> str:
    every = -(-len(weeks) // _LABELLED)
    last = len(weeks) - 1
    return "".join(
        f'<text class="ax" x="{xs[at]:.1f}" y="{y:.0f}" text-anchor="middle">{weeks[at][5:]}</text>'
        for at in range(len(weeks))
        if (last - at) % every == 0
    )


def _path(line: Line, xs: Sequence[float], y: object) -> str:
    steps, is_open = [], False
    for at, value in enumerate(line.values):
        if value is None:
            is_open = False
            continue
        here = f"{xs[at]:.1f} {y(value):.1f}"  # type: ignore[operator]
        steps.append(f"L{here}" if is_open and line.joined[at] else f"M{here}")
        is_open = True
    return f'<path class="ln c{line.style}" d="{"".join(steps)}"/>'


def _ends(lines: Sequence[Line], xs: Sequence[float], y: object, language: Language) -> list[str]:
    """The last value of each line and its name, none printed over another."""
    ends = [
        (y(line.values[-1]), line, line.values[-1])  # type: ignore[operator]
        for line in lines
        if line.values and line.values[-1] is not None
    ]
    parts, lowest = [], -99.0
    for at, line, value in sorted(ends, key=lambda end: (end[0], end[1].style)):
        place = max(at, lowest + 14)
        lowest = place
        name = f" {line.name}" if line.name else ""
        parts.append(
            f'<text class="en c{line.style}" x="{xs[-1] + 9:.1f}" y="{place + 4:.1f}">'
            f"{language.number(value)}{escape(name)}</text>"
        )
    return parts


def sparkline(values: Sequence[Decimal | None], joined: Sequence[bool], label: str) -> Markup:
    """A small line without axes, over its own least and most."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return Markup("")
    low, high = min(known), max(known)
    spread = (high - low) or Decimal(1)
    step = 138 / max(len(values) - 1, 1)

    def y(value: Decimal) -> float:
        return 30 - float((value - low) / spread) * 24 if high > low else 18

    line = Line("", values, 0, joined)
    xs = [6 + at * step for at in range(len(values))]
    last = next(at for at in range(len(values) - 1, -1, -1) if values[at] is not None)
    end = f'<circle class="dt c0" cx="{xs[last]:.1f}" cy="{y(values[last] or low):.1f}" r="3"/>'
    return _svg(150, 36, label, [_path(line, xs, y), end], "spark")


def bumps(
    weeks: Sequence[str],
    ranks: Mapping[str, Sequence[int | None]],
    names: Mapping[str, str],
    told: Sequence[str],
    label: str,
) -> Markup:
    """Ranks by week, a line a unit; those in `told` stand out. names: in the order of the last week."""
    row = 15
    most = max((rank for each in ranks.values() for rank in each if rank is not None), default=1)
    height = 26 + most * row + 16
    xs = _xs(len(weeks), WIDTH - 130)

    def y(rank: int) -> float:
        return 12 + rank * row

    parts, taken = [], set()
    for code in sorted(ranks, key=lambda code: code in told):
        style = told.index(code) + 1 if code in told else 9
        steps, is_open = [], False
        for at, rank in enumerate(ranks[code]):
            if rank is None:
                is_open = False
                continue
            steps.append(f"{'L' if is_open else 'M'}{xs[at]:.1f} {y(rank):.0f}")
            is_open = True
        parts.append(f'<path class="ln c{style}" d="{"".join(steps)}"/>')
    for code, name in names.items():
        last = ranks[code][-1]
        if last is None:
            continue
        place = last
        while place in taken:  # those who share a rank stand below each other
            place += 1
        taken.add(place)
        style = told.index(code) + 1 if code in told else 9
        parts.append(
            f'<text class="en c{style}" x="{xs[-1] + 9:.1f}" y="{y(place) + 4:.0f}">{last} {escape(name)}</text>'
        )
        first = ranks[code][0]
        if len(weeks) > 1 and first is not None:
            parts.append(f'<text class="ax" x="{_LEFT - 10}" y="{y(first) + 4:.0f}" text-anchor="end">{first}</text>')
    parts.append(_week_names(weeks, xs, height - 4))
    return _svg(WIDTH, height, label, parts)


def _svg(width: int, height: int, label: str, parts: Sequence[str], kind: str = "plot") -> Markup:
    return Markup(
        f'<svg class="{kind}" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(label)}">{"".join(parts)}</svg>'
    )
