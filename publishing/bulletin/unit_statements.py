"""Statements about the units inside a province: departments, communes, moves, the end of the table, units under review.

Belongs here: what is said of a ranking inside the province. Does not belong here: the province among the 34
(statements.py). Every sentence about a ranking that is not of the headline period names its period.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from decimal import Decimal

from publishing.bulletin import places
from publishing.bulletin.facts import HEADLINE, Facts, Held, Repair
from publishing.bulletin.statements import Statement
from publishing.bulletin.text import (
    Figure,
    Phrase,
    Value,
    change,
    count,
    few,
    just,
    name,
    nth,
    points,
    say,
    series,
    told,
    word,
)
from publishing.figures import displayed
from publishing.views import RankingView, Row
from scoring.bands import load_bands

BEST, TO_IMPROVE = 5, 3
SMALL = 10  # of a cohort of fewer, three are told as leading
BOTTOM = 10
MOVES = 4
LEAST_MOVE = 3  # places, before a move is told
NAMED = 4


def about_units(facts: Facts) -> list[Statement]:
    """What can be said of the units, department by commune."""
    said = [mean(facts)]
    for view in (facts.departments, facts.communes):
        said += [leaders(view), to_improve(view), bands(view), moves(view), bottom(view)]
    said.append(under_review(facts.held))
    said += [repaired(facts, each) for each in facts.repairs]
    return [statement for statement in said if statement is not None]


def mean(facts: Facts) -> Statement | None:
    """The mean of the totals of all ranked units: departments and communes together, else the communes."""
    view = facts.units if facts.units.ranked else facts.communes
    totals = [row["total"] for row in _ranked(view)]
    if not totals:
        return None
    return Statement(
        "mean",
        say(
            "Bình quân {units} đơn vị{period}: {mean} điểm",
            "Mean of {units} units{period}: {mean} points",
            units=count(len(totals)),
            mean=points(displayed(statistics.mean(totals)), places.unit(facts.scope)),
            period=_period(view),
        ),
    )


def leaders(view: RankingView) -> Statement | None:
    """The best, with the whole number of points that they all exceed."""
    best = best_of(view)
    if not best:
        return None
    return Statement(
        f"{view.level}.leaders",
        say(
            "{head}: {units}{order}",
            "{head}: {units}{order}",
            head=head_of_leaders(view),
            units=series(_unit(row) for row in best),
            order=order_words(best),
        ),
    )


def best_of(view: RankingView) -> list[Row]:
    """The units that are told as leading; none of fewer than three."""
    ranked = _ranked(view)
    return ranked[: BEST if len(ranked) >= SMALL else 3] if len(ranked) >= 3 else []


def head_of_leaders(view: RankingView) -> Phrase:
    """`Dẫn đầu, đều trên 92 điểm`."""
    least = min(row["total"] for row in best_of(view))
    level = int(least)
    if least == level:
        return say("Dẫn đầu{period}", "In the lead{period}", period=_period(view))
    return say(
        "Dẫn đầu{period}, đều trên {level} điểm",
        "In the lead{period}, all above {level} points",
        level=count(level),
        period=_period(view),
    )


def to_improve(view: RankingView, most: int = TO_IMPROVE) -> Statement | None:
    """The last ones, the better first."""
    last = last_of(view, most)
    if not last:
        return None
    return Statement(
        f"{view.level}.to_improve",
        say(
            "Cần cải thiện{period}: {units}{order}",
            "To improve{period}: {units}{order}",
            units=series(_unit(row) for row in last),
            period=_period(view),
            order=order_words(last),
        ),
        "warn",
    )


def last_of(view: RankingView, most: int = TO_IMPROVE) -> list[Row]:
    """The units that are told as to improve: none of a cohort so small that they would be the leaders too."""
    ranked = _ranked(view)
    return ranked[-most:] if len(ranked) >= len(best_of(view)) + most else []


def bands(view: RankingView) -> Statement | None:
    """How many units stand in each band of the province, best first."""
    ranked = _ranked(view)
    if not ranked:
        return None
    known = load_bands()
    ladder = known.get(view.scope) or known["default"]
    numbers = [(band, sum(row["band"] == band.code for row in ranked)) for band in ladder]
    if sum(number for _, number in numbers) != len(ranked):
        return None
    items = [
        say("{band}: {n}", "{band}: {n}", band=word(band.code), n=count(number)) for band, number in numbers if number
    ]
    return Statement(
        f"{view.level}.bands",
        say(
            "{n} đơn vị được xếp hạng{period}: {bands}",
            "{n} ranked{period}: {bands}",
            n=count(len(ranked)),
            period=_period(view),
            bands=series(items),
        ),
    )


def moves(view: RankingView) -> Statement | None:
    """The largest moves up, and the largest down; only between weeks whose cohorts are the same."""
    told = [row for row in _ranked(view) if row["move"] is not None]
    up = sorted((row for row in told if row["move"] >= LEAST_MOVE), key=lambda row: (-row["move"], row["rank"]))[:MOVES]
    down = sorted((row for row in told if row["move"] <= -LEAST_MOVE), key=lambda row: (row["move"], row["rank"]))[:1]
    if not up and not down:
        return None
    vi, en = [], []
    values: dict[str, Value] = {"period": _period(view)}
    if up:
        vi, en = ["Tăng hạng mạnh nhất{period}: {up}"], ["Largest rises{period}: {up}"]
        values["up"] = series(_move(view, row) for row in up)
    if down:
        vi, en = [*vi, "Giảm mạnh nhất{period}: {down}"], [*en, "Largest fall{period}: {down}"]
        values["down"] = series(_move(view, row) for row in down)
    return Statement(f"{view.level}.moves", say(". ".join(vi), ". ".join(en), **values))


def bottom(view: RankingView) -> Statement | None:
    """Of the last ten, how many have more points than the week before; only if all of them can be compared."""
    last = _ranked(view)[-BOTTOM:]
    if len(_ranked(view)) < 2 * BOTTOM or any(row["change"] is None for row in last):
        return None
    rose = sum(displayed(row["change"]) > 0 for row in last)
    return Statement(
        f"{view.level}.bottom",
        say(
            "Trong {n} đơn vị cuối bảng{period}, {rose} đơn vị tăng điểm",
            "Of the bottom {n}{period}, {rose} rose",
            period=_period(view),
            n=count(BOTTOM),
            rose=count(rose, places.unit(view.scope)),
        ),
    )


def under_review(held: Sequence[Held]) -> Statement | None:
    """Units under review, by the reason that holds them, with the total they were last ranked with."""
    if not held:
        return None
    by_reason: dict[str, list[Row]] = {}
    for each in held:
        by_reason.setdefault(each.reason or "", []).append(each.row)
    groups = [
        say(
            "{units}" + (" ({reason})" if reason else ""),
            "{units}" + (" ({reason})" if reason else ""),
            units=_names(rows),
            reason=told(reason),
        )
        for reason, rows in by_reason.items()
    ]
    return Statement(
        "under_review",
        say(
            "{n} đơn vị đang xem xét, chưa xếp hạng: {groups}",
            f"{{n}} {few(len(held), 'unit', 'units')} under review and without a rank: {{groups}}",
            n=count(len(held)),
            groups=series(groups),
        ),
        "warn",
    )


def repaired(facts: Facts, repair: Repair) -> Statement | None:
    """Weeks that were published again, or from corrected exports, and why."""
    weeks = series((just(name(week, places.release(week))) for week in repair.weeks), ", ")
    values: dict[str, Value] = {"weeks": weeks, "reason": told(repair.reason)}
    if repair.revision == 1:
        return Statement(
            "repaired",
            say(
                "Tuần {weeks} tính theo bản xuất đã sửa: {reason}",
                "{weeks}: from corrected exports: {reason}",
                **values,
            ),
        )
    values |= {"units": count(repair.units), "revision": count(repair.revision)}
    return Statement(
        "repaired",
        say(
            "Tuần {weeks} đã công bố lại (bản {revision}), {units} đơn vị đổi số liệu; nay đã khắc phục: {reason}",
            f"{{weeks}} published again (revision {{revision}}), {{units}} {few(repair.units, 'unit', 'units')} changed, "
            "since repaired: {reason}",
            **values,
        ),
    )


def _ranked(view: RankingView) -> list[Row]:
    return [row for row in view.rows if row["rank"] is not None]


def _unit(row: Row) -> Phrase:
    here = places.unit(row["unit_code"])
    return say(
        "{unit} {total}",
        "{unit} {total}",
        unit=name(row["unit_name"], here),
        total=points(row["total"], here),
        rank=nth(row["rank"], here),
    )


def _move(view: RankingView, row: Row) -> Phrase:
    here = places.unit(row["unit_code"])
    return say(
        "{unit} từ hạng {previous} " + ("lên" if row["move"] > 0 else "xuống") + " {rank}",
        "{unit} from {previous} to {rank}",
        unit=name(row["unit_name"], here),
        previous=nth(row["previous_rank"], here),
        rank=nth(row["rank"], here),
        places=change(Decimal(row["move"]), here),
        ranked=count(view.ranked, here),
    )


def _names(rows: Sequence[Row]) -> Phrase:
    """The first few, with the total each was last ranked with, and how many more there are."""
    units, rest = series((_last_known(row) for row in rows[:NAMED]), ", "), len(rows) - NAMED
    if rest <= 0:
        return just(units)
    return say("{units} và {rest} đơn vị khác", "{units} and {rest} more", units=units, rest=count(rest))


def _last_known(row: Row) -> Phrase:
    unit = name(row["unit_name"], places.unit(row["unit_code"]))
    if row["last_sound_total"] is None:
        return just(unit)
    return say(
        "{unit} (gần nhất {total}, tuần {week})",
        "{unit} (last {total}, {week})",
        unit=unit,
        total=points(row["last_sound_total"], places.unit(row["unit_code"])),
        week=name(row["last_sound_week"], places.release(row["last_sound_week"])),
    )


def _period(view: RankingView) -> Phrase:
    """The period of a ranking that is not the headline's: the year to date beside a month would mislead."""
    if view.period_kind == HEADLINE or view.period is None:
        return say("", "")
    return say(" ({period})", " ({period})", period=Figure(view.period, "period"))


def order_words(rows: Sequence[Row]) -> Phrase:
    """That ranks stand on totals before rounding, where the printed totals are in another order."""
    totals = [row["total"] for row in rows]
    if totals == sorted(totals, reverse=True):
        return say("", "")
    return say(" (xếp theo điểm chưa làm tròn)", " (ranked before rounding)")
