"""The digital-record miscount of the emulated portal: found in the right weeks and communes, and explained."""

from __future__ import annotations

import json

import pytest

from checks.reconcile import load_tolerances
from checks.reconcile.tolerances import Tolerances
from emulator.province import ProvinceOffice
from emulator.units import province
from resources.outcomes import RuleOutcome
from scoring.calendar import parse_weeks
from scoring.yamlnodes import RuleSetError
from tests.checks.reconciling import EmulatedOffice, emulated_office

DOSSIERS_PER_WEEK = 2500
SEEDS = (1, 766)


@pytest.fixture(scope="module", params=SEEDS)
def seed(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture(scope="module")
def office(seed: int, tmp_path_factory: pytest.TempPathFactory) -> EmulatedOffice:
    # For one seed also the week in which the corrected exports come.
    weeks = parse_weeks(f"2025-W43..2025-W4{6 if seed == 766 else 5}")
    return emulated_office(tmp_path_factory.mktemp("office"), weeks, seed, DOSSIERS_PER_WEEK)


def miscounted(seed: int) -> set[str]:
    """The communes whose results the emulated portal misses, asked of the emulator itself."""
    emulated = ProvinceOffice(province("H05"), seed, parse_weeks("2025-W43")[0], DOSSIERS_PER_WEEK)
    codes = zip(emulated.province.unit_codes, emulated.miscounted, strict=True)
    return {code for code, is_miscounted in codes if is_miscounted}


def failing(office: EmulatedOffice, week: str, *, corrected: bool = False) -> list[RuleOutcome]:
    return [outcome for outcome in office.reconcile(week, corrected=corrected) if not outcome.succeeded]


def test_before_the_miscount_nothing_is_found_and_agreement_is_told(office: EmulatedOffice) -> None:
    (outcome,) = office.reconcile("2025-W43")
    assert (outcome.rule, outcome.status) == ("reconcile.compared", "passed")
    assert outcome.checked > 100 * 8  # 113 units and the province, 9 indicators over dossiers, 2 over petitions


@pytest.mark.parametrize("week", ["2025-W44", "2025-W45"])
def test_exactly_the_twelve_miscounted_communes_are_found_and_all_is_explained(
    office: EmulatedOffice, seed: int, week: str
) -> None:
    found = failing(office, week)
    assert {outcome.unit_code for outcome in found} == miscounted(seed)
    assert len(miscounted(seed)) == 12
    assert {outcome.rule for outcome in found} == {"reconcile.electronic_result", "reconcile.components_digitised"}
    assert {outcome.diagnosis for outcome in found} == {"missed_after"}
    assert all("12:00 29/10/2025 (giờ Việt Nam)" in str(outcome.diagnosis_vi) for outcome in found)
    assert all(outcome.blocks and outcome.kind is None and outcome.grain == "unit" for outcome in found)
    for outcome in found:
        numbers = json.loads(str(outcome.evidence))["numbers"]
        assert numbers["explained"] == numbers["wanted"] == numbers["ours"][0] - numbers["theirs"][0]
        assert numbers["moment"] == "2025-10-29T05:00:00Z"


def test_the_evidence_is_codes_of_the_units_own_dossiers_and_nothing_else(office: EmulatedOffice) -> None:
    for outcome in failing(office, "2025-W45"):
        evidence = json.loads(str(outcome.evidence))
        assert evidence["only_theirs"] == []
        assert all(code.startswith(f"{outcome.unit_code}-25") for code in evidence["only_ours"])
        lines = (office.desk.home.root / evidence["file"]).read_text().splitlines()[1:]
        assert [line.split(",")[0] for line in lines].count("only_ours") == evidence["numbers"]["only_ours"]
        assert evidence["numbers"]["only_ours"] <= evidence["numbers"]["wanted"]


@pytest.mark.parametrize("week", ["2025-W44", "2025-W45"])
def test_once_the_corrected_export_counts_the_finding_is_gone(office: EmulatedOffice, seed: int, week: str) -> None:
    if seed == 766:
        assert failing(office, week)
        assert failing(office, week, corrected=True) == []


def test_tolerances_are_data() -> None:
    limits = load_tolerances()
    assert isinstance(limits, Tolerances)
    assert limits.of_counts("on_time", "commune").of(100) == 2
    assert limits.of_counts("on_time", "province").of(10_000) == 20
    assert limits.of_counts("petitions_on_time", "commune").of(10_000) == 1


def test_an_unknown_indicator_in_the_tolerances_is_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("rules") / "reconcile.yaml"
    path.write_text("counts:\n  - {absolute: 2}\n  - {indicator: on_tiem, absolute: 1}\nscores: [{points: 1}]\n"
                    "like_step: {units: 8, share: 0.8, points: 0.5, spread: 0.25}\nnamed_from: 0.8\n")  # fmt: skip
    with pytest.raises(RuleSetError, match=r"reconcile\.yaml:3.*on_tiem"):
        load_tolerances(path)
