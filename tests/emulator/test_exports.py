"""What the exports look like, that they agree with each other, and where they must not."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb

from emulator.province import ProvinceOffice
from emulator.units import province
from resources.catalogue import table
from resources.sidecars import read_sidecar
from scoring.calendar import Week
from tests.emulator.conftest import Read


def test_a_week_has_every_kind_of_export_and_every_file_says_it_is_simulated(landing: Path) -> None:
    names = {path.name for path in (landing / "2025-W41").iterdir() if not path.name.endswith(".meta.yaml")}
    assert names == {
        *("dossiers.H05.ndjson.zst", "procedures.H05.csv", "petitions.H05.csv", "units.H05.csv"),
        *("counts.H05.ytd.csv", "scores.H05.ytd.csv", "scores.VN.ytd.csv"),
    }
    for path in (landing / "2025-W41" / name for name in names):
        sidecar = read_sidecar(path)
        assert sidecar.simulated
        # Monday 2025-10-13, 05:30 in Hà Nội: after the week, so that the figures are final.
        assert str(sidecar.exported_at) == "2025-10-12 22:30:00"


def test_house_tables_have_the_columns_of_the_catalogue(read: Read) -> None:
    added = {"arrived_week", "export_id", "source_row"}
    for kind in ("procedures", "petitions"):
        assert list(read(f"2025-W41/{kind}.H05.csv")[0]) == [c for c in table(kind).column_names if c not in added]
    assert set(read("2025-W41/units.H05.csv")[0]) == set(table("units").column_names) - added - {
        "level",
        "province_code",
    }


def test_bac_ninh_has_its_99_communes_and_14_departments(read: Read) -> None:
    units = read("2025-W41/units.H05.csv")
    codes = [row["unit_code"] for row in units]
    assert codes[0] == "H05"
    assert codes[1:] == [f"H05.{number}" for number in range(101, 200)] + [
        f"H05.{number:02d}" for number in range(1, 15)
    ]
    names = {row["unit_name"] for row in units}
    assert {"UBND xã Hợp Thịnh - tỉnh Bắc Ninh", "UBND phường Bắc Giang - tỉnh Bắc Ninh"} < names
    assert "Sở Nội vụ - tỉnh Bắc Ninh" in names


def test_dossiers_have_the_portals_fields_and_nothing_but_texts(dossiers: duckdb.DuckDBPyConnection) -> None:
    columns = {name: kind for name, kind, *_ in dossiers.execute("DESCRIBE versions").fetchall()}
    assert {
        *("MaHoSo", "MaTTHC", "KenhThucHien", "NgayNopHoSo", "NgayTiepNhan", "NgayHenTra", "TrangThaiHoSo", "NgayTra"),
        *("NgayKetThucXuLy", "NgayTuChoi", "DonViXuLy", "TaiKhoanDuocXacThucVoiVNeID", "DuocThanhToanTrucTuyen"),
        *("TaiLieuNop", "DanhSachGiayToKetQua", "DanhSachLePhi", "DanhSachHoSoBoSung", "DSKetNoiCSDL"),
        *("ChuHoSo", "SoGiayToChuHoSo", "DinhDanhCHS", "Email", "SoDienThoai", "TrichYeuHoSo"),
    } <= set(columns)
    raw = dossiers.execute("SELECT DISTINCT left(ChuHoSo, 18), left(SoGiayToChuHoSo, 3) FROM versions").fetchall()
    assert raw == [("Người nộp mô phỏng", "999")]


def test_no_dossier_contradicts_itself(dossiers: duckdb.DuckDBPyConnection) -> None:
    versions, weeks, twice = dossiers.execute(
        "SELECT count(*), count(DISTINCT week), count(*) - count(DISTINCT (week, MaHoSo)) FROM versions"
    ).fetchone() or (0, 0, 0)
    assert (weeks, twice) == (9, 0)
    assert versions > 400 * 9
    wrong = dossiers.execute(
        """
        SELECT MaHoSo, week FROM versions
        WHERE NOT regexp_full_match(MaHoSo, 'H05\\.[0-9]{2,3}-[0-9]{6}-[0-9]{4}')
           OR split_part(MaHoSo, '-', 1) <> DonViXuLy
           OR (NgayTiepNhan = '') <> (TrangThaiHoSo = '3')
           OR NgayTiepNhan <> '' AND (
                  split_part(MaHoSo, '-', 2) <> substr(NgayTiepNhan, 3, 6) OR NgayNopHoSo > NgayTiepNhan
               OR NgayTiepNhan > NgayHenTra OR NgayKetThucXuLy BETWEEN '1' AND NgayTiepNhan)
           OR TrangThaiHoSo IN ('9', '10') AND NgayKetThucXuLy = ''
           OR (TrangThaiHoSo = '10') <> (NgayTra <> '')
           OR NgayTra BETWEEN '1' AND NgayKetThucXuLy AND NgayTra <> NgayKetThucXuLy
           OR TrangThaiHoSo IN ('2', '4', '5') AND (NgayKetThucXuLy <> '' OR len(DanhSachGiayToKetQua) > 0)
           OR KenhThucHien = '2' AND TaiKhoanDuocXacThucVoiVNeID <> '1'
           OR DuocThanhToanTrucTuyen <> '0' AND len(DanhSachLePhi) = 0
           OR len(list_filter(DanhSachHoSoBoSung,
                lambda one: one.NgayTiepNhanBoSung <> '' AND one.NgayTiepNhanBoSung < one.NgayBoSung)) > 0
        """
    ).fetchall()
    assert wrong == []


def test_nothing_in_an_export_lies_after_its_week(dossiers: duckdb.DuckDBPyConnection) -> None:
    last = dossiers.execute(
        "SELECT week, max(greatest(NgayTiepNhan, NgayKetThucXuLy, NgayTra, NgayTuChoi)) FROM versions GROUP BY week"
    ).fetchall()
    for week, moment in last:
        assert moment < f"{Week.parse(week).next.monday:%Y%m%d}"


def test_a_dossier_moves_on_from_export_to_export(dossiers: duckdb.DuckDBPyConnection) -> None:
    """A version is sent only when it is news: later ones go from open to done to returned, or mend something."""
    versions, codes = dossiers.execute("SELECT count(*), count(DISTINCT MaHoSo) FROM versions").fetchone() or (0, 0)
    assert 1.3 < versions / codes < 1.8
    back = dossiers.execute(
        """
        SELECT count(*) FROM (
            SELECT NgayTra, NgayKetThucXuLy,
                lag(NgayTra) OVER dossier AS returned, lag(NgayKetThucXuLy) OVER dossier AS done
            FROM versions WINDOW dossier AS (PARTITION BY MaHoSo ORDER BY week))
        WHERE returned <> '' AND NgayTra <> returned OR done <> '' AND NgayKetThucXuLy <> done
        """
    ).fetchone()
    assert back == (0,)


def _counted(read: Read, name: str, metric: str) -> dict[str, tuple[str, str]]:
    return {row["unit_code"]: (row["numerator"], row["denominator"]) for row in read(name) if row["metric"] == metric}


def _results(dossiers: duckdb.DuckDBPyConnection, week: str) -> dict[str, tuple[str, str]]:
    """Dossiers with an electronic result, of all, by unit."""
    rows = dossiers.execute(
        """
        SELECT DonViXuLy, (count(*) FILTER (len(DanhSachGiayToKetQua) > 0))::VARCHAR, count(*)::VARCHAR FROM (
            FROM versions WHERE week <= $week
            QUALIFY row_number() OVER (PARTITION BY MaHoSo ORDER BY week DESC) = 1)
        WHERE NgayTiepNhan <> '' GROUP BY DonViXuLy
        """,
        {"week": week},
    ).fetchall()
    return {unit: (top, base) for unit, top, base in rows}


def test_the_portals_counts_agree_with_the_dossiers(read: Read, dossiers: duckdb.DuckDBPyConnection) -> None:
    for week in ("2025-W41", "2025-W43", "2025-W46"):
        counted = _counted(read, f"{week}/counts.H05.ytd.csv", "ORIGINAL_RESULT_AVAILABLE")
        assert {unit: pair for unit, pair in counted.items() if unit != "H05"} == _results(dossiers, week)


def test_in_w44_and_w45_the_counter_misses_results_of_some_communes_and_the_correction_mends_it(
    landing: Path, read: Read, dossiers: duckdb.DuckDBPyConnection
) -> None:
    office = ProvinceOffice(province("H05"), 766, Week.parse("2025-W38"), 400)
    affected = {code for code, missed in zip(office.province.unit_codes, office.miscounted, strict=True) if missed}
    for week in ("2025-W44", "2025-W45"):
        right = _results(dossiers, week)
        wrong = _counted(read, f"{week}/counts.H05.ytd.csv", "ORIGINAL_RESULT_AVAILABLE")
        fewer = {unit for unit, pair in right.items() if wrong[unit] != pair}
        assert fewer
        assert fewer <= affected
        assert all(int(wrong[unit][0]) < int(right[unit][0]) for unit in fewer)
        corrected = _counted(read, f"{week}/counts.H05.ytd.2.csv", "ORIGINAL_RESULT_AVAILABLE")
        assert {unit: pair for unit, pair in corrected.items() if unit != "H05"} == right
        # The province has a counter of its own, which was right.
        assert wrong["H05"] == corrected["H05"]
        for kind in ("counts", "scores"):
            first, second = (read_sidecar(landing / week / f"{kind}.H05.ytd{part}.csv") for part in ("", ".2"))
            assert first.corrects is None
            assert re.search("missed electronic results", second.corrects or "")
            assert second.exported_at is not None
            assert Week.of_instant(second.exported_at) == Week.parse("2025-W46")


def test_the_score_of_a_miscounted_commune_falls_and_its_correction_restores_it(read: Read) -> None:
    wrong = {row["MA_COQUAN"]: row for row in read("2025-W45/scores.H05.ytd.csv")}
    right = {row["MA_COQUAN"]: row for row in read("2025-W45/scores.H05.ytd.2.csv")}
    changed = {unit for unit, row in right.items() if row["TONG_SCORE"] != wrong[unit]["TONG_SCORE"]}
    assert changed
    for unit in changed:
        assert float(wrong[unit]["MDSH"]) < float(right[unit]["MDSH"])
        assert all(wrong[unit][name] == right[unit][name] for name in ("TDGQ", "MDHL", "TTTT", "CLGQ", "CKMB"))
