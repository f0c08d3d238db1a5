"""Work lists: the dossiers and petitions of a unit that wait for somebody to do something.

Belongs here: which rows stand on which list, asked of the rows counting works on (resources/members.py). Does not belong here:
the lists' names (publishing/worklists.py), what people say of an entry (resources/remedies.py), conditions of indicators.

Dossiers are those of the year the week is read in. Instants are naive UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from resources.members import Members
from scoring.calendar import Week
from scoring.members import dossiers_sql, members_sql

_OPEN = "ended_at IS NULL AND supplement_open_at IS NULL"
DOSSIER_LISTS = {
    "due_24h": f"{_OPEN} AND due_at >= $now AND due_at < $day",
    "due_soon": f"{_OPEN} AND due_at >= $day AND due_at < $horizon",
    "overdue": f"{_OPEN} AND due_at < $now",
    "supplement": "ended_at IS NULL AND supplement_open_at IS NOT NULL",
    "no_result": "ended_at IS NOT NULL AND status IN ('done', 'returned') AND NOT has_result",
    "not_digitised": "digitised_count = 0 AND component_count > 0",
    "not_online": "channel <> 'online' AND listed_level IN ('full', 'part')",
    "unpaid_online": "fee_total_vnd > 0 AND payment NOT IN ('portal', 'gateway')",
}
PETITIONS = "petitions"
LISTS = (*DOSSIER_LISTS, PETITIONS)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One entry of a list. due: None where there is none. export_id, source_row: where it stands."""

    list: str
    code: str
    unit_code: str
    procedure_code: str | None
    since: datetime | None
    due: datetime | None
    export_id: str
    source_row: int


def waiting(members: Members, week: Week, unit_code: str, now: datetime, days: int) -> list[Waiting]:
    """What waits at a unit (at its units too, for a province) at a moment, by list, due date and code.

    days: how far ahead `due_soon` and `petitions` look.
    """
    at = members.at(week, "ytd")
    moments = {"now": now, "day": now + timedelta(days=1), "horizon": now + timedelta(days=days)}
    flags = ", ".join(f"CASE WHEN {condition} THEN '{name}' END" for name, condition in DOSSIER_LISTS.items())
    dossiers = f"""
        SELECT unnest(list_filter([{flags}], lambda name: name IS NOT NULL)) AS list, dossier_code, counted_for,
            procedure_code, accepted_at, due_at, export_id, source_row
        FROM (
            SELECT state.*, listed.service_level AS listed_level FROM ({dossiers_sql(at)}) state
            LEFT JOIN counting.procedure_spans listed ON listed.province = state.province
                AND listed.procedure = state.procedure AND listed.since <= {at.tick} AND {at.tick} < listed.until
        ) WHERE $unit IN (counted_for, counted_province)"""  # noqa: S608 - conditions of the house
    found = _rows(members, dossiers, {"unit": unit_code, **moments})
    about = next((one for one in at.ruleset.indicators if one.population == "petitions"), None)
    if about is not None:
        petitions = f"""
            SELECT '{PETITIONS}', petition_code, counted_for, NULL, received_at, due, export_id, source_row
            FROM ({members_sql(at, about)})
            WHERE form = 'petition' AND answered_at IS NULL AND due < $horizon
                AND $unit IN (counted_for, counted_province)"""  # noqa: S608
        found += _rows(members, petitions, {"unit": unit_code, "horizon": moments["horizon"]})
    return sorted(found, key=lambda each: (LISTS.index(each.list), each.due or datetime.max, each.code))


def _rows(members: Members, sql: str, values: dict[str, Any]) -> list[Waiting]:
    return [Waiting(*row) for row in members.con.execute(sql, values).fetchall()]
