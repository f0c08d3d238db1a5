"""The reason of a revision, taken apart: what was said, and who decided.

Belongs here: reading the one line that a release keeps (assets/reasons.py writes it). Does not belong here: words.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from resources.cases import STATE_AFTER

_ACTIONS = "|".join([*STATE_AFTER, "withdraw"])
_DECIDED = re.compile(rf"(?:^|; )(?P<who>[^\s:;]+): (?P<action>{_ACTIONS}): ")


class Reason(NamedTuple):
    """One reason. who, action: None where an export itself says what it corrects."""

    text: str
    who: str | None = None
    action: str | None = None


def reasons(told: str | None) -> tuple[Reason, ...]:
    """The reasons of a revision in their order; empty for none."""
    if not told:
        return ()
    marks = list(_DECIDED.finditer(told))
    ends = [*(mark.start() for mark in marks[1:]), len(told)]
    first = told[: marks[0].start()] if marks else told
    found = [Reason(first)] if first else []
    for mark, end in zip(marks, ends, strict=False):
        found.append(Reason(told[mark.end() : end], mark["who"], mark["action"]))
    return tuple(found)
