"""The pool: one piece of work on many things, on all cores, in order.

Belongs here: how many processes, how they start and how they die. Does not belong here: the work, or which things.

Processes, not threads: what takes long here is Python. They are spawned, never forked, since DuckDB, Dagster and the database
keep threads. A process costs half a second to start, so few things are done where one is: callers say from how many on it pays.
A worker ends with whoever started it, however that ended: nothing goes on being written for a run that was killed.
"""

from __future__ import annotations

import logging
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")

WORKER_BYTES = 512 * 2**20  # of memory that a worker is given room for; about twice what one was seen to take
_log = logging.getLogger(__name__)
_is_worker = False


def on_all_cores(
    work: Callable[[T], R], items: Sequence[T], *, at_least: int, workers: int | None = None
) -> Iterator[R]:
    """`work` of each item, in the order of the items, as they are done; nothing is begun before the first is asked for.

    at_least: with fewer items all is done in this process. workers: how many processes at most; by default one a core, and never
    more than memory allows. `work` and items must be picklable: a function of a module, say, or a `partial` of one. It may be
    called twice with the same item, where a worker was killed, so it must come to the same; and it may not write into the lake,
    whose keeper other processes do not know. What `work` raises is raised here, and what was not begun is left.
    """
    count = min(workers or cores(), _as_memory_goes(), len(items))
    if len(items) < at_least or count < 2 or not _may_start():
        yield from map(work, items)
        return
    done = 0
    for result in _in_processes(work, items, count):
        yield result
        done += 1
    if done < len(items):
        _log.warning("a worker was ended from outside; the last %d of %d are done here", len(items) - done, len(items))
        yield from map(work, islice(items, done, None))


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _in_processes(work: Callable[[T], R], items: Sequence[T], workers: int) -> Iterator[R]:
    """The results up to where a worker was killed, which ends them all."""
    from concurrent.futures.process import BrokenProcessPool

    pool = _started(workers)
    try:
        try:
            waiting = deque(pool.submit(work, item) for item in items)
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool:
            return
    finally:
        pool.shutdown(cancel_futures=True)


def _started(workers: int) -> Any:
    """An executor of workers that begin and end as they should."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_begin)


def _as_memory_goes() -> int:
    import psutil

    return max(1, int(psutil.virtual_memory().available) // 2 // WORKER_BYTES)


def _may_start() -> bool:
    """A worker starts no workers of its own, nor may a process that dies with its parent."""
    from multiprocessing import current_process

    return not _is_worker and not current_process().daemon


def _begin() -> None:
    """What a worker does first: Ctrl-C is for the one who started it, and it watches for that one's end."""
    import signal
    import threading

    global _is_worker
    _is_worker = True
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    from multiprocessing import connection, parent_process

    parent: Any = parent_process()
    connection.wait([parent.sentinel])
    os._exit(1)


class Beside:
    """One process beside this one, for work that is handed over while its giver goes on. It is started at the first piece.

    As a context: at its end, however that comes, the process is gone. Where no process may be started, the work is done here
    when its result is asked for; likewise what a process did not come to because it was killed. Work must be as for
    `on_all_cores`.
    """

    def __init__(self) -> None:
        self._pool: Any = None

    def __enter__(self) -> Beside:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """What was begun is ended, what was not is left; returns when the process is gone."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None

    def hand_over(self, work: Callable[[T], R], item: T) -> Callable[[], R]:
        """Begins the work; returns what waits for its result, or raises what it raised."""
        if cores() < 2 or _as_memory_goes() < 2 or not _may_start():
            return lambda: work(item)
        from concurrent.futures.process import BrokenProcessPool

        if self._pool is None:
            self._pool = _started(1)
        try:
            begun = self._pool.submit(work, item)
        except BrokenProcessPool:
            self._pool = None
            return lambda: work(item)

        def result() -> R:
            try:
                done: R = begun.result()
            except BrokenProcessPool:
                return work(item)
            return done

        return result
