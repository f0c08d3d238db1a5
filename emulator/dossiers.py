"""Dossiers as the emulator holds them: one record each, and what the portal's own counter sees in it at a moment.

Belongs here: the record, and section 3 of the methodology in the emulator's own words (independent of scoring/).
Does not belong here: where dossiers come from and how they are steered.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np

from emulator.units import Province

# Moments are local seconds, 0 = not (yet). asked/supplied 1 and 2 may lie in the future: they are seen once they have
# passed.
RECORD = np.dtype(
    [
        ("number", "i8"),  # running number in the province, for simulated persons and files
        ("unit", "i2"),
        ("procedure", "i4"),
        ("serial", "i4"),
        ("code_day", "i4"),
        ("channel", "i1"),  # 1 direct, 2 online, 3 post
        ("applicant", "i1"),
        ("filed", "i8"),
        ("accepted", "i8"),  # 0: refused before acceptance
        ("due", "i8"),
        ("plan", "i8"),  # when processing will be finished
        ("hand_over", "i8"),  # seconds from finishing to handing over the result
        ("finished", "i8"),
        ("returned", "i8"),
        ("stopped", "i8"),
        ("withdrawn", "?"),
        ("asked_1", "i8"),
        ("supplied_1", "i8"),
        ("asked_2", "i8"),
        ("supplied_2", "i8"),
        ("overdue", "?"),  # lies unfinished past its term
        ("components", "i1"),
        ("digitised", "?"),
        ("reused", "i1"),
        ("from_store", "?"),
        ("sent", "?"),
        ("vneid", "?"),
        ("link", "?"),
        ("fee", "i4"),
        ("paid", "i1"),  # 0 no, 1 portal, 2 gateway
        ("result", "?"),
        ("result_at", "i8"),
        ("complained", "?"),
    ]
)
FACTS = (
    "received", "timely", "online", "fee_bearing", "paid", "result", "digitised", "reused", "store", "population",
    "content", "missed_result", "missed_digitised",
)  # fmt: skip


def dossier_code(row: Any, province: Province) -> str:
    """`H05.101-250915-0001`: the unit, the day of acceptance, the serial of that day."""
    day = date(1970, 1, 1) + timedelta(days=int(row["code_day"]))
    return f"{province.unit_codes[row['unit']]}-{day:%y%m%d}-{int(row['serial']):04d}"


def is_open(rows: np.ndarray) -> np.ndarray:
    """Accepted, neither finished nor stopped."""
    return (rows["accepted"] > 0) & (rows["finished"] == 0) & (rows["stopped"] == 0)


def supplements(rows: np.ndarray, moment: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Supplements as known at a moment: how many were asked for, since when one is open (0: none), seconds waited."""
    count = np.zeros(len(rows), np.int64)
    open_since = np.zeros(len(rows), np.int64)
    waited = np.zeros(len(rows), np.int64)
    for asked, supplied in (("asked_1", "supplied_1"), ("asked_2", "supplied_2")):
        seen = (rows[asked] > 0) & (rows[asked] < moment)
        answered = seen & (rows[supplied] > 0) & (rows[supplied] < moment)
        count += seen
        open_since = np.where(seen & ~answered, rows[asked], open_since)
        waited += np.where(answered, rows[supplied] - rows[asked], 0)
    return count, open_since, waited


def is_timely(rows: np.ndarray, cut: int, exported: int) -> np.ndarray:
    """Section 3: is each dossier on time, measured at a cut, as an export of a moment tells it (local seconds)?"""
    count, open_since, waited = supplements(rows, exported)
    end = np.where(
        rows["finished"] > 0, rows["finished"], np.where(rows["returned"] > 0, rows["returned"], rows["stopped"])
    )
    unfinished = np.where(open_since > 0, open_since, cut)
    return (count <= 1) & (np.where(end > 0, end - waited, unfinished) <= rows["due"])


def facts(rows: np.ndarray, cut: int, exported: int, missed_since: int, missed_units: np.ndarray) -> np.ndarray:
    """What counts of each dossier, one line of booleans per name in FACTS.

    `missed_since`, `missed_units`: electronic results attached since that moment (0: never) in those units escape the
    portal's counter.
    """
    timely = is_timely(rows, cut, exported)
    stored = rows["from_store"] | rows["sent"]
    complete = rows["digitised"] & rows["result"]
    missed = (
        missed_units[rows["unit"]] & (rows["result_at"] >= missed_since) if missed_since else np.zeros(len(rows), bool)
    )
    columns = {
        "received": np.ones(len(rows), bool),
        "timely": timely,
        "online": rows["channel"] == 2,
        "fee_bearing": rows["fee"] > 0,
        "paid": (rows["fee"] > 0) & (rows["paid"] > 0),
        "result": rows["result"],
        "digitised": complete,
        "reused": rows["reused"] > 0,
        "store": stored,
        "population": rows["vneid"] | rows["link"] | rows["from_store"],
        "content": timely & ~rows["complained"],
        "missed_result": rows["result"] & missed,
        "missed_digitised": complete & missed,
    }
    return np.array([columns[name] for name in FACTS])


def tally(rows: np.ndarray, seen: np.ndarray, units: int) -> np.ndarray:
    """Sums of facts by unit: FACTS by units, whole numbers."""
    return np.array([np.bincount(rows["unit"][line], minlength=units) for line in seen], dtype=np.int64)
