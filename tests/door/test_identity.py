"""What an export is called, and that taking it in twice is taking it in once."""

from __future__ import annotations

import hashlib
from pathlib import Path

from resources.door import take_in
from resources.engine import connect
from resources.landing import scan
from resources.mapping import load_mapping
from resources.originals import look_at
from resources.read_json import json_source
from tests.door.conftest import Desk
from tests.door.samples import dossier, ndjson, scores_csv


def test_the_same_bytes_under_another_period_scope_week_or_sidecar_are_another_export(desk: Desk) -> None:
    """Known failures, line 17: a cache keyed by day only gave year data for month."""
    desk.land("scores.VN.ytd.csv", scores_csv())
    desk.land("scores.VN.month.csv", scores_csv())
    desk.land("scores.H05.ytd.csv", scores_csv())
    desk.land("scores.VN.ytd.csv", scores_csv(), week="2025-W42")
    desk.land("scores.VN.quarter.csv", scores_csv(), "period: 2025-Q3\n")
    desk.land("scores.VN.quarter.2.csv", scores_csv(), "period: 2025-Q3\nexported_at: 2025-10-11T17:00:00+07:00\n")
    records, _ = desk.take_all()
    assert len({record.sha256 for record in records}) == 1
    assert len({record.export_id for record in records}) == 6
    assert all(len(record.export_id) == 16 for record in records)


def test_the_hash_is_that_of_the_file_as_it_arrived(desk: Desk) -> None:
    """Known failures, line 27: hash at capture."""
    path = desk.land("scores.VN.ytd.csv", scores_csv())
    (record,), _ = desk.take_all()
    assert record.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert record.size_bytes == path.stat().st_size


def test_taking_a_file_in_again_writes_the_same_bytes_under_the_same_id(desk: Desk) -> None:
    desk.land("dossiers.H05.ndjson", ndjson(*(dossier(number) for number in range(3000))))
    desk.land("scores.VN.ytd.csv", scores_csv())
    first, _ = desk.take_all()
    kept = {record.export_id: desk.home.raw_path(record).read_bytes() for record in first}
    second, _ = desk.take_all()
    assert [record.export_id for record in second] == [record.export_id for record in first]
    assert {record.export_id: desk.home.raw_path(record).read_bytes() for record in second} == kept


def test_raw_rows_stand_in_the_order_of_the_file_on_any_number_of_threads(tmp_path: Path) -> None:
    path = tmp_path / "dossiers.H05.ndjson"
    line = (
        '{"MaHoSo":"H05.101-250901-%07d","DonViXuLy":"H05.101","TrangThaiHoSo":"2","NgayTiepNhan":"20250901090000"}\n'
    )
    path.write_text("".join(line % number for number in range(150_000)), encoding="utf-8")
    source = json_source(look_at(path, None), None, lines=True)
    mapping = load_mapping("portal-sync")
    digests = set()
    for threads in (1, 2, 4):
        con = connect(threads=threads)
        raw = tmp_path / f"{threads}.parquet"
        source.take(con, mapping, raw)
        digests.add(hashlib.sha256(raw.read_bytes()).hexdigest())
        number = "split_part(MaHoSo, '-', 3)::INTEGER"
        found = con.execute(
            f"SELECT bool_and({number} = source_row - 1), max(source_row) FROM read_parquet($1)",
            [str(raw)],
        ).fetchone()
        assert found == (True, 150_000)
    assert len(digests) == 1


def test_every_snapshot_of_a_feed_is_kept(desk: Desk) -> None:
    """portal_contract.md, section D: a second file is a newer snapshot; nothing is lost."""
    desk.land("scores.VN.ytd.csv", scores_csv(), "exported_at: 2025-10-10T08:00:00+07:00\n")
    desk.land("scores.VN.ytd.2.csv", scores_csv().replace("15.64", "15.65"), "exported_at: 2025-10-11T08:00:00+07:00\n")
    records, _ = desk.take_all()
    assert len({record.export_id for record in records}) == 2
    assert all(desk.home.raw_path(record).exists() for record in records)


def test_the_moment_of_taking_in_decides_nothing(desk: Desk) -> None:
    desk.land("scores.VN.ytd.csv", scores_csv())
    (file,) = scan(desk.landing).files
    (first,), _ = take_in(desk, file)
    raw = desk.home.raw_path(first).read_bytes()
    (second,), _ = desk.take_all()
    assert first.export_id == second.export_id
    assert first.received_at != second.received_at
    assert desk.home.raw_path(second).read_bytes() == raw
