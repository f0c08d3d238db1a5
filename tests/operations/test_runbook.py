"""docs/runbook.md, done as it is written: every command in order, with the exit code it says; and what it says one sees.

The incidents, which need trouble to be made first: test_incidents.py.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from tests.operations.following import daily_work, follow
from tests.pipelines.command import published_bytes


def test_the_runbook_can_be_done_as_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "demo" / "ops").mkdir(parents=True)
    written = daily_work(tmp_path)
    assert len(written) > 12
    with contextlib.chdir(tmp_path):
        everything = follow(written)
        assert published_bytes(Path("demo/ops/home")) == published_bytes(Path("demo/ops/restored"))
        status = json.loads(Path("demo/ops/status.json").read_text(encoding="utf-8"))
    states = {each["week"]: each["state"] for each in status["weeks"]}
    assert (states["2025-W46"], states["2025-W45"]) == ("published", "held")
    for sentence in ("bị giữ / held", "quá hạn / overdue", "Vụ việc đang chờ / open cases"):
        assert sentence in everything
