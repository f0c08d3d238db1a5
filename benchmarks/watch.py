"""Time and memory of a process while it runs.

Belongs here: looking at a process and its children from a thread. Does not belong here: what is measured, and pages about it.
"""

from __future__ import annotations

import json
import threading
import time

import psutil


class Watch(threading.Thread):
    """Memory of a process and its children, looked at five times a second.

    limit_mb: with more than this held, the process and its children are killed, as a machine without more memory would do;
    `over_limit` then says so.
    """

    def __init__(self, pid: int, limit_mb: float | None = None) -> None:
        super().__init__(daemon=True)
        self.pid, self.limit_mb, self.over_limit = pid, limit_mb, False
        self.peak_mb, self.cpu_seconds, self._done = 0.0, 0.0, threading.Event()
        self.start()

    def run(self) -> None:
        while not self._done.wait(0.2):
            self.look()

    def look(self) -> None:
        memory = cpu = 0.0
        try:
            root = psutil.Process(self.pid)
            family = [root, *root.children(recursive=True)]
            for one in family:
                memory += one.memory_info().rss / 2**20
                cpu += sum(one.cpu_times()[:4])
        except psutil.Error:
            return
        self.peak_mb, self.cpu_seconds = max(self.peak_mb, memory), max(self.cpu_seconds, cpu)
        if self.limit_mb is not None and memory > self.limit_mb:
            self.over_limit = True
            kill(family)

    def stop(self) -> None:
        self._done.set()
        self.join()


def kill(family: list[psutil.Process]) -> None:
    """Ends these processes, those that are gone already left aside."""
    for one in family:
        try:
            one.kill()
        except psutil.NoSuchProcess:
            continue


def print_own_timing(watch: Watch) -> None:
    """One line of JSON: seconds on the clock and of processor since this process began, its imports and children
    included, and the most memory held.
    """
    watch.stop()
    watch.look()
    seconds = time.time() - psutil.Process().create_time()
    print(json.dumps({"seconds": seconds, "cpu_seconds": watch.cpu_seconds, "peak_mb": watch.peak_mb}))
