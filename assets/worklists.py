"""Work lists of a unit out of the exports admitted now.

Belongs here: which week and exports they are made of, and what people said beside each entry. Does not belong here: which rows
stand on which list (resources/worklists.py), how they look (publishing/worklists.py).
"""

from __future__ import annotations

from datetime import datetime

from assets.explaining import COUNTED, NATION, rows_behind
from assets.gate import LISTS, first_week_counted, open_gate
from publishing.worklists import Entry, Worklist
from resources.office import Office
from resources.remedies import Remedies
from resources.units import level_of, province_of
from resources.worklists import waiting
from scoring.calendar import Week

DAYS = 3


class NoDossiers(ValueError):
    """No dossiers of the unit's province are admitted. The message is Vietnamese / English."""


def worklist(
    office: Office, unit_code: str, week: Week | None = None, now: datetime | None = None, days: int = DAYS
) -> Worklist:
    """What waits at a unit, as the newest week (or the one given) tells it.

    now: the moment deadlines are held against (naive UTC), by default the week's end. Raises NoDossiers.
    """
    gate, province = open_gate(office), province_of(unit_code)
    arrived = [
        Week.parse(each.week)
        for each in gate.exports
        if each.kind == "dossiers" and province_of(each.scope) == province
    ]
    newest = max((each for each in arrived if week is None or each <= week), default=None)
    if newest is None or province is None:
        raise NoDossiers(
            f"{unit_code}: chưa có bản xuất hồ sơ nào được chấp nhận / no export of dossiers is admitted"
            + (f" ({week})" if week else "")
        )
    first = first_week_counted(newest)
    used = [
        each
        for kind in COUNTED
        for each in gate.of_kind(kind, newest, None if kind in LISTS else first)
        if each.scope == NATION or province_of(each.scope) == province
    ]
    moment = now or newest.end
    only = None if level_of(unit_code) == "province" else unit_code
    with rows_behind(office, used, newest, only) as members:
        found = waiting(members, newest, unit_code, moment, days)
    said, files = Remedies(office.database.engine).last(unit_code), {each.export_id: each.file for each in used}
    entries = tuple(
        Entry(each, f"{files[each.export_id]}:{each.source_row}", said.get((each.list, each.code))) for each in found
    )
    return Worklist(unit_code, str(newest), moment, days, entries)
