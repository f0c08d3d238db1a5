"""An explanation: why a unit has the score it has in a published week, down to counts, files, decisions and dossiers.

Belongs here: the values that a page or the command line shows. They are made by `assets.explaining.explain(office, unit, week)`.
Does not belong here: finding them, or words for them (publishing/things.py, publishing/explain.py).

For pages: `Explanation.indicators` is in the rule set's order; every `Explained.formula` is the filled formula in both languages;
`members` is there only when dossiers were asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

Words = tuple[str, str]
"""Vietnamese and English."""


@dataclass(frozen=True, slots=True)
class Source:
    """A row of an export in which something stands."""

    file: str
    row: int


@dataclass(frozen=True, slots=True)
class Counted:
    """One dossier (petition, procedure, unit) of the denominator. thing: why it is not in the numerator; None when it is.

    near: it would have counted but for that one thing.
    """

    code: str
    unit_code: str
    in_numerator: bool
    source: Source
    thing: Words | None = None
    near: bool = False


@dataclass(frozen=True, slots=True)
class Moved:
    """Since the week before, by the inputs of this revision: into and out of numerator and denominator."""

    into_numerator: int
    out_of_numerator: int
    into_denominator: int
    out_of_denominator: int


@dataclass(frozen=True, slots=True)
class Explained:
    """One indicator, or a group of which only the total is known (`group_total`).

    rows: how many rows of our lake stand behind numerator and denominator; None where the figures are the portal's. source: then
    the portal's file and row. agrees: whether rows and published counts are the same number.
    """

    group: str
    indicator: str
    title: Words
    basis: str
    score: Decimal | None
    max_points: Decimal
    numerator: int | None
    denominator: int | None
    notes: tuple[str, ...]
    formula: Words | None
    rows: tuple[int, int] | None = None
    agrees: bool | None = None
    moved: Moved | None = None
    source: Source | None = None
    files: tuple[str, ...] = ()
    members: tuple[Counted, ...] | None = None


@dataclass(frozen=True, slots=True)
class Export:
    """An export the figures stand on. quarantined: rule to rows of the unit that were set aside, of this export."""

    file: str
    kind: str
    week: str
    sha256: str
    rows: int
    corrections: tuple[int, ...] = ()
    quarantined: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Touched:
    """A decision, or a correction, of a person that touched the figures."""

    at: datetime
    who: str
    action: str
    reason: str
    about: str
    case: int


@dataclass(frozen=True, slots=True)
class Lineage:
    """The run that published and the one that judged, and the assets from the files to the ranking, each with its page."""

    run_id: str | None
    judged_by: str | None
    assets: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """rankings: the unit's rows in its cohorts, in the columns of the catalogue. limits: what cannot be told, and why."""

    week: str
    revision: int
    published_at: datetime
    period_kind: str
    period: str
    unit_code: str
    unit_name: str
    level: str
    basis: str
    status: str
    total: Decimal | None
    ruleset: str | None
    rankings: tuple[Mapping[str, Any], ...]
    groups: Mapping[str, Decimal | None]
    indicators: tuple[Explained, ...]
    exports: tuple[Export, ...]
    touched: tuple[Touched, ...]
    lineage: Lineage
    limits: tuple[Words, ...] = ()
