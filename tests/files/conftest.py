"""An edition with all that makes a sheet hard: ties, a unit under review, one without figures, a name that is a formula."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from publishing.files import Earlier, Edition, write_all
from resources.releases import Revision, ranking_order
from tests.publishing.releases import COMPONENTS, ranking_row, release

WEEK = "2025-W46"
FORMULA = '=HYPERLINK("http://evil","x")'
MARKUP = "<r><t>x</t></r>"


def rows(**first: Any) -> list[dict[str, Any]]:
    """Six communes of H05: 1, 2, 2, 4, one under review, one without figures. first: changes to the first of them."""
    none = dict.fromkeys(COMPONENTS)
    return [
        commune("H05.101", 1, "95.43", unit_name=FORMULA, change=Decimal("0.09"), move=2) | first,
        commune("H05.102", 2, "94.10", unit_name=MARKUP, change=Decimal("-1.20"), transparency=Decimal("17.00")),
        commune("H05.103", 2, "94.10", unit_name="Xã Hợp Thịnh", change=Decimal("0.00"), transparency=Decimal("17.00")),
        commune("H05.104", 4, "93.00", note="new", transparency=Decimal("18.00")),
        commune(
            "H05.105",
            None,
            "88.40",
            status="under_review",
            last_sound_week="2025-W45",
            last_sound_total=Decimal("91.65"),
        ),
        commune("H05.106", None, None, status="incomplete", note="incomplete", **none),
    ]


def commune(code: str, rank: int | None, total: str | None, **changes: Any) -> dict[str, Any]:
    return ranking_row(code, rank, total, week=WEEK, cohort_size=6, ranked=4, **changes)


@pytest.fixture
def edition() -> Edition:
    return edition_of(rows())


def edition_of(
    ranked: list[dict[str, Any]],
    number: int = 1,
    earlier: Earlier | None = None,
    exports: Mapping[str, str] | None = None,
) -> Edition:
    """A revision of WEEK with these rows. exports: scope to when its export was made."""
    revision = Revision(
        week=WEEK,
        revision=number,
        fingerprint="f",
        figures="f",
        status="provisional",
        reason="đếm lại" if number > 1 else None,
        run_id=None,
        published_at=datetime(2025, 11, 17),
        inputs=[{"scope": scope, "exported_at": at} for scope, at in (exports or {}).items()],
        rulesets={},
    )
    published = [row | {"revision": number} for row in sorted(ranked, key=ranking_order)]
    return Edition.of(revision, published, release(WEEK, rows=ranked).score_table, earlier or Earlier())


@pytest.fixture
def second() -> Edition:
    """The week published again: the first unit has more points in one group."""
    first = edition_of(rows())
    again = rows(total=Decimal("95.93"), digitisation=Decimal("21.23"))
    return edition_of(again, 2, Earlier((first.revision,), first.rankings))


@pytest.fixture
def written(tmp_path: Path) -> Callable[[Edition], Path]:
    """Writes an edition into a new folder."""

    def write(edition: Edition) -> Path:
        folder = tmp_path / f"r{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        write_all(edition, folder)
        return folder

    return write


def as_scope(edition: Edition, **changes: Any) -> Edition:
    """The edition with every row changed alike."""
    return replace(edition, rankings=[dict(row) | changes for row in edition.rankings])
