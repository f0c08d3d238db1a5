"""What a case would do to the ranking, worked by hand: by whose figures, on which place, and who moves up without it.

Five communes of H05, year to date of 2025-W44. A and B print the same total; before rounding A is ahead:

    H05.101 A  92.304  rank 1        H05.103 C  90.000  rank 3 (shared)
    H05.102 B  92.296  rank 2        H05.104 D  90.000  rank 3 (shared)
    H05.105 E  92.300  under review: 92.30 by our dossiers, 89.99 by the portal
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from publishing.release import publish
from publishing.standing import Place, effect_of
from publishing.words import COMPONENTS
from resources.cases import Case
from resources.catalogue import table
from resources.office import Office, open_office
from resources.settings import load_settings
from tests.publishing.releases import ranking_row, release

WEEK = "2025-W44"
EXACT = {"101": "92.304", "102": "92.296", "103": "90.000", "104": "90.000", "105": "92.300"}
RANKS = {"101": 1, "102": 2, "103": 3, "104": 3, "105": None}
CASE = Case(
    rule="reconcile.electronic_result",
    grain="unit",
    stage="reconcile",
    severity="error",
    unit_code="H05.105",
    first_week=WEEK,
    last_week=WEEK,
    failing=(WEEK,),
)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = open_office(load_settings(home=tmp_path))
    yield office
    office.database.close()


def score_rows(code: str, exact: str, **changes: Any) -> list[dict[str, Any]]:
    """Six groups of one indicator each, 15 points but for the last, which brings the sum to the exact total."""
    rest = Decimal(exact) - 15 * (len(COMPONENTS) - 1)
    common = {
        "week": pd.Timestamp("2025-10-27").date(),
        "period_kind": "ytd",
        "period": "2025",
        "unit_code": code,
        "indicator": "on_time",
        "max_points": Decimal(20),
        "basis": "computed",
        "ruleset": "766-2025",
    }
    points = [Decimal(15)] * (len(COMPONENTS) - 1) + [rest]
    return [
        common | {"group_code": group, "score": point.quantize(Decimal("0.01")), "unrounded": point} | changes
        for group, point in zip(COMPONENTS, points, strict=True)
    ]


def publish_communes(office: Office, exact: Mapping[str, str] = EXACT, *, with_unrounded: bool = True) -> None:
    rows = [
        ranking_row(
            f"H05.{number}",
            RANKS[number],
            str(Decimal(total).quantize(Decimal("0.01"))),
            week=WEEK,
            status="under_review" if RANKS[number] is None else "final",
        )
        for number, total in exact.items()
    ]
    # A cohort beside it, of one department with a total between theirs, and all of them ranked together.
    rows += [row | {"level": "unit", "rank": None if row["rank"] is None else 9} for row in rows]
    rows.append(ranking_row("H05.01", 1, "91.00", week=WEEK, level="department"))
    changes = {} if with_unrounded else {"unrounded": None}
    scores = [row for number, total in exact.items() for row in score_rows(f"H05.{number}", total, **changes)]
    frame = pd.DataFrame(scores, columns=table("scores").column_names, dtype=object)
    publish(release(WEEK, rows=rows, scores=frame), office.database, office.home)


def tell_apart(office: Office) -> None:
    sides = {"recounted": None, "as_published": Decimal("89.99")}
    known = {"period_kind": "ytd", "period": "2025", "unit_code": "H05.105", "group_code": "total"}
    office.database.replace_disagreements(WEEK, [known | {"computed": Decimal("92.30")} | sides])


def test_a_unit_under_review_would_stand_between_two_that_print_the_same_total(office: Office) -> None:
    publish_communes(office)
    effect = effect_of(office, CASE)
    assert effect is not None
    assert (effect.rank, effect.ranked, effect.status) == (None, 4, "under_review")
    assert effect.admitted == Place(Decimal("92.30"), 2, 5)  # 92.304 is above 92.300, 92.296 is not
    assert (effect.by_dossiers, effect.by_portal, effect.moving_up) == (None, None, 0)


def test_whose_figures_count_decides_on_its_place(office: Office) -> None:
    publish_communes(office)
    tell_apart(office)
    effect = effect_of(office, CASE)
    assert effect is not None
    assert effect.by_dossiers == Place(Decimal("92.30"), 2, 5)
    assert effect.by_portal == Place(Decimal("89.99"), 5, 5)


def test_without_unrounded_totals_the_printed_ones_decide_and_equals_share_a_rank(office: Office) -> None:
    publish_communes(office, with_unrounded=False)
    effect = effect_of(office, CASE)
    assert effect is not None
    assert effect.admitted == Place(Decimal("92.30"), 1, 5)


def test_leaving_a_ranked_unit_out_moves_up_those_below_it_and_not_those_beside_it(office: Office) -> None:
    publish_communes(office)
    second, third, department = (
        effect_of(office, replace(CASE, unit_code=code)) for code in ("H05.102", "H05.103", "H05.01")
    )
    assert second is not None
    assert (second.rank, second.ranked, second.moving_up, second.admitted) == (2, 4, 2, None)
    assert third is not None
    assert (third.rank, third.moving_up) == (3, 0)
    assert department is not None
    assert (department.rank, department.ranked, department.moving_up) == (1, 1, 0)


def test_a_unit_without_a_total_has_no_place_to_be_admitted_to(office: Office) -> None:
    rows = [ranking_row("H05.101", 1, "92.00", week=WEEK), ranking_row("H05.105", None, None, week=WEEK)]
    publish(release(WEEK, rows=rows), office.database, office.home)
    effect = effect_of(office, CASE)
    assert effect is not None
    assert (effect.total, effect.admitted) == (None, None)


def test_a_group_cut_at_its_cap_counts_as_the_cap(office: Office) -> None:
    """H05.105 would have 92.300 before the cap of its last group, and has 92.29 with it: behind both."""
    rows = [
        ranking_row("H05.101", 1, "92.30", week=WEEK),
        ranking_row("H05.105", None, "92.29", week=WEEK, status="under_review")
        | dict.fromkeys(COMPONENTS, Decimal(15))
        | {"digitisation": Decimal("17.29")},
    ]
    scores = [*score_rows("H05.101", "92.296"), *score_rows("H05.105", "92.300")]
    scores[-1]["note"] = "group_capped"
    frame = pd.DataFrame(scores, columns=table("scores").column_names, dtype=object)
    publish(release(WEEK, rows=rows, scores=frame), office.database, office.home)
    effect = effect_of(office, CASE)
    assert effect is not None
    assert effect.admitted == Place(Decimal("92.29"), 2, 2)


def test_a_case_of_a_feed_or_of_a_week_that_is_not_published_has_no_effect(office: Office) -> None:
    assert effect_of(office, CASE) is None
    publish_communes(office)
    assert effect_of(office, replace(CASE, unit_code=None)) is None
