"""A mapping is data: checked when it is read, with file and line, and never more than it says."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.catalogue import catalogue, duckdb_schema
from resources.engine import connect
from resources.exports import TABLE_OF_KIND, ExportRecord
from resources.mapping import MappingError, available, heading_key, load_mapping, packaged_mappings, read_mapping
from tests.door.conftest import RECEIVED, Desk
from tests.door.samples import dossier, ndjson

SCORES = """\
id: mine
kind: scores
title: {vi: Bảng, en: Table}
required: [unit_code]
columns:
  unit_code: {from: Mã, as: unit_code}
  level: {of: unit_code, as: level}
  total: {from: Điểm}
"""


def _write(tmp_path: Path, text: str, name: str = "mine") -> Path:
    path = tmp_path / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("change", "line", "said"),
    [
        (("title:", "titel:"), 3, "unknown key 'titel'"),
        (("id: mine", "id: yours"), 1, "the file's name"),
        (("kind: scores", "kind: marks"), 2, "'marks' is not one of"),
        (("  total: {from", "  sum: {from"), 8, "unknown key 'sum'"),
        (("{from: Điểm}", "{form: Điểm}"), 8, "unknown key 'form'"),
        (("{from: Điểm}", "{codes: {a: b}}"), 8, "exactly one of"),
        (("{from: Điểm}", "{from: Điểm, constant: 3}"), 8, "exactly one of"),
        (("required: [unit_code]", "required: [unit]"), 4, "'unit' is not one of"),
        (("required: [unit_code]", "required: [unit_code]\ntime_zone: Mars/Base"), 5, "no time zone"),
        (("required: [unit_code]", "required: [unit_code]\ntimes: [dd/mm/yyyy]"), 5, "has %"),
        (("  level: {of: unit_code, as: level}\n", ""), 5, "columns that may not be null are missing: level"),
        (("{of: unit_code, as: level}", "{of: name, as: level}"), 7, "no column 'name'"),
        (("{from: Điểm}", "{expression: progress + 1}"), 8, "unknown column 'progress'"),
        (("{from: Điểm}", "{from: Điểm, then: (SELECT 1)}"), 8, "subquery"),
        (("{from: Điểm}", "{from: Điểm, then: total; DROP TABLE x}"), 8, "exactly one expression"),
        (("{from: Điểm}", "{from: Điểm, then: read_text('/etc/passwd')}"), 8, "not listed"),
        (("required: [unit_code]", "required: [unit_code]\npersonal: [Điểm]"), 9, "personal field Điểm"),
        (("{from: Điểm}", "{sum: Phí}"), 8, "'field' is missing"),
        (("{from: Điểm}", "{alike: {A: a}}"), 8, "expected two lists, not 1"),
        (("{from: Điểm}", "{alike: {A: a, B: b}}"), 8, "for shape: nested only"),
        (("{from: Điểm}", "[a, b"), 8, "not valid YAML"),
    ],
)
def test_a_mistake_in_a_mapping_is_told_with_its_line(
    tmp_path: Path, change: tuple[str, str], line: int, said: str
) -> None:
    text = SCORES.replace(*change)
    assert text != SCORES
    with pytest.raises(MappingError) as error:
        read_mapping(_write(tmp_path, text))
    assert said in str(error.value)
    found = int(str(error.value).split("mine.yaml:")[1].split(":")[0])
    assert found in (line, line + 1)  # YAML tells an unclosed bracket where the next line begins


def test_a_name_that_is_no_mapping_lists_those_there_are(tmp_path: Path) -> None:
    _write(tmp_path, SCORES)
    with pytest.raises(MappingError, match=r"house-dossiers, .*mine, petitions"):
        load_mapping("theirs", [tmp_path])
    assert load_mapping("mine", [tmp_path]).id == "mine"


def test_an_offices_mapping_goes_before_the_packaged_one_of_its_name(tmp_path: Path) -> None:
    _write(tmp_path, SCORES.replace("id: mine", "id: house-scores"), "house-scores")
    assert load_mapping("house-scores", [tmp_path]).hash != load_mapping("house-scores").hash


def test_the_hash_of_a_mapping_follows_its_content_not_its_comments(tmp_path: Path) -> None:
    first = read_mapping(_write(tmp_path, SCORES)).hash
    assert read_mapping(_write(tmp_path, "# a word\n" + SCORES)).hash == first
    assert read_mapping(_write(tmp_path, SCORES.replace("Điểm", "Tổng"))).hash != first


@pytest.mark.parametrize("kind", list(TABLE_OF_KIND))
def test_every_packaged_mapping_makes_exactly_the_columns_of_its_table(kind: str, tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    for mapping in packaged_mappings(kind):
        fields = {name: pa.array([None], pa.string()) for name in (*mapping.source_columns, *mapping.alike_columns)} | {
            name: pa.array([None], pa.list_(pa.struct({each: pa.string() for each in parts})))
            for name, parts in mapping.source_lists.items()
        }
        raw = tmp_path / f"{mapping.id}.parquet"
        pq.write_table(pa.table({**fields, "source_row": [1]}), raw)
        described = connect(threads=1).execute(f"DESCRIBE {mapping.typed_sql(raw, _record(kind))}").fetchall()
        assert {row[0]: row[1] for row in described} == {**duckdb_schema(mapping.table), "parse_errors": "VARCHAR[]"}
        assert [row[0] for row in described] == [*catalogue()[mapping.table].column_names, "parse_errors"]


def test_there_is_a_mapping_for_every_kind() -> None:
    assert {mapping.kind for kind in TABLE_OF_KIND for mapping in packaged_mappings(kind)} == set(TABLE_OF_KIND)
    assert {"portal-sync", "listing-vi", "house-dossiers", "portal-counts", "portal-scores"} <= set(available())


def _record(kind: str = "scores") -> ExportRecord:
    exported_at = datetime(2025, 10, 11)
    return ExportRecord("0" * 16, "2025-W41", kind, "H05", "ytd", "2025", "f", "s", 1, 1, 0, exported_at, RECEIVED)


def test_text_of_a_mapping_or_a_file_never_becomes_sql(desk: Desk) -> None:
    evil = "'); DROP TABLE x; --\""
    mapping = f"""\
id: evil
kind: scores
title: {{vi: a, en: b}}
required: [unit_code]
empty: ["{evil.replace('"', "")}"]
columns:
  unit_code: {{from: "Mã ' \\"x", as: unit_code}}
  unit_name: {{from: Tên, codes: {{"a'b": "c'd\\"e"}}, other: "f'g"}}
  level: {{constant: "pro'vince"}}
  total: {{from: Điểm}}
"""
    (desk.landing / "mappings").mkdir()
    (desk.landing / "mappings" / "evil.yaml").write_text(mapping, encoding="utf-8")
    data = "Mã ' \"x;Tên;Điểm\nH05;a'b;1'\nH06;'; DROP TABLE x;\nH07;x;2\n".replace("'; DROP TABLE x;", "' DROP;")
    record = desk.take_one("scores.VN.ytd.csv", data, "mapping: evil\n")
    rows = desk.typed(record)
    assert [row["unit_name"] for row in rows] == ["c'd\"e", "f'g", "f'g"]
    assert rows[0]["parse_errors"] == ["total=1'"]
    assert {row["level"] for row in rows} == {"pro'vince"}


def test_headings_match_whatever_their_case_spaces_and_accents_are_composed_of(desk: Desk) -> None:
    assert heading_key("\ufeff  Mã\u00a0hồ  sơ ") == heading_key("MÃ HỒ SƠ") == heading_key("Ma\u0303 hô\u0300 sơ")


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("20251031235959", "2025-10-31 16:59:59"),
        ("20251101000000", "2025-10-31 17:00:00"),
        ("20251231065959", "2025-12-30 23:59:59"),
        ("20260101000000", "2025-12-31 17:00:00"),
        ("20240229120000", "2024-02-29 05:00:00"),
        ("2025-10-01 07:00:00", "2025-10-01 00:00:00"),
        ("2025-10-01T07:00:00+07:00", "2025-10-01 00:00:00"),
        ("2025-10-01T00:00:00Z", "2025-10-01 00:00:00"),
        ("20250229120000", None),
        ("20251301000000", None),
        ("01102025", None),
        ("2025100", None),
    ],
)
def test_instants_are_read_in_vietnam_and_kept_in_utc(desk: Desk, text: str, utc: str | None) -> None:
    """Known failures, lines 15 and 16: ends of months and years, hours before seven, days written DDMMYYYY."""
    record = desk.take_one("dossiers.H05.ndjson", ndjson(dossier(NgayNopHoSo=text)))
    (row,) = desk.typed(record)
    assert row["filed_at"] == (datetime.fromisoformat(utc) if utc else None)
    assert row["parse_errors"] == ([] if utc else [f"filed_at={text}"])


def test_a_day_without_an_hour_is_due_until_it_ends(desk: Desk) -> None:
    record = desk.take_one("dossiers.H05.ndjson", ndjson(dossier(NgayHenTra="20250905", NgayNopHoSo="20250905")))
    (row,) = desk.typed(record)
    assert (row["due_at"], row["filed_at"]) == (datetime(2025, 9, 5, 16, 59, 59), datetime(2025, 9, 4, 17))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"DuocThanhToanTrucTuyen": "0"}, {"payment": "offline"}),  # there is a fee, so it was paid somewhere
        ({"DuocThanhToanTrucTuyen": "", "DanhSachLePhi": []}, {"payment": "none", "fee_count": 0, "fee_total_vnd": 0}),
        ({"DuocThanhToanTrucTuyen": "3"}, {"payment": "offline"}),
        ({"DuocThanhToanTrucTuyen": "2"}, {"payment": "gateway"}),
        ({"KenhThucHien": ""}, {"channel": "direct"}),
        ({"LoaiDoiTuong": None}, {"applicant": "citizen"}),
        ({"TrangThaiHoSo": 5}, {"status": "supplement_asked"}),
        ({"DonViXuLy": "000.00.12.H05"}, {"unit_code": "H05.12", "province_code": "H05"}),
        ({"DaGuiKhoDMQG": "1"}, {"sent_to_store": True}),
        ({"DSKetNoiCSDL": [{"MaCSDL": "CSDLDN"}]}, {"population_link": False}),
        ({"TaiLieuNop": None}, {"component_count": 0, "digitised_count": 0}),
        ({"NgayTuChoi": "20250903100000"}, {"stopped_at": datetime(2025, 9, 3, 3)}),
        (
            {"DanhSachHoSoBoSung": [{"NgayBoSung": "20250902090000", "NgayTiepNhanBoSung": "20250902100000"},
                                    {"NgayBoSung": "20250903090000", "NgayTiepNhanBoSung": "20250903093000"},
                                    {"NgayBoSung": "20250904090000", "NgayTiepNhanBoSung": ""}]},
            {"supplement_count": 3, "waiting_seconds": 5_400, "supplement_open_at": datetime(2025, 9, 4, 2)},
        ),
    ],
)  # fmt: skip
def test_what_a_dossier_of_the_portal_says(desk: Desk, changes: dict[str, object], expected: dict[str, object]) -> None:
    """portal_contract.md, section A."""
    record = desk.take_one("dossiers.H05.ndjson", ndjson(dossier(1, **changes)))
    (row,) = desk.typed(record)
    assert {name: row[name] for name in expected} == expected
    assert row["parse_errors"] == []
    assert (row["arrived_week"].isoformat(), row["export_id"], row["source_row"]) == ("2025-10-06", record.export_id, 1)


@settings(deadline=None, max_examples=60)
@given(st.integers(-(10**12), 10**12), st.sampled_from(["", ".", ",", " ", "\u00a0"]))
def test_whole_numbers_are_read_with_any_grouping(number: int, separator: str) -> None:
    from resources.mapping_sql import _integer

    text = f"{number:,}".replace(",", separator)
    assert connect(threads=1).execute(f"SELECT {_integer('$1', 'BIGINT')}", [text]).fetchone() == (number,)


@settings(deadline=None, max_examples=60)
@given(st.decimals(0, 9999, places=2), st.sampled_from([".", ","]))
def test_decimals_are_read_with_a_point_or_a_comma(number: Decimal, mark: str) -> None:
    from resources.mapping_sql import _decimal_text

    text = str(number).replace(".", mark)
    sql = f"SELECT TRY_CAST({_decimal_text('$1')} AS DECIMAL(9,4))"
    assert connect(threads=1).execute(sql, [text]).fetchone() == (number,)
