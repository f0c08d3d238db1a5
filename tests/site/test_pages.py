"""The built site as a whole: links, validity, weight, what it loads, what it says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin
from xml.etree import ElementTree

import html5lib  # type: ignore[import-untyped]
import pytest

from publishing import licence
from tests.site.office import HELD, NAMES, REVIEWED, REVISED, WEEKS

HEAVIEST = 150_000
NEWEST = WEEKS[-1]


class Reading(HTMLParser):
    """Where a page leads, what it loads and which places it names."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.ids: set[str] = set()
        self.tags: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.tags.add(tag)
        self.ids |= {told["id"] or ""} if "id" in told else set()
        assert not any(name.startswith("on") for name in told), "a script in an attribute"
        assert "style" not in told, "a style in an attribute, which the desk's rules would refuse"
        if tag == "meta" and told.get("http-equiv") == "refresh":
            self.links.append((told["content"] or "").partition("url=")[2])
        for name in ("href", "src", "srcset", "action"):
            if value := told.get(name):
                is_link = tag == "a" or told.get("rel") in ("alternate", "canonical")
                (self.links if is_link else self.loads).append(value)


def pages(site: Path) -> list[Path]:
    return sorted(site.rglob("*.html"))


def address(site: Path, page: Path) -> str:
    return "http://site/" + page.relative_to(site).as_posix().removesuffix("index.html")


def leads_to(site: Path, page: Path, link: str) -> Path:
    path = unquote(urljoin(address(site, page), link).removeprefix("http://site/").partition("#")[0])
    return site / path / "index.html" if path.endswith("/") or not path else site / path


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def sentence(text: str) -> str:
    """What a page reads like, tags and breaks aside."""
    return " ".join(re.sub(r"<[^>]+>", "", text).split())


def test_every_link_of_every_page_leads_somewhere(site: Path) -> None:
    known: dict[Path, Reading] = {page: Reading(text_of(page)) for page in pages(site)}
    for page, reading in known.items():
        for link in reading.links:
            target = leads_to(site, page, link)
            assert target.is_file(), f"{page.relative_to(site)}: {link}"
            mark = link.partition("#")[2]
            assert not mark or mark in known[target].ids, f"{page.relative_to(site)}: {link}"


def test_every_page_can_be_reached_from_the_front(site: Path) -> None:
    seen, ahead = set(), [site / "index.html"]
    while ahead:
        page = ahead.pop()
        if page in seen or page.suffix != ".html":
            continue
        seen.add(page)
        ahead += [leads_to(site, page, link) for link in Reading(text_of(page)).links]
    moved = {page for page in pages(site) if "http-equiv" in text_of(page)}
    assert set(pages(site)) - seen <= moved


def test_every_page_is_valid_html(site: Path) -> None:
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    for page in pages(site):
        try:
            parser.parse(text_of(page))
        except html5lib.html5parser.ParseError as error:
            pytest.fail(f"{page.relative_to(site)}: {error}")


def test_no_page_is_heavy_and_none_names_an_id_twice(site: Path) -> None:
    for page in pages(site):
        text = text_of(page)
        assert len(text.encode()) < HEAVIEST, page
        ids = re.findall(r' id="([^"]*)"', text)
        assert len(ids) == len(set(ids)), page


def test_nothing_is_loaded_from_another_place_and_no_page_holds_a_script(site: Path) -> None:
    for page in pages(site):
        reading = Reading(text_of(page))
        assert not {"script", "iframe", "object", "embed", "form", "style"} & reading.tags, page
        for loaded in reading.loads:
            assert leads_to(site, page, loaded).is_file(), f"{page.relative_to(site)}: {loaded}"
        assert not any(link.startswith(("http:", "https:", "//")) for link in reading.links), page
    assert "url(" not in (site / "site.css").read_text()


def test_a_script_in_a_name_is_only_text(site: Path) -> None:
    for path in ("vi/don-vi/H05.103", "vi/tinh/H05", "en/units/H05.103"):
        assert "&lt;script&gt;" in text_of(site / path / "index.html")
        assert "<script>" not in text_of(site / path / "index.html")
    assert "<script>" not in (site / "vi/sua-doi/atom.xml").read_text()


def test_every_page_stands_in_both_languages_and_each_names_the_other(site: Path) -> None:
    vietnamese = [page for page in pages(site / "vi") if 'hreflang="en"' in text_of(page)]
    assert len(pages(site / "vi")) == len(pages(site / "en"))
    assert len(vietnamese) > 40
    for page in vietnamese:
        (other,) = re.findall(r'<link rel="alternate" hreflang="en" href="([^"]+)"', text_of(page))
        assert leads_to(site, page, other).is_relative_to(site / "en")
        assert '<html lang="vi">' in text_of(page)


def test_numbers_and_days_are_written_in_the_readers_habit(site: Path) -> None:
    vi, en = text_of(site / "vi/don-vi/H05.104/index.html"), text_of(site / "en/units/H05.104/index.html")
    (formula,) = re.findall(r'>Hồ sơ đúng hạn</th><td class="l f">([^<]+)<', vi)
    assert re.fullmatch(r"\d+,\d\d = 20 × \d\.\d{3}/\d\.\d{3}", formula)
    assert formula.translate(str.maketrans(",.", ".,")) in en
    assert "13/10 – 19/10/2025" in vi
    assert "13 Oct – 19 Oct 2025" in en


def cells(page: Path, column: int) -> list[str]:
    (body,) = re.findall(r'<table class="nation">.*?<tbody>(.*?)</tbody>', text_of(page), re.S)
    return [sentence(re.findall(r"<t[dh][^>]*>.*?</t[dh]>", row, re.S)[column]) for row in body.split("<tr")[1:]]


def test_the_release_page_ranks_34_provinces_and_marks_ties(site: Path) -> None:
    page = site / "vi/ky" / NEWEST / "index.html"
    ranks = cells(page, 0)
    assert len(ranks) == 34
    tied = [rank for rank in ranks if rank.startswith("=")]
    assert len(tied) == 2
    assert len(set(tied)) == 1
    names = cells(page, 1)
    first = ranks.index(tied[0])
    assert names[first : first + 2] == sorted(names[first : first + 2])
    assert cells(page, 5)[0] == "0,00"


def test_the_release_page_says_what_it_stands_on(site: Path) -> None:
    said = sentence(text_of(site / "vi/ky" / NEWEST / "index.html"))
    assert "Số liệu tính đến hết ngày 19/10/2025" in said
    assert "thu thập lúc 00:00 ngày 21/10/2025" in said
    assert "34/34 tỉnh, thành phố được xếp hạng" in said
    assert "bộ quy tắc 766-2025" in said
    assert "Tạm tính · bản 1" in said
    assert "4 tuần liên tiếp đứng đầu, từ tuần 2025-W39" in said


def test_every_revision_keeps_its_address_and_the_latest_leads_to_the_newest(site: Path) -> None:
    first, newest = (sentence(text_of(site / "en/releases" / REVISED / f"r{n}" / "index.html")) for n in (1, 2))
    assert "This is revision 1; there is a newer one." in first
    assert "This week was revised." in newest
    assert text_of(site / "en/releases" / REVISED / "index.html").count("revision 2") > 1
    latest = site / "en/releases/latest/index.html"
    assert leads_to(site, latest, Reading(text_of(latest)).links[0]) == site / "en/releases" / NEWEST / "index.html"


def test_a_held_week_says_why_and_shows_what_stands(site: Path) -> None:
    page = site / "vi/ky" / HELD / "index.html"
    assert "Bảng cả nước không đủ 34 tỉnh" in sentence(text_of(page))
    assert f"Bảng của tuần {NEWEST} vẫn có giá trị" in sentence(text_of(page))
    assert len(cells(page, 0)) == 34
    assert "Not all 34 provinces" in text_of(site / "en/releases" / HELD / "index.html")
    assert f"Tuần {HELD} đang bị giữ lại" in text_of(site / "vi/ky" / NEWEST / "index.html")


def test_departments_and_communes_stand_apart(site: Path) -> None:
    text = text_of(site / "vi/tinh/H05/index.html")
    departments, communes = text.index('id="department"'), text.index('id="commune"')
    assert departments < text.index("Sở Y tế") < communes < text.index("Phường Đa Mai")
    assert "3/3 đơn vị được xếp hạng" in text
    assert "7/8 đơn vị được xếp hạng" in text


def test_names_are_listed_by_the_vietnamese_alphabet(site: Path) -> None:
    text = text_of(site / "vi/tinh/H05/index.html")
    listed = re.findall(r'<li><a href="[^"]+">([^<]+)</a></li>', text[text.index('class="names"') :])
    assert [name for name in listed if name.startswith(("Phường", "Sở", "Xã"))] == [
        "Phường Bắc Giang",
        "Phường Đa Mai",
        "Phường Tân Tiến",
        "Sở Công Thương",
        "Sở Nội vụ",
        "Sở Y tế",
        "Xã An Lạc",
        "Xã Hợp Thịnh",
        "Xã Tam Tiến",
        "Xã Yên Thế",
    ]
    names = re.findall(r'<th scope="row"><a href="[^"]+">([^<]+)</a>', text_of(site / "vi/tinh/index.html"))
    assert len(names) == 34
    assert names[:4] == ["An Giang", "Bắc Ninh", "Cà Mau", "Cao Bằng"]
    assert names.index("Đà Nẵng") < names.index("Gia Lai") < names.index("Hà Nội") < names.index("Hải Phòng")


def test_a_unit_under_review_has_no_rank_and_its_last_sound_total(site: Path) -> None:
    said = sentence(text_of(site / "vi/don-vi" / REVIEWED / "index.html"))
    assert "Đang xem xét nên chưa có hạng" in said
    assert f"Lần gần nhất được xếp hạng: tuần {WEEKS[-2]}" in said
    assert "Đang xem xét: Số không khớp" in said
    assert "Under review: Figures disagree" in sentence(text_of(site / "en/units" / REVIEWED / "index.html"))


def test_a_unit_page_tells_its_history_and_its_revisions(site: Path) -> None:
    text = text_of(site / "vi/don-vi/H05.104/index.html")
    weeks = text[text.index('class="weeks"') :]
    assert [f">{week}<" in weeks for week in WEEKS] == [True] * 4
    assert "1 → 2" in text
    assert "Cổng đã sửa số đếm" in text


def test_the_revision_page_tells_old_and_new_why_and_who(site: Path) -> None:
    text = text_of(site / "vi/sua-doi" / REVISED / "index.html")
    said = sentence(text)
    assert "Công bố lần đầu so với hiện nay (bản 1 → 2)" in said
    assert "Cổng đã sửa số đếm (chấp nhận số của cổng, lan)" in said
    rows = [sentence(row.replace("</t", " </t")) for row in re.findall(r"<tr>.*?</tr>", text, re.S)]
    total = next(row for row in rows if row.startswith("Xã Hợp Thịnh tổng điểm"))
    assert re.fullmatch(r"Xã Hợp Thịnh tổng điểm \d\d,\d\d \d\d,\d\d \+\d,\d\d \d \d", total)
    assert any(row.startswith("Tiến độ giải quyết") for row in rows)
    assert any(row.startswith("Hồ sơ đúng hạn") for row in rows)
    written = (site / "data" / REVISED / "changes.r1-r2.csv").read_text()
    assert "H05.104,Xã Hợp Thịnh,total," in written


def test_the_feeds_are_read_by_programs(site: Path) -> None:
    atom = ElementTree.parse(site / "vi/sua-doi/atom.xml").getroot()
    name = "{http://www.w3.org/2005/Atom}"
    entries = atom.findall(f"{name}entry")
    assert len(entries) == len(WEEKS) + 1
    assert len({entry.findtext(f"{name}id") for entry in entries}) == len(entries)
    feed = json.loads((site / "en/revisions/feed.json").read_text())
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    revised = next(item for item in feed["items"] if item["_release"]["revision"] == 2)
    assert revised["_release"]["reasons"] == [{"text": "Cổng đã sửa số đếm", "who": "lan", "action": "accept_portal"}]
    total = next(change for change in revised["_release"]["changes"] if change["figure"] == "total")
    assert total["unit_code"] == "H05.104"
    assert total["new"] > total["old"]
    for item in feed["items"]:
        assert leads_to(site, site / "en/revisions/index.html", item["url"]).is_file()


def test_the_methodology_is_that_of_the_rule_sets(site: Path) -> None:
    said = sentence(text_of(site / "vi/phuong-phap/766-2026/index.html"))
    assert "min(6; 6 × r ÷ 0,5)" in said
    assert "ORIGINAL_RESULT_AVAILABLE" in said
    changes = sentence(text_of(site / "en/methodology/766-2025-r2/index.html").replace("</td>", " </td>"))
    assert "Petitions answered on time" in changes
    assert "3 points maximum points" in changes


def test_the_licence_is_named_at_the_foot_and_on_the_page_of_data(site: Path) -> None:
    for path in ("vi/du-lieu", "en/data"):
        said = sentence(text_of(site / path / "index.html"))
        assert said.count(licence.SHORT) == 3
        assert licence.URL in said
    assert licence.SHORT in text_of(site / "vi/tinh/H05/index.html")


def every_file(folder: Path) -> Iterator[Path]:
    return (path for path in folder.iterdir() if path.is_file())


def test_the_published_files_can_be_downloaded_as_they_are(site: Path) -> None:
    for week, revision in [(week, 1) for week in WEEKS] + [(REVISED, 2)]:
        folder = site.parent / week / f"r{revision}"
        page = text_of(site / "vi/du-lieu" / week / f"r{revision}" / "index.html")
        for file in every_file(folder):
            assert f'data/{week}/r{revision}/{file.name}"' in page, file
            assert (site / "data" / week / f"r{revision}" / file.name).read_bytes() == file.read_bytes()


def test_every_unit_has_a_page(site: Path) -> None:
    for code in NAMES:
        assert (site / "vi/don-vi" / code / "index.html").is_file()
        assert (site / "en/units" / code / "index.html").is_file()
