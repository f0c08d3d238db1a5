"""How an explanation is printed: as a table of indicators and what stands behind them, or as JSON.

Belongs here: columns, order, captions. Does not belong here: finding anything (assets/explaining.py), the words for what a
dossier lacks (publishing/things.py).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from publishing.explanation import Explained, Explanation
from publishing.figures import json_text, people, printable
from publishing.words import both, period_words, vietnamese
from scoring.basis import GROUP_TOTAL

LISTED = 20
"""Dossiers of a kind that the table names; JSON has all."""


MEMBER_COLUMNS = (
    *("week", "revision", "period_kind", "indicator", "code", "unit_code", "in_numerator", "near"),
    *("lacks_vi", "lacks_en", "file", "row"),
)
"""Columns of the CSV of an indicator's dossiers. near: would have counted but for that one thing."""


def member_rows(found: Explanation, of: Explained) -> Iterator[dict[str, Any]]:
    """The rows behind an indicator, in MEMBER_COLUMNS; none where they were not asked for."""
    for each in of.members or ():
        vi, en = each.thing or (None, None)
        yield {
            "week": found.week,
            "revision": found.revision,
            "period_kind": found.period_kind,
            "indicator": of.indicator,
            "code": each.code,
            "unit_code": each.unit_code,
            "in_numerator": int(each.in_numerator),
            "near": int(each.near),
            "lacks_vi": vi,
            "lacks_en": en,
            "file": each.source.file,
            "row": each.source.row,
        }


def show_explanation(found: Explanation, format: str = "table", console: Console | None = None) -> None:
    """Prints an explanation as `table` or `json`."""
    if format == "json":
        sys.stdout.write(json_text(as_json(found)) + "\n")
        return
    console = console or Console()
    for part in _parts(found):
        console.print(part)


def as_json(found: Explanation) -> dict[str, Any]:
    """The explanation as JSON values but for decimals, which `json_text` writes exactly."""
    return {name: _plain(value) for name, value in asdict(found).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat() + "Z"
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value


def _parts(found: Explanation) -> Iterator[Text | Table]:
    yield Text(f"{printable(found.unit_name)} ({found.unit_code})", style="bold")
    yield Text(
        f"Tuần (week) {found.week}, bản (revision) {found.revision} · {period_words(found.period)} · "
        f"{both(found.basis)} · {both(found.status)} · {found.ruleset or '–'}"
    )
    ranks = " · ".join(
        f"{vietnamese(row['level'])} {row['scope']}: "
        + (f"hạng (rank) {row['rank']}/{row['ranked']}" if row["rank"] else both("not_ranked"))
        for row in found.rankings
    )
    yield Text(f"Tổng (total) {people(found.total)} · {ranks}")
    yield _indicators(found)
    for each in found.indicators:
        yield from _behind(each)
    yield from _files(found)
    yield from _people(found)
    run = found.lineage.run_id or "–"
    yield Text(f"Dòng dữ liệu / lineage: {' → '.join(name for name, _ in found.lineage.assets)}")
    yield Text(f"Lần chạy công bố / published by run {run} · kiểm tra / judged by {found.lineage.judged_by or '–'}")
    for vi, en in found.limits:
        yield Text(f"{vi} / {en}", style="yellow")


def _indicators(found: Explanation) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    table.add_column("Chỉ số\nIndicator")
    table.add_column("Công thức\nFormula")
    for title in ("Dòng tìm thấy\nRows found", "Vào / ra (tử)\nIn / out (num.)", "Vào / ra (mẫu)\nIn / out (den.)"):
        table.add_column(title, justify="right")
    for each in found.indicators:
        title = each.title[0] if each.indicator != GROUP_TOTAL else f"{each.title[0]} (cả nhóm / group)"
        moved = each.moved
        table.add_row(
            Text(title),
            Text(each.formula[0] if each.formula else _without_formula(each)),
            Text(
                f"{people(each.rows[0])}/{people(each.rows[1])}" + ("" if each.agrees else " ≠") if each.rows else "–"
            ),
            f"+{moved.into_numerator} / −{moved.out_of_numerator}" if moved else "–",
            f"+{moved.into_denominator} / −{moved.out_of_denominator}" if moved else "–",
        )
    return table


def _without_formula(each: Explained) -> str:
    why = ", ".join(vietnamese(note) for note in each.notes) or vietnamese(each.basis)
    counts = f", {people(each.numerator)}/{people(each.denominator)}" if each.denominator is not None else ""
    return f"{people(each.score)} ({why}{counts})"


def _behind(each: Explained) -> Iterator[Text]:
    if each.source:
        yield Text(f"  {each.title[0]}: {printable(each.source.file)}, dòng / row {each.source.row}", style="dim")
    if each.members is None:
        return
    inside = [member for member in each.members if member.in_numerator]
    near = [member for member in each.members if member.near]
    others = [member for member in each.members if not member.in_numerator and not member.near]
    yield Text(f"{each.title[0]} / {each.title[1]}", style="bold")
    groups = (
        ("tử số / numerator", inside),
        ("chỉ thiếu một điều / would have counted but for one thing", near),
        ("thiếu nhiều điều / lack several things", others),
    )
    for words, members in groups:
        if members:
            yield Text(f"  {words}: {people(len(members))}")
        for member in members[:LISTED]:
            thing = f": {member.thing[0]} / {member.thing[1]}" if member.thing else ""
            place = f"{printable(member.source.file)}:{member.source.row}"
            yield Text(f"    {printable(member.code)}  {place}{thing}")
        if len(members) > LISTED:
            yield Text(f"    … {people(len(members) - LISTED)} (--format json)")


def _files(found: Explanation) -> Iterator[Text]:
    yield Text("Bản xuất / exports", style="bold")
    for each in found.exports:
        more = f" · điều chỉnh / corrections {', '.join(map(str, each.corrections))}" if each.corrections else ""
        if each.quarantined:
            told = ", ".join(f"{rule} {people(rows)}" for rule, rows in each.quarantined.items())
            more += f" · bị tách riêng / set aside: {told}"
        yield Text(
            f"  {printable(each.file)} · {people(each.rows)} dòng / rows · sha256 {each.sha256[:12]}{printable(more)}"
        )


def _people(found: Explanation) -> Iterator[Text]:
    if found.touched:
        yield Text("Quyết định / decisions", style="bold")
    for each in found.touched:
        yield Text(
            f"  {each.at:%Y-%m-%d} {printable(each.who)}: {vietnamese(each.action)} ({printable(each.about)}, "
            f"#{each.case}): {printable(each.reason)}"
        )
