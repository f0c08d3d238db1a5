"""Landing folders of small weeks, and what is asked of a home after a backfill. Helpers only."""

from __future__ import annotations

from pathlib import Path

from tests.pipelines.test_events import table

WEEKS = ("2025-W40", "2025-W41", "2025-W42", "2025-W43")
SOUND, WRONG = table("91.00"), table("95.00")  # components give 91.00


def land(landing: Path, week: str, content: str = SOUND) -> None:
    """A week's table, as sent."""
    folder = landing / week
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "scores.H05.ytd.csv").write_text(content, encoding="utf-8")
    (folder / "scores.H05.ytd.csv.meta.yaml").write_text("exported_at: 2026-01-05T08:00:00+07:00\n")


def landing_of(folder: Path, *, wrong: str | None = None) -> Path:
    """Four weeks, one of them wrong, if any."""
    for week in WEEKS:
        land(folder, week, WRONG if week == wrong else SOUND)
    return folder
