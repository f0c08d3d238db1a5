"""The message to leaders: a week in at most 2,000 characters of plain text, for a phone.

Belongs here: what goes into it, and what gives way when it grows too long. Does not belong here: sending it.
"""

from __future__ import annotations

from collections.abc import Sequence

from publishing.bulletin.facts import Facts
from publishing.bulletin.statements import about_province, completion, maximum_of, opening, said_of, unknown
from publishing.bulletin.text import Figure, Phrase, count, name, percent, points, say, series, title, word
from publishing.bulletin.unit_statements import to_improve
from publishing.site.languages import Language
from publishing.views import RankingView, Row
from publishing.words import COMPONENTS
from scoring.bands import load_bands

LIMIT = 2000
DEPARTMENTS = 5


def message(facts: Facts, language: Language) -> str:
    """The week's message. Communes below the band are named as far as the room goes, and always counted."""
    lines = [phrase.text(language) for phrase in _lines(facts)]
    below = _below(facts.communes)
    named = len(below)
    while True:
        text = "\n".join([*lines, *(phrase.text(language) for phrase in _communes(below, named))]) + "\n"
        if len(text) <= LIMIT or named == 0:
            return text if len(text) <= LIMIT else text[: LIMIT - 2].rstrip() + "…\n"
        named -= 1


def _lines(facts: Facts) -> list[Phrase]:
    said = about_province(facts)
    lines = [
        say(
            "CHỈ SỐ 766 · {unit} · tuần {week} ({days}), {period}",
            "766 INDEX · {unit} · week {week} ({days}), {period}",
            unit=name(facts.name),
            week=name(facts.week),
            days=Figure(facts.week, "days"),
            period=Figure(facts.row["period"], "period"),
        )
    ]
    first = opening(said)
    lines += [first] if first else []
    lines += [each.phrase for each in said_of(said, "lead", "distance", "longer_change")]
    for code in COMPONENTS:
        score, done = facts.row[code], completion(facts, code)
        if score is None or done is None:
            lines.append(say("- {group}: chưa xác định", "- {group}: not determined", group=title(code)))
            continue
        lines.append(
            say(
                "- {group}: {score}/{max} ({pct})" + (" ← thấp nhất" if code == facts.row["lowest_component"] else ""),
                "- {group}: {score}/{max} ({pct})" + (" ← lowest" if code == facts.row["lowest_component"] else ""),
                group=title(code),
                score=points(score),
                max=maximum_of(facts, code),
                pct=percent(done),
            )
        )
    departments = to_improve(facts.departments, DEPARTMENTS)
    if departments is not None:
        lines.append(say("Sở, ban, ngành. {it}", "Departments. {it}", it=departments.phrase))
    return lines + [each.phrase for each in said_of(unknown(facts), "unknown")]


def _below(view: RankingView) -> list[Row]:
    """The communes of the lowest band any of them stands in, lowest first; none when that is the best band."""
    ladder = load_bands().get(view.scope) or load_bands()["default"]
    ranked = [row for row in view.rows if row["rank"] is not None]
    occupied = [band.code for band in ladder if any(row["band"] == band.code for row in ranked)]
    if not occupied or occupied[-1] == ladder[0].code:
        return []
    return [row for row in reversed(ranked) if row["band"] == occupied[-1]]


def _communes(below: Sequence[Row], named: int) -> list[Phrase]:
    if not below:
        return []
    units = series(say("{u} {t}", "{u} {t}", u=name(row["unit_name"]), t=points(row["total"])) for row in below[:named])
    rest = len(below) - named
    vi, en = "{n} xã, phường, đặc khu ở mức “{band}”", "{n} communes in band “{band}”"
    if named:
        vi, en = vi + ": {units}", en + ": {units}"
    if named and rest:
        vi, en = vi + " và {rest} đơn vị khác", en + " and {rest} more"
    return [say(vi, en, n=count(len(below)), band=word(str(below[0]["band"])), units=units, rest=count(rest))]
