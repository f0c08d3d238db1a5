"""The files an office writes itself, read as the processes would read them, so that what is wrong is told before a tick fails.

Belongs here: which files these are, and who reads them. Does not belong here: reading them (each its own module), settings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from publishing.bulletin import heads
from resources import timetable
from resources.health import Finding
from resources.mapping import MappingError, read_mapping
from resources.notices import routes
from resources.trouble import one_line
from scoring.yamlnodes import RuleSetError

_SUBJECT = "files"
_DO = (
    "Sửa dòng đó; lịch và cảm biến đọc lại ngay, riêng take_in_at khi khởi động lại"
    " / mend the line; it is read again at once, take_in_at when Dagster starts again"
)


def look_at_files(home: Path, landing: Path) -> list[Finding]:
    """One failure a file that cannot be read, with file and line; else one line that tells how many there are."""
    wrong: list[Finding] = []
    files = 0
    for path, read in _files(home, landing):
        files += 1
        try:
            read()
        except (RuleSetError, MappingError) as error:
            wrong.append(Finding(_SUBJECT, "fail", f"{path.parent}: {error}", _DO))
        except OSError as error:
            wrong.append(Finding(_SUBJECT, "fail", f"{path}: {one_line(error)}", _DO))
    return wrong or [Finding(_SUBJECT, "ok", f"{files} tệp của đơn vị đọc được / files of the office can be read")]


def _files(home: Path, landing: Path) -> Iterator[tuple[Path, Callable[[], object]]]:
    for name, read in (
        (timetable.FILE_NAME, lambda: timetable.read_timetable(home)),
        (routes.FILE_NAME, lambda: routes.read_routes(home)),
        (heads.FILE_NAME, lambda: heads.read_heads(home / heads.FILE_NAME)),
    ):
        if (home / name).is_file():
            yield home / name, read
    for folder in (landing / "mappings", home / "mappings"):
        for path in sorted(folder.glob("*.yaml")) if folder.is_dir() else ():
            yield path, lambda path=path: read_mapping(path)  # type: ignore[misc]
