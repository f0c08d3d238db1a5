"""The arithmetic of five published reports (published_cases.md): what is right in them, and what is not."""

from __future__ import annotations

from decimal import Decimal

import pytest

from scoring.formulas import completion_pct, half_up
from scoring.ruleset import get_ruleset

MAXIMA = get_ruleset("766-2025").maxima


def _share_pct(part: int, whole: int, places: int) -> Decimal:
    return half_up(Decimal(part * 100) / Decimal(whole), places)


@pytest.mark.parametrize(
    ("group", "score", "percent"),
    [
        ("online_services", "8.41", "70.1"),  # week 9: "at 70.1 % of its maximum, the lowest"
        ("transparency", "15.82", "87.9"),  # the report says 99.2 %
        ("satisfaction", "17.86", "99.2"),  # only this one is
        ("online_services", "8.42", "70.2"),  # week 4: the component left out, 91.70 - 83.28
        ("digitisation", "20.78", "94.5"),
        ("progress", "19", "95.0"),
        ("online_payment", "10", "100.0"),
        ("transparency", "15.64", "86.9"),
    ],
)
def test_completion_of_a_component(group: str, score: str, percent: str) -> None:
    assert completion_pct(Decimal(score), MAXIMA[group]) == Decimal(percent)


def test_the_component_week_4_leaves_out_follows_from_the_five_it_gives() -> None:
    given = sum(map(Decimal, ("20.78", "19", "10", "17.86", "15.64")))
    assert given == Decimal("83.28")
    assert Decimal("91.70") - given == Decimal("8.42")


def test_the_component_changes_of_week_9_do_not_add_to_the_totals_change() -> None:
    changes = sum(map(Decimal, ("0.04", "0.03", "0.02", "0", "0", "-0.07")))
    assert changes == Decimal("0.02")
    assert changes != Decimal("0.09")


@pytest.mark.parametrize(
    ("part", "whole", "places", "percent"),
    [
        (195, 1074, 2, "18.16"),  # Bình An: "24.6 %" filed online
        (264, 1074, 1, "24.6"),
        (195, 793, 1, "24.6"),
        (101, 120, 2, "84.17"),  # "90.6 %" on time
        (183, 202, 1, "90.6"),
        (163, 175, 2, "93.14"),  # right
    ],
)
def test_percentages_of_binh_an(part: int, whole: int, places: int, percent: str) -> None:
    assert _share_pct(part, whole, places) == Decimal(percent)


def test_shares_of_ha_giang_add_to_100() -> None:
    assert sum(map(Decimal, ("99.63", "0.05", "0.32"))) == Decimal("100.00")


@pytest.mark.parametrize(
    ("week", "components", "total"),
    [
        ("2025-W41", ("15.64", "18.99", "8.42", "10", "17.86", "20.73"), "91.64"),
        ("2025-W45", ("15.82", "19.20", "8.48", "9.91", "17.86", "21.01"), "92.28"),
    ],
)
def test_the_components_of_bac_ninh_add_to_its_total(week: str, components: tuple[str, ...], total: str) -> None:
    assert sum(map(Decimal, components)) == Decimal(total), week
