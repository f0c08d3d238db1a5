"""docs/runbook.md, done as it is written: every command in order, with the exit code it says; and what it says one sees."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

from tests.pipelines.command import ask, published_bytes
from tests.test_documents import ROOT, commands

RUNBOOK = ROOT / "docs" / "runbook.md"


def test_the_runbook_can_be_done_as_it_is_written(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SERVICE_INDEX_")}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    seen: dict[str, str] = {}
    (tmp_path / "demo" / "ops").mkdir(parents=True)
    with contextlib.chdir(tmp_path):
        for command in commands(RUNBOOK):
            words = command.words
            if words[0] == "service-index" and ">" not in words:
                told = ask(*words[1:])
                code, said = told.code, told.out + told.err
            elif words[0] == "service-index":
                told = ask(*words[1 : words.index(">")])
                Path(words[words.index(">") + 1]).write_text(told.out, encoding="utf-8")
                code, said = told.code, told.out
            else:
                done = subprocess.run(
                    ["bash", "-euc", command.text], env=environment, capture_output=True, encoding="utf-8", check=False
                )
                code, said = done.returncode, done.stdout + done.stderr
            assert code == command.exit_code, f"{command.text}: exit {code}\n{said}"
            seen[f"{words[1]} {len(seen)}"] = said
        home, lost, restored = (Path("demo/ops") / name for name in ("home", "home.lost", "restored"))
        # Lost and brought back: the same bytes, and those of before stand beside them.
        assert published_bytes(home) == published_bytes(lost) == published_bytes(restored)
        status = json.loads(Path("demo/ops/status.json").read_text(encoding="utf-8"))
    states = {each["week"]: each["state"] for each in status["weeks"]}
    assert (states["2025-W46"], states["2025-W45"]) == ("published", "held")
    everything = "\n".join(seen.values())
    for sentence in ("bị giữ / held", "quá hạn / overdue", "✗ fail database", "Vụ việc đang chờ / open cases"):
        assert sentence in everything
