"""Indicators of procedures, petitions, units and reports, worked by hand; weeks as in test_golden_dossiers.py."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from scoring.calendar import Week, parse_weeks
from scoring.measures import CountingError
from scoring.ruleset import get_ruleset
from tests.counting.builders import CON, UNIT, at, counts_of, dossier, petition, procedure, unit
from tests.counting.conftest import counted
from tests.counting.reference import History

# Procedures


def test_a_recoded_dossier_takes_its_procedure_along() -> None:
    listed = [procedure("1.000001"), procedure("1.000002"), procedure("1.000003", service_level="information")]
    told = [
        dossier(procedure_code="1.000001"),
        dossier(week="2026-W11", procedure_code="1.000002"),
        dossier(week="2026-W12", procedure_code="1.000003"),
        dossier("b", week="2026-W11", procedure_code="1.000002", status="not_accepted"),
        dossier("c", week="2026-W12", procedure_code="9.999999"),  # not listed
    ]
    found = counts_of("2026-W09..2026-W12", dossiers=told, procedures=listed)
    # services: 1 and 2 are online; first one has the dossier, then the other, then neither
    services = [found.get((f"2026-W{n}", "ytd", UNIT, "services_with_dossiers")) for n in ("09", 10, 11, 12)]
    assert services == [(0, 2), (1, 2), (1, 2), (0, 2)]


def test_a_procedure_is_without_dossiers_until_one_told_early_is_accepted() -> None:
    # Told in W10 as accepted in W10, told in W11 as accepted only on 18 March (W12): in W11 there is none.
    told = [
        dossier(procedure_code="1.000001"),
        dossier(week="2026-W11", procedure_code="1.000001", accepted_at=at("03-18 09:00")),
    ]
    found = counts_of("2026-W10..2026-W12", dossiers=told, procedures=[procedure()])
    assert [found[f"2026-W{n}", "ytd", UNIT, "services_with_dossiers"] for n in (10, 11, 12)] == [
        (1, 1),
        (0, 1),
        (1, 1),
    ]


def test_a_correction_of_the_payment_takes_the_paid_procedure_back() -> None:
    listed = [procedure(fee_bearing=True)]
    told = [
        dossier(procedure_code="1.000001", payment="portal"),
        dossier(week="2026-W11", procedure_code="1.000001", payment="offline"),
    ]
    found = counts_of("2026-W10..2026-W11", dossiers=told, procedures=listed)
    assert [found[f"2026-W{n}", "ytd", UNIT, "procedures_with_payment"] for n in (10, 11)] == [(1, 1), (0, 1)]
    assert found["2026-W11", "ytd", UNIT, "services_with_dossiers"] == (1, 1)


def test_a_province_counts_procedures_once_or_has_its_own_list() -> None:
    units = [procedure("1.000001"), procedure("1.000001", unit="H05.102"), procedure("1.000002", unit="H05.102")]
    own = [procedure("1.000001", unit="H05", week="2026-W11"), procedure("1.000002", unit=UNIT, week="2026-W11")]
    told = [dossier(procedure_code="1.000001")]
    found = counts_of("2026-W10..2026-W11", dossiers=told, procedures=units + own)
    assert found["2026-W10", "ytd", "H05", "services_with_dossiers"] == (1, 2)
    assert found["2026-W11", "ytd", "H05", "services_with_dossiers"] == (1, 1)  # W11 lists one for the province itself
    assert found["2026-W11", "ytd", UNIT, "services_with_dossiers"] == (0, 1)
    assert found["2026-W11", "ytd", "H05.102", "services_with_dossiers"] == (0, 0)  # no longer listed


def test_of_two_lists_of_a_week_the_one_of_the_nearest_root_counts() -> None:
    nation = [procedure("1.000001", export_id="VN"), procedure("1.000001", unit="H21.101", export_id="VN")]
    province = [procedure("1.000002", export_id="H05"), procedure("1.000003", unit="H05.102", export_id="H05")]
    commune = [procedure(code, export_id="H05.101") for code in ("1.000004", "1.000005", "1.000006")]
    found = counts_of("2026-W10", procedures=nation + province + commune)
    offered = {
        code: found["2026-W10", "ytd", code, "procedures_offered_online"] for code in (UNIT, "H05.102", "H21.101")
    }
    assert offered == {UNIT: (3, 3), "H05.102": (1, 1), "H21.101": (1, 1)}


def test_procedures_are_bound_to_the_period_by_announcement_and_by_the_day_disclosure_is_due() -> None:
    # Announced Friday 27 February. In effect on 6 March: five working days later (2 to 6 March): just in time.
    # Disclosure is due on 6 March, so it counts in March; disclosed on 9 March, the sixth working day: late.
    listed = [
        procedure(announced_on=date(2026, 2, 27), effective_on=date(2026, 3, 6), disclosed_on=date(2026, 3, 9)),
        procedure(
            "1.000002", announced_on=date(2026, 2, 27), effective_on=date(2026, 3, 5), disclosed_on=date(2026, 3, 6)
        ),
    ]
    found = counts_of("2026-W09..2026-W10", procedures=listed)
    assert found["2026-W09", "month", UNIT, "published_on_time"] == (1, 2)  # W09, 23 February to 1 March: February
    assert found["2026-W09", "ytd", UNIT, "disclosed_on_time"] == (0, 0)  # not due yet
    assert found["2026-W10", "month", UNIT, "published_on_time"] == (0, 0)
    assert found["2026-W10", "month", UNIT, "disclosed_on_time"] == (1, 2)


# Petitions, units, reports


def test_petitions_are_on_time_within_the_working_days_of_their_outcome() -> None:
    # Received Monday 2 March. Refused within 2 working days: 4 March. Resolved or open within 15: 23 March (W13).
    told = [
        petition("refused", outcome="refuse", answered_at=at("03-04 17:00")),
        petition("refused late", outcome="refuse", answered_at=at("03-05 08:00")),
        petition("open"),
        petition("disliked", outcome="resolve", answered_at=at("03-05 08:00"), disliked=True),
        petition("a dislike of a dossier", form="dislike"),
    ]
    found = counts_of("2026-W10..2026-W13", petitions=told)
    assert [found[f"2026-W{n}", "ytd", UNIT, "petitions_on_time"] for n in (10, 12, 13)] == [(3, 4), (3, 4), (2, 4)]
    assert found["2026-W10", "ytd", UNIT, "petition_satisfaction"] == (2, 4)


def test_no_petitions_are_zero_of_zero_and_no_feed_of_petitions_is_no_row() -> None:
    told = [dossier(), dossier("b", unit_code="H21.101")]
    elsewhere = petition(unit_code="H05.102")
    found = counts_of("2026-W09..2026-W10", dossiers=told, petitions=[elsewhere])
    assert found["2026-W10", "ytd", UNIT, "petitions_on_time"] == (0, 0)
    assert ("2026-W10", "ytd", "H21.101", "petitions_on_time") not in found
    empty = History(dossiers=told, arrivals=[("petitions", "H21", Week.parse("2026-W10"), "empty")])
    assert counted(empty, parse_weeks("2026-W10"), con=CON)["2026-W10", "ytd", "H21.101", "petitions_on_time"] == (0, 0)


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        ({"reported_month": 7}, (2, 7)),
        ({"reported_month": 1}, (2, 2)),  # more on the portal than reported
        ({"last_year_dossiers": 54}, (2, 5)),  # 54 / 12 = 4.5, half up
        ({}, (0, 2)),  # neither report nor last year: nothing is known to be synchronised
    ],
)
def test_dossiers_are_held_against_the_report_or_last_years_share(
    report: dict[str, Any], expected: tuple[int, int]
) -> None:
    listed = [unit(UNIT, "commune", **report)]
    found = counts_of("2026-W10", dossiers=[dossier("a"), dossier("b")], units=listed)
    assert found["2026-W10", "month", UNIT, "dossiers_synchronised"] == expected
    assert found["2026-W10", "month", "H05", "dossiers_synchronised"] == expected


def test_certified_copies_are_counted_over_communes() -> None:
    listed = [
        unit("H05.101", "commune", certified_copy=True),
        unit("H05.102", "commune", certified_copy=False),
        unit("H05.103", "commune", certified_copy=None),
        unit("H05.01", "department", certified_copy=True),
        unit("H05.102", "commune", week="2026-W11", certified_copy=True),
        unit("H05.101", "commune", week="2026-W11", certified_copy=True),
    ]
    found = counts_of("2026-W10..2026-W11", units=listed)
    assert [found[f"2026-W{n}", "ytd", "H05", "certified_copy"] for n in (10, 11)] == [(1, 2), (2, 2)]
    assert found["2026-W10", "ytd", "H05.01", "certified_copy"] == (0, 0)


# What cannot be counted


def test_a_condition_on_how_many_dossiers_is_refused_by_name() -> None:
    ruleset = get_ruleset("766-2026")
    group = ruleset.group("online_services")
    many = replace(group.indicators[1], numerator="dossier_count >= 10")
    odd = replace(ruleset, groups=(replace(group, indicators=(many,)),), fingerprint="odd")
    with pytest.raises(CountingError, match="dossier_count"):
        counted(History(), parse_weeks("2026-W10"), lambda day: odd, CON)


def test_nothing_in_is_nothing_out() -> None:
    assert counts_of("2026-W10..2026-W11") == {}
