"""How long the site of the nation takes: 34 provinces, 3,321 communes, 14 departments in each province, in two languages.

Belongs here: a made-up office of that size, the time of a first building, of one with nothing new, and of one after a revision of
one unit. Does not belong here: tests; the time of counting and scoring (benchmarks/bench.py).
"""

from __future__ import annotations

import argparse
import tempfile
import time
from decimal import Decimal
from pathlib import Path

import pandas as pd

from assets.site import build_site
from publishing.release import Release, publish
from publishing.site import building
from resources.catalogue import table
from resources.office import Office, open_office
from resources.settings import load_settings
from resources.tables import rows_of
from resources.units import level_of, provinces
from scoring.calendar import Week
from scoring.formulas import group_scores, score_counts
from scoring.ranking import lowest_component, rank_cohort
from scoring.ruleset import ruleset_for

LAST = Week.parse("2026-W40")
COMMUNES, DEPARTMENTS = 3321, 14


def units() -> list[str]:
    """Codes: the provinces, departments in each, and the communes dealt out among them."""
    codes = list(provinces())
    found = [*codes, *(f"{code}.{number:02d}" for code in codes for number in range(1, DEPARTMENTS + 1))]
    return found + [f"{codes[at % len(codes)]}.{101 + at // len(codes)}" for at in range(COMMUNES)]


def publish_week(office: Office, week: Week, before: pd.DataFrame | None, better: str | None = None) -> pd.DataFrame:
    """Publishes a week of the nation; better: one unit has every dossier on time."""
    rules = ruleset_for(week.sunday)
    names = [indicator.code for indicator in rules.indicators if indicator.derived is None]
    number = week.monday.isocalendar()[1]
    rows = []
    for place, code in enumerate(units()):
        for at, name in enumerate(names):
            denominator = 900 + 7 * place % 4000 + number
            share = 70 + (place * 13 + at * 7 + number) % 30
            is_better = code == better and name == "on_time"
            rows.append(
                (
                    code,
                    level_of(code),
                    code[:3],
                    name,
                    denominator if is_better else denominator * share // 100,
                    denominator,
                )
            )
    counts = pd.DataFrame(
        rows, columns=["unit_code", "level", "province_code", "indicator", "numerator", "denominator"]
    )
    scores = score_counts(counts, rules)
    groups = group_scores(scores, rules)
    wide = groups.pivot(index="unit_code", columns="group_code", values="score").reset_index()
    exact: dict[str, Decimal] = {}
    for code, points in zip(groups["unit_code"], groups["unrounded"], strict=True):
        exact[code] = exact.get(code, Decimal(0)) + points
    wide["total"] = pd.Series(
        [sum(row[name] for name in rules.group_codes) for row in wide.to_dict("records")], dtype=object
    )
    wide["unrounded"] = wide["unit_code"].map(exact)
    wide["level"] = [level_of(code) for code in wide["unit_code"]]
    wide["scope"] = [
        "VN" if level == "province" else code[:3] for code, level in zip(wide["unit_code"], wide["level"], strict=True)
    ]
    ranked = []
    for (level, scope), cohort in wide.groupby(["level", "scope"]):
        previous = before[(before["level"] == level) & (before["scope"] == scope)] if before is not None else None
        for row in rows_of(rank_cohort(cohort, previous, scope=str(scope))):
            lowest, completion = lowest_component(row, rules.maxima)
            name = provinces()[row["unit_code"]].name if level == "province" else f"Xã {row['unit_code']}"
            ranked.append(
                row
                | {
                    "week": str(week),
                    "revision": 0,
                    "period_kind": "ytd",
                    "period": str(week.thursday.year),
                    "unit_name": name,
                }
                | {"lowest_component": lowest, "lowest_completion_pct": completion, "basis": "computed"}
                | {"status": "final", "ruleset": rules.id}
            )
    frame = pd.DataFrame(ranked, columns=table("rankings").column_names, dtype=object)
    told = scores.assign(
        week=week.monday, period_kind="ytd", period=str(week.thursday.year), basis="computed", ruleset=rules.id
    )
    told = told.astype(object).where(told.notna(), None).reindex(columns=table("scores").column_names)
    mark = f"{week}-{better}"
    publish(
        Release(
            week=str(week),
            fingerprint=mark,
            inputs=[{"export_id": "e", "file": "f", "sha256": mark}],
            rulesets={rules.id: rules.fingerprint},
            status="final",
            rankings=frame,
            scores=told,
            reason="Đếm lại" if better else None,
        ),
        office.database,
        office.home,
    )
    return frame


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weeks", type=int, default=2, help="weeks that are published before the newest is built")
    parser.add_argument("--processes", type=int, default=None)
    parser.add_argument("--folder", type=Path, help="the home (kept); by default a temporary folder")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        office = open_office(load_settings(home=arguments.folder or Path(temporary)))
        frames: list[pd.DataFrame | None] = [None]
        for back in reversed(range(arguments.weeks)):
            started = time.perf_counter()
            frames.append(publish_week(office, LAST.shift(-back), frames[-1]))
            print(f"{LAST.shift(-back)}: published in {time.perf_counter() - started:.1f} s", flush=True)
        _build(office, "first building, every page", arguments.processes)
        _build(office, "nothing new", arguments.processes)
        publish_week(office, LAST, frames[-2], better=units()[-1])
        _build(office, "after a revision of one commune", arguments.processes)
        pages = list(office.home.site.rglob("*.html"))
        heaviest = max(pages, key=lambda path: path.stat().st_size)
        print(
            f"{len(pages):,} pages; the heaviest {heaviest.stat().st_size / 1000:.0f} kB: {heaviest.relative_to(office.home.site)}"
        )


def _build(office: Office, what: str, processes: int | None) -> None:
    started = time.perf_counter()
    from checks.breaks import breaks_between

    built = building.build_site(office, breaks_between, processes=processes) if processes else build_site(office)
    print(
        f"{what}: {time.perf_counter() - started:.1f} s; {built.written:,} of {built.files:,} files written", flush=True
    )


if __name__ == "__main__":
    main()
