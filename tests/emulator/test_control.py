"""The arithmetic of hitting a figure."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emulator.control import FOUR_FIFTHS, HALF, NINE_TENTHS, WHOLE, Yardstick, pick

yardsticks = st.builds(
    Yardstick, st.sampled_from([200, 400, 600, 2000]), st.sampled_from([WHOLE, HALF, FOUR_FIFTHS, NINE_TENTHS])
)


@given(yardsticks, st.integers(1, 10**7), st.data())
def test_a_score_is_the_ratio_rounded_half_up(yardstick: Yardstick, denominator: int, data: st.DataObject) -> None:
    numerator = data.draw(st.integers(0, denominator))
    exact = Fraction(yardstick.points * numerator, denominator) / Fraction(*yardstick.full_at)
    assert yardstick.score(numerator, denominator) == min(yardstick.points, (exact + Fraction(1, 2)).__floor__())


@given(yardsticks, st.integers(1, 400), st.data())
def test_numerators_are_all_that_score_so_and_no_others(
    yardstick: Yardstick, denominator: int, data: st.DataObject
) -> None:
    score = data.draw(st.integers(0, yardstick.points))
    found = [n for n in range(denominator + 1) if yardstick.score(n, denominator) == score]
    assert list(yardstick.numerators(score, denominator)) == found


@given(yardsticks, st.integers(1, 10**6), st.data())
def test_the_nearest_numerator_misses_only_what_cannot_be_hit(
    yardstick: Yardstick, denominator: int, data: st.DataObject
) -> None:
    score = data.draw(st.integers(0, yardstick.points))
    nearest = yardstick.nearest(score, denominator)
    assert 0 <= nearest <= denominator
    if len(yardstick.numerators(score, denominator)):
        assert yardstick.score(nearest, denominator) == score


def test_many_units_are_scored_as_one_is() -> None:
    yardstick = Yardstick(200, FOUR_FIFTHS)
    top, base = np.array([0, 3, 52, 7, 0]), np.array([4, 7, 56, 8, 0])
    assert yardstick.scores(top, base, zero=200).tolist() == [0, 107, 200, 200, 200]


@given(st.lists(st.booleans(), min_size=1, max_size=60), st.integers(-3, 70), st.integers(0, 9))
def test_exactly_so_many_candidates_are_picked(mask: list[bool], count: int, seed: int) -> None:
    candidates = np.array(mask)
    chosen = pick(np.random.default_rng(seed), candidates, count, np.linspace(0.1, 3, len(mask)))
    assert len(set(chosen.tolist())) == len(chosen) == min(max(count, 0), candidates.sum())
    assert candidates[chosen].all()
