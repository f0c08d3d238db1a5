"""Equal arguments, equal bytes; more weeks change nothing of the earlier ones; nonsense is refused."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from emulator import emulate
from emulator.province import ProvinceOffice
from emulator.reporting import report
from emulator.targets import bac_ninh
from emulator.units import province
from scoring.calendar import Week, parse_weeks


def contents(folder: Path) -> dict[str, str]:
    """Every file below a folder with the digest of its bytes."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_equal_arguments_give_equal_bytes_and_another_seed_gives_others(tmp_path: Path) -> None:
    weeks = parse_weeks("2025-W41")
    for name, seed in (("one", 7), ("two", 7), ("other", 8)):
        emulate(tmp_path / name, weeks, seed=seed, dossiers_per_week=400)
    one, two, other = (contents(tmp_path / name) for name in ("one", "two", "other"))
    assert one == two
    assert one.keys() == other.keys()
    assert one["2025-W41/dossiers.H05.ndjson.zst"] != other["2025-W41/dossiers.H05.ndjson.zst"]


def test_more_weeks_leave_the_earlier_ones_as_they_are(tmp_path: Path) -> None:
    emulate(tmp_path / "short", parse_weeks("2025-W44..2025-W45"), dossiers_per_week=400)
    listed = emulate(tmp_path / "long", parse_weeks("2025-W44..2025-W46"), dossiers_per_week=400)
    short, long = contents(tmp_path / "short"), contents(tmp_path / "long")
    assert short.items() <= long.items()
    later = {name for name in long.keys() - short.keys() if not name.startswith("2025-W46/")}
    # The corrected exports of W44 and W45 come with W46, and only then.
    assert {name.removesuffix(".meta.yaml") for name in later} == {
        f"{week}/{kind}.H05.ytd.2.csv" for week in ("2025-W44", "2025-W45") for kind in ("counts", "scores")
    }
    assert {str(path.relative_to(tmp_path / "long")) for path in listed} == set(long)


def test_more_provinces_do_not_change_the_first(tmp_path: Path) -> None:
    weeks = parse_weeks("2025-W41")
    emulate(tmp_path / "one", weeks, dossiers_per_week=400)
    emulate(tmp_path / "two", weeks, dossiers_per_week=400, provinces=2)
    one, two = contents(tmp_path / "one"), contents(tmp_path / "two")
    assert {name: digest for name, digest in one.items() if ".H05." in name}.items() <= two.items()
    assert "2025-W41/dossiers.H01.ndjson.zst" in two


@pytest.mark.parametrize("weeks", ["2025-W38..2025-W42", "2025-W41..2025-W46", "2025-W46"])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_published_figures_are_hit_from_any_first_week_and_seed(weeks: str, seed: int) -> None:
    every = parse_weeks(weeks)
    office = ProvinceOffice(province("H05"), seed, every[0], 400)
    for week in every:
        standing = report(office, office.advance(week, bac_ninh(week))).standing
        assert tuple(standing.components[:, 0]) == bac_ninh(week).components


def test_a_new_year_begins_at_nothing() -> None:
    weeks = parse_weeks("2025-W52..2026-W02")
    office = ProvinceOffice(province("H05"), 766, weeks[0], 400)
    received = [int(office.advance(week, bac_ninh(week)).tallies[0].sum()) for week in weeks]
    # W01 of 2026 has one working day of the new year, Friday 2 January: a quarter of its four is counted.
    assert received[0] > 2000
    assert 0 < received[1] < 200
    assert 300 < received[2] < 700


@pytest.mark.parametrize(
    ("weeks", "options", "message"),
    [
        ([], {}, "follow one another"),
        (["2025-W41", "2025-W43"], {}, "follow one another"),
        (["2025-W41"], {"dossiers_per_week": 399}, "at least 400"),
        (["2025-W41"], {"dossiers_per_week": 2_000_000}, "has room for 9,999"),
        (["2025-W41"], {"provinces": 33}, "between 1 and 32"),
        (["2025-W41"], {"seed": -1}, "seed"),
    ],
)
def test_nonsense_is_refused_before_anything_is_written(
    tmp_path: Path, weeks: list[str], options: dict[str, int], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        emulate(tmp_path, [Week.parse(week) for week in weeks], **options)  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())
