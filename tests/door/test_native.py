"""Values of a Parquet file that keep their type come to the same rows as their texts, and hide nothing personal."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.door.conftest import Desk

MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2025, 12, 31)).map(lambda at: at.replace(microsecond=0))
COUNTS = st.integers(0, 9)
SOUND = {
    "dossier_code": "H05.101-250901-0001", "unit_code": "H05.101", "procedure_code": "1.004222",
    "channel": "online", "applicant": "citizen", "status": "done",
    "accepted_at": datetime(2025, 9, 1, 9), "due_at": datetime(2025, 9, 5, 17), "finished_at": datetime(2025, 9, 4, 8),
    "supplement_count": 0, "waiting_seconds": 0, "has_result": True, "component_count": 3, "digitised_count": 2,
    "reused_count": 0, "from_store_count": 0, "sent_to_store": False, "vneid_verified": True, "population_link": False,
    "fee_count": 1, "fee_total_vnd": 8000, "payment": "portal",
}  # fmt: skip
NOT_OF_THE_ROW = ("export_id", "exported_at")


def parquet_of(rows: list[dict[str, Any]], types: dict[str, pa.DataType] | None = None) -> bytes:
    schema = pa.Table.from_pylist(rows).schema
    for name, type_ in (types or {}).items():
        schema = schema.set(schema.get_field_index(name), pa.field(name, type_))
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), buffer)
    return buffer.getvalue()


def in_texts(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: None if value is None else str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in row.items()
    }


def typed(desk: Desk, rows: list[dict[str, Any]], week: str) -> list[dict[str, Any]]:
    desk.land("dossiers.H05.parquet", parquet_of(rows), week=week)
    records, _ = desk.take_all()
    (record,) = [each for each in records if each.week == week]
    assert record.status == "accepted"
    return [
        {name: value for name, value in row.items() if name not in NOT_OF_THE_ROW and name != "arrived_week"}
        for row in desk.typed(record)
    ]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    at=MOMENTS, days=st.integers(-3, 30), flags=st.tuples(st.booleans(), st.booleans(), st.none() | st.booleans()),
    counts=st.tuples(COUNTS, COUNTS, COUNTS), fee=st.integers(0, 10**10), ended=st.booleans(),
)  # fmt: skip
def test_values_and_their_texts_come_to_the_same_rows(
    desk: Desk,
    at: datetime,
    days: int,
    flags: tuple[bool, bool, bool | None],
    counts: tuple[int, int, int],
    fee: int,
    ended: bool,
) -> None:
    row = SOUND | {
        "accepted_at": at, "due_at": at + timedelta(days=days), "finished_at": at + timedelta(days=1) if ended else None,
        "has_result": flags[0], "sent_to_store": flags[1], "population_link": flags[2],
        "component_count": counts[0], "digitised_count": counts[1], "supplement_count": counts[2], "fee_total_vnd": fee,
    }  # fmt: skip
    whole = SOUND | {"dossier_code": "H05.101-250901-0002"}  # so that no column is empty, and has no type, throughout
    as_values = typed(desk, [row, whole], "2025-W41")
    as_texts = typed(desk, [in_texts(row), in_texts(whole)], "2025-W42")
    assert as_values == as_texts
    assert as_values[0]["parse_errors"] == []


def test_flags_numbers_and_moments_are_kept_as_they_came(desk: Desk) -> None:
    record = desk.take_one("dossiers.H05.parquet", parquet_of([SOUND]))
    kept = {field.name: str(field.type) for field in pq.read_schema(desk.home.raw_path(record))}
    assert (kept["accepted_at"], kept["has_result"], kept["fee_total_vnd"]) == ("timestamp[us]", "bool", "int64")
    assert kept["unit_code"] == kept["channel"] == "string"


def test_what_has_no_value_of_its_columns_type_is_named_with_its_text(desk: Desk) -> None:
    far = parquet_of([SOUND | {"component_count": 40_000}])
    record = desk.take_one("dossiers.H05.parquet", far)
    (row,) = desk.typed(record)
    assert (row["component_count"], row["parse_errors"]) == (None, ["component_count=40000"])


@pytest.mark.parametrize(
    ("column", "value", "type_"),
    [
        ("procedure_code", 79123456789, pa.int64()),
        ("status", 912345678, pa.int64()),
        ("unit_code", 79123456789, pa.int64()),
    ],
)
def test_a_number_in_a_column_of_texts_becomes_a_text_like_any_other(
    desk: Desk, column: str, value: int, type_: pa.DataType
) -> None:
    desk.land("dossiers.H05.parquet", parquet_of([SOUND | {column: value}], {column: type_}))
    (record,), _ = desk.take_all()
    (field,) = [field for field in pq.read_schema(desk.home.raw_path(record)) if field.name == column]
    assert str(field.type) == "string"
    if column != "procedure_code":  # free text of other countries' codes: passes as in every other form
        assert str(value).encode() not in desk.bytes_kept()


def test_a_moment_with_an_offset_is_read_as_that_instant(desk: Desk) -> None:
    row = SOUND | {"accepted_at": datetime(2025, 9, 1, 2)}
    record = desk.take_one("dossiers.H05.parquet", parquet_of([row], {"accepted_at": pa.timestamp("us", tz="UTC")}))
    (found,) = desk.typed(record)
    assert found["accepted_at"] == datetime(2025, 9, 1, 2)  # 09:00 in Vietnam, as UTC
