"""Writing documents: in the forms and languages asked for, whole or not at all, the same bytes each time.

Belongs here: names of files, the folder of a published revision's bulletins, links from there to the site. Does not belong
here: what is in a document.

    <home>/published/bulletins/<week>/r<n>/bulletin.<province>.<week>.<language>.<html | pdf | docx | txt>
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from publishing.bulletin.document import Document, as_data
from publishing.bulletin.facts import Facts, NoBulletin, Remembered, default_scope, read_facts
from publishing.bulletin.html import html_of
from publishing.bulletin.message import message
from publishing.bulletin.pdf import pdf_of
from publishing.bulletin.places import Link, site_at, site_beside
from publishing.bulletin.weekly import bulletin_name, weekly
from publishing.bulletin.word import docx_of
from publishing.site.languages import Language, languages
from resources.files import write_bytes_atomically
from resources.home import Home
from resources.office import Office
from resources.progress import steps

FORMS: dict[str, Callable[[Mapping[str, Any]], bytes]] = {"html": html_of, "pdf": pdf_of, "docx": docx_of}
"""Each of a document's data in one language."""
MESSAGE = "message"


def write_document(
    document: Document,
    folder: Path,
    link: Link,
    forms: Iterable[str] = FORMS,
    said_in: Sequence[Language] | None = None,
) -> list[Path]:
    """Writes a document into a folder, a file a form and language; returns the files."""
    written = []
    for language in said_in or languages():
        data = as_data(document, language, link)
        for form in forms:
            path = folder / document.file_name(language, form)
            write_bytes_atomically(path, FORMS[form](data))
            written.append(path)
    return written


def write_message(facts: Facts, folder: Path, language: Language) -> Path:
    path = folder / _message_name(facts.scope, facts.week, language)
    write_bytes_atomically(path, message(facts, language).encode())
    return path


def _message_name(scope: str, week: str, language: Language) -> str:
    return f"message.{scope}.{week}.{language.code}.txt"


def bulletin_folder(home: Home, week: str, revision: int) -> Path:
    """Where the bulletins of a revision stand."""
    return home.published / "bulletins" / week / f"r{revision}"


def default_folder(office: Office, of: str) -> Path:
    """Where a paper of a week's newest revision stands, or one of a month."""
    revisions = office.database.revisions(of)
    return (
        bulletin_folder(office.home, of, revisions[-1].revision)
        if revisions
        else office.home.published / "bulletins" / of
    )


def link_from(home: Home, folder: Path, site: str | None = None) -> Link:
    """Links for files in a folder: to a site's address, else to the home's own site by the way from there."""
    if site:
        return site_at(site)
    return site_beside(Path(os.path.relpath(home.published / "site", folder)).as_posix())


def weeks_due(office: Office) -> list[str]:
    """Weeks whose bulletins the run has to write: of the newest week and of each that has some, those not whole yet.

    Others are written when somebody asks (`service-index bulletin`): a whole year at once would be a minute's work.
    """
    published = office.database.weeks_published()
    shown = office.home.published / "bulletins"
    wanted = [week for week in published if week == published[-1] or (shown / week).is_dir()]
    return [week for week in wanted if not all(path.is_file() for path in _files(office, week))]


def _files(office: Office, week: str) -> list[Path]:
    """The files of a week's bulletins."""
    folder = default_folder(office, week)
    return [
        folder / name
        for scope in scopes_of(office, week)
        for language in languages()
        for name in (
            *(f"{bulletin_name(scope, week)}.{language.code}.{form}" for form in FORMS),
            _message_name(scope, week, language),
        )
    ]


def write_bulletins(office: Office, week: str) -> Path | None:
    """The bulletins of a published week in all forms and both languages, with their messages, each file whole or not at all.

    One for every province whose units are ranked that week. None where there is nothing to be said of any. In one process: the
    nation's take five seconds of a processor, and two processes were seen to need longer and half as much again of processor.
    """
    scopes, folder = scopes_of(office, week), default_folder(office, week)
    database, link = Remembered(office.database), link_from(office.home, folder, office.public_url)
    for scope in steps("bulletins", scopes):
        facts = read_facts(database, week, scope)
        write_document(weekly(facts), folder, link)
        for language in languages():
            write_message(facts, folder, language)
    return folder if scopes else None


def scopes_of(office: Office, week: str) -> list[str]:
    """Provinces whose units are ranked; without any the one a bulletin speaks of by default."""
    inside = {scope for level, scope, _ in office.database.cohorts(week) if level != "province"}
    try:
        first = default_scope(office.database, week)
    except NoBulletin:
        return []
    ranked = {row["unit_code"] for row in office.database.ranking(week, "province", "VN", "ytd")}
    return sorted(inside & ranked) or [first]
