"""What came of deriving a published revision again: the value, and how it is told.

Belongs here: the words. Does not belong here: deriving and comparing (assets/reproduction.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reproduction:
    """files: how many were derived. differing: names of those whose bytes are not the published ones, or that only one side
    has. figures_differ: whether the ranking rows are others than the database recorded. since: what of the software is no
    longer as it was, each Vietnamese / English.
    """

    week: str
    revision: int
    files: int
    differing: tuple[str, ...]
    figures_differ: bool
    since: tuple[str, ...]

    @property
    def is_equal(self) -> bool:
        return not self.differing and not self.figures_differ

    def lines(self) -> Iterator[str]:
        """What is printed, line by line."""
        name = f"{self.week} r{self.revision}"
        if self.is_equal:
            yield (
                f"{name}: dẫn xuất lại giống hệt, {self.files} tệp / derived again to the last byte, {self.files} files"
            )
        else:
            yield f"{name}: dẫn xuất lại KHÔNG giống / derived again, it is NOT the same"
            if self.figures_differ:
                yield "  số liệu xếp hạng khác bản đã ghi / ranking figures differ from those recorded"
            yield from (f"  {file}" for file in self.differing)
        for change in self.since:
            yield f"  từ đó / since then: {change}"
