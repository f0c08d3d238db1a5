"""Where the time of the whole command goes: the shares of its stages, by a sampling profiler in the process itself.

Belongs here: looking at the stack twenty times a second, and a table of what stood on it. Does not belong here: benchmarks.
"""

from __future__ import annotations

import argparse
import collections
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parents[1]
INTERVAL_SECONDS = 0.05


class Sampler(threading.Thread):
    """Counts, of one thread, the functions of the house that are at work or wait for what they called."""

    def __init__(self, of: int) -> None:
        super().__init__(daemon=True)
        self.of, self.samples, self._done = of, 0, threading.Event()
        self.seen: collections.Counter[str] = collections.Counter()

    def run(self) -> None:
        while not self._done.wait(INTERVAL_SECONDS):
            self.samples += 1
            self.seen.update(_house_functions(sys._current_frames().get(self.of)))

    def stop(self) -> None:
        self._done.set()
        self.join()


def _house_functions(frame: FrameType | None) -> set[str]:
    found = set()
    while frame is not None:
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(ROOT) and "site-packages" not in path.parts:
            found.add(f"{path.relative_to(ROOT)}:{frame.f_code.co_name}")
        frame = frame.f_back
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("landing", type=Path)
    parser.add_argument("--most", type=int, default=60, help="how many functions are shown")
    arguments = parser.parse_args()
    from pipelines.cli import main as command

    sampler = Sampler(threading.get_ident())
    with tempfile.TemporaryDirectory() as home:
        sys.argv = ["service-index", "run", "--landing", str(arguments.landing), "--home", home]
        started, cpu = time.perf_counter(), time.process_time()
        sampler.start()
        try:
            command()
        except SystemExit as ended:
            print(f"exit code {ended.code or 0}")
        sampler.stop()
    print(f"{time.perf_counter() - started:.1f} s, {time.process_time() - cpu:.1f} s of processor")
    for name, count in sampler.seen.most_common(arguments.most):
        print(f"{100 * count / max(sampler.samples, 1):5.1f} %  {name}")


if __name__ == "__main__":
    main()
