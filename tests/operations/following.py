"""The commands of a page, done as they are written. Helpers only, no tests."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from tests.pipelines.command import ask
from tests.test_documents import ROOT, Command, commands

RUNBOOK = ROOT / "docs" / "runbook.md"
INCIDENTS = "# Sự cố · Incidents"


def daily_work(scratch: Path) -> list[Command]:
    """The commands of the runbook before its incidents."""
    return _commands(RUNBOOK.read_text(encoding="utf-8").partition(f"\n{INCIDENTS}\n")[0], scratch)


def incident(title: str, scratch: Path) -> list[list[Command]]:
    """The commands under an incident's heading, apart where a comment says that the trouble is over."""
    text = RUNBOOK.read_text(encoding="utf-8").partition(f"\n{INCIDENTS}\n")[2]
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"the runbook has no incident {title!r}"
    parts: list[list[Command]] = [[]]
    for command in _commands(found[1], scratch):
        if command.text.startswith("#"):
            parts.append([])
        else:
            parts[-1].append(command)
    return parts


def _commands(text: str, scratch: Path) -> list[Command]:
    page = scratch / "section.md"
    page.write_text(text, encoding="utf-8")
    return list(commands(page))


def follow(written: Iterable[Command]) -> str:
    """Does what is written, in the current folder, and expects the exit codes it says; all that was told.

    `service-index` runs in this process, anything else in a shell.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SERVICE_INDEX_")}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    seen = []
    for command in written:
        words = shlex.split(command.text, comments=True)
        if words[0] == "service-index":
            into = words.index(">") if ">" in words else len(words)
            told = ask(*words[1:into])
            code, said = told.code, told.out + told.err
            if into < len(words):
                Path(words[into + 1]).write_text(told.out, encoding="utf-8")
        else:
            done = subprocess.run(
                ["bash", "-euc", command.text], env=environment, capture_output=True, encoding="utf-8", check=False
            )
            code, said = done.returncode, done.stdout + done.stderr
        assert code == command.exit_code, f"{command.text}: exit {code}\n{said}"
        seen.append(said)
    return "\n".join(seen)
