"""docs/portal-faults.md: every fault of the emulated portal, let loose on a pull, and what came of it.

    python -m emulator.portal_faults [--check]

Belongs here: a small landing folder to serve, trying a fault once and for good, the page. Does not belong here: the faults
themselves (http_faults.py). Besides those of the portal there are two of the way to it: nobody listens, and a port that does not
speak TLS.
"""

from __future__ import annotations

import argparse
import re
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from emulator.http_app import AS_OF, Portal
from emulator.http_faults import PORTAL_FAULTS, RIGHT
from emulator.http_serve import HOST, serving
from emulator.write import write_table
from resources.files import write_bytes_atomically
from resources.portal.score_tables import CODE, COMPONENTS, TOTAL
from resources.sidecars import SUFFIX
from scoring.calendar import Week

if TYPE_CHECKING:
    from resources.portal.pulling import PullReport
    from resources.portal.settings import PortalSettings

PAGE = Path(__file__).resolve().parents[1] / "docs" / "portal-faults.md"
WEEK = Week.parse("2025-W46")
UNITS = [f"H05.{101 + number}" for number in range(5)]
KIND_OF = {
    "score-table": "scores",
    "service-results": "counts",
    "transparency": "counts",
    "formalities": "procedures",
    "files": "dossiers",
    "file": "dossiers",
}
WRONG = "**sai / wrong**"
WAYS = {
    "refused": ("không có gì nghe ở cổng", "nobody listens at the port", "unreachable"),
    "no_tls": ("cổng không nói TLS", "the port does not speak TLS", "tls"),
}
_HEAD = """# Lỗi của cổng và kết quả khi tải · Faults of the portal, and what a pull comes to

Written by `python -m emulator.portal_faults` (`make portal-faults`); do not edit. Mỗi lỗi của cổng mô phỏng
(`emulator/http_faults.py`) được thả vào một lần tải nhỏ: *một lần* trúng một câu trả lời, *mãi* trúng mọi câu trả lời.
*đúng*: các tệp nhận được giống hệt lần tải không có lỗi; nếu không thì có một thông báo nêu tên lỗi, và không có gì của phần ấy
được đặt vào thư mục nhận. *dừng*: lần tải ấy không hỏi cổng thêm gì. Each fault is let loose on a small pull, on one answer
(*once*) or on every one (*lasting*). *right*: the landed files are byte for byte those of a pull without the fault. Otherwise the
error's kind (`resources/portal/errors.py`), and nothing of the feed is landed. *stops*: nothing else is asked in this pull.

| fault | lỗi | what it does | một lần / once | mãi / lasting | what one reads |
|---|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Outcome:
    """What came of a fault. once, lasting: `right` or the kind of the error, `WRONG...` where it is neither of the expected."""

    name: str
    title_vi: str
    title_en: str
    once: str
    lasting: str
    message: str

    @property
    def line(self) -> str:
        cells = (f"`{self.name}`", self.title_vi, self.title_en, self.once, self.lasting, self.message or "–")
        return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |\n"


def practice_landing(folder: Path) -> Path:
    """A landing folder of one week with a little of every kind that is pulled; no real figures."""
    week = folder / str(WEEK)
    scores = ["ID", "TEN", "TEN_COQUAN", CODE, "LOAI_COQUAN", *COMPONENTS, TOTAL, "ROW_STT"]
    provinces = ["H05", "H01", "H44", "H21", "H26"]
    for scope, units in (("VN", provinces), ("H05", UNITS)):
        rows = [
            (n, u, u, u, 1, "19.03", "17.86", "20.8", "10", "8.36", "15.64", "91.69", n) for n, u in enumerate(units, 1)
        ]
        write_table(week / f"scores.{scope}.ytd.csv", scores, rows)
    counts = ["unit_code", "unit_name", "group", "metric", "numerator", "denominator", "portal_score", "max_points"]
    metrics = (("TRANSPARENCY", "PUBLISH_ON_TIME", 9, 10, "5.4", 6), ("PROGRESS", "on_time", 190, 200, "19", 20))
    write_table(week / "counts.H05.ytd.csv", counts, [(unit, unit, *metric) for unit in UNITS for metric in metrics])
    procedures = ["unit_code", "procedure_code", "service_level"]
    procedures += ["subject_person", "fee_bearing", "payment_offered", "population_connected"]
    flags = ("full", "true", "true", "true", "false")
    write_table(week / "procedures.H05.csv", procedures, [(unit, "1.000001", *flags) for unit in UNITS])
    lines = [f'{{"MaHoSo":"H05.101-251110-{n:04d}","DonViXuLy":"H05.101","TrangThaiHoSo":"2"}}\n' for n in range(40)]
    write_bytes_atomically(week / "dossiers.H05.ndjson", "".join(lines).encode())
    for path in [*week.glob("*.csv"), *week.glob("*.ndjson")]:
        beside = path.with_name(path.name + SUFFIX)
        write_bytes_atomically(beside, b"exported_at: 2025-11-17T05:30:00+07:00\nsimulated: true\n")
    return folder


def settings_for(url: str, home: Path, **more: object) -> PortalSettings:
    """Impatient settings: a pull on this machine, with pages of two rows."""
    from resources.settings import load_settings

    said: dict[str, object] = {
        "portal_url": url,
        "portal_as_of": AS_OF,
        "portal_scopes": "VN,H05",
        "portal_kinds": "scores,counts,procedures,dossiers",
        "portal_page_size": 2,
        "portal_tries": 3,
        "portal_backoff_seconds": 0.01,
        "portal_longest_wait_seconds": 2,
        "portal_read_seconds": 10,
        "portal_requests_per_second": 1000,
    }
    return load_settings(home=home, **(said | more))


def pulled(url: str, scratch: Path, **more: object) -> tuple[PullReport, dict[str, bytes]]:
    """A pull into new folders: its report, and every file that was landed."""
    from resources.home import Home
    from resources.portal.feeds import feeds_of
    from resources.portal.pulling import pull

    shutil.rmtree(scratch, ignore_errors=True)
    settings = settings_for(url, scratch / "home", **more)
    landing = scratch / "landing"
    report = pull(settings, Home(scratch / "home"), landing, feeds_of(settings, [WEEK], date(2025, 11, 17)))
    return report, files_in(landing)


def files_in(landing: Path) -> dict[str, bytes]:
    return {
        path.relative_to(landing).as_posix(): path.read_bytes() for path in sorted(landing.rglob("*")) if path.is_file()
    }


def came_to(report: PullReport, files: dict[str, bytes], sound: dict[str, bytes], url: str) -> tuple[str, str]:
    """`right` or the error's kind; and its message, without the address of this run."""
    same = {name: files[name] for name in files if sound.get(name) == files[name]}
    if not report.errors:
        flagged = any(one.unsettled for one in report.pulled)
        return (RIGHT if same == sound or (flagged and set(files) == set(sound)) else WRONG), _flags(report)
    kinds = {error.kind for error in report.errors}
    whole = same == files and all(one.file is None for one in report.of("failed"))
    message = re.sub(re.escape(url), "<portal_url>", str(report.errors[0]))
    return (kinds.pop() if len(kinds) == 1 and whole else WRONG), message


def _flags(report: PullReport) -> str:
    many = sum(one.unsettled > 0 for one in report.pulled)
    return f"{many} tệp có mẫu số tạm, mã thoát 3 / {many} feed with provisional denominators, exit 3" if many else ""


def try_fault(name: str, portal: Portal, url: str, scratch: Path, sound: dict[str, bytes]) -> Outcome:
    """A fault of the portal, once and for good. Every time with the served data as they are, and into new folders."""
    fault, told, message = PORTAL_FAULTS[name], [], ""
    # What strikes every interface alike is tried on one; the rest on those it strikes.
    kinds = sorted({KIND_OF[interface] for interface in fault.strikes}) or ["scores"]
    sound = {file: content for file, content in sound.items() if file.partition("/")[2].startswith(tuple(kinds))}
    for times in (1, None):
        portal.let_loose(name, times)
        report, files = pulled(url, scratch, portal_kinds=",".join(kinds), **_impatient(name))
        struck = portal.loose.struck if portal.loose else 0
        portal.loose = None
        kind, text = came_to(report, files, sound, url)
        message = text or message
        stops = ", dừng / stops" if any(error.stops for error in report.errors) else ""
        told.append(f"{'đúng / right' if kind == RIGHT else kind}{stops}" if struck else f"{WRONG}: not struck")
    return Outcome(name, fault.title_vi, fault.title_en, told[0], told[1], message)


def _impatient(name: str) -> dict[str, object]:
    return {"portal_read_seconds": 0.3} if name == "slow" else {}


def try_way(name: str, scratch: Path) -> Outcome:
    """A fault of the way to the portal; it always lasts."""
    title_vi, title_en, _ = WAYS[name]
    with _wrong_way(name, scratch) as url:
        report, files = pulled(url, scratch / "pull")
        kind, message = came_to(report, files, {}, url)
    return Outcome(name, title_vi, title_en, "–", f"{kind}, dừng / stops", message)


@contextmanager
def _wrong_way(name: str, scratch: Path) -> Iterator[str]:
    if name == "refused":
        with socket.socket() as taken:  # bound, but nobody listens
            taken.bind((HOST, 0))
            yield f"http://{HOST}:{taken.getsockname()[1]}"
    else:
        with serving(Portal(scratch)) as url:
            yield url.replace("http:", "https:")


def outcomes(names: Sequence[str] | None = None) -> list[Outcome]:
    """All faults, or some, tried one after the other."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        portal = Portal(practice_landing(scratch / "portal"), file_parts=2, slow_seconds=0.4)
        with serving(portal) as url:
            report, sound = pulled(url, scratch / "sound")
            if report.exit_code or not sound:
                raise RuntimeError(f"the pull without a fault failed: {report.errors}")
            for name in names or PORTAL_FAULTS:
                if name in PORTAL_FAULTS:
                    found.append(try_fault(name, portal, url, scratch / "pull", sound))
        found += [try_way(name, scratch) for name in WAYS if names is None or name in names]
    return found


def page(rows: Sequence[Outcome]) -> str:
    """The page in Markdown."""
    return _HEAD + "".join(row.line for row in rows)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m emulator.portal_faults", description="docs/portal-faults.md")
    parser.add_argument(
        "--check", action="store_true", help="so với trang đang có / compare with the page, write nothing"
    )
    said = parser.parse_args(arguments)
    rows = outcomes()
    text = page(rows)
    wrong = [row.name for row in rows if WRONG in row.once + row.lasting]
    if said.check:
        return int(bool(wrong) or PAGE.read_text(encoding="utf-8") != text)
    write_bytes_atomically(PAGE, text.encode())
    sys.stdout.write(f"{PAGE.name}: {len(rows)}, {len(wrong)} sai / wrong {' '.join(wrong)}\n")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
