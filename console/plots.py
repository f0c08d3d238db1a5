"""The small plot of a unit's history, as SVG that needs neither script nor style.

Belongs here: drawing. Does not belong here: what is drawn (publishing/standing.py).
"""

from __future__ import annotations

from decimal import Decimal

from markupsafe import Markup

from publishing.figures import people
from publishing.standing import History

WIDTH, HEIGHT = 820, 150
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 24, 26, 112
_INK, _SOFT, _BAND, _BAD = "#14213d", "#55617a", "#e6f0ee", "#b42318"


def history_plot(history: History, label: str, apart: tuple[str, str, Decimal] | None = None) -> Markup:
    """The figure by week; weeks in which the rule fails are larger, red, and say their value.

    apart: a week, words and value of another figure that the finding sets against the unit's own. That one is then red.
    """
    values = [point.value for point in history.points]
    edges = [*values, *(history.usual or ()), *(apart[2:] if apart else ())]
    low, high = min(edges), max(edges)
    room = max((high - low) * Decimal("0.15"), Decimal("0.05"))
    low, high = low - room, high + room

    def y(value: Decimal) -> str:
        return f"{_BOTTOM - float((value - low) / (high - low)) * (_BOTTOM - _TOP):.1f}"

    count = len(history.points)
    step = (WIDTH - _LEFT - _RIGHT) / max(count - 1, 1)
    xs = [f"{_LEFT + at * step:.1f}" if count > 1 else f"{WIDTH / 2:.1f}" for at in range(count)]
    parts: list[Markup] = []
    if history.usual:
        least, most = history.usual
        height = max(float(y(least)) - float(y(most)), 2)
        band = Markup('<rect x="{}" y="{}" width="{}" height="{:.1f}" fill="{}"/>')
        parts.append(band.format(_LEFT - 16, y(most), WIDTH - _LEFT - _RIGHT + 32, height, _BAND))
    for value in sorted({min(values), max(values)}):
        scale = Markup('<text x="{}" y="{}" font-size="12" text-anchor="end" fill="{}">{}</text>')
        parts.append(scale.format(_LEFT - 22, f"{float(y(value)) + 4:.1f}", _SOFT, people(value)))
    line = " ".join(f"{x},{y(value)}" for x, value in zip(xs, values, strict=True))
    parts.append(Markup('<polyline fill="none" stroke="{}" stroke-width="2" points="{}"/>').format(_INK, line))
    mark = Markup('<circle cx="{}" cy="{}" r="{}" fill="{}"><title>{}: {}</title></circle>')
    week = Markup('<text x="{}" y="138" font-size="12" text-anchor="middle" fill="{}">{}</text>')
    told = Markup(
        '<text x="{:.1f}" y="{:.1f}" font-size="13" font-weight="600" text-anchor="{}" fill="{}" stroke="#fff" '
        'stroke-width="5" paint-order="stroke">{}</text>'
    )
    for at, (x, point) in enumerate(zip(xs, history.points, strict=True)):
        radius, colour = (6, _BAD if apart is None else _INK) if point.fails else (3.5, _INK)
        parts.append(mark.format(x, y(point.value), radius, colour, point.week, people(point.value)))
        parts.append(week.format(x, _BAD if point.fails else _SOFT, point.week[5:]))
        if point.fails:
            anchor = "middle" if 0 < at < count - 1 else "start" if at == 0 < count - 1 else "end"
            parts.append(told.format(float(x), float(y(point.value)) - 12, anchor, colour, people(point.value)))
        if apart and apart[0] == point.week:
            side, anchor = (-12, "end") if at else (12, "start")
            parts.append(mark.format(x, y(apart[2]), 6, _BAD, point.week, apart[1]))
            parts.append(told.format(float(x) + side, float(y(apart[2])) + 4, anchor, _BAD, apart[1]))
    frame = Markup('<svg class="plot" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>')
    return frame.format(WIDTH, HEIGHT, label, Markup("").join(parts))
