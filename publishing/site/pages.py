"""Which pages and files there are, and what each is made of.

Belongs here: the list of them. Does not belong here: what their facts are (the modules beside), rendering, writing.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from publishing.accounts import AccountsOf
from publishing.site.addresses import address
from publishing.site.downloads import LEVELS, Downloads, downloads
from publishing.site.page import Copy, Facts, Page, Text, plain
from publishing.site.provinces import unit_pages
from publishing.site.reading import Book, Issue
from publishing.site.releases import ReleasePage, held_page, release_page
from publishing.site.revising import SHOWN, Revising, changes_csv, lines, pairs
from publishing.site.rules import predecessor, rule_changes
from publishing.site.standings import BreaksBetween, Standings
from resources.catalogue import table
from resources.office import Office
from scoring.bands import load_bands
from scoring.calendar import PERIOD_KINDS, Week
from scoring.ruleset import load_rulesets

RECENT = 12
IN_FEED = 40  # publications told of in a feed
TOLD_IN_FEED = 40  # changed figures of one of them
_FIRST, _LAST = Week.containing(date(2000, 1, 3)), Week.containing(date(2100, 1, 4))


class WeekLine(NamedTuple):
    """A week in the list of releases; issue None: it is held."""

    week: str
    issue: Issue | None = None
    leader: str | None = None
    best: Decimal | None = None
    mean: Decimal | None = None


def all_pages(
    office: Office, book: Book, breaks_between: BreaksBetween, accounts_of: AccountsOf | None = None
) -> Iterator[Page | Text | Copy]:
    """Everything on the site but its style; the few first, then province by province and unit by unit."""
    releases = {_key(issue): release_page(book, issue) for issue in book.issues}
    newest = releases[_key(book.standing[max(book.standing)])] if book.standing else None
    weeks = _week_lines(book, releases)
    yield plain(address(), "index.html", {"newest": newest, "weeks": weeks[:RECENT]})
    yield plain(address("releases"), "releases.html", {"weeks": weeks})
    if newest:
        yield plain(address("releases", "latest"), "latest.html", {"week": newest.issue.week})
    for issue in book.issues:
        page = {"page": releases[_key(issue)]}
        yield plain(address("releases", issue.week, f"r{issue.revision}"), "release.html", page)
        if book.is_standing(issue):
            yield plain(address("releases", issue.week), "release.html", page)
    for verdict in book.held:
        yield plain(address("releases", verdict.week), "held.html", {"held": held_page(book, verdict.week)})
    yield from _revisions(office, book, releases)
    yield from _rules(breaks_between)
    yield from _data(office, book)
    yield from unit_pages(book, Standings(book, breaks_between, accounts_of))


def _revisions(office: Office, book: Book, releases: Mapping[tuple[str, int], ReleasePage]) -> Iterator[Page | Text]:
    """The list of revisions, a page for each week that has some, their CSV, and the feeds. Compared only when needed."""
    revising = Revising(office)
    yield plain(address("revisions"), "revisions.html", {"lines": lines(book)})
    for week in book.standing:
        issues = book.of_week(week)
        if len(issues) < 2:
            continue

        def facts(week: str = week, issues: tuple[Issue, ...] = issues) -> Facts:
            steps = [revising.step(old, new) for old, new in pairs(book, week)]
            return {"week": week, "issues": issues, "steps": steps, "shown": SHOWN // len(steps)}

        yield Page(address("revisions", week), "revision.html", issues, facts)
        for old, new in pairs(book, week):
            path = f"data/{week}/changes.r{old.revision}-r{new.revision}.csv"
            yield Text(path, (old, new), lambda old=old, new=new: changes_csv(revising.step(old, new)))  # type: ignore[misc]
    told = sorted(book.issues, key=lambda issue: (issue.published_at, issue.week, issue.revision), reverse=True)[
        :IN_FEED
    ]

    def feed() -> Facts:
        entries = [_entry(book, issue, releases[_key(issue)], revising) for issue in told]
        first = _urn(book.issues[0].mark) if book.issues else _urn("")
        return {"id": first, "entries": entries, "told_in_feed": TOLD_IN_FEED, "public_url": office.public_url}

    leaders = [releases[_key(issue)].told for issue in told]
    for name in ("atom.xml", "feed.json"):
        yield Page(address("revisions", name), name, (told, leaders, office.public_url), feed)


def _entry(book: Book, issue: Issue, page: ReleasePage, revising: Revising) -> dict[str, Any]:
    """What a feed says of a revision."""
    before = next((each for each in book.of_week(issue.week) if each.revision == issue.revision - 1), None)
    told = page.told
    return {
        "issue": issue,
        "id": _urn(f"{issue.week}/{issue.revision}/{issue.mark}"),
        "step": revising.step(before, issue) if before else None,
        "leader": ", ".join(row["unit_name"] for row in told.leaders) if told and told.ranked > 1 else None,
        "best": told.best if told else None,
    }


def _urn(mark: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"service-index/{mark}"))


def _rules(breaks_between: BreaksBetween) -> Iterator[Page]:
    """Methodology, a page for each rule set, and the glossary."""
    known = list(load_rulesets().values())
    differences = [(each, before, rule_changes(before, each)) for each in known if (before := predecessor(each))]
    facts = {
        "rulesets": known,
        "bands": list(load_bands().items()),
        "breaks": breaks_between(_FIRST, _LAST),
        "differences": differences,
    }
    yield plain(address("methodology"), "methodology.html", facts)
    for rules in known:
        before = predecessor(rules)
        changes = rule_changes(before, rules) if before else []
        yield plain(
            address("methodology", rules.id), "ruleset.html", {"rules": rules, "before": before, "changes": changes}
        )
    newest = max((each for each in known if each.default), key=lambda each: each.valid_from)
    yield plain(address("glossary"), "glossary.html", {"rules": newest})


def _data(office: Office, book: Book) -> Iterator[Page | Copy]:
    """Downloads, the dictionary, licence and citation; and the files themselves."""
    issues = sorted(book.standing.values(), key=lambda issue: issue.week, reverse=True)
    tables = [table("rankings"), table("scores")]
    yield plain(address("data"), "data.html", {"issues": issues, "tables": tables})
    for issue in book.issues:
        found = downloads(office, issue) or Downloads(issue, Path(), (), (), {})
        facts = {"files": found, "issues": book.of_week(issue.week), "levels": LEVELS, "kinds": PERIOD_KINDS}
        yield plain(address("data", issue.week, f"r{issue.revision}"), "week_data.html", facts)
        if book.is_standing(issue):
            yield plain(address("data", issue.week), "week_data.html", facts)
        for name, digest in found.digests.items():
            yield Copy(f"data/{issue.week}/r{issue.revision}/{name}", found.folder / name, digest or issue.mark)


def _key(issue: Issue) -> tuple[str, int]:
    return issue.week, issue.revision


def _week_lines(book: Book, releases: Mapping[tuple[str, int], ReleasePage]) -> list[WeekLine]:
    lines = [WeekLine(verdict.week) for verdict in book.held]
    for issue in book.standing.values():
        told = releases[_key(issue)].told
        leaders = ", ".join(row["unit_name"] for row in told.leaders) if told and told.ranked > 1 else None
        lines.append(WeekLine(issue.week, issue, leaders, told.best if told else None, told.mean if told else None))
    return sorted(lines, key=lambda line: line.week, reverse=True)
