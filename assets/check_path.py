"""Checking a file or a folder before it is handed in: the same way as intake, in a home that is thrown away.

Belongs here: which files are meant, and the way through door, row rules, suites and verdict. Does not belong here: any
of these (resources/door.py, checks), or printing what was found (publishing/findings.py).

Nothing is changed: what is checked is read where it stands, everything written lands in a temporary folder.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from assets.dossiers import type_weeks
from assets.exports import take_in_weeks
from assets.intake_steps import CORE_TABLES
from assets.quality import decide_weeks, judge_weeks
from checks.claims import check_claims
from resources.database import Database
from resources.home import Home
from resources.landing import FORM, MAPPING_FOLDER, parse_name, scan
from resources.office import Office
from resources.outcomes import RuleOutcome
from resources.refusals import Refusal
from resources.settings import Settings
from resources.sidecars import SUFFIX, read_sidecar
from resources.verdicts import Verdict
from scoring.calendar import Week

CLAIM_ENDINGS = (".yaml", ".yml")


class CheckUsageError(ValueError):
    """The path cannot be checked as it was given; the message is Vietnamese / English and says what to do."""


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What was found, by week and file, information included, and the verdicts the weeks would get.

    notes: what was assumed, Vietnamese / English. files: how many exports (or files of claims) were looked at.
    """

    outcomes: tuple[RuleOutcome, ...]
    verdicts: tuple[Verdict, ...] = ()
    notes: tuple[str, ...] = ()
    files: int = 0

    @property
    def findings(self) -> tuple[RuleOutcome, ...]:
        """Failed warnings and errors."""
        return tuple(each for each in self.outcomes if each.severity != "info")


def check_path(path: Path, settings: Settings, *, week: Week | None = None, name: str | None = None) -> CheckReport:
    """Check a landing folder, one of its week folders, one export file, or a file of claims.

    week: of a file that stands in no week's folder (by default the week of its sidecar's exported_at, else this week),
    or the only one of a landing folder that is checked. name: what the file would be called when it lands
    (`scores.H05.ytd.csv`), for a file that is called otherwise. settings: memory, threads, and the home whose mappings
    apply. Raises CheckUsageError.
    """
    if not path.exists():
        raise CheckUsageError(f"{path}: không có tệp hay thư mục này / there is no such file or folder")
    if path.is_file() and path.name.endswith(SUFFIX):
        raise CheckUsageError(
            f"{path.name}: đây là tệp mô tả; hãy nêu tệp dữ liệu {path.name.removesuffix(SUFFIX)}, tệp mô tả được đọc "
            f"cùng / this is a sidecar; name the data file {path.name.removesuffix(SUFFIX)}, its sidecar is read with it"
        )
    if path.is_file() and path.suffix.lower() in CLAIM_ENDINGS:
        return CheckReport(tuple(check_claims(path)), files=1)
    with tempfile.TemporaryDirectory(prefix="service-index-check-") as folder:
        wanted = _wanted(path, Path(folder) / "landing", week, name)
        with _office(Path(folder) / "home", wanted.landing, settings) as office:
            return _check_landing(office, wanted)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A landing folder to look at, and of it the weeks (None: all) that are asked for."""

    landing: Path
    weeks: Sequence[Week] | None = None
    notes: tuple[str, ...] = field(default=())


def _wanted(path: Path, temporary: Path, week: Week | None, name: str | None) -> _Wanted:
    if path.is_dir():
        if name is not None:
            raise CheckUsageError("--as: chỉ dùng với một tệp / is for a single file only")
        of_folder = _week_named(path.name)
        if of_folder is None:
            return _Wanted(path, None if week is None else [week])
        if week not in (None, of_folder):
            raise CheckUsageError(f"--week {week}: {path} là tuần / is of the week {of_folder}")
        return _Wanted(path.absolute().parent, [of_folder])
    name = name or path.name
    parsed = parse_name(name)
    if isinstance(parsed, str):
        raise CheckUsageError(
            f"{name}: tên không cho biết loại và phạm vi ({parsed}); cần {FORM}. Thêm --as scores.H05.ytd.csv để nói tệp là "
            f"gì / the name does not tell kind and scope; say what the file is with --as scores.H05.ytd.csv"
        )
    notes: list[str] = []
    of_folder = _week_named(path.absolute().parent.name)
    if week is None:
        week = of_folder or _assumed_week(path, notes)
    mappings = path.absolute().parent.parent / MAPPING_FOLDER if of_folder else path.absolute().parent / MAPPING_FOLDER
    return _Wanted(_landed(path, temporary, week, name, mappings), [week], tuple(notes))


def _week_named(text: str) -> Week | None:
    try:
        return Week.parse(text)
    except ValueError:
        return None


def _assumed_week(path: Path, notes: list[str]) -> Week:
    """The week of the sidecar's moment, else the one that is running."""
    try:
        moment = read_sidecar(path).exported_at
    except Refusal:  # the door will say it, with its line
        moment = None
    source = "exported_at" if moment else "tuần này / this week"
    week = Week.of_instant(moment or datetime.now(UTC).replace(tzinfo=None))
    notes.append(
        f"{path.name} không nằm trong thư mục tuần nào: coi là của tuần {week} ({source}); nói khác bằng --week "
        f"/ stands in no week's folder: taken as of {week}; say otherwise with --week"
    )
    return week


def _landed(path: Path, landing: Path, week: Week, name: str, mappings: Path) -> Path:
    """A landing folder with that one file in it, its sidecar and the mappings beside it."""
    folder = landing / str(week)
    folder.mkdir(parents=True)
    _link(path, folder / name)
    beside = path.with_name(path.name + SUFFIX)
    if beside.is_file():
        _link(beside, folder / (name + SUFFIX))
    if mappings.is_dir():
        _link(mappings, landing / MAPPING_FOLDER)
    return landing


def _link(path: Path, to: Path) -> None:
    """A link where links can be made, else a copy."""
    try:
        to.symlink_to(path.absolute())
    except OSError:
        (shutil.copytree if path.is_dir() else shutil.copyfile)(path, to)


@contextmanager
def _office(root: Path, landing: Path, settings: Settings) -> Iterator[Office]:
    """An office in a folder of its own, with the mappings of the real home; its database is a file in it."""
    home = Home(root)
    home.prepare()
    own = settings.open_home().mappings
    if own.is_dir():
        shutil.copytree(own, home.mappings, dirs_exist_ok=True)
    database = Database(home.database_url)
    database.migrate()
    try:
        yield Office(home, landing, database, settings.memory_limit, settings.threads)
    finally:
        database.close()


def _check_landing(office: Office, wanted: _Wanted) -> CheckReport:
    landed = scan(office.landing)
    # Earlier weeks are what a week is compared with: they are taken in too, but only what was asked for is told.
    known = sorted(set(landed.weeks) | {Week.parse(each.week) for each in landed.outcomes})
    asked = known if wanted.weeks is None else [week for week in known if week in wanted.weeks]
    notes = list(wanted.notes)
    if not asked:
        notes.append(
            f"{office.landing}: không có tuần nào có tệp / no week with files; cần / expected: <tuần>/{FORM}, "
            "ví dụ / for example 2025-W41/scores.VN.ytd.csv"
        )
        return CheckReport(tuple(landed.strays), notes=tuple(notes))
    weeks = [week for week in known if week <= asked[-1]]
    taken = take_in_weeks(office, weeks)
    for table in CORE_TABLES:
        type_weeks(office, table, weeks)
    judged = judge_weeks(office, weeks)
    verdicts = decide_weeks(office, weeks)
    outcomes = [each for week in asked for each in judged.get(week, ()) if not each.succeeded]
    strays = landed.strays if wanted.weeks is None else []
    return CheckReport(
        outcomes=(*strays, *outcomes),
        verdicts=tuple(verdicts[week] for week in asked),
        notes=tuple(notes),
        files=len({record.file for week in asked for record in taken.get(week, ())}),
    )
