"""What statements of a report must satisfy among themselves: pure functions on exact decimals.

Belongs here: one function a kind of contradiction, and the search for the nearest count that would explain a printed
percentage. Does not belong here: files of claims and their wording (checks/claims.py).

Every function returns None when the statements agree, or a Contradiction. A printed number stands for all that round to
it: half a unit of its last digit to both sides.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What was said, what should stand there, and what would explain it (Vietnamese, English; empty: nothing near)."""

    value: str
    expected: str
    because_vi: str = ""
    because_en: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Counts that give a printed percentage."""

    numerator: int
    denominator: int

    def __str__(self) -> str:
        return f"{self.numerator}/{self.denominator}"


def places_of(printed: Decimal) -> int:
    """Decimal places a number was printed with."""
    return max(0, -int(printed.as_tuple().exponent))


def half_unit(printed: Decimal) -> Decimal:
    """Half a unit of the last digit printed: 24.6 stands for 24.55 to 24.65."""
    return Decimal(5).scaleb(-places_of(printed) - 1)


def agrees(printed: Decimal, exact: Decimal) -> bool:
    return abs(printed - exact) <= half_unit(printed)


def percentage(numerator: Decimal | int, denominator: Decimal | int, places: int) -> Decimal:
    """100 numerator / denominator, rounded half-up."""
    return (HUNDRED * numerator / denominator).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


# ---- 1, 2: sums


def components_add(total: Decimal, components: Sequence[Decimal], most_gap: Decimal) -> Contradiction | None:
    """1: components, all of them, add to the total."""
    found = sum(components, Decimal(0))
    if abs(found - total) <= most_gap:
        return None
    return Contradiction(str(total), str(found))


def component_that_follows(total: Decimal, others: Sequence[Decimal]) -> Decimal:
    """1: the one component that was left out."""
    return total - sum(others, Decimal(0))


def changes_add(total: Decimal, changes: Mapping[str, Decimal], most_gap: Decimal) -> Contradiction | None:
    """2: the changes of all components add to the change of the total. Explained by the one that would have to be 0."""
    found = sum(changes.values(), Decimal(0))
    gap = total - found
    if abs(gap) <= most_gap:
        return None
    said = " ".join(f"{change:+}" for change in changes.values())
    for name, change in changes.items():
        if change and abs(gap + change) <= most_gap:
            vi, en = f"khớp nếu {name} không đổi", f"it fits if {name} did not change"
            return Contradiction(f"{total:+}", f"{said} = {found:+}", f"{vi} (0)", f"{en} (0)")
        if change and abs(gap + 2 * change) <= most_gap:
            vi, en = f"khớp nếu {name} là {-change:+}", f"it fits if {name} was {-change:+}"
            return Contradiction(f"{total:+}", f"{said} = {found:+}", vi, en)
    return Contradiction(f"{total:+}", f"{said} = {found:+}")


# ---- 3, 8, 11, 15: differences


def gap(leader: Decimal, other: Decimal, said: Decimal, most_gap: Decimal) -> Contradiction | None:
    """3: leader less gap is the other's total."""
    if abs(leader - other - said) <= most_gap:
        return None
    return Contradiction(str(said), f"{leader} - {other} = {leader - other}")


def previous_and_change(previous: Decimal, change: Decimal, now: Decimal, most_gap: Decimal) -> Contradiction | None:
    """8: last period + change = this period."""
    if abs(previous + change - now) <= most_gap:
        return None
    return Contradiction(str(now), f"{previous} {change:+} = {previous + change}")


def full_rises(previous: Decimal, change: Decimal, maximum: Decimal) -> Contradiction | None:
    """11: what stood at its maximum cannot rise, nor anything beyond it."""
    if change <= 0 or previous + change <= maximum:
        return None
    return Contradiction(f"{change:+}", f"<= {max(maximum - previous, Decimal(0)):+}")


def target(now: Decimal, wanted: Decimal, maximum: Decimal) -> Contradiction | None:
    """15: a target lies within the headroom left."""
    if wanted <= maximum:
        return None
    return Contradiction(f"{wanted} (+{wanted - now})", f"<= {maximum} (+{maximum - now})")


# ---- 4, 5, 6: percentages


def percent_of_maximum(
    score: Decimal, maximum: Decimal, printed: Decimal, others: Mapping[str, tuple[Decimal, Decimal]]
) -> Contradiction | None:
    """4: a printed completion is score / maximum. others: score and maximum of the other components, by name.

    Explained by the components whose completion the printed figure is, else by the score it would need.
    """
    exact = HUNDRED * score / maximum
    if agrees(printed, exact):
        return None
    expected = f"{score}/{maximum} = {percentage(score, maximum, places_of(printed))} %"
    fits = [name for name, (of, most) in others.items() if agrees(printed, HUNDRED * of / most)]
    if fits:
        named = ", ".join(f"{name} ({others[name][0]}/{others[name][1]})" for name in fits)
        return Contradiction(f"{printed} %", expected, f"chỉ đúng với {named}", f"it is that of {named}")
    needed = (printed * maximum / HUNDRED).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return Contradiction(f"{printed} %", expected, f"cần {needed}/{maximum}", f"it needs {needed}/{maximum}")


def percent_of_counts(
    numerator: int, denominator: int, printed: Decimal, *, rest: int | None = None
) -> Contradiction | None:
    """5: a printed percentage is numerator / denominator. rest: what else makes up the denominator, where it is known.

    Explained by the nearest counts (see explain).
    """
    if denominator > 0 and agrees(printed, HUNDRED * numerator / denominator):
        return None
    exact = f"{percentage(numerator, denominator, max(2, places_of(printed)))} %" if denominator > 0 else "–"
    nearest = explain(numerator, denominator, printed, rest=rest)
    vi = " hoặc ".join(map(str, nearest))
    en = " or ".join(map(str, nearest))
    if rest is not None and nearest and nearest[0].denominator - nearest[0].numerator == rest:
        missing = nearest[0].numerator - numerator
        vi += f", tức {'thiếu' if missing > 0 else 'thừa'} {abs(missing)} của một loại nào đó"
        en += f", so {abs(missing)} of some class are {'missing' if missing > 0 else 'too many'}"
    return Contradiction(
        f"{printed} %",
        f"{numerator}/{denominator} = {exact}",
        f"cần {vi}" if nearest else "không số đếm nào gần đó cho tỷ lệ này",
        f"it needs {en}" if nearest else "no count near them gives it",
    )


def explain(numerator: int, denominator: int, printed: Decimal, *, rest: int | None = None) -> list[Explanation]:
    """Counts that differ from these in one number and give the printed percentage, each as near to it as can be.

    With a rest: numerator / (numerator + rest), the rest kept. Without: another numerator, and another denominator. Of
    several that round to the printed figure the one nearest to it is named.
    """
    ratio = printed / HUNDRED
    if rest is not None:
        whole = [_nearest(rest * ratio / (1 - ratio), lambda n: (n, n + rest), printed)] if ratio < 1 else []
        if whole and whole[0]:
            return [whole[0]]
    found = [_nearest(denominator * ratio, lambda n: (n, denominator), printed)]
    if ratio > 0:
        found.append(_nearest(numerator / ratio, lambda n: (numerator, n), printed))
    return [each for each in found if each is not None]


def _nearest(about: Decimal, counts: Callable[[int], tuple[int, int]], printed: Decimal) -> Explanation | None:
    """The whole number beside `about` whose counts come nearest to the printed percentage, if they round to it."""
    best: tuple[Decimal, Explanation] | None = None
    for number in (int(about), int(about) + 1):
        numerator, denominator = counts(number)
        if denominator <= 0 or not 0 <= numerator <= denominator:
            continue
        exact = HUNDRED * numerator / denominator
        if agrees(printed, exact) and (best is None or abs(exact - printed) < best[0]):
            best = (abs(exact - printed), Explanation(numerator, denominator))
    return best[1] if best else None


def shares_add(shares: Sequence[Decimal]) -> Contradiction | None:
    """6: shares of a whole add to 100, up to what their rounding can do."""
    found = sum(shares, Decimal(0))
    if abs(found - HUNDRED) <= sum((half_unit(share) for share in shares), Decimal(0)):
        return None
    return Contradiction(f"{found} %", "100 %", f"lệch {found - HUNDRED:+}", f"off by {found - HUNDRED:+}")


# ---- 7, 9, 12, 14: ranges, order, counts, history


def score_range(score: Decimal, maximum: Decimal) -> Contradiction | None:
    """7: a score lies within 0 and its maximum."""
    return None if 0 <= score <= maximum else Contradiction(str(score), f"0 .. {maximum}")


def order(listed: Sequence[tuple[str, Decimal, int | None]]) -> Contradiction | None:
    """9: units as listed, best first, with total and rank (or None): totals do not rise, ranks do not fall, ties share.

    The first pair that breaks the order is told.
    """
    for (name, total, rank), (next_name, next_total, next_rank) in pairwise(listed):
        said = f"{name} {total}, {next_name} {next_total}"
        if next_total > total:
            return Contradiction(said, f"{next_name}, {name}")
        if rank is not None and next_rank is not None and (rank >= next_rank) != (total == next_total):
            return Contradiction(
                f"{name} {total} ({rank}), {next_name} {next_total} ({next_rank})",
                "one rank for one total, a worse rank for a lower total",
            )
    return None


def move(before: int, now: int, places: int) -> Contradiction | None:
    """9: places moved are the former rank less the rank (up is positive)."""
    if before - now == places:
        return None
    return Contradiction(f"{places:+}", f"{before} - {now} = {before - now:+}")


def rank_range(rank: int, ranked: int) -> Contradiction | None:
    """9: a rank is one of 1 to the number of units ranked."""
    return None if 1 <= rank <= ranked else Contradiction(str(rank), f"1 .. {ranked}")


def counts(
    *, on_time: int | None = None, late: int | None = None, handled: int | None = None, received: int | None = None
) -> Contradiction | None:
    """12: on time + late <= handled <= received; what is not known bounds nothing."""
    ended = (on_time or 0) + (late or 0)
    for name, bound in (("handled", handled), ("received", received)):
        if bound is not None and ended > bound:
            return Contradiction(f"on_time + late = {ended}", f"<= {name} = {bound}")
    if handled is not None and received is not None and handled > received:
        return Contradiction(f"handled = {handled}", f"<= received = {received}")
    return None


def parts(whole: int, of: Mapping[str, int]) -> Contradiction | None:
    """12: parts that exclude each other are no more than the whole."""
    found = sum(of.values())
    if found <= whole:
        return None
    return Contradiction(f"{' + '.join(f'{name} {count}' for name, count in of.items())} = {found}", f"<= {whole}")


def leap(
    now: Decimal, past: Sequence[Decimal], *, most_points: Decimal, spreads: Decimal, fewest: int
) -> Contradiction | None:
    """14: a value out of line with its past: beyond median and MAD of at least `fewest`, else beyond `most_points`."""
    if not past:
        return None
    middle = statistics.median(past)
    spread = most_points
    if len(past) >= fewest:
        deviation = statistics.median([abs(each - middle) for each in past])
        spread = spreads * max(deviation * Decimal("1.4826"), Decimal("0.01"))
    if abs(now - middle) <= spread:
        return None
    return Contradiction(str(now), f"{middle} ± {spread:.2f}", f"trước đây {middle}", f"it was {middle}")
