"""Building the site: only the pages that change are made again, and the old site stands until all of them are there.

Belongs here: marks of pages, writing them, putting them in their places. Does not belong here: which pages there are
(pages.py), how one is made (rendering.py).

A page carries a mark, the hash of what it is made of and of the software that makes it. Pages whose mark changed are made
in a folder beside the site. When the last is written, that folder is renamed to `.site.next`: from then on the new site is
decided, and its pages are moved to their places, those that lead to others last. Killed before, the old site stands;
killed after, the next call moves the rest. A page is whole at any moment. Nothing waits for the disk: what a power cut
took is missed by its size, and made again.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from filelock import FileLock

from publishing.accounts import AccountsOf
from publishing.site.addresses import CODES, Address
from publishing.site.languages import languages
from publishing.site.page import Copy, Facts, Page, Text
from publishing.site.pages import all_pages
from publishing.site.reading import read_book, state_of
from publishing.site.rendering import render
from publishing.site.standings import BreaksBetween
from resources.files import working_folder
from resources.office import Office
from resources.pool import on_all_cores
from resources.progress import report

RECORD = ".pages.json"
_HERE = Path(__file__).parent
_WORTH_PROCESSES = 600  # pages; a second process costs a second to start, as much as making three hundred of them
_CHUNK = 60


@dataclass(frozen=True, slots=True)
class Built:
    """What building came to. written: files that are new or changed; removed: files that are gone."""

    folder: Path
    files: int
    written: int
    removed: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Job:
    """A page that is to be made again."""

    address: Address
    template: str
    facts: Facts


def build_site(
    office: Office,
    breaks_between: BreaksBetween,
    accounts_of: AccountsOf | None = None,
    *,
    processes: int | None = None,
) -> Built:
    """Makes the site what it has to be; costs two small queries when it is that already. Safe to call at the same time.

    accounts_of: what stands behind the figures of a revision; without it pages do not tell. processes: how many may work, by
    default as many as the office may use of the machine. Raises OSError.
    """
    started = time.monotonic()
    site = office.home.site
    site.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(site.with_name(f".{site.name}.lock")):
        _finish(site)
        state = state_mark(office)
        old = _record(site).get("files", {})
        if not _differs(site, state):
            return Built(site, len(old), 0, 0, time.monotonic() - started)
        with working_folder(site) as staged:
            pages = all_pages(office, read_book(office), breaks_between, accounts_of)
            files = _stage(pages, Sites(site, staged, old), processes or office.threads)
            record = json.dumps({"state": state, "files": files}, indent=0, sort_keys=True) + "\n"
            written = len(list(staged.iterdir()))
            (staged / RECORD).write_text(record)
            os.rename(staged, _next(site))
        _finish(site)
    return Built(site, len(files), written, len(old.keys() - files.keys()), time.monotonic() - started)


def state_mark(office: Office) -> str:
    """Everything a site is made of, as a hash: of what was published and of the software."""
    return _hash(state_of(office) + software_mark() + (office.public_url or ""))


def is_due(office: Office) -> bool:
    """Whether the site is not what it has to be."""
    return _differs(office.home.site, state_mark(office))


def _differs(folder: Path, state: str) -> bool:
    record = _record(folder)
    return record.get("state") != state or not _is_whole(folder, record["files"])


@dataclass(frozen=True, slots=True)
class Sites:
    """The site that stands, with the record of its files, and the folder in which what changes is written, side by side."""

    old: Path
    staged: Path
    files: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    def keeps(self, name: str, mark: str) -> bool:
        """Whether a file that stands carries the mark and is as it was written."""
        told = self.files.get(name)
        return told is not None and told[0] == mark and _size(self.old / name) == told[1]

    def put(self, name: str, data: bytes) -> tuple[int, str]:
        """Writes a file, unless it stands with the same bytes. Returns its size and hash."""
        path = self.old / name
        if _size(path) != len(data) or path.read_bytes() != data:
            (self.staged / _flat(name)).write_bytes(data)
        return len(data), hashlib.sha256(data).hexdigest()

    def carry(self, name: str, source: Path) -> int:
        """Gives a published file a second name in the site, or copies it where links cannot be. Returns its size."""
        target = self.staged / _flat(name)
        try:
            os.link(source, target)
        except OSError:
            shutil.copy2(source, target)
        return target.stat().st_size


def _flat(name: str) -> str:
    return quote(name, safe="")


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def _stage(pages: Iterable[Page | Text | Copy], sites: Sites, workers: int | None) -> dict[str, list[Any]]:
    """Writes everything that changes. Returns for each file of the new site its mark, its size and its hash."""
    files: dict[str, list[Any]] = {}
    jobs: list[Job] = []
    marks: dict[str, str] = {}
    made = software_mark()
    for page in pages:
        match page:
            case Copy():
                mark, names = page.mark, [page.path]
            case Text():
                mark, names = _hash(made + repr(page.inputs)), [page.path]
            case _:
                mark = _hash(made + page.template + repr(page.inputs))
                names = [page.address.file(code) for code in CODES]
        if all(sites.keeps(name, mark) for name in names):
            files |= {name: list(sites.files[name]) for name in names}
        elif isinstance(page, Copy):
            files[page.path] = [mark, sites.carry(page.path, page.source), mark]
        elif isinstance(page, Text):
            files[page.path] = [mark, *sites.put(page.path, page.make().encode())]
        else:
            marks |= dict.fromkeys(names, mark)
            jobs.append(Job(page.address, page.template, page.facts()))
    for name, size, digest in _made(jobs, Sites(sites.old, sites.staged), workers):
        files[name] = [marks[name], size, digest]
    for path in sorted((_HERE / "static").iterdir()):
        files[path.name] = [made, *sites.put(path.name, path.read_bytes())]
    return dict(sorted(files.items()))


def _made(jobs: Sequence[Job], sites: Sites, workers: int | None) -> Iterator[tuple[str, int, str]]:
    """Makes pages, in several processes where there are many. Yields name, size and hash of each file."""
    chunks = [jobs[at : at + _CHUNK] for at in range(0, len(jobs), _CHUNK)]
    made = on_all_cores(partial(_make, sites=sites), chunks, at_least=_WORTH_PROCESSES // _CHUNK, workers=workers)
    report("site", "", 0, len(chunks))
    for at, told in enumerate(made):
        report("site", "", at + 1, len(chunks))
        yield from told


def _make(jobs: Iterable[Job], sites: Sites) -> list[tuple[str, int, str]]:
    found = []
    for job in jobs:
        for language in languages():
            name = job.address.file(language.code)
            text = render(job.template, job.address, job.facts, language)
            found.append((name, *sites.put(name, text.encode())))
    return found


def _next(site: Path) -> Path:
    return site.with_name(f".{site.name}.next")


def _finish(site: Path) -> None:
    """Moves the pages of a new site that is decided to their places, and removes those that are gone."""
    decided = _next(site)
    if not decided.is_dir():
        return
    if site.is_dir():
        _move(decided, site)
    else:
        with working_folder(site) as whole:
            _move(decided, whole)
            os.rename(whole, site)
    shutil.rmtree(decided)


def _move(decided: Path, site: Path) -> None:
    """The record comes last: while it waits, something may be left to move."""
    names = {unquote(path.name): path for path in decided.iterdir() if path.name != RECORD}
    for name in sorted(names, key=lambda name: (-name.count("/"), name)):  # the front last
        target = site / name
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(names[name], target)
    if (decided / RECORD).is_file():
        for name in _record(site).get("files", {}).keys() - _record(decided)["files"].keys():
            _remove(site, site / name)
        os.replace(decided / RECORD, site / RECORD)


def _remove(site: Path, path: Path) -> None:
    """A file, and the folders that then are empty."""
    path.unlink(missing_ok=True)
    for folder in path.parents:
        if folder == site or any(folder.iterdir()):
            return
        folder.rmdir()


def _record(folder: Path) -> dict[str, Any]:
    """What the site that stands was made of; empty where there is none, or none that can be read."""
    try:
        record = json.loads((folder / RECORD).read_bytes())
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) and isinstance(record.get("files"), dict) else {}


def _is_whole(folder: Path, files: Mapping[str, Sequence[Any]]) -> bool:
    """Whether every file is there, in its size."""
    return all(_size(folder / name) == told[1] for name, told in files.items())


@cache
def software_mark() -> str:
    """The hash of everything by which the same figures would make other pages: this folder, the words, the rule sets."""
    from scoring.ruleset import load_rulesets

    publishing = _HERE.parent
    sources = [path for path in _HERE.rglob("*") if path.suffix in (".py", ".html", ".xml", ".po", ".css", ".svg")]
    sources += [publishing / name for name in ("figures.py", "words.py", "views.py", "licence.py")]
    told = [(path.name, hashlib.sha256(path.read_bytes()).hexdigest()) for path in sorted(sources)]
    return _hash(repr(told) + repr([rules.fingerprint for rules in load_rulesets().values()]))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
