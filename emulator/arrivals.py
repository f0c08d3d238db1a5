"""New dossiers: who files what, when, and how long it will take.

Belongs here: everything about a dossier that is settled when it is accepted. Does not belong here: what is steered
afterwards.
"""

from __future__ import annotations

import numpy as np

from emulator.clock import CLOSING, DAY, HOUR, LAST_ACCEPTANCE, MINUTE, MORNING, add_working_days
from emulator.dossiers import RECORD
from emulator.procedures import Catalogue
from emulator.units import Character, Province

MOST_A_DAY = 9999  # a dossier code has four digits for the serial of the day
_REFUSED, _STOPPED, _SUPPLEMENT, _HANDED_OVER_LATER = 0.004, 0.002, 0.035, 0.85


def arrive(
    rng: np.random.Generator,
    province: Province,
    character: Character,
    catalogue: Catalogue,
    days: np.ndarray,
    active: int,
    unused: np.ndarray,
    first: bool,
    first_number: int,
) -> np.ndarray:
    """New dossiers accepted on `days` (one entry a dossier), in the order of their codes.

    Of the procedures the first `active` are in use; every one `unused` so far has a dossier among these, and in a
    `first` week every unit. Raises ValueError when a unit takes in more than 9,999 on one day.
    """
    count = len(days)
    rows = np.zeros(count, RECORD)
    rows["unit"] = rng.choice(province.size, count, p=character.share)
    rows["procedure"] = -1
    chosen = rng.permutation(count)
    forced, others = chosen[: len(unused)], chosen[len(unused) :]
    owner = catalogue.owner[unused]
    rows["procedure"][forced] = unused
    rows["unit"][forced] = np.where(
        owner < 0, rng.integers(0, province.communes, len(unused)), province.communes + owner
    )
    if first:
        rows["unit"][others[: 2 * province.size]] = np.tile(np.arange(province.size), 2)[: len(others)]
    _choose_procedures(rng, rows, province, catalogue, active)
    _accept(rng, rows, days, catalogue)
    _settle(rng, rows, catalogue)
    rows = rows[np.lexsort((rows["accepted"], rows["code_day"], rows["unit"]))]
    rows["serial"] = _serials(rows, province)
    rows["number"] = first_number + np.arange(count)
    # Refused before acceptance: it keeps the code of the day it was filed on and is never counted.
    refused = (rng.random(count) < _REFUSED) & ~np.isin(rows["procedure"], unused) & (not first)
    rows["stopped"][refused] = rows["accepted"][refused] + HOUR
    for name in ("accepted", "asked_1", "supplied_1", "fee", "paid"):
        rows[name][refused] = 0
    return rows


def _choose_procedures(
    rng: np.random.Generator, rows: np.ndarray, province: Province, catalogue: Catalogue, active: int
) -> None:
    """Give every dossier without one a procedure its unit handles; the earlier in the catalogue, the more common."""
    in_use = catalogue.owner[:active]
    office = np.where(rows["unit"] < province.communes, -1, rows["unit"] - province.communes)
    for owner in range(-1, province.size - province.communes):
        mine = np.flatnonzero((office == owner) & (rows["procedure"] < 0))
        offered = np.flatnonzero(in_use == owner)
        if len(mine):
            weights = 1 / (np.arange(len(offered)) + 2.0)
            rows["procedure"][mine] = rng.choice(offered, len(mine), p=weights / weights.sum())


def _accept(rng: np.random.Generator, rows: np.ndarray, days: np.ndarray, catalogue: Catalogue) -> None:
    """Moments of filing, acceptance, due date, and the planned end: within the term."""
    count = len(rows)
    term = catalogue.term_days[rows["procedure"]]
    clock = rng.integers(MORNING, LAST_ACCEPTANCE, count)
    rows["code_day"] = days
    rows["accepted"] = days * DAY + clock
    rows["filed"] = rows["accepted"] - 3 * MINUTE - (rng.random(count) ** 4 * (clock - 3 * MINUTE)).astype(np.int64)
    rows["due"] = add_working_days(days, term) * DAY + CLOSING
    worked = (rng.random(count) ** 1.6 * (term + 1)).astype(np.int64)
    end_day = add_working_days(days, worked)
    same_day = end_day == days
    earliest = np.where(same_day, rows["accepted"] + 10 * MINUTE, end_day * DAY + 8 * HOUR)
    latest = end_day * DAY + CLOSING - 5 * MINUTE
    rows["plan"] = earliest + (rng.random(count) * (latest - earliest)).astype(np.int64)


def _settle(rng: np.random.Generator, rows: np.ndarray, catalogue: Catalogue) -> None:
    """Applicant, components, fee, supplements, withdrawal, handing over."""
    count = len(rows)
    rows["applicant"] = rng.choice([1, 2, 3, 4], count, p=[0.82, 0.13, 0.02, 0.03])
    rows["components"] = rng.integers(1, 5, count)
    costs = catalogue.may_cost[rows["procedure"]]
    rows["fee"] = np.where(costs, catalogue.fee_vnd[rows["procedure"]] * rng.integers(1, 4, count), 0)
    rows["paid"] = np.where(costs, np.where(rng.random(count) < 0.7, 1, 2), 0)
    # A supplement is asked for in the first half of the processing; while it is waited for the end moves away.
    room = rows["plan"] - rows["accepted"]
    asks = (rng.random(count) < _SUPPLEMENT) & (room > 2 * HOUR)
    asked = rows["accepted"] + (room * rng.uniform(0.1, 0.5, count)).astype(np.int64)
    wait = rng.integers(1, 5, count) * DAY
    rows["asked_1"] = np.where(asks, asked, 0)
    rows["supplied_1"] = np.where(asks, asked + wait, 0)
    rows["plan"] += np.where(asks, wait, 0)
    stops = (rng.random(count) < _STOPPED) & ~asks
    rows["withdrawn"] = stops
    later = rng.random(count) < _HANDED_OVER_LATER
    rows["hand_over"] = np.where(later, rng.integers(3, 12, count) * DAY, rng.integers(0, 30, count) * MINUTE)


def _serials(rows: np.ndarray, province: Province) -> np.ndarray:
    """Serial of each dossier in its unit on its day; the rows come sorted by unit, day and moment."""
    place = rows["unit"].astype(np.int64) * 1_000_000 + rows["code_day"]
    begins = np.flatnonzero(np.diff(place, prepend=-1))
    serials = np.arange(len(rows)) - np.repeat(begins, np.diff(np.append(begins, len(rows)))) + 1
    if len(serials) and serials.max() > MOST_A_DAY:
        raise _too_many(province.unit_codes[rows["unit"][serials.argmax()]], int(serials.max()))
    return serials


def refuse_too_many(province: Province, character: Character, dossiers_a_week: int) -> None:
    """Raises ValueError when the busiest unit would run out of serials on a usual day."""
    busiest = int(character.share.argmax())
    a_day = round(dossiers_a_week * character.share[busiest] / 5)
    if a_day > MOST_A_DAY * 3 // 4:  # there are busier days than the usual one
        raise _too_many(province.unit_codes[busiest], a_day)


def _too_many(unit: str, a_day: int) -> ValueError:
    return ValueError(
        f"too many dossiers: {unit} would take in {a_day:,} on a day, and a code has room for {MOST_A_DAY:,}; "
        "ask for fewer dossiers per week, or for more provinces"
    )
