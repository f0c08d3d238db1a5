"""Derivation: what a published revision was made of, recorded with it, and the lake as it stood for it.

Belongs here: what has to be kept beside the exports so that a revision can be derived again after later exports, decisions and
corrections; and laying that out again. Does not belong here: deriving (assets/reproduction.py) or explaining
(assets/explaining.py) a figure.

Recorded are the exports as the gate had them (names of units come from older ones too), the two weeks' verdicts, for whom the
portal spoke, the corrections the rows carried, and the versions of the software's figures, intake and row rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from assets.gate import FIGURES, INTAKE, Gate, carried
from checks.rules import fingerprint, load_rules
from resources.exports import TABLE_OF_KIND, ExportRecord
from resources.files import working_folder
from resources.home import Home
from resources.office import Office
from resources.releases import Revision
from resources.verdicts import FeedVerdict, UnitHold, Verdict
from scoring.calendar import Week
from scoring.ruleset import load_rulesets

NAMES_FROM = ("scores", "counts", "units")
NAMES_WEEKS = 60
_INSTANTS = ("exported_at", "received_at")


class CannotDerive(RuntimeError):
    """What a revision was made of is not all there any more. The message is Vietnamese / English."""


def recorded(gate: Gate, week: Week) -> dict[str, Any]:
    """What to keep with the revision of a week, as JSON values."""
    exports = {
        each.export_id: each
        for each in (
            *gate.inputs(week.previous),
            *gate.inputs(week),
            *(each for kind in NAMES_FROM for each in gate.of_kind(kind, week, week.shift(-NAMES_WEEKS))),
        )
    }
    weeks = (week.previous, week)
    return {
        **_versions(),
        "exports": [_as_json(each) for each in gate.exports if each.export_id in exports],
        "verdicts": [asdict(gate.verdicts[each]) for each in weeks if each in gate.verdicts],
        "portal_speaks": {str(each): sorted(gate.portal_speaks.get(each, ())) for each in weeks},
        "corrections": {key: list(numbers) for key, numbers in gate.corrections.items() if key in exports},
    }


def gate_of(content: Mapping[str, Any]) -> Gate:
    """The gate as it was when a revision was made."""
    return Gate(
        tuple(_export(each) for each in content["exports"]),
        {Week.parse(each["week"]): _verdict(each) for each in content["verdicts"]},
        {Week.parse(week): frozenset(units) for week, units in content["portal_speaks"].items()},
        {key: tuple(numbers) for key, numbers in content["corrections"].items()},
    )


def inputs_of(office: Office, revision: Revision) -> Gate:
    """The exports that a revision names as its inputs and the corrections their rows carried; verdicts are left out.

    Also for a revision made before derivations were recorded. Raises CannotDerive for an export nobody remembers.
    """
    named = {entry["export_id"]: entry for entry in revision.inputs}
    content = office.database.derivation(revision.week, revision.revision)
    exports = gate_of(content).exports if content else tuple(office.database.exports())
    known = tuple(each for each in exports if each.export_id in named)
    forgotten = sorted(entry["file"] for key, entry in named.items() if key not in {each.export_id for each in known})
    if forgotten:
        raise CannotDerive(
            f"{revision.week}, bản {revision.revision}: không còn biết bản xuất / an export is no longer known: {forgotten[0]}"
            + (f" (… {len(forgotten)})" if len(forgotten) > 1 else "")
        )
    corrections = {key: tuple(entry["corrections"]) for key, entry in named.items() if entry.get("corrections")}
    return Gate(tuple(sorted(known, key=_order)), {}, {}, corrections)


def since(revision: Revision, content: Mapping[str, Any] | None) -> tuple[str, ...]:
    """What of the software is no longer as it was when a revision was made, each Vietnamese / English."""
    now = load_rulesets()
    changed = [
        f"bộ quy tắc {name} đã thay đổi / the rule set {name} has changed"
        for name, mark in sorted(revision.rulesets.items())
        if name not in now or now[name].fingerprint != mark
    ]
    words = {
        "figures": ("cách tính số liệu (FIGURES)", "the way figures are computed (FIGURES)"),
        "intake": ("cách nhận bản xuất (INTAKE)", "the way exports are taken in (INTAKE)"),
        "rules": ("quy tắc kiểm tra dòng", "the row rules"),
    }
    for name, value in _versions().items():
        if content is not None and content[name] != value:
            vi, en = words[name]
            changed.append(f"{vi} đã thay đổi / {en} changed")
    return tuple(changed)


@contextmanager
def as_it_stood(office: Office, gate: Gate, exports: Sequence[ExportRecord] | None = None) -> Iterator[Office]:
    """The office with a lake of its own in which typed rows carry the corrections they did for this gate, then thrown away.

    exports: only those (all of the gate's by default). Nothing of the real lake is changed, and the database is the real
    one. Raises CannotDerive when rows are gone.
    """
    wanted = gate.exports if exports is None else exports
    with working_folder(office.home.temporary / "lake") as folder:
        scratch = replace(office, home=Home(folder))
        scratch.home.temporary.mkdir()
        other = _carrying_others(office, gate, wanted)
        for export in wanted:
            if export.export_id in other:
                _type_again(office, scratch.home, gate, export)
            else:
                _link(_typed(office.home, export), _typed(scratch.home, export), export)
        yield scratch


def _versions() -> dict[str, Any]:
    return {"figures": FIGURES, "intake": INTAKE, "rules": fingerprint(load_rules())}


def _carrying_others(office: Office, gate: Gate, exports: Sequence[ExportRecord]) -> set[str]:
    """The exports whose typed rows carry other corrections now, or are not there."""
    now = carried(office, exports)
    return {
        each.export_id
        for each in exports
        if now.get(each.export_id, ()) != gate.corrections.get(each.export_id, ())
        or not _typed(office.home, each).is_file()
    }


def _type_again(office: Office, home: Home, gate: Gate, export: ExportRecord) -> None:
    """Types an export from its raw copy and lays over it the corrections it carried then."""
    from checks.rows import split_export

    beside = [each for each in gate.exports if each.feed == export.feed and each is not export]
    for each in (export, *beside):
        _link(office.home.raw_path(each), home.raw_path(each), each)
    numbers = gate.corrections.get(export.export_id, ())
    corrections = [entry for entry in office.review.correction_entries() if entry.id in numbers]
    with office.engine() as con:
        table = TABLE_OF_KIND[export.kind]
        split_export(con, home, office.mapping_folders, table, export, corrections, beside if corrections else [])


def _link(source: Path, to: Path, export: ExportRecord) -> None:
    if not source.is_file():
        raise CannotDerive(
            f"{export.file}: không còn dòng nào của bản xuất {export.export_id} trong kho"
            f" / the lake has no rows of export {export.export_id} any more"
        )
    to.parent.mkdir(parents=True, exist_ok=True)
    if not to.exists():
        to.symlink_to(source)


def _typed(home: Home, export: ExportRecord) -> Path:
    return home.table_path(TABLE_OF_KIND[export.kind], export.week, export.export_id)


def _order(export: ExportRecord) -> tuple[Any, ...]:
    return export.week, export.exported_at or datetime.min, export.kind, export.scope, export.export_id


def _as_json(export: ExportRecord) -> dict[str, Any]:
    row = {name: value for name, value in asdict(export).items() if value is not None}
    return row | {name: row[name].isoformat() for name in _INSTANTS if name in row}


def _export(row: Mapping[str, Any]) -> ExportRecord:
    given = {each.name: row.get(each.name, False if each.default is False else None) for each in fields(ExportRecord)}
    return ExportRecord(**given | {name: datetime.fromisoformat(row[name]) for name in _INSTANTS if name in row})


def _verdict(row: Mapping[str, Any]) -> Verdict:
    return Verdict(
        week=row["week"],
        decision=row["decision"],
        reasons=tuple(row["reasons"]),
        feeds=tuple(FeedVerdict(**each) for each in row["feeds"]),
        holds=tuple(UnitHold(**each) for each in row["holds"]),
        fingerprint=row["fingerprint"],
    )
