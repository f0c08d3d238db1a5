"""The bulletin as HTML, PDF and DOCX: one page, links to the site, nothing from outside, outside text only as text."""

from __future__ import annotations

import io
import json
import re
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

import publishing.bulletin.pdf as papers
from publishing.bulletin.document import Bullets, Document, Note, as_data
from publishing.bulletin.facts import Facts, Held, Remembered, read_facts
from publishing.bulletin.html import html
from publishing.bulletin.message import LIMIT, message
from publishing.bulletin.pdf import pdf, png
from publishing.bulletin.places import site_at, site_beside
from publishing.bulletin.targets import parse_target
from publishing.bulletin.text import name, say
from publishing.bulletin.weekly import weekly
from publishing.bulletin.word import docx
from publishing.bulletin.writing import default_folder, weeks_due, write_bulletins
from publishing.figures import printable
from publishing.site.languages import Language, languages
from resources.office import Office
from tests.databases import copy_home

VI, EN = languages()
LINK = site_beside("../../../site")
NASTY = '<script>alert(1)</script> #panic("x") *_$ {0} & \x07 "\' ]]>'


@pytest.fixture(scope="module")
def document(w46: Facts) -> Document:
    return weekly(w46)


@pytest.fixture(scope="module")
def nasty(document: Document) -> Document:
    phrase = say("{text}", "{text}", text=name(NASTY))
    return replace(document, title=phrase, blocks=[Bullets(((phrase, "warn"),)), *document.blocks])


@pytest.mark.parametrize("language", [VI, EN], ids=["vi", "en"])
def test_the_same_document_gives_the_same_bytes(document: Document, language: object) -> None:
    for form in (html, pdf, docx):
        assert form(document, language, LINK) == form(document, language, LINK)  # type: ignore[arg-type]


@pytest.mark.parametrize("language", [VI, EN], ids=["vi", "en"])
def test_the_pdf_is_one_page(document: Document, language: object) -> None:
    assert png(document, language, LINK).startswith(b"\x89PNG")  # type: ignore[arg-type]


def test_a_week_with_much_to_say_still_fits_its_page(w46: Facts) -> None:
    held = [
        Held({**row, "unit_name": f"Xã có một cái tên thật là dài {at}"}, f"Lý do số {at // 2} / Reason {at // 2}")
        for at, row in enumerate(w46.communes.rows[:24])
    ]
    targets = [parse_target(f"2025-W{week}:92.50..92.60") for week in range(47, 53)]
    assert png(weekly(replace(w46, held=held, targets=targets)), VI, LINK).startswith(b"\x89PNG")


def test_every_character_of_the_pdf_can_be_copied_out_of_it(document: Document) -> None:
    made = pdf(document, VI, LINK)
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", made, re.S)
    maps = b"".join(each for each in map(_inflated, streams) if b"begincmap" in each)
    codes = re.findall(rb"<[0-9A-Fa-f]+>\s*<([0-9A-Fa-f]+)>", maps)
    known = {char for code in codes for char in bytes.fromhex(code.decode()).decode("utf-16-be")}
    text = "".join(span["text"] for span in _spans(as_data(document, VI, LINK)))
    assert {"ộ", "ữ", "ẳ"} & set(text)
    assert set(text) - {" "} <= known


def _inflated(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""


def _spans(data: object) -> list[dict[str, str]]:
    if isinstance(data, dict):
        return [data] if "figure" in data else [span for each in data.values() for span in _spans(each)]
    return [span for each in data for span in _spans(each)] if isinstance(data, list) else []


def test_the_page_holds_no_script_and_loads_nothing(document: Document) -> None:
    page = html(document, VI, LINK).decode()
    assert "<script" not in page
    assert not re.search(r'(?:src|@import|url\()\s*=?\s*["\']?(?:https?:)?//', page)
    assert "<svg" in page


def test_figures_link_to_their_pages_on_the_site(document: Document) -> None:
    page = html(document, VI, LINK).decode()
    assert '<a href="../../../site/vi/ky/2025-W46/index.html" class="n">92,37</a>' in page
    assert '<a href="../../../site/vi/tinh/H05/index.html">Bắc Ninh</a>' in page
    assert re.search(r'<a href="\.\./\.\./\.\./site/vi/don-vi/H05\.\d+/index\.html" class="n">94,06</a>', page)
    english = html(document, EN, site_at("https://index.example.vn/")).decode()
    assert '<a href="https://index.example.vn/en/releases/2025-W46/" class="n">92.37</a>' in english


def test_outside_text_is_only_text_in_all_three_forms(nasty: Document) -> None:
    page = html(nasty, VI, LINK).decode()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert pdf(nasty, VI, LINK).startswith(b"%PDF")
    with zipfile.ZipFile(io.BytesIO(docx(nasty, VI, LINK))) as archive:
        assert b"&lt;script&gt;" in archive.read("word/document.xml")


def test_the_docx_opens_with_its_sentences_tables_and_links(document: Document) -> None:
    import docx as word

    paper = word.Document(io.BytesIO(docx(document, VI, LINK)))
    text = "\n".join(paragraph.text for paragraph in paper.paragraphs)
    assert "Bắc Ninh đạt 92,37 điểm, hạng 1 trong 34" in text
    assert paper.core_properties.title == "Bắc Ninh · tuần 2025-W46"
    inner = [table for outer in paper.tables for cell in outer._cells for table in cell.tables]
    assert any("Văn phòng UBND" in cell.text for table in inner for cell in table._cells)
    targets = {rel.target_ref for rel in paper.part.rels.values() if rel.is_external}
    assert "../../../site/vi/ky/2025-W46/index.html" in targets


@pytest.mark.parametrize("language", [VI, EN], ids=["vi", "en"])
def test_the_docx_is_written_as_python_docx_writes_it(nasty: Document, language: Language) -> None:
    import docx as word

    made, again = io.BytesIO(docx(nasty, language, LINK)), io.BytesIO()
    paper = word.Document(made)
    paper.save(again)
    with zipfile.ZipFile(made) as ours, zipfile.ZipFile(again) as theirs:
        assert ours.testzip() is None
        assert sorted(ours.namelist()) == sorted(theirs.namelist())
        for name in ("word/document.xml", "word/styles.xml", "word/_rels/document.xml.rels"):
            assert ours.read(name) == theirs.read(name), name
    assert paper.core_properties.title == printable(NASTY)
    assert "• " + printable(NASTY) in [paragraph.text for paragraph in paper.paragraphs]


def _longer(document: Document, lines: int) -> Document:
    return replace(document, blocks=[*document.blocks, *(Note(say("dòng", "line")) for _ in range(lines))])


def test_a_page_is_set_as_large_as_it_fits(document: Document) -> None:
    taken = set()
    for lines in (0, 16, 20, 24, 36):
        longer = _longer(document, lines)
        told = json.dumps(as_data(longer, VI, LINK), ensure_ascii=False)
        made = {share: papers._in_size(told, share, "pdf") for share in papers._SHARES}
        largest = next((share for share in papers._SHARES if made[share] is not None), None)
        taken.add(largest)
        if largest is not None:
            assert pdf(longer, VI, LINK) == made[largest]
    assert taken > {papers._LARGEST, None}  # and something between
    with pytest.raises(ValueError, match="2 pages, one was expected"):
        png(_longer(document, 70), VI, LINK)


def test_facts_of_many_provinces_are_those_of_one_and_asked_for_once(office: Office, w46: Facts) -> None:
    asked: list[str] = []
    sa.event.listen(office.database.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    database = Remembered(office.database)
    assert read_facts(database, "2025-W46", w46.scope) == read_facts(office.database, "2025-W46", w46.scope)
    asked.clear()
    assert read_facts(database, "2025-W46", w46.scope) == w46
    assert 0 < len(asked) < 5  # its own series and its targets
    asked.clear()
    read_facts(office.database, "2025-W46", w46.scope)
    assert len(asked) > 10


def test_the_page_is_valid_html(document: Document) -> None:
    html5lib = pytest.importorskip("html5lib")
    html5lib.HTMLParser(strict=True).parse(html(document, VI, LINK).decode())


def test_the_message_has_what_leaders_ask_for_in_at_most_2000_characters(w46: Facts) -> None:
    text = message(w46, VI)
    assert len(text) <= LIMIT
    for wanted in (
        "tuần 2025-W46 (10/11 – 16/11/2025), lũy kế năm 2025",
        "92,37 điểm, hạng 1 trong 34",
        "tuần thứ 9 liên tiếp",
        "- Dịch vụ công trực tuyến: 8,48/12 (70,7%) ← thấp nhất",
        "Cần cải thiện: Sở Văn hóa, Thể thao và Du lịch 91,60; Thanh tra 90,40; Sở Nội vụ 89,07; "
        "Sở Công Thương 89,02; Sở Giáo dục và Đào tạo 87,74",
        "17 xã, phường, đặc khu ở mức “Dưới 90”: Xã 97 89,16",
    ):
        assert wanted in text


def test_a_message_that_grows_too_long_names_fewer_communes_and_still_counts_them_all(w46: Facts) -> None:
    rows = [
        {**row, "band": "below_90", "unit_name": f"Xã có một cái tên thật là dài {row['rank']}"}
        for row in w46.communes.rows
    ]
    text = message(replace(w46, communes=replace(w46.communes, rows=rows)), VI)
    assert LIMIT - 60 < len(text) <= LIMIT
    assert "99 xã, phường, đặc khu ở mức “Dưới 90”" in text
    assert re.search(r"và \d+ đơn vị khác\n$", text)


def test_the_run_writes_the_newest_weeks_bulletins_once_and_whole(office: Office, tmp_path: Path) -> None:
    from resources.office import open_office
    from resources.settings import load_settings

    copy_home(office.home.root, tmp_path / "home")
    own = open_office(load_settings(home=tmp_path / "home"))
    assert weeks_due(own) == ["2025-W46"]
    folder = write_bulletins(own, "2025-W46")
    assert folder == default_folder(own, "2025-W46") == own.home.published / "bulletins" / "2025-W46" / "r1"
    names = sorted(path.name for path in folder.iterdir())
    assert names == sorted(
        [f"bulletin.H05.2025-W46.{lang}.{form}" for lang in ("vi", "en") for form in ("html", "pdf", "docx")]
        + [f"message.H05.2025-W46.{lang}.txt" for lang in ("vi", "en")]
    )
    assert weeks_due(own) == []
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    write_bulletins(own, "2025-W46")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    (folder / names[0]).unlink()
    assert weeks_due(own) == ["2025-W46"]  # killed on the way, the next run writes what is missing
