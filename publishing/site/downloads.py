"""What can be downloaded: the files of each revision as they were published.

Belongs here: listing them. Does not belong here: making them (publishing/release.py, publishing/files).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from publishing.release import MANIFEST
from publishing.site.alphabet import alphabet_key
from publishing.site.reading import Issue
from resources.office import Office
from resources.units import province_name
from scoring.calendar import PERIOD_KINDS

LEVELS = ("province", "department", "commune", "unit")


class File(NamedTuple):
    """A file of a revision: its name, size in bytes and sha256."""

    name: str
    size: int
    digest: str


class Scope(NamedTuple):
    """The ranking files of a province, or of the nation: level and kind of period to the file's name."""

    code: str
    name: str | None
    files: dict[tuple[str, str], str]


@dataclass(frozen=True)
class Downloads:
    """The files of a revision: rankings by scope, and the others. digests: of all of them; empty for the manifest."""

    issue: Issue
    folder: Path = field(repr=False)
    rankings: tuple[Scope, ...]
    others: tuple[File, ...]
    digests: dict[str, str] = field(repr=False)


def downloads(office: Office, issue: Issue) -> Downloads | None:
    """What a revision's manifest names, and the manifest; None while the folder is not there."""
    folder = office.home.revision_path(issue.week, issue.revision)
    try:
        digests: dict[str, str] = json.loads((folder / MANIFEST).read_bytes())["files"]
    except (OSError, ValueError, KeyError):
        return None
    there = {name: digest for name, digest in sorted({**digests, MANIFEST: ""}.items()) if (folder / name).is_file()}
    scopes: dict[str, dict[tuple[str, str], str]] = {}
    others = []
    for name, digest in there.items():
        parts = name.split(".")
        if len(parts) == 5 and parts[0] == "ranking" and parts[4] == "csv" and parts[3] in PERIOD_KINDS:
            scopes.setdefault(parts[2], {})[parts[1], parts[3]] = name
        else:
            others.append(File(name, (folder / name).stat().st_size, digest))
    rankings = [Scope(code, province_name(code), files) for code, files in scopes.items()]
    rankings.sort(key=lambda each: (each.name is not None, alphabet_key(each.name or "")))
    return Downloads(issue, folder, tuple(rankings), tuple(others), there)
