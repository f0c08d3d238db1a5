"""The way of what was pulled into the landing folder: whole, beside its sidecar, and only if it says something new.

Belongs here: names, sidecars, telling news from what stands there, the ledger of what was last seen and changed. Does not
belong here: pulling (pulling.py) or taking in (resources/door.py).

Nothing that stands in the landing folder is written over: what changed is the next snapshot (`scores.VN.ytd.2.json`).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from resources.files import clean_partials, replacing, write_bytes_atomically
from resources.landing import parse_name
from resources.portal.answers import About
from resources.portal.feeds import OF_FILES, Feed
from resources.refusals import Refusal
from resources.sidecars import SUFFIX, read_sidecar
from scoring.calendar import VIETNAM_OFFSET, Period

PERSONAL_KINDS = ("dossiers", "petitions")
_LEDGER = "ledger.json"


@dataclass(frozen=True)
class Placed:
    """Where a feed's newest content stands. is_new: it was put there now. name: relative to the landing folder."""

    name: str
    sha256: str
    is_new: bool


def place(
    landing: Path,
    feed: Feed,
    source: Path,
    ending: str,
    about: About,
    *,
    source_name: str,
    note: str | None,
    provisional: bool = False,
) -> Placed:
    """Puts a whole file into the feed's week, unless the newest snapshot there has the same content.

    The same content is put there again when what stands was exported before the period's last moment and this was not: only
    a capture after the end is final (known failures, line 18).
    """
    folder = landing / str(feed.week)
    folder.mkdir(parents=True, exist_ok=True)
    clean_partials(folder)
    snapshots = _snapshots(folder, feed)
    sha256 = _sha256(source)
    same = [number for number, path in snapshots.items() if _period_of(path, feed) == feed.period]
    newest = snapshots[max(same)] if same else None
    if newest and _sha256(newest) == sha256 and not _settles(newest, feed, about):
        return Placed(f"{feed.week}/{newest.name}", sha256, False)
    number = max(snapshots, default=0) + 1
    path = folder / (f"{feed.name}.{ending}" if number == 1 else f"{feed.name}.{number}.{ending}")
    write_bytes_atomically(path.with_name(path.name + SUFFIX), _sidecar(feed, about, source_name, note, provisional))
    source.chmod(0o600 if feed.kind in PERSONAL_KINDS else 0o644)
    with replacing(path) as partial:
        try:
            os.link(source, partial)
        except OSError:  # another disk, or one without links
            with (
                os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out,
                source.open("rb") as file,
            ):
                shutil.copyfileobj(file, out)
            shutil.copymode(source, partial)
    return Placed(f"{feed.week}/{path.name}", sha256, True)


def _snapshots(folder: Path, feed: Feed) -> dict[int, Path]:
    """The files of a feed in its week by the number of their snapshot, whoever put them there."""
    found: dict[int, Path] = {}
    for path in sorted(folder.iterdir()):
        parsed = parse_name(path.name)
        if not isinstance(parsed, str) and not path.name.endswith(SUFFIX):
            kind, scope, period_kind, number, _, _ = parsed
            if (kind, scope, period_kind) == (feed.kind, feed.scope, feed.period.kind if feed.period else None):
                found[number] = path
    return found


def _period_of(path: Path, feed: Feed) -> Period | None:
    """The period a standing file is of: as its sidecar says, else the one the week is read in."""
    if feed.period is None:
        return None
    try:
        said = read_sidecar(path).period
    except Refusal:
        said = None
    return said or Period.of_week(feed.period.kind, feed.week)


def _settles(standing: Path, feed: Feed, about: About) -> bool:
    try:
        before = read_sidecar(standing).exported_at
    except Refusal:
        before = None
    end = feed.period.cut(feed.week) if feed.period else feed.week.end
    return about.exported_at >= end and (before is None or before < end) and feed.kind not in OF_FILES


def _sidecar(feed: Feed, about: About, source_name: str, note: str | None, provisional: bool) -> bytes:
    """What is known of the capture. JSON texts are YAML texts, so nothing from outside can break out of its line."""
    moment = (about.exported_at + VIETNAM_OFFSET).isoformat(timespec="seconds")
    said: dict[str, object] = {"exported_at": f"{moment}+07:00", "source": source_name, **about.said}
    if feed.period:
        said["period"] = str(feed.period)
    if provisional:
        said["provisional"] = True
    if note:
        said["note"] = f"{said['note']}; {note}" if said.get("note") else note
    return "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in said.items()).encode()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def note_in_ledger(folder: Path, feed: Feed, placed: Placed, now: datetime) -> None:
    """Remembers that the feed was seen now, and when it last changed: two moments, not one."""
    ledger = read_ledger(folder)
    before = ledger.get(str(feed), {})
    changed = now.isoformat() if placed.is_new else before.get("changed_at", now.isoformat())
    entry = {"file": placed.name, "sha256": placed.sha256, "changed_at": changed, "verified_at": now.isoformat()}
    write_bytes_atomically(folder / _LEDGER, json.dumps(ledger | {str(feed): entry}, indent=1, sort_keys=True).encode())


def read_ledger(folder: Path) -> dict[str, dict[str, str]]:
    """By feed: file, sha256, changed_at, verified_at (naive UTC). Empty when nothing was pulled yet."""
    try:
        found = json.loads((folder / _LEDGER).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
