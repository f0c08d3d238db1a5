"""The pinned packages that a server needs: requirements.lock without what only development asks for, each line as it is there.

    python deploy/production_lock.py [s3 spark] > production.lock
    pip install --require-hashes --no-deps -r production.lock

Belongs here: choosing from the lock. Does not belong here: resolving versions (`make lock`). Nothing but Python's own library
is used, since this runs before anything is installed. What a package is locked for stands in the lock itself ("# via ..."):
kept is what pyproject.toml asks for, the extras of EXTRAS and those named, what builds the project, and whatever these are the
reason for.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EXTRAS = ("postgresql",)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class LockError(RuntimeError):
    """The lock cannot serve: the message is Vietnamese / English and says what to do."""


@dataclass(frozen=True)
class Locked:
    """A package of the lock, which may stand there in several versions. lines: as they are. reasons: what it is locked for."""

    lines: tuple[str, ...]
    reasons: frozenset[str]


def normalised(name: str) -> str:
    """PEP 503: psycopg2_binary and psycopg2-binary are one."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read_lock(text: str) -> dict[str, list[Locked]]:
    """Package name to its entries (one a marker), as `uv pip compile --universal --generate-hashes` writes them."""
    found: dict[str, list[Locked]] = {}
    entry: list[str] = []
    for line in [*text.splitlines(), "end"]:
        if entry and not line.startswith((" ", "#")):
            names = {normalised(match[0]) for each in entry if (match := _reason(each))}
            found.setdefault(_name(entry[0]), []).append(Locked(tuple(entry), frozenset(names)))
            entry = []
        if not line.startswith("#"):
            entry.append(line)
    return found


def _reason(line: str) -> re.Match[str] | None:
    if not line.startswith("    #"):
        return None
    return _NAME.match(line.strip("# ").removeprefix("via").strip())


def _name(requirement: str) -> str:
    match = _NAME.match(requirement)
    if match is None:
        raise LockError(f"requirements.lock: không hiểu dòng / this line is not understood: {requirement}")
    return normalised(match[0])


def asked_for(project: Mapping[str, object], extras: Sequence[str] = EXTRAS) -> set[str]:
    """The packages a server's installation names itself. project: pyproject.toml. Raises LockError for an unknown extra."""
    table, build = project["project"], project["build-system"]
    assert isinstance(table, dict)
    assert isinstance(build, dict)
    wanted = [*table["dependencies"], *build["requires"]]
    optional = table["optional-dependencies"]
    if unknown := set(extras) - set(optional):
        raise LockError(
            f"pyproject.toml: không có / there is no extra {', '.join(sorted(unknown))}; {', '.join(optional)}"
        )
    wanted += [each for extra in extras for each in optional[extra]]
    return {_name(each) for each in wanted}


def production(lock: str, project: Mapping[str, object], extras: Sequence[str] = EXTRAS) -> str:
    """The lines of the lock that a server needs. Raises LockError where it lacks a package, or a hash."""
    locked, kept = read_lock(lock), asked_for(project, extras)
    if missing := sorted(kept - set(locked)):
        raise LockError(
            f"requirements.lock: thiếu {', '.join(missing)} mà pyproject.toml cần; chạy: make lock"
            f" / lacks {', '.join(missing)}, which pyproject.toml asks for; run: make lock"
        )
    while more := {name for name, entries in locked.items() if any(each.reasons & kept for each in entries)} - kept:
        kept |= more
    lines = [line for name in sorted(kept) for entry in locked[name] for line in entry.lines]
    for name in kept:
        if not all(any("--hash=" in line for line in entry.lines) for entry in locked[name]):
            raise LockError(f"requirements.lock: {name} không có mã băm / has no hash; make lock")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Prints the lock for a server; 1 with one line where it cannot be made."""
    try:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
        lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
        sys.stdout.write(production(lock, project, (*EXTRAS, *sys.argv[1:])))
    except LockError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
