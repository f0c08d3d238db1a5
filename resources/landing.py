"""The landing folder: which files stand in it, and what their names say.

Belongs here: names of folders and files (portal_contract.md, section D), and a fingerprint of the folder for a sensor.
Does not belong here: opening a file (resources/door.py).

    <landing>/<ISO week>/<kind>.<scope>[.<period>][.<n>].<ext>[.gz|.zst]     2025-W41/scores.VN.ytd.2.csv
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from resources.exports import FLOWING, KINDS, KINDS_WITH_PERIOD
from resources.outcomes import RuleOutcome
from resources.refusals import STAGE
from resources.sidecars import SUFFIX
from scoring.calendar import PERIOD_KINDS, Week

EXTENSIONS = ("csv", "tsv", "txt", "json", "ndjson", "jsonl", "xlsx", "xls", "xlsm", "xlsb", "ods", "html", "parquet")
MAPPING_FOLDER = "mappings"
FORM = "<kind>.<scope>[.<period>][.<n>].<ext>[.gz|.zst]"
_SCOPE = re.compile(r"VN|H\d{2}(\.\d{2,3})*")
_UNFINISHED = (".part", ".partial", ".tmp", ".crdownload", ".filepart", ".swp")


@dataclass(frozen=True, slots=True)
class LandedFile:
    """A file whose name is understood. name: relative to the landing folder. snapshot: 1, or n of `.n.csv`."""

    path: Path
    name: str
    week: Week
    kind: str
    scope: str
    period_kind: str | None
    snapshot: int
    extension: str
    compression: str | None


@dataclass(frozen=True, slots=True)
class Landed:
    """What a scan found. outcomes: findings that belong to a week; strays: those of no week (their `week` is empty)."""

    files: list[LandedFile] = field(default_factory=list)
    outcomes: list[RuleOutcome] = field(default_factory=list)
    strays: list[RuleOutcome] = field(default_factory=list)

    @property
    def weeks(self) -> list[Week]:
        """Weeks in which something landed: a file, or what was meant to be one and is told as an error."""
        meant = {Week.parse(outcome.week) for outcome in self.outcomes if outcome.blocks}
        return sorted({file.week for file in self.files} | meant)


def scan(landing: Path, weeks: set[Week] | None = None) -> Landed:
    """Every export of the landing folder (of some weeks only), by week and name, and what is wrong with other names.

    Raises FileNotFoundError when there is no such folder.
    """
    if not landing.is_dir():
        raise FileNotFoundError(f"không có thư mục tiếp nhận {landing} / there is no landing folder {landing}")
    found = Landed()
    for folder in sorted(landing.iterdir()):
        if is_hidden(folder) or folder.name == MAPPING_FOLDER:
            continue
        try:
            week = Week.parse(folder.name)
        except ValueError as error:
            found.strays.append(_bad_week(folder, str(error)))
            continue
        if folder.is_file():
            found.strays.append(_bad_week(folder, f"{folder.name} is a file, not a folder"))
        elif weeks is None or week in weeks:
            for path in sorted(folder.iterdir()):
                _look_at(path, week, found)
    return found


class Fingerprint(NamedTuple):
    """What decides what is taken in of a week, as a sha256 each. flowing: of the kinds that flow into later weeks; None if
    the week has none of them.
    """

    files: str
    flowing: str | None


def fingerprints(landing: Path) -> dict[Week, Fingerprint]:
    """A fingerprint for each week over names, sizes and times of change of all that decides what is taken in.

    That is its own files and sidecars, and the office's mappings, which every week may be read by.
    """
    shared = hashlib.sha256()
    whole: dict[Week, hashlib._Hash] = {}
    flowing: dict[Week, hashlib._Hash] = {}
    files = sorted(_walk(landing), key=lambda path: (path.parent.name != MAPPING_FOLDER, path))
    for path in files:
        status = path.stat()
        line = f"{path.relative_to(landing).as_posix()}\0{status.st_size}\0{status.st_mtime_ns}\n".encode()
        if path.parent.name == MAPPING_FOLDER:
            shared.update(line)
            continue
        try:
            week = Week.parse(path.parent.name)
        except ValueError:
            continue
        whole.setdefault(week, shared.copy()).update(line)
        if path.name.partition(".")[0] in FLOWING:
            flowing.setdefault(week, shared.copy()).update(line)
    return {
        week: Fingerprint(digest.hexdigest(), flowing[week].hexdigest() if week in flowing else None)
        for week, digest in whole.items()
    }


def _walk(landing: Path) -> Iterator[Path]:
    if landing.is_dir():
        yield from (path for path in landing.glob("*/*") if path.is_file() and not is_hidden(path))


def _look_at(path: Path, week: Week, found: Landed) -> None:
    if is_hidden(path):
        return
    name = f"{path.parent.name}/{path.name}"
    if path.name.endswith(SUFFIX):
        if not path.with_name(path.name.removesuffix(SUFFIX)).exists():
            found.outcomes.append(_orphan(name, week))
    elif path.is_dir() or is_unfinished(path.name):
        found.outcomes.append(_ignored(name, week))
    else:
        parsed = parse_name(path.name)
        if isinstance(parsed, str):
            found.outcomes.append(_bad_name(name, week, parsed))
        else:
            found.files.append(LandedFile(path, name, week, *parsed))


def format_of(name: str) -> tuple[str, str | None]:
    """The extension and the compression a file name ends in: `a.csv.gz` is csv, gz; empty without an extension."""
    parts = name.lower().split(".")
    compression = parts.pop() if parts[-1] in ("gz", "zst") else None
    return (parts[-1] if len(parts) > 1 else "", compression)


def parse_name(name: str) -> tuple[str, str, str | None, int, str, str | None] | str:
    """kind, scope, period kind, snapshot, extension and compression of a file name, or what was expected instead."""
    extension, compression = format_of(name)
    parts = name.split(".")[: -2 if compression else -1]
    if extension not in EXTENSIONS:
        return f"ext: {', '.join(EXTENSIONS)}"
    if parts[0] not in KINDS:
        close = difflib.get_close_matches(parts[0].lower(), KINDS, n=1)
        return f"kind: {close[0] if close else ', '.join(KINDS)}"
    kind, rest = parts[0], parts[1:]
    snapshot = 1
    # A number at the end counts snapshots, unless it is part of a unit's code: H05.12 is a department, H05.2 is not.
    if len(rest) > 1 and rest[-1].isdigit() and not _SCOPE.fullmatch(".".join(rest)):
        snapshot = int(rest.pop())
    period_kind = rest.pop() if len(rest) > 1 and rest[-1] in PERIOD_KINDS else None
    scope = ".".join(rest)
    if not _SCOPE.fullmatch(scope):
        return "scope: VN, H05, H05.101"
    if period_kind and kind not in KINDS_WITH_PERIOD:
        return f"{kind}.{scope}.{extension}"
    return kind, scope, period_kind, snapshot, extension, compression


def is_unfinished(name: str) -> bool:
    """Whether a name says that the file is still being copied."""
    return name.lower().endswith(_UNFINISHED)


def is_hidden(path: Path) -> bool:
    """Whether the operating system or a program keeps the file for itself."""
    return path.name.startswith((".", "~$")) or path.name.lower() in ("thumbs.db", "desktop.ini")


def _bad_week(folder: Path, reason: str) -> RuleOutcome:
    return RuleOutcome(
        rule="door.week_folder",
        week="",
        stage=STAGE,
        file=folder.name,
        field="week",
        value=folder.name,
        expected="2025-W46",
        failed=1,
        message_vi=f"thư mục {folder.name} không phải một tuần ISO, không tệp nào trong đó được nhận",
        message_en=f"{reason}; nothing in it is taken in",
        action_vi="Đổi tên thành tuần ISO của lần xuất, ví dụ 2025-W46, hoặc chuyển ra khỏi thư mục tiếp nhận",
        action_en="Rename it to the ISO week of the export, such as 2025-W46, or move it out of the landing folder",
    )


def _bad_name(name: str, week: Week, expected: str) -> RuleOutcome:
    return RuleOutcome(
        rule="door.file_name",
        week=str(week),
        stage=STAGE,
        file=name,
        field=expected.partition(":")[0] if ":" in expected else "name",
        value=name.rpartition("/")[2],
        expected=f"{FORM}; {expected}",
        failed=1,
        message_vi="tên tệp không đúng mẫu, tệp không được nhận",
        message_en="the file's name cannot be understood, the file is not taken in",
        action_vi="Đổi tên, ví dụ scores.VN.ytd.csv, dossiers.H05.ndjson.gz, counts.H44.month.csv",
        action_en="Rename it, for example scores.VN.ytd.csv, dossiers.H05.ndjson.gz, counts.H44.month.csv",
    )


def _orphan(name: str, week: Week) -> RuleOutcome:
    return RuleOutcome(
        rule="door.sidecar_alone",
        week=str(week),
        stage=STAGE,
        severity="warning",
        file=name,
        expected=name.rpartition("/")[2].removesuffix(SUFFIX),
        failed=1,
        message_vi="tệp mô tả không đi kèm tệp nào",
        message_en="a sidecar without its file",
        action_vi="Đặt tệp dữ liệu cạnh nó hoặc sửa tên tệp mô tả",
        action_en="Put the data file beside it or mend the sidecar's name",
    )


def _ignored(name: str, week: Week) -> RuleOutcome:
    return RuleOutcome(
        rule="door.ignored",
        week=str(week),
        stage=STAGE,
        severity="warning",
        file=name,
        expected=FORM,
        failed=1,
        message_vi="thư mục con hoặc tệp đang chép dở, bỏ qua",
        message_en="a folder, or a file still being copied: ignored",
        action_vi="Chờ chép xong rồi đổi tên đúng mẫu",
        action_en="Let the copy end, then give it its name",
    )
