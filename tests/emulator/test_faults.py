"""Every fault changes what it says and only that; without one the emulator writes what it always wrote."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from emulator import FAULTS, Effect, Fault, emulate
from emulator.clock import seconds_of_utc
from emulator.dossiers import FACTS, facts, tally
from emulator.faults.counting import Counting
from emulator.faults.inject import Faults, parse_fault
from emulator.faults.landed import Dossier, decompressed
from emulator.portal import targets
from emulator.province import ProvinceOffice, Worked
from emulator.reporting import OF_DOSSIERS, Counts, Report, report
from emulator.units import province
from scoring.calendar import Week, parse_weeks
from tests.pipelines.command import ask

WEEKS = parse_weeks("2025-W46..2025-W47")
BEFORE, WEEK = map(str, WEEKS)
DOSSIERS = "dossiers.H05.ndjson.zst"
OWN, NATION = "scores.H05.ytd.csv", "scores.VN.ytd.csv"
COMPONENTS = ("TDGQ", "MDHL", "MDSH", "TTTT", "CLGQ", "CKMB")
Row = dict[str, str]


def names(*stages: str) -> list[str]:
    return [name for name, fault in FAULTS.items() if fault.stage in stages]


def digest(folder: Path) -> str:
    """sha256 over names and contents, those inside .zst files, so that another release of zstd is no difference."""
    content = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        plain = decompressed(path.read_bytes()) if path.suffix == ".zst" else path.read_bytes()
        content.update(str(path.relative_to(folder)).encode() + b"\0" + plain)
    return content.hexdigest()


@pytest.mark.parametrize(
    ("weeks", "options", "expected"),
    [
        ("2025-W44..2025-W46", {}, "184edac83331edcacd640b981295c20270f5ecdeb96e815ae4c6c3767f01dac9"),
        (
            "2026-W05..2026-W06",
            {"provinces": 2, "seed": 9},
            "f5ed4d746a1f72b727b1125db30b9fb6948fc2bb78f6a3d6f28bc02176b143f9",
        ),
    ],
)
def test_without_a_fault_everything_is_written_as_before_there_were_faults(
    tmp_path: Path, weeks: str, options: dict[str, int], expected: str
) -> None:
    emulate(tmp_path, parse_weeks(weeks), dossiers_per_week=400, **options)  # type: ignore[arg-type]
    assert digest(tmp_path) == expected


def test_without_its_story_the_demo_counts_right_in_w44(tmp_path: Path) -> None:
    for name, story in (("with", True), ("without", False)):
        emulate(tmp_path / name, parse_weeks("2025-W44"), dossiers_per_week=400, story=story)
    changed = {
        path.name
        for path in (tmp_path / "with" / "2025-W44").iterdir()
        if path.read_bytes() != (tmp_path / "without" / "2025-W44" / path.name).read_bytes()
    }
    assert changed == {"counts.H05.ytd.csv", "scores.H05.ytd.csv"}


# ---- the portal's counter


@dataclass(frozen=True)
class Reported:
    """A week of Bắc Ninh with all its dossiers remembered, and what a sound portal reports of it."""

    office: ProvinceOffice
    worked: Worked
    said: Report

    def seen(self, fact: str) -> np.ndarray:
        end = seconds_of_utc(self.worked.week.end)
        lines = facts(self.worked.rows, self.worked.moment, end, 0, np.zeros(self.office.province.size, bool))
        return np.asarray(lines[FACTS.index(fact)])

    def of_unit(self, unit: int) -> np.ndarray:
        return np.asarray(self.worked.rows["unit"] == unit)


@pytest.fixture(scope="module")
def reported() -> Reported:
    office = ProvinceOffice(province("H05"), 766, WEEKS[0], 4000, remembers=True)
    for week in WEEKS:
        worked = office.advance(week, targets("H05", week, 766))
        said = report(office, worked)
    return Reported(office, worked, said)


def mislead(reported: Reported, name: str) -> tuple[Counts, list[int]]:
    """The counts with a fault, and the numbers of the units it struck."""
    effects: list[Effect] = []
    said = Faults.of([name], WEEKS, ["H05"], 766, effects.append).mislead(
        reported.office, reported.worked, reported.said
    )
    assert said.believed is not None
    assert said.standing is reported.said.standing  # what is true stays known
    units = reported.office.province.unit_codes
    return said.believed.counts, [units.index(code) for code in effects[0].units]


def test_the_dossiers_remembered_are_those_that_were_counted(reported: Reported) -> None:
    rows, size = reported.worked.rows, reported.office.province.size
    known = tally(rows, np.array([reported.seen(fact) for fact in FACTS[:11]]), size)
    assert (known == reported.worked.tallies[:11]).all()


@pytest.mark.parametrize("name", names("counter"))
def test_a_faulty_counter_errs_about_a_few_units_and_never_about_the_province(reported: Reported, name: str) -> None:
    right, (wrong, units) = reported.said.standing.counts, mislead(reported, name)
    assert wrong.keys() == right.keys()
    struck = [1 + unit for unit in units]
    assert 1 <= len(struck) <= 3
    for indicator in right:
        for before, after in zip(right[indicator], wrong[indicator], strict=True):
            assert set(np.flatnonzero(before != after)) <= set(struck)
    differing = {
        unit
        for unit in struck
        if any(line[unit] != wrong[one][side][unit] for one, pair in right.items() for side, line in enumerate(pair))
    }
    assert differing == set(struck)


ALL_OF_DOSSIERS = (set(OF_DOSSIERS) | {"dossiers_synchronised"}) - {"procedure_satisfaction"}


@pytest.mark.parametrize(
    ("name", "indicators"),
    [
        ("missed_after", {"electronic_result", "components_digitised"}),
        ("doubled_counter", {"electronic_result", "components_digitised"}),
        ("components_for_dossiers", {"components_digitised"}),
        ("doubled_units", ALL_OF_DOSSIERS),
        ("unfinished_as_done", {"on_time", "electronic_result"}),
        ("dropped_day", ALL_OF_DOSSIERS),
        ("swapped", {"electronic_result"}),
        ("purged", ALL_OF_DOSSIERS),
        (
            "out_of_step",
            {"electronic_result", "components_digitised", "data_reused", "shared_to_store", "population_data_dossiers"},
        ),
        ("other_period", ALL_OF_DOSSIERS),
    ],
)
def test_a_faulty_counter_errs_in_the_indicators_it_says(reported: Reported, name: str, indicators: set[str]) -> None:
    right, (wrong, _) = reported.said.standing.counts, mislead(reported, name)
    differing = {
        one for one, pair in right.items() if any((line != wrong[one][side]).any() for side, line in enumerate(pair))
    }
    assert differing <= indicators
    assert "electronic_result" in differing or differing == indicators


@pytest.mark.parametrize("name", names("counter"))
def test_a_faulty_counter_errs_by_more_than_dossiers_on_their_way(reported: Reported, name: str) -> None:
    right, (wrong, units) = reported.said.standing.counts, mislead(reported, name)
    for unit in units:
        gaps = [
            abs(int(wrong[one][side][1 + unit]) - int(pair[side][1 + unit])) - max(2, int(pair[1][1 + unit]) // 500)
            for one, pair in right.items()
            for side in (0, 1)
        ]
        assert max(gaps) > 0


def counted(reported: Reported, unit: int, which: np.ndarray, fact: str = "result") -> tuple[int, int]:
    """Dossiers of a unit with a fact, of all, among some; counted anew."""
    among = reported.of_unit(unit) & which
    return int((among & reported.seen(fact)).sum()), int(among.sum())


def test_what_a_faulty_counter_makes_of_electronic_results(reported: Reported) -> None:
    rows, right = reported.worked.rows, reported.said.standing.counts
    everything = np.ones(len(rows), bool)
    days = rows["code_day"].astype("datetime64[D]")

    def result(name: str) -> list[tuple[tuple[int, int], int]]:
        """What it says of each unit it struck."""
        wrong, units = mislead(reported, name)
        return [(tuple(int(line[1 + unit]) for line in wrong["electronic_result"]), unit) for unit in units]  # type: ignore[misc]

    for said, unit in result("missed_after"):
        # Wednesday 2025-11-19, 12:00 local
        noon = np.datetime64("2025-11-19T12:00").astype("datetime64[s]").astype(np.int64)
        late = int((reported.of_unit(unit) & rows["result"] & (rows["result_at"] >= noon)).sum())
        top, base = counted(reported, unit, everything)
        assert said == (top - late, base)
    for said, unit in result("doubled_counter"):
        top, base = counted(reported, unit, everything)
        assert said == (2 * top, base)
    for said, unit in result("swapped"):
        assert said == counted(reported, unit, everything)[::-1]
    for said, unit in result("other_period"):
        assert said == counted(reported, unit, days >= np.datetime64("2025-11-01"))
    lost = {base - said[1] for said, unit in result("dropped_day") for base in [right["on_time"][1][1 + unit]]}
    assert min(lost) > 0
    for said, unit in result("dropped_day"):
        assert said in [
            counted(reported, unit, days != day) for day in np.arange("2025-11-17", "2025-11-22", dtype="datetime64[D]")
        ]
    for said, unit in result("unfinished_as_done"):
        top, base = counted(reported, unit, everything)
        assert said[1] == base
        assert said[0] > top
    middle = days.min() + (days.max() - days.min()) // 2
    for said, unit in result("doubled_units"):
        parts = counted(reported, unit, everything), counted(reported, unit, days <= middle)
        assert said == tuple(map(sum, zip(*parts, strict=True)))


def test_components_are_counted_for_dossiers(reported: Reported) -> None:
    wrong, units = mislead(reported, "components_for_dossiers")
    for unit in units:
        digitised = reported.of_unit(unit) & reported.seen("digitised")
        top, base = (int(line[1 + unit]) for line in wrong["components_digitised"])
        assert top == reported.worked.rows["components"][digitised].sum()
        assert base == reported.of_unit(unit).sum()


# ---- files


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sound")
    emulate(out, WEEKS, dossiers_per_week=400)
    return out


@dataclass(frozen=True)
class Spoilt:
    """A landing folder after one fault: what it did, and what stands there now."""

    sound: Path
    out: Path
    effect: Effect

    @property
    def changed(self) -> set[str]:
        files = [path for path in self.out.rglob("*") if path.is_file()]
        assert len(files) == sum(path.is_file() for path in self.sound.rglob("*"))
        return {
            str(path.relative_to(self.out))
            for path in files
            if path.read_bytes() != (self.sound / path.relative_to(self.out)).read_bytes()
        }

    def tables(self, name: str) -> tuple[list[Row], list[Row]]:
        """A table of the last week before and after."""
        return table(self.sound / WEEK / name), table(self.out / WEEK / name)

    def lines(self) -> tuple[list[str], list[str]]:
        """The dossiers of the last week before and after, as they are written."""
        before, after = (decompressed((out / WEEK / DOSSIERS).read_bytes()) for out in (self.sound, self.out))
        return before.decode().splitlines(), after.decode().splitlines()


def table(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def spoil(sound: Path, tmp_path: Path) -> Callable[..., Spoilt]:
    """Lets one fault loose on a copy of a sound landing folder."""

    def spoil(*faults: str) -> Spoilt:
        out, effects = tmp_path / f"{faults[0]}-{len(faults)}", list[Effect]()
        shutil.copytree(sound, out, copy_function=os.link)  # a file that is spoilt is replaced, never written into
        Faults.of(faults, WEEKS, ["H05"], 766, effects.append).spoil(
            out / WEEK, out / BEFORE, province("H05"), WEEKS[-1]
        )
        return Spoilt(sound, out, effects[-1])

    return spoil


Spoil = Callable[..., Spoilt]


@pytest.mark.parametrize("name", names("table", "dossier", "file"))
def test_a_fault_changes_the_files_it_names_and_no_others(spoil: Spoil, name: str) -> None:
    spoilt = spoil(name)
    assert spoilt.changed == {f"{WEEK}/{file}" for file in spoilt.effect.files}
    assert spoilt.effect.things > 0
    if FAULTS[name].side == "dossiers":
        assert spoilt.effect.files == (DOSSIERS,)


def total(row: Row) -> Decimal:
    return sum((Decimal(row[name]) for name in COMPONENTS), Decimal())


def by_unit(rows: list[Row]) -> dict[str, Row]:
    return {row["MA_COQUAN"]: row for row in rows}


def test_a_residual_component_makes_rows_add_up_and_stand_above_the_maximum(spoil: Spoil) -> None:
    before, after = map(by_unit, spoil("residual_component").tables(OWN))
    assert all(total(row) == Decimal(row["TONG_SCORE"]) for row in after.values())
    assert [row["TONG_SCORE"] for row in before.values()] == [row["TONG_SCORE"] for row in after.values()]
    assert sum(Decimal(row["MDHL"]) > 18 for row in after.values()) > len(after) // 4


def test_groups_of_another_capture_do_not_add_to_the_total(spoil: Spoil, sound: Path) -> None:
    _, after = spoil("other_capture").tables(OWN)
    old = by_unit(table(sound / BEFORE / OWN))
    assert all(row[name] == old[row["MA_COQUAN"]][name] for row in after for name in COMPONENTS)
    assert sum(total(row) != Decimal(row["TONG_SCORE"]) for row in after) > len(after) // 2


def test_a_component_of_0_for_all_is_in_totals_and_ranks(spoil: Spoil) -> None:
    before, after = spoil("zero_component").tables(OWN)
    assert {row["MDSH"] for row in after} == {"0.0"}
    assert by_unit(before).keys() == by_unit(after).keys()
    totals = [Decimal(row["TONG_SCORE"]) for row in after]
    assert totals == [total(row) for row in after] == sorted(totals, reverse=True)
    assert [int(row["ROW_STT"]) for row in after] == [1 + sum(other > one for other in totals) for one in totals]


def test_a_change_of_rules_takes_six_points_from_every_province(spoil: Spoil) -> None:
    for before, after in zip(*spoil("rule_step").tables(NATION), strict=True):
        assert Decimal(before["TONG_SCORE"]) - Decimal(after["TONG_SCORE"]) == 6
        assert Decimal(before["MDHL"]) - Decimal(after["MDHL"]) == 6
        assert {name for name in before if before[name] != after[name]} == {"TONG_SCORE", "MDHL"}


def test_ranks_go_astray_among_three_units(spoil: Spoil) -> None:
    spoilt = spoil("ranks_astray")
    before, after = map(by_unit, spoilt.tables(OWN))
    differing = {unit for unit in before if before[unit] != after[unit]}
    assert differing <= set(spoilt.effect.units)
    assert differing
    assert sorted(row["ROW_STT"] for row in before.values()) == sorted(row["ROW_STT"] for row in after.values())
    assert all(before[unit] | {"ROW_STT": ""} == after[unit] | {"ROW_STT": ""} for unit in before)


def test_a_unit_goes_missing_or_stands_twice(spoil: Spoil) -> None:
    missing = spoil("missing_units")
    before, after = missing.tables(NATION)
    assert (len(before), len(after)) == (34, 33)
    assert [row for row in before if row["MA_COQUAN"] not in missing.effect.units] == after
    assert missing.effect.units != ("H05",)
    doubled = spoil("doubled_unit")
    before, after = doubled.tables(OWN)
    assert len(after) == len(before) + 1
    assert [row["MA_COQUAN"] for row in after if after.count(row) == 2] == 2 * list(doubled.effect.units)


def test_districts_come_back_after_the_merger(spoil: Spoil) -> None:
    spoilt = spoil("district_units")
    assert set(spoilt.effect.files) == {OWN, "units.H05.csv"}
    for name, column in ((OWN, "TEN"), ("units.H05.csv", "unit_name")):
        before, after = spoilt.tables(name)
        assert sorted(row[column] for row in after if "huyện" in row[column]) == [
            f"UBND huyện Mô phỏng {number} - tỉnh Bắc Ninh" for number in (1, 2)
        ]
        assert len(after) == len(before) + 2


FIELDS = {
    "status_sent_as_done": {"TrangThaiHoSo"},
    "component_as_result": {"DanhSachGiayToKetQua"},
    "cash_as_online": {"DanhSachLePhi", "DuocThanhToanTrucTuyen"},
    "constant_vneid": {"TaiKhoanDuocXacThucVoiVNeID"},
    "filler_identity": {"SoGiayToChuHoSo", "DinhDanhCHS"},
    "short_serial": {"MaHoSo"},
    "finished_before_accepted": {"NgayKetThucXuLy"},
    "accepted_after_week": {"NgayTiepNhan", "NgayHenTra"},
    "future_dates": {"NgayKetThucXuLy"},
    "duplicate_codes": {"MaHoSo"},
    "digitised_flag": {"TaiLieuNop"},
    "text_in_date": {"NgayTiepNhan"},
    "old_unit_codes": set[str](),  # changes none, adds some
    "silent_units": set[str](),  # changes none, takes some away
    "odd_procedure": {"MaTTHC"},
    "accepted_before_filed": {"NgayNopHoSo"},
    "due_before_accepted": {"NgayHenTra"},
    "status_left_open": {"TrangThaiHoSo"},
    "supplement_not_noted": {"TrangThaiHoSo"},
    "steps_as_supplements": {"DanhSachHoSoBoSung"},
    "results_withheld": {"DanhSachGiayToKetQua"},
    "paid_without_fee": {"DuocThanhToanTrucTuyen"},
    "online_without_account": {"TaiKhoanDuocXacThucVoiVNeID"},
    "unknown_units": {"DonViXuLy"},
    "lost_channel": {"KenhThucHien"},
}


def test_every_fault_of_dossiers_is_spoken_of_here() -> None:
    assert set(names("dossier")) == set(FIELDS)


@pytest.mark.parametrize(("name", "fields"), FIELDS.items())
def test_a_vendors_fault_changes_its_fields_in_its_units(spoil: Spoil, name: str, fields: set[str]) -> None:
    spoilt = spoil(name)
    before, after = spoilt.lines()
    differing = [
        (json.loads(one), json.loads(other))
        for one, other in zip(before, after, strict=bool(fields))
        if fields
        if one != other
    ]
    assert {field for one, other in differing for field in one if one[field] != other[field]} == fields
    struck = {other["DonViXuLy"] for _, other in differing}
    if name == "constant_vneid":
        assert spoilt.effect.units == ()
    elif fields:
        assert struck == set(spoilt.effect.units)
        assert 1 <= len(struck) <= 3
        assert len(differing) == spoilt.effect.things


def changed_dossiers(spoilt: Spoilt) -> list[Dossier]:
    before, after = spoilt.lines()
    known = set(before)
    return [json.loads(line) for line in after if line not in known]


def test_what_vendors_faults_look_like(spoil: Spoil) -> None:
    assert {
        (one["TrangThaiHoSo"], one["NgayKetThucXuLy"]) for one in changed_dossiers(spoil("status_sent_as_done"))
    } == {("9", "")}
    for one in changed_dossiers(spoil("component_as_result")):
        part, (result,) = one["TaiLieuNop"][0], one["DanhSachGiayToKetQua"]
        assert result["GiayToId"] == part["TepDinhKemId"]
        assert part["TepDinhKemId"] in result["DuongDanTepTinKetQua"]
    for one in changed_dossiers(spoil("cash_as_online")):
        assert (one["DuocThanhToanTrucTuyen"], one["DanhSachLePhi"][0]["HinhThucThu"]) == ("2", "1")
    assert {one["SoGiayToChuHoSo"] for one in changed_dossiers(spoil("filler_identity"))} == {"000000001"}
    serials = {len(one["MaHoSo"].rpartition("-")[2]) for one in changed_dossiers(spoil("short_serial"))}
    assert serials == {3, 5}
    for one in changed_dossiers(spoil("finished_before_accepted")):
        assert one["NgayKetThucXuLy"] < one["NgayTiepNhan"]
    for one in changed_dossiers(spoil("accepted_after_week")):
        assert f"{WEEKS[-1].next.monday:%Y%m%d}" <= one["NgayTiepNhan"] < one["NgayHenTra"]
    assert {one["NgayKetThucXuLy"][:4] for one in changed_dossiers(spoil("future_dates"))} == {"2026"}
    for one in changed_dossiers(spoil("digitised_flag")):
        assert one["HoSoCoThanhPhanSoHoa"] == "1"
        assert {part["DuocSoHoa"] for part in one["TaiLieuNop"]} == {"0"}
    assert {one["NgayTiepNhan"] for one in changed_dossiers(spoil("text_in_date"))} == {"chờ xác nhận"}
    vneid = [json.loads(line)["TaiKhoanDuocXacThucVoiVNeID"] for line in spoil("constant_vneid").lines()[1]]
    assert set(vneid) == {"1"}


def test_a_code_is_given_to_two_applicants(spoil: Spoil) -> None:
    after = [json.loads(line) for line in spoil("duplicate_codes").lines()[1]]
    codes = [one["MaHoSo"] for one in after]
    twice = [one for one in after if codes.count(one["MaHoSo"]) > 1]
    assert len(twice) == 2 * len({one["MaHoSo"] for one in twice})
    assert len({one["SoGiayToChuHoSo"] for one in twice}) == len(twice)


def test_old_codes_stand_beside_new_ones(spoil: Spoil) -> None:
    spoilt = spoil("old_unit_codes")
    before, after = spoilt.lines()
    assert after[: len(before)] == before
    added = [json.loads(line) for line in after[len(before) :]]
    assert len(added) == spoilt.effect.things
    units = {one["DonViXuLy"] for one in added}
    assert units == {f"000.00.{unit.removeprefix('H05.')}.H05" for unit in spoilt.effect.units}
    assert all(one["MaHoSo"].startswith(one["DonViXuLy"] + "-") for one in added)


def test_units_that_send_nothing_leave_the_lines_of_the_others_as_they_were(spoil: Spoil) -> None:
    spoilt = spoil("silent_units")
    before, after = spoilt.lines()
    lost = [json.loads(line) for line in before if line not in set(after)]
    assert {one["DonViXuLy"] for one in lost} == set(spoilt.effect.units)
    assert len(lost) == spoilt.effect.things == len(before) - len(after)


def test_a_deduction_of_2_points_is_in_total_and_rank_and_in_no_count(spoil: Spoil) -> None:
    spoilt = spoil("technical_deduction")
    assert spoilt.effect.files == (OWN,)
    before, after = map(by_unit, spoilt.tables(OWN))
    for unit in spoilt.effect.units:
        assert Decimal(before[unit]["TDGQ"]) - Decimal(after[unit]["TDGQ"]) == 2
        assert total(after[unit]) == Decimal(after[unit]["TONG_SCORE"])
    assert {unit for unit in after if after[unit]["TDGQ"] != before[unit]["TDGQ"]} == set(spoilt.effect.units)


def test_files_come_old_empty_cut_off_or_with_other_columns(spoil: Spoil, sound: Path) -> None:
    content = (sound / WEEK / DOSSIERS).read_bytes()
    old = (spoil("wrong_week").out / WEEK / DOSSIERS).read_bytes()
    assert old == (sound / BEFORE / DOSSIERS).read_bytes()
    assert spoil("empty_file").lines()[1] == []
    cut = (spoil("truncated_file").out / WEEK / DOSSIERS).read_bytes()
    assert content.startswith(cut)
    assert len(cut) < len(content)
    before, after = spoil("wrong_columns").lines()
    for one, other in zip(map(json.loads, before), map(json.loads, after), strict=True):
        assert list(one.values()) == list(other.values())
        assert set(one) - set(other) == {"MaHoSo", "TrangThaiHoSo", "NgayTiepNhan", "DonViXuLy"}


# ---- where and when


def test_faults_strike_where_and_when_they_are_told_and_give_equal_bytes(tmp_path: Path) -> None:
    asked: list[Fault | str] = ["missed_after", "text_in_date@2025-W46:H01", FAULTS["swapped"].at(province="H01")]
    for name in ("one", "two"):
        effects: list[Effect] = []
        emulate(tmp_path / name, WEEKS, dossiers_per_week=400, provinces=2, faults=asked, on_fault=effects.append)
    assert digest(tmp_path / "one") == digest(tmp_path / "two")
    emulate(tmp_path / "sound", WEEKS, dossiers_per_week=400, provinces=2)
    assert {(one.fault, str(one.week), one.province) for one in effects} == {
        ("missed_after", WEEK, "H05"),
        ("text_in_date", BEFORE, "H01"),
        ("swapped", WEEK, "H01"),
    }
    assert Spoilt(tmp_path / "sound", tmp_path / "one", effects[0]).changed == {
        *(f"{WEEK}/{kind}.{code}.ytd.csv" for kind in ("counts", "scores") for code in ("H01", "H05")),
        f"{BEFORE}/dossiers.H01.ndjson.zst",
    }


def test_two_faults_in_one_place_strike_different_units(reported: Reported) -> None:
    effects: list[Effect] = []
    faults = Faults.of(["missed_after", "swapped", "dropped_day"], WEEKS, ["H05"], 766, effects.append)
    faults.mislead(reported.office, reported.worked, reported.said)
    units = [unit for effect in effects for unit in effect.units]
    assert len(units) == len(set(units)) == 9


def test_all_faults_can_strike_together(spoil: Spoil) -> None:
    every = names("table", "dossier", "file")
    spoilt = spoil(*every[: len(every) - 3])  # all but the last three, which leave no lines to read
    assert {
        f"{WEEK}/{file}" for file in (OWN, NATION, DOSSIERS, "units.H05.csv", "counts.H05.ytd.csv")
    } == spoilt.changed


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("mised_after", "is it missed_after"),
        ("swapped@2025-W50", "2025-W50, which is not emulated"),
        ("swapped@2025-W47:H01", "H01, which has no dossiers here"),
        ("wrong_week@2025-W46", "cannot strike in the first, 2025-W46"),
        ("swapped@W46", "W46"),
    ],
)
def test_a_fault_that_cannot_strike_is_refused_before_anything_is_written(
    tmp_path: Path, fault: str, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        emulate(tmp_path, WEEKS, dossiers_per_week=400, faults=[fault])
    assert not list(tmp_path.iterdir())


def test_a_fault_without_anything_to_spoil_says_so(reported: Reported) -> None:
    nobody = Counting(
        province=reported.office.province,
        week=WEEKS[-1],
        rng=np.random.default_rng(1),
        taken=set(),
        rows=reported.worked.rows[:0],
        seen=np.zeros((len(FACTS), 0), bool),
        moment=0,
        counts=reported.said.standing.counts,
    )
    with pytest.raises(ValueError):
        FAULTS["missed_after"].spoil(nobody)


def test_every_fault_has_a_title_in_two_languages_and_a_text() -> None:
    assert len(FAULTS) >= 48
    for name, fault in FAULTS.items():
        assert fault.name == name
        assert fault.title_vi
        assert fault.title_en
        assert fault.text.endswith(".")
        assert fault.caught_by
    assert parse_fault("swapped@2025-W43:H01").week == Week.parse("2025-W43")


def test_the_command_lists_the_faults_and_applies_them(tmp_path: Path) -> None:
    listed = ask("emulate", "--fault", "list")
    assert listed.code == 0
    assert [line.split()[0] for line in listed.out.splitlines()] == list(FAULTS)
    told = ask(
        *("emulate", "--out", tmp_path, "--weeks", "2025-W46..2025-W47", "--dossiers-per-week", "400"),
        *("--fault", "swapped", "--fault", "empty_file"),
    )
    assert told.code == 0, told.err
    assert "swapped: 2025-W47 H05: H05." in told.err
    assert "empty_file: 2025-W47 H05: *; dossiers.H05.ndjson.zst" in told.err
    assert ask("emulate", "--out", tmp_path, "--fault", "nonsense").code == 2
    assert ask("emulate").code == 2
