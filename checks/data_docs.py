"""Data Docs: the suites of a week as pages a person can open, in Vietnamese, with nothing from outside.

Belongs here: which suites are written where, and making the library's pages the house's. Does not belong here: judging
(suites), the library (great). Never on a path that has to be quick: it is asked for.

What the library writes loads styles, fonts, scripts and pictures from a dozen hosts, and its index is drawn by a script.
Of its pages only the result itself is kept: scripts, foreign links and pictures are taken out, its words are put into
Vietnamese, one small style sheet of our own is laid beside them, and the index is ours.
"""

from __future__ import annotations

import html
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from checks.feeds import FeedMeasures
from checks.great import Expectation, write_pages
from checks.rules import Rule
from checks.suites import Batch, feed_batches, table_batches
from checks.tables import TableFeed
from resources.catalogue import table as catalogue_table
from resources.files import write_bytes_atomically
from resources.home import Home

MOST_PAGES = 60
EXAMPLES = 10
_STYLE = """\
body { font: 16px/1.5 system-ui, sans-serif; color: #1c2430; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2, h3, h4, h5 { font-weight: 600; line-height: 1.25; }
table { border-collapse: collapse; margin: .5rem 0 1.5rem; }
th, td { border-bottom: 1px solid #d6dbe2; padding: .35rem .75rem; text-align: left; vertical-align: top; }
a { color: #174a8c; } a:focus-visible { outline: 3px solid #174a8c; outline-offset: 2px; }
ul { padding-left: 1.2rem; } .modal, .navbar, .cooltip, .alert.d-none { display: none; }
.failed { color: #9c1c1c; font-weight: 600; } .passed { color: #1d6b34; }
"""
#: The library's own words, each a text of its own on its pages.
_WORDS = {
    "Expectation Validation Result": "Kết quả kiểm tra",
    "Evaluates whether a batch of data matches expectations.": "Số liệu có đúng như các quy tắc đòi hỏi không.",
    "Evaluated Expectations": "Quy tắc đã kiểm tra",
    "Unsuccessful Expectations": "Không đạt",
    "Successful Expectations": "Đạt",
    "Success Percent": "Tỷ lệ đạt",
    "Expectation Suite:": "Bộ quy tắc:",
    "Table of Contents": "Mục lục",
    "Table-Level Expectations": "Quy tắc của cả bảng",
    "Observed Value": "Giá trị thấy",
    "Unexpected Value": "Giá trị không đạt",
    "Sampled Unexpected Values": "Ví dụ không đạt",
    "Statistics": "Tổng hợp",
    "Overview": "Tổng quan",
    "Expectation": "Quy tắc",
    "Succeeded": "Đạt",
    "Failed": "Không đạt",
    "Status:": "Kết quả:",
    "Status": "Kết quả",
    "Count": "Số lần",
    "Index": "Dòng",
    "name": "Đơn vị / bản xuất",
}
_PHRASES = {
    " unexpected values found. ": " giá trị không đạt, ",
    " of ": " của ",
    " total rows.": " dòng.",
    " unexpected": " không đạt",
}
#: Buttons that need scripts, and facts about the library's run that nobody asks for.
_LEFT_OUT = ("Actions", "Validation Filter:", "Show All", "Failed Only", "Show more info...", "Data asset: None")
_DROPPED = ("script", "link", "img", "svg", "iframe", "form", "button", "noscript", "style", "meta", "footer", "nav")


@dataclass(frozen=True, slots=True)
class Page:
    """A page that was written: its file in the week's folder, what it is of, how many rules it asks."""

    name: str
    title: str
    feeds: tuple[str, ...]
    rules: int


def write_data_docs(
    home: Home,
    week: str,
    measured: Sequence[FeedMeasures],
    tables: Sequence[TableFeed],
    *,
    most_pages: int = MOST_PAGES,
) -> Path:
    """Write a week's Data Docs under `<home>/quality/docs/<week>/` and return their index.

    measured, tables: as judge_feeds and judge_tables take them. One page a table of measurements and one a score table
    or table of counts, at most `most_pages`; what is left out the index says. What stood there before is replaced. Costs
    about a second a page, and the import of Great Expectations.
    """
    batches = [*feed_batches(measured), *table_batches(tables)]
    folder = home.documents(week)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    pages = [_write_page(batch, number, folder, week) for number, batch in enumerate(batches[:most_pages], 1)]
    left_out = [feed for batch in batches[most_pages:] for feed in batch.feeds]
    write_bytes_atomically(folder / "style.css", _STYLE.encode())
    index = folder / "index.html"
    write_bytes_atomically(index, _index(week, pages, left_out).encode())
    return index


def _write_page(batch: Batch, number: int, folder: Path, week: str) -> Page:
    words = catalogue_table(batch.table).title_vi
    title = f"{words} · {'số đo của các bản xuất' if batch.of_feeds else f'từng dòng của {batch.feeds[0]}'} · {week}"
    asked = [replace(expectation, description=_said(rule, expectation)) for rule, expectation in batch.asked]
    with tempfile.TemporaryDirectory(prefix="service-index-docs-") as temporary:
        written = write_pages(batch.frame, asked, f"{number:02d} {words}", "name", Path(temporary), EXAMPLES)
        content = clean_page(written.read_text(encoding="utf-8"), title, batch.table)
    page = Page(f"{number:02d}-{batch.table}.html", title, batch.feeds, len({rule.id for rule, _ in batch.asked}))
    write_bytes_atomically(folder / page.name, content.encode())
    return page


def _said(rule: Rule, expectation: Expectation) -> str:
    """What the page says of an expectation: the rule's title, its name, and what it allows."""
    limits = [
        f"{sign} {expectation.arguments[key]:g}"
        for key, sign in (("min_value", "≥"), ("max_value", "≤"))
        if expectation.arguments.get(key) is not None
    ]
    allowed = f" · {', '.join(limits)}" if limits else f" · {rule.expected}" if rule.expected else ""
    return f"{rule.title_vi} [{rule.id}]{allowed}".replace("$", "$$")


def clean_page(text: str, title: str, table: str) -> str:
    """One of the library's pages without anything that is loaded from elsewhere, in the house's words and style."""
    from lxml import html as lxml_html

    root = lxml_html.fromstring(text)
    for element in list(root.iter()):
        # A comment has no name; what is collapsed tells of the library's run.
        if (
            not isinstance(element.tag, str)
            or element.tag in _DROPPED
            or "collapse" in element.get("class", "").split()
        ):
            element.drop_tree()
    words = _WORDS | {column.name: f"{column.vi} ({column.name})" for column in catalogue_table(table).columns}
    for element in list(root.iter()):
        element.text, element.tail = _translated(element.text, words), _translated(element.tail, words)
        for name, value in element.attrib.items():
            if name.startswith(("on", "data-", "style")) or "//" in value:
                del element.attrib[name]
        if element.tag == "a" and not element.get("href", "").startswith("#"):
            element.drop_tag()
    body = root.find("body")
    inside = "".join(lxml_html.tostring(child, encoding="unicode") for child in body) if body is not None else ""
    return _document(title, f'<p><a href="index.html">← Tuần</a></p>\n<h1>{html.escape(title)}</h1>\n{inside}')


def _translated(text: str | None, words: Mapping[str, str]) -> str | None:
    if not text or not (bare := text.strip()):
        return text
    if bare in _LEFT_OUT:
        return None
    if "unexpected" in bare:
        for phrase, vietnamese in _PHRASES.items():
            text = text.replace(phrase, vietnamese)
        return text
    return text.replace(bare, words[bare]) if bare in words else text


def _index(week: str, pages: Sequence[Page], left_out: Sequence[str]) -> str:
    rows = "".join(
        f'<tr><td><a href="{page.name}">{html.escape(page.title)}</a></td><td>{page.rules}</td>'
        f"<td>{html.escape(', '.join(page.feeds[:EXAMPLES]))}{'…' if len(page.feeds) > EXAMPLES else ''}</td></tr>\n"
        for page in pages
    )
    table = (
        f"<table><thead><tr><th>Bảng</th><th>Quy tắc</th><th>Bản xuất</th></tr></thead><tbody>\n{rows}</tbody></table>"
    )
    more = f"<p>Không có trang: {html.escape(', '.join(left_out))}</p>" if left_out else ""
    nothing = "" if pages else "<p>Tuần này không có bản xuất nào.</p>"
    return _document(f"Chất lượng số liệu {week}", f"<h1>Chất lượng số liệu {week}</h1>\n{table}{more}{nothing}")


def _document(title: str, body: str) -> str:
    return (
        f'<!DOCTYPE html>\n<html lang="vi">\n<head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f'<link rel="stylesheet" href="style.css"></head>\n<body>\n{body}\n</body>\n</html>\n'
    )
