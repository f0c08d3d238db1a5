"""The dossiers that make a difference: some to look at, all of them in a file. Codes only, nothing of a person.

Belongs here: finding and writing them. Does not belong here: who is to blame (diagnosis).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from checks.reconcile.bench import Bench
from checks.reconcile.compare import Difference
from checks.reconcile.diagnosis import Diagnosis
from checks.reconcile.faults import OTHERS, UNTIL, as_done, one_form
from resources.files import write_bytes_atomically
from resources.home import Home

SHOWN = 20  # dossier codes of each side that a finding carries; the file has all


@dataclass(frozen=True, slots=True)
class Evidence:
    """Dossier codes in order: which only we count, which only the portal counts, which it may have missed.

    possible: of missed_after, dossiers whose result came in the week of the moment, it is not known when.
    """

    only_ours: Sequence[str] = ()
    only_theirs: Sequence[str] = ()
    possible: Sequence[str] = ()

    @property
    def rows(self) -> list[tuple[str, str]]:
        sides = (("only_ours", self.only_ours), ("only_theirs", self.only_theirs), ("possible", self.possible))
        return [(side, code) for side, codes in sides for code in codes]


def gather(bench: Bench, difference: Difference, diagnosis: Diagnosis) -> Evidence:
    """The dossiers a diagnosis speaks of; none for a fault that is in the figures alone. Raises duckdb.Error."""
    one = diagnosis.candidate
    if one is None:
        return Evidence()
    match one.fault:
        case "missed_after":
            assert diagnosis.moment is not None
            certain = _codes(bench, difference, "in_numerator AND closed_from >= ?", diagnosis.moment)
            within = "in_numerator AND closed_from < ? AND closed_to > ?"
            possible = _codes(bench, difference, within, diagnosis.moment, diagnosis.moment)
            return Evidence(certain, possible=possible if len(certain) < diagnosis.explained else ())
        case "accepted_day_dropped":
            return Evidence(
                _codes(bench, difference, "in_denominator AND accepted_day = CAST(? AS DATE)", one.parameter)
            )
        case "closed_day_dropped":
            return Evidence(_codes(bench, difference, "in_numerator AND closed_day = CAST(? AS DATE)", one.parameter))
        case "constant" if one.parameter == "none":
            return Evidence(_codes(bench, difference, "in_numerator"))
        case "constant":
            return Evidence(only_theirs=_codes(bench, difference, "in_denominator AND NOT in_numerator"))
        case "components_counted":
            among = "in_numerator" if one.parameter == "qualifying" else "in_denominator"
            return Evidence(only_theirs=_codes(bench, difference, f"{among} AND components > 1"))
        case "statuses_as_done":
            return Evidence(only_theirs=_codes(bench, difference, as_done(one.parameter)))
        case "counted_twice" if one.parameter == "old_code":
            return Evidence(_doubles(bench, difference))
        case "counted_twice" | "old_dropped" if one.parameter.startswith(UNTIL):
            until = "in_denominator AND accepted_day <= CAST(? AS DATE)"
            codes = _codes(bench, difference, until, one.parameter.removeprefix(UNTIL))
            return Evidence(codes) if one.fault == "old_dropped" else Evidence(only_theirs=codes)
        case "counted_twice":
            return Evidence(only_theirs=_of_other(bench, difference, one.parameter))
        case "doubled":
            return Evidence(only_theirs=_codes(bench, difference, "in_numerator"))
        case _:
            return Evidence()


def record(home: Home, difference: Difference, diagnosis: Diagnosis, evidence: Evidence, rule: str) -> str:
    """Writes the file of all codes, if there are any, and returns the JSON text a finding carries."""
    path = None
    if evidence.rows:
        path = home.evidence_path(difference.week, rule, difference.unit_code, difference.period.label)
        lines = ["side,dossier_code", *(f"{side},{_cell(code)}" for side, code in evidence.rows)]
        write_bytes_atomically(path, ("\n".join(lines) + "\n").encode())
    moment = diagnosis.moment
    numbers = {
        "ours": [difference.ours.numerator, difference.ours.denominator, _text(difference.ours.score)],
        "theirs": [difference.theirs.numerator, difference.theirs.denominator, _text(difference.theirs.score)],
        "allowed": _text(difference.allowed),
        "explained": diagnosis.explained,
        "wanted": diagnosis.wanted,
        "shared_by": diagnosis.shared_by,
        "parameter": diagnosis.candidate.parameter if diagnosis.candidate else "",
        "moment": moment.isoformat() + "Z" if moment else None,
        "only_ours": len(evidence.only_ours),
        "only_theirs": len(evidence.only_theirs),
        "possible": len(evidence.possible),
    }
    return json.dumps(
        {
            "only_ours": list(evidence.only_ours[:SHOWN]),
            "only_theirs": list(evidence.only_theirs[:SHOWN]),
            "file": _relative(home, path),
            "numbers": numbers,
        },
        ensure_ascii=False,
    )


def _codes(bench: Bench, difference: Difference, condition: str, *parameters: object) -> list[str]:
    sql = f"""
        SELECT dossier_code FROM reconciling.counted
        WHERE unit_code = ? AND indicator = ? AND ({condition}) ORDER BY dossier_code"""  # noqa: S608 - words of the house
    return [code for (code,) in bench.rows(sql, [difference.unit_code, difference.subject, *parameters])]


def _of_other(bench: Bench, difference: Difference, other: str) -> list[str]:
    sql = f"""
        SELECT dossier_code FROM ({OTHERS}) JOIN reconciling.facts USING (indicator, dossier_code)
        WHERE unit_code = ? AND indicator = ? AND other = ? AND in_denominator
        ORDER BY dossier_code"""  # noqa: S608 - words of the house
    return [code for (code,) in bench.rows(sql, [difference.unit_code, difference.subject, other])]


def _doubles(bench: Bench, difference: Difference) -> list[str]:
    form = one_form("dossier_code")
    sql = f"""
        SELECT dossier_code FROM reconciling.counted WHERE unit_code = ? AND indicator = ? AND in_denominator
        QUALIFY count(*) OVER (PARTITION BY {form}) > 1 AND dossier_code <> {form}
        ORDER BY dossier_code"""  # noqa: S608 - words of the house
    return [code for (code,) in bench.rows(sql, [difference.unit_code, difference.subject])]


def _cell(code: str) -> str:
    """A code as a CSV cell that no spreadsheet runs as a formula."""
    safe = code if code[:1].isalnum() else f"'{code}"
    return '"' + safe.replace('"', '""') + '"' if any(sign in safe for sign in ',"\n\r') else safe


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _relative(home: Home, path: Path | None) -> str | None:
    return path.relative_to(home.root).as_posix() if path else None
