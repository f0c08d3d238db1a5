"""The page docs/benchmarks.md, from the figures that bench.py kept.

Belongs here: medians, ratios, goals and how time grows, in Markdown; what was tried. Does not belong here: measuring.
"""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Mapping
from typing import Any

from benchmarks.bench import (
    ALL_RULES,
    ALL_WEEKS,
    COUNTED,
    MENDED,
    NEW_WEEK,
    NEXT_WEEK,
    NO_RULES,
    NOTHING,
    ONE_WEEK,
    PLAIN,
    RUNS,
    YEAR,
)
from benchmarks.make_data import VERSIONS_PER_DOSSIER
from benchmarks.peers import PEERS

Results = Mapping[str, Mapping[str, Any]]
#: One thing, another, the goal of one / other, and the size the goal is of (None: every size).
AT_MOST = (
    (ALL_WEEKS, PLAIN, 1.3, None),
    (ALL_WEEKS, ONE_WEEK, 4.0, None),
    (NEXT_WEEK, ALL_WEEKS, 0.1, None),
    (ALL_RULES, NO_RULES, 2.5, None),
    (YEAR, PLAIN, 3.0, 20_000_000),
    (NEW_WEEK, YEAR, 0.1, None),
    (NOTHING, YEAR, 0.1, None),
    (MENDED, YEAR, 0.1, None),
)
AT_LEAST = (("dbt-duckdb", YEAR, 2.0), ("pandas", YEAR, 8.0))
GROWTH, PEAK_GIB, BYTES_A_VERSION = 1.1, 6.0, 60
BEYOND = (50_000_000, 500_000_000, 5_000_000_000)  # the nation, ten and a hundred times


def page(results: Results) -> str:
    """The page of figures, in Markdown."""
    return "\n".join(
        [*_head(), *_growth(results), *(line for size in results for line in _of_size(size, results)), *_NOTES]
    )


def _head() -> list[str]:
    return [
        "# Benchmarks",
        "",
        'Made by `make bench` (`python -m benchmarks.bench`, sizes by `SIZES="1000000 5000000"`); do not edit by hand. The'
        " figures are kept in `docs/benchmarks.json`, each size as it was last measured.",
        "",
        f"Data: `benchmarks/make_data.py`, 52 weeks of 2026, 3,298 units in 34 provinces, {VERSIONS_PER_DOSSIER} versions a"
        " dossier, 1 % with a petition, 3 % without a due date, lists of procedures in two exports of 900,000 rows. The result"
        " has 10.9 million rows (week, period, unit, indicator).",
        "",
        "The **plain script** (`benchmarks/plain_counts.py`) makes the counts alone, from Parquet that is typed already: what"
        " an analyst would write by hand for these very weeks, this rule set and these data. The **whole command** begins at"
        " the landing folder and ends with 52 published weeks: every row rule, history, reconciliation and verdict, counts,"
        " scores, ranks, database, open data, workbooks, pages and lineage. Its counts are compared with the plain script's row"
        " by row, and so are the counts and rankings of every peer with what was published.",
        "",
        "Counts and splits are timed without the start of Python and DuckDB; the whole command and the peers from outside.",
        "",
    ]


def _growth(results: Results) -> list[str]:
    lines = ["## How time grows", "", "| | from | to | exponent |", "|---|---:|---:|---:|"]
    for what in (PLAIN, ALL_WEEKS, ONE_WEEK, YEAR):
        sizes = _sizes(results, what)
        for less, more in [*itertools.pairwise(sizes), *([(sizes[0], sizes[-1])] if len(sizes) > 2 else [])]:
            lines.append(f"| {what} | {less:,} | {more:,} | {_exponent(results, what, less, more):.2f} |")
    return [*lines, "", f"Goal: at most {GROWTH}.", "", *_beyond(results)]


def _sizes(results: Results, what: str) -> list[int]:
    return [int(size) for size, found in results.items() if what in found["figures"]]


def _exponent(results: Results, what: str, less: int, more: int) -> float:
    return math.log(_seconds(results, more, what) / _seconds(results, less, what)) / math.log(more / less)


def _beyond(results: Results) -> list[str]:
    """What larger years would take on the same machine, were time to go on growing as between the two largest sizes."""
    lines = [
        "## Larger years on such a machine, by the model",
        "",
        "Of the counts seconds(n) = seconds(m) x (n / m) ^ exponent, m the largest size measured and the exponent that of the last step"
        " to it: a tenth more or less in the exponent is a quarter more or less at ten times the size. Of the whole command, a large"
        " part of which does not grow with the dossiers, a straight line through the two largest sizes.",
        "",
        "| | " + " | ".join(f"{size / 1e6:,.0f} M" for size in BEYOND) + " |",
        "|---|" + "---:|" * len(BEYOND),
    ]
    for what in (ALL_WEEKS, YEAR):
        if len(sizes := _sizes(results, what)) > 1:
            less, more = sizes[-2:]
            hours = [_modelled(results, what, less, more, size) / 3600 for size in BEYOND]
            lines.append(f"| {what} | " + " | ".join(f"{each:,.2f} h" for each in hours) + " |")
    return [*lines, ""]


def _modelled(results: Results, what: str, less: int, more: int, size: int) -> float:
    """Seconds at a size, from two others."""
    last = _seconds(results, more, what)
    if what == YEAR:
        return last + (last - _seconds(results, less, what)) * (size - more) / (more - less)
    return float(last * (size / more) ** _exponent(results, what, less, more))


def _seconds(results: Results, size: int, what: str) -> float:
    return statistics.median(one["seconds"] for one in results[str(size)]["figures"][what])


def _of_size(size: str, results: Results) -> list[str]:
    found = results[size]
    figures: Mapping[str, list[Mapping[str, Any]]] = found["figures"]
    middle = {what: statistics.median(one["seconds"] for one in runs) for what, runs in figures.items()}
    limit = f", `memory_limit = {found['memory_limit']}`" if found.get("memory_limit") else ""
    lines = [
        f"## {int(size):,} dossiers",
        "",
        f"Measured on {found['measured_on']}: {found['machine']}{limit}. Counts and splits: median of {found['repeats']}; the"
        " others once.",
        "",
        "| | seconds | seconds of processor | peak memory, MB | x plain script |",
        "|---|---:|---:|---:|---:|",
    ]
    for what, runs in figures.items():
        cpu = statistics.median(one["cpu_seconds"] for one in runs)
        peak = max(one["peak_mb"] for one in runs)
        told = f" ({runs[0]['told']})" if runs[0].get("told") else ""
        lines.append(
            f"| {what}{told} | {middle[what]:.1f} | {cpu:.1f} | {peak:,.0f} | {middle[what] / middle[PLAIN]:.2f} |"
        )
    return [*lines, "", *_goals(int(size), figures, middle), *_disk(found["disk"]), ""]


def _goals(size: int, figures: Mapping[str, list[Mapping[str, Any]]], middle: Mapping[str, float]) -> list[str]:
    lines = []
    for what, other, goal, of_size in AT_MOST:
        if what in middle and other in middle:
            asked = f"goal: at most {goal:g}" if of_size in (None, size) else f"goal at {of_size:,}: at most {goal:g}"
            lines.append(f"- {what} / {other}: **{middle[what] / middle[other]:.2f}** ({asked})")
    wanted = {peer: (own, f" (goal: at least {goal:g})") for peer, own, goal in AT_LEAST}
    for peer in PEERS:
        own, asked = wanted.get(peer, (YEAR, ""))
        if peer in middle and own in middle:
            lines.append(f"- {peer} / {own}: **{_ratio(figures[peer][0]['told'], middle[peer] / middle[own])}**{asked}")
    peaks = [one["peak_mb"] for what in (*COUNTED, *RUNS) if what != PLAIN for one in figures.get(what, ())]
    lines.append(f"- most memory of ours: **{max(peaks) / 1024:.1f} GiB** (goal at 50,000,000: at most {PEAK_GIB:g})")
    return lines


def _ratio(fate: str, ratio: float) -> str:
    """Of a peer that was given up the true ratio is larger; one that died has none."""
    if not fate:
        return f"{ratio:.2f}"
    return f"more than {ratio:.2f}" if fate == "given up" else fate


def _disk(disk: Mapping[str, float]) -> list[str]:
    if not disk:
        return []
    return [
        f"- disk: a version of a dossier takes **{disk['typed_bytes_a_version']:.0f}** bytes typed (goal: at most"
        f" {BYTES_A_VERSION}) and {disk['raw_bytes_a_version']:.0f} bytes as it came; the whole lake of"
        f" {disk['versions'] / 1e6:,.1f} million versions {disk['lake_bytes'] / 2**20:,.0f} MB",
    ]


_NOTES = """\
## Where the time goes

`python -m benchmarks.profile LANDING` runs the command under a sampling profiler and prints the share of each stage. Two parts:

- *By the dossier.* Each million versions of a Parquet export costs about 8 seconds of processor: 2.4 to take in (half of it
  writing Parquet), 3.2 to type and to lay 40 conditions beside each row, 1.7 to write what is valid, the rest units' facts.
- *By the week*, whatever the number of dossiers: about 13 seconds of processor for 3,298 units in 105 rankings of three periods,
  half of it files (35 workbooks two thirds of those) in a process beside; of the other half a third is scoring, a fifth ranking,
  a fifth judging our own figures, a sixth the database. The newest week's pages and bulletins take half a minute more; a
  province's year is a thirtieth of it.
- *Of a new week* of a year of 20 million (110 s on the clock): two fifths pages, of which half what moved in the units since
  the week before; a sixth the rules over units and weeks; a ninth publishing, a tenth bulletins, a sixteenth counting, an
  eighth starting and looking what is due.

## What was tried

Kept, for the counts:
- hashing dossier codes to 64 bits for the window over versions: 15 % faster, a third less memory than the text;
- `count(*) FILTER` over booleans: a third faster than summing them as integers;
- two counts in one 64-bit word from the events on: the running sums over weeks take a third of the time;
- procedures with dossiers by the first arrival of each (unit, procedure, month), and event by event only where a dossier
  left before one that stays had come: a fifth of signed events for all of them;
- numbering units and procedures before the window.

Kept, for the whole command:
- flags, whole numbers and moments of a Parquet file keep their type instead of becoming texts and values again: taking in
  costs less than half;
- row rules: first how many rows fail each condition, then unit by unit only those that fail somewhere: a tenth of counting
  all of them by unit;
- the weeks before a week are added up once, not once a rate, and a feed's total once a week, not once a unit: the rules
  across weeks take less than a sixth of what they took of a nation's year;
- rankings by rows and not by frames (a hundred small frames a week cost more than their arithmetic), texts as Python's own
  where they are read one by one, rows typed for Arrow once and not four times: a third of a week's publication;
- a large revision's files written by a second process while the next week is scored, judged and begun;
- what moved in the newest week is looked for among the dossiers that may have moved, not among the year's: at 50 million 49
  seconds of processor. (The lines of 1 and 5 million above still lay out the whole year, those of 20 and 50 a wider part;
  beside the latter two other work ran at the lowest priority.)

Not kept, because it brought nothing: packing the conditions into the bits of an integer before the window (slower), finding
the next version by a bit mask of weeks and a join instead of the window (equal time, more memory), one sort key in place of
three (equal), lists in place of joins for the calendar (equal), giving up the order of insertion (equal), Parquet pages of
version 2 (a fifth faster to write, two per cent smaller, but not every reader of open data knows them).
""".splitlines(keepends=False)
