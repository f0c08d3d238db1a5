"""The public account of a unit's published figures: what came in and went out, what was set aside, files, decisions, runs.

Belongs here: the shape that a page shows to anyone. Does not belong here: finding it (assets/accounts.py), and anything of a
single dossier: codes and rows are for those who log in (publishing/explanation.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from publishing.explanation import Moved, Touched, Words


@dataclass(frozen=True, slots=True)
class AccountFile:
    """An export that figures stand on. rows: all of it; of_unit: the unit's, None where it is not told by unit.

    lines: first and last row of the unit in a file of the portal's, None in our own. set_aside: of the whole file.
    """

    file: str
    kind: str
    week: str
    sha256: str
    rows: int
    of_unit: int | None = None
    lines: tuple[int, int] | None = None
    corrections: int = 0
    set_aside: int = 0


@dataclass(frozen=True, slots=True)
class SetAside:
    """How many rows of the unit a rule set aside."""

    rule: str
    title: Words
    rows: int


@dataclass(frozen=True, slots=True)
class Account:
    """moved: indicator to what came and went since the week before. files: of the week itself; earlier, earlier_rows: how many
    exports of weeks before also stand behind the figures, with how many rows of the unit. limits: what cannot be told, and why.
    """

    files: tuple[AccountFile, ...] = ()
    earlier: int = 0
    earlier_rows: int | None = None
    moved: Mapping[str, Moved] = field(default_factory=dict)
    set_aside: tuple[SetAside, ...] = ()
    touched: tuple[Touched, ...] = ()
    run_id: str | None = None
    limits: tuple[Words, ...] = ()


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts of one revision: unit to its own; province (`VN`: of all) to every export that its figures stand on."""

    units: Mapping[str, Account] = field(default_factory=dict)
    files: Mapping[str, tuple[AccountFile, ...]] = field(default_factory=dict)


AccountsOf = Callable[[str, int], Accounts]
"""The accounts of a week's revision."""
