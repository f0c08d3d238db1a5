"""Through the command no personal text comes under the home or into what is told, not even from a column it slid into."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from resources.masking import MASK
from tests.door.samples import LISTING_HEADINGS, LISTING_ROWS, PERSONAL, csv_text, dossier, ndjson
from tests.pipelines.command import ask, service_index

pytestmark = pytest.mark.xdist_group("personal")

WEEK = "2025-W36"
NAME, MAIL, CARD, PHONE, PATH = "Trần Thị Bưởi", "buoi@vidu.vn", "001085077777", "0912345678", "/ho-so/bưởi.pdf"
MARKS = ("Bưởi", "bưởi", "BƯỞI", "buoi@", CARD, PHONE)


def portal_file() -> str:
    """Forty dossiers with every personal field filled; in two of them fields have slid into known columns."""
    personal = dict.fromkeys(PERSONAL, NAME) | {
        "Email": MAIL, "SoDienThoai": PHONE, "SoGiayToChuHoSo": CARD, "GhiChu": NAME, "CotLa": f"{NAME} {PHONE}",
        "ThongTinKhac": {"lạ": NAME}, "DinhDanhCHS": [{"LoaiDinhDanh": "1", "SoDinhDanh": CARD}],
        "DanhSachGiayToKetQua": [{"GiayToId": NAME, "DuongDanTepTinKetQua": PATH}],
        "TaiLieuNop": [{"DuocSoHoa": "1", "DuocTaiSuDung": "0", "DuocLayTuKhoDMQG": "0", "TenTep": PATH}],
    }  # fmt: skip
    rows = [dossier(number, **personal) for number in range(1, 41)]
    rows[6] |= {"NgayTiepNhan": NAME, "NgayHenTra": MAIL, "TrangThaiHoSo": CARD, "KenhThucHien": PATH}
    rows[9] |= {"DonViXuLy": NAME, "DanhSachLePhi": [{"Gia": f"{NAME} {PHONE}"}]}
    return ndjson(*rows)


def listing_file() -> str:
    """Forty-one rows with unknown columns beside the known; one has slid by a column."""
    headings = [*LISTING_HEADINGS, "Ghi chú riêng", "Người liên hệ"]
    sound = LISTING_ROWS[0]
    rows = [[str(n), f"H01.101-250901-{n:04d}", NAME, PHONE, "H01.101", *sound[5:], NAME, MAIL] for n in range(1, 41)]
    return csv_text(headings, [*rows, ["41", NAME, PHONE, CARD, NAME, *sound[5:], PHONE, MAIL]])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("personal")
    (folder / "landing" / WEEK).mkdir(parents=True)
    (folder / "landing" / WEEK / "dossiers.H05.ndjson").write_text(portal_file(), encoding="utf-8")
    (folder / "landing" / WEEK / "dossiers.H01.csv").write_text(listing_file(), encoding="utf-8")
    told = service_index("run", "--landing", folder / "landing", "--home", folder / "home")
    assert told.code == 3, told.out + told.err
    assert not [mark for mark in MARKS if mark in told.out + told.err]
    return folder / "home"


def test_no_personal_text_is_found_in_any_byte_under_the_home(home: Path) -> None:
    looked_at = 0
    for path in sorted(home.rglob("*")):
        if not path.is_file():
            continue
        kept = [path.read_bytes()]
        if path.suffix == ".parquet":
            looked_at += 1
            with duckdb.connect() as con:
                kept.append(repr(con.execute("SELECT * FROM read_parquet($1)", [str(path)]).fetchall()).encode())
        found = [mark for mark in MARKS for each in kept if mark.encode() in each or ascii(mark)[1:-1].encode() in each]
        assert found == [], path
    assert looked_at >= 6  # raw, typed and quarantined rows of both files at the least


@pytest.mark.parametrize("form", ["csv", "json", "table"])
def test_findings_tell_where_it_slid_to_and_not_what(home: Path, form: str) -> None:
    told = ask("findings", "--format", form, "--home", home)
    assert not [mark for mark in MARKS if mark in told.out]
    assert MASK in told.out.replace("\n", " ")
    if form == "csv":
        errors = {(row["file"], row["row"]): row for row in told.rows if row["rule"] == "dossiers.unreadable"}
        assert set(errors) == {(f"{WEEK}/dossiers.H05.ndjson", "7"), (f"{WEEK}/dossiers.H01.csv", "41")}
        assert errors[f"{WEEK}/dossiers.H01.csv", "41"]["field"] == "dossier_code"


def test_nobody_is_ranked_as_a_unit(home: Path) -> None:
    with duckdb.connect() as con:
        pattern = str(home / "lake" / "tables" / "dossiers" / "**" / "*.parquet")
        units = con.execute("SELECT DISTINCT unit_code FROM read_parquet($1)", [pattern]).fetchall()
    assert sorted(units) == [("H01.101",), ("H05.101",)]
