"""What the documents say can be done can be done: their commands exist and run, their links lead somewhere.

Belongs here: README.md, docs/*.md and what may stand in no file at all. Does not belong here: the data dictionary's own
text (tests/publishing/test_dictionary.py).

Commands stand in ```sh blocks; `# exit 3` at a line's end says which exit code the reader will see, 0 otherwise.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import duckdb
import pytest

from publishing.dictionary import dictionary_text
from publishing.findings import FINDING_COLUMNS
from publishing.tables import RANKING_COLUMNS, SCORE_COLUMNS
from tests.pipelines.command import ask

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
FIRST_HOUR = ROOT / "docs" / "first-hour.md"
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
BY_NAME = {page.relative_to(ROOT).as_posix(): page for page in PAGES}


@dataclass(frozen=True)
class Command:
    """A command of a page as a shell reads it, here-documents and quoted lines included."""

    text: str
    exit_code: int = 0

    @property
    def words(self) -> list[str]:
        return shlex.split(self.text, comments=True)


def commands(page: Path) -> Iterator[Command]:
    """The commands of a page's ```sh blocks, in order."""
    for block in re.findall(r"^```sh\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
        lines = iter(block.splitlines())
        for line in lines:
            text = line
            if here := re.search(r"<<'(\w+)'$", line):
                for more in lines:
                    text += "\n" + more
                    if more == here[1]:
                        break
            else:
                while _is_open(text):
                    text += "\n" + next(lines)
            said = re.search(r"# exit (\d)$", text)
            yield Command(text, int(said[1]) if said else 0)


def _is_open(text: str) -> bool:
    try:
        shlex.split(text, comments=True)
    except ValueError:  # no closing quotation: the command goes on in the next line
        return True
    return text.endswith("\\")


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, encoding="utf-8"
    ).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


# ---- commands and links


@pytest.mark.parametrize("name", BY_NAME)
def test_every_command_and_option_a_page_names_exists(name: str) -> None:
    page = BY_NAME[name]
    for command in re.findall(r"service-index ([a-z]+)\b", page.read_text(encoding="utf-8")):
        assert ask(command, "--help").code == 0, f"{name}: there is no command service-index {command}"
    for words in (each.words for each in commands(page) if each.text.startswith("service-index ")):
        asked = [word for word in words[1:3] if re.fullmatch("[a-z]+", word)]  # a command, or one of a group
        known = set(re.findall(r"--[a-z-]+", ask(*asked, "--help").out))
        unknown = {word.partition("=")[0] for word in words if word.startswith("--")} - known
        assert not unknown, f"{name}: service-index {words[1]} has no {unknown}"


@pytest.mark.parametrize("name", BY_NAME)
def test_every_make_target_a_page_names_exists(name: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", BY_NAME[name].read_text(encoding="utf-8"), re.MULTILINE))
    assert named <= targets, f"{name}: no such targets: {named - targets}"


@pytest.mark.parametrize("name", BY_NAME)
def test_every_relative_link_leads_to_a_file_and_a_heading(name: str) -> None:
    page = BY_NAME[name]
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, heading = target.partition("#")
        goal = (page.parent / file).resolve() if file else page
        assert goal.exists(), f"{name}: {target} leads nowhere"
        assert not heading or heading in headings(goal), f"{name}: {goal.name} has no heading #{heading}"


def headings(page: Path) -> set[str]:
    """Anchors of a page's headings, as code hosts make them."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


# ---- the commands, run


def test_the_first_hour_can_be_done_as_it_is_written(tmp_path: Path) -> None:
    """Every line of README.md and docs/first-hour.md in order, on a smaller demo; `make` and the page are left out."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SERVICE_INDEX_")}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    with contextlib.chdir(tmp_path):
        smaller = ("--weeks", "2025-W45..2025-W46", "--dossiers-per-week", "400")
        assert ask("emulate", "--out", "demo/landing", *smaller).code == 0
        for command in [*commands(README), *commands(FIRST_HOUR)]:
            if command.text.startswith(("make ", ". .venv/")):
                continue
            if command.text.startswith("service-index "):
                told = ask(*command.words[1:])
                assert told.code == command.exit_code, f"{command.text}\n{told.out}{told.err}"
            else:
                done = subprocess.run(
                    ["bash", "-euc", command.text], env=environment, capture_output=True, encoding="utf-8", check=False
                )
                assert done.returncode == command.exit_code, f"{command.text}\n{done.stderr}"
        _shows_what_the_page_says()


def _shows_what_the_page_says() -> None:
    """After the walk: what docs/first-hour.md tells about revisions and about the basis of the demo's figures."""
    office = "demo/office/home"
    first, second = (
        ask("ranking", "--week", "2025-W46", "--revision", number, "--format", "csv", "--home", office).rows
        for number in ("1", "2")
    )
    assert {row["unit_code"]: (row["rank"], row["status"]) for row in first}["H05"] == ("1", "final")
    assert {row["unit_code"]: (row["rank"], row["status"]) for row in second}["H05"] == ("", "under_review")
    communes = ask(
        "ranking", "--week", "2025-W46", "--level", "commune", "--scope", "H05", "--format", "csv", "--home", office
    ).rows
    assert [(row["unit_code"], row["total"]) for row in communes] == [("H05.101", "94.20"), ("H05.166", "92.40")]
    columns = duckdb.execute(f"SELECT name FROM parquet_schema('{office}/lake/exports/scores/*.parquet')").fetchall()
    assert {"Mã đơn vị", "Tổng"} <= {name for (name,) in columns}
    assert "Người lập" not in {name for (name,) in columns}
    own = ask("ranking", "--week", "2025-W46", "--format", "csv", "--home", "demo/home").rows[0]
    assert (own["unit_code"], own["basis"], own["total"]) == ("H05", "computed", "92.37")


# ---- figures


def test_the_components_in_the_readme_add_up_to_its_total() -> None:
    text = README.read_text(encoding="utf-8")
    rows = re.findall(r"^  \D+?(\d+,\d\d) / (\d+) .*?(\d+,\d) %", text, re.MULTILINE)
    scores = [
        (Decimal(score.replace(",", ".")), Decimal(most), Decimal(pct.replace(",", "."))) for score, most, pct in rows
    ]
    assert len(scores) == 6
    assert sum(most for _, most, _ in scores) == 100
    total = re.search(r"^Bắc Ninh: (\d+,\d\d) điểm", text, re.MULTILINE)
    assert total is not None
    in_the_table = re.search(rf"Bắc Ninh +{total[1]} ", text)
    assert in_the_table is not None
    assert sum(score for score, _, _ in scores) == Decimal(total[1].replace(",", "."))
    for score, most, pct in scores:
        assert (100 * score / most).quantize(Decimal("0.1"), ROUND_HALF_UP) == pct


@pytest.mark.parametrize(
    ("command", "columns"),
    [("ranking", RANKING_COLUMNS), ("score", SCORE_COLUMNS), ("findings", FINDING_COLUMNS)],
)
def test_the_dictionary_tells_the_csv_columns_of_a_command_in_their_order(
    command: str, columns: tuple[str, ...]
) -> None:
    section = dictionary_text().split(f"### service-index {command} --format csv")[1].split("\n### ")[0]
    assert [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")] == list(columns)


def test_the_index_of_decisions_names_every_decision_once() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = re.findall(r"\]\((\d{4}-[^)]+\.md)\)", (folder / "README.md").read_text(encoding="utf-8"))
    assert listed == sorted(path.name for path in folder.glob("[0-9]*.md"))


# ---- what stands in no file

# Put together here, so that this file does not hold what it looks for.
_MACHINE = re.compile(r"(?<![\w.:<>~$}/*-])/(?:work|home|root|Users|tmp|mnt|srv)/\w")
_REGISTRIES = re.compile("|".join(re.escape(".".join(parts)) for parts in (
    ("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com"), ("anaconda", "org"),
)))  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "pattern"), [("a path of one machine", _MACHINE), ("the address of a package registry", _REGISTRIES)]
)
def test_no_file_holds(wrong: str, pattern: re.Pattern[str]) -> None:
    found = []
    for path in {*tracked(), *PAGES}:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:  # not a text
            continue
        found += [f"{path.relative_to(ROOT)}: {match.group()}" for match in pattern.finditer(text)]
    assert not found, f"{wrong}: {found}"


def test_the_patterns_find_what_they_look_for() -> None:
    assert _MACHINE.search('open("/' + 'home/someone/file")')
    assert not _MACHINE.search("demo/home/published and <lake>/tmp/x and https://example.org/home/x")
    assert _REGISTRIES.search("https://pypi" + ".org/simple")
