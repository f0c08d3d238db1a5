"""Telling whoever watches how far a long piece of work has come.

Belongs here: one hook that work calls and a front end (the command line) listens to. Does not belong here: how it is shown.
Without a listener every call is free, so work never asks whether anyone is watching.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")

Listener = Callable[[str, str, int, int], None]
"""Called with the stage, what it is at (a week, a file), how many are done and how many there are."""

_listener: ContextVar[Listener | None] = ContextVar("progress_listener", default=None)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """While open, `listener` hears of every step."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def report(stage: str, what: str, done: int, total: int) -> None:
    listener = _listener.get()
    if listener is not None:
        listener(stage, what, done, total)


def steps(stage: str, items: Iterable[T]) -> Iterator[T]:
    """The items, each reported before it is worked on and the end reported after the last."""
    total = len(items) if isinstance(items, Sized) else 0
    done = 0
    for item in items:
        report(stage, str(item), done, total)
        yield item
        done += 1
    report(stage, "", done, total or done)
