"""The diagnosis: of the faults that may explain differences, the one to name for each.

Belongs here: the choice. A fault that explains many differences at once, with one parameter, is more likely than many
faults that each explain one; of equal ones the simpler. Does not belong here: the faults themselves, or words.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from checks.reconcile.bench import Bench, Key
from checks.reconcile.compare import Difference
from checks.reconcile.faults import FAULTS, OF_COUNTS, UNTIL, UNTIL_FEWEST, Candidate
from scoring.calendar import VIETNAM_OFFSET

UNKNOWN = "unknown"
MISSED_AFTER = "missed_after"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The fault named for a difference, or `unknown`.

    explained of wanted: how many of the dossiers that differ it accounts for. shared_by: how many differences have the
    same fault. moment: of missed_after, the roundest moment (naive UTC) that fits all of them.
    """

    fault: str
    explained: int
    wanted: int
    candidate: Candidate | None = None
    shared_by: int = 1
    moment: datetime | None = None


def diagnose(bench: Bench, named_from: Decimal) -> dict[Key, Diagnosis]:
    """A diagnosis for every difference on the bench. Raises duckdb.Error."""
    untrue = bench.untrue()
    candidates = [one for fault in FAULTS for one in fault(bench) if one.fault in OF_COUNTS or one.key not in untrue]
    found = _whole(bench.differences, candidates, named_from)
    moments = sorted({one.moment for one in found.values() if one.moment})
    late = [one for moment in moments for one in _missed_from(bench, moment) if one.key not in untrue]
    for key, difference in bench.differences.items():
        if key not in found:
            mine = [one for one in [*candidates, *late] if one.key == key and not one.parameter.startswith(UNTIL)]
            found[key] = _best_part(difference, mine, named_from)
    return found


def explained(difference: Difference, candidate: Candidate) -> int:
    """How many of the dossiers that differ a candidate accounts for; 0 when it makes matters worse."""
    left = max(abs(gap - effect) for gap, effect in zip(difference.gap, candidate.effect, strict=True))
    return max(0, difference.wanted - left)


def _whole(
    differences: Mapping[Key, Difference], candidates: Iterable[Candidate], named_from: Decimal
) -> dict[Key, Diagnosis]:
    """Names faults that explain differences whole, the one that explains most of them first."""
    whole = [one for one in candidates if one.effect == differences[one.key].gap and one.effect != (0, 0)]
    whole = _of_whole_units(differences, whole, named_from)
    found: dict[Key, Diagnosis] = {}
    while True:
        left = [one for one in whole if one.key not in found]
        if not left:
            return found
        groups: dict[tuple[str, str], dict[Key, Candidate]] = defaultdict(dict)  # in the order of simplicity
        for one in left:
            if one.fault != MISSED_AFTER:
                groups[one.fault, one.parameter].setdefault(one.key, one)
        if stopped := _same_moment([one for one in left if one.fault == MISSED_AFTER]):
            groups[MISSED_AFTER, ""] = {one.key: one for one in stopped}
        best = max(groups.values(), key=len)  # of equal ones the first
        for key, one in best.items():
            wanted = differences[key].wanted
            moment = roundest(one.after, one.until) if one.until else None
            found[key] = Diagnosis(one.fault, wanted, wanted, one, len(best), moment)


def _of_whole_units(
    differences: Mapping[Key, Difference], whole: Sequence[Candidate], named_from: Decimal
) -> list[Candidate]:
    """Without those that fit by chance: what strikes everything up to a day explains nearly all that differs of a unit."""
    differing = Counter(unit for unit, _ in differences)
    fitting = {(one.key, one.fault, one.parameter) for one in whole}
    explains = Counter((unit, fault, what) for (unit, _), fault, what in fitting)
    return [
        one
        for one in whole
        if not one.parameter.startswith(UNTIL)
        or explains[one.key[0], one.fault, one.parameter]
        >= max(Decimal(UNTIL_FEWEST), named_from * differing[one.key[0]])
    ]


def _same_moment(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The most candidates that one moment fits, each with the bounds all of them leave to it."""
    best: list[Candidate] = []
    for moment in sorted({one.until for one in candidates if one.until}):
        fitting = [one for one in candidates if one.until and _before(one.after, moment) and moment <= one.until]
        if len(fitting) > len(best):
            best = fitting
    if not best:
        return []
    after = max((one.after for one in best if one.after), default=None)
    until = min(one.until for one in best if one.until)
    return [replace(one, after=after, until=until) for one in best]


def _before(after: datetime | None, moment: datetime) -> bool:
    return after is None or after < moment


_GRAINS = [timedelta(hours=24), timedelta(hours=12), timedelta(hours=1), timedelta(minutes=30), timedelta(minutes=5)]
_GRAINS += [timedelta(minutes=1), timedelta(seconds=1)]
_EPOCH = datetime(1970, 1, 1)


def roundest(after: datetime | None, until: datetime) -> datetime:
    """The roundest Vietnamese time d with after < d <= until, as naive UTC: midnight, noon, an hour, ..., a second."""
    last = until + VIETNAM_OFFSET
    for grain in _GRAINS if after is not None else _GRAINS[2:]:
        found = last - (last - _EPOCH) % grain
        if after is None or found > after + VIETNAM_OFFSET:
            return found - VIETNAM_OFFSET
    return until


def _missed_from(bench: Bench, moment: datetime) -> list[Candidate]:
    sql = """
        SELECT unit_code, indicator, count(*) FROM reconciling.counted
        WHERE in_numerator AND closed_from >= ? GROUP BY ALL"""
    return [
        Candidate((unit, indicator), MISSED_AFTER, effect=(-number, 0), until=moment)
        for unit, indicator, number in bench.rows(sql, [moment])
    ]


def _best_part(difference: Difference, candidates: Sequence[Candidate], named_from: Decimal) -> Diagnosis:
    """The fault that explains most of a difference, if that is enough to name it."""
    nothing = Diagnosis(UNKNOWN, 0, difference.wanted)
    best = max(candidates, key=lambda one: explained(difference, one), default=None)
    if best is None or explained(difference, best) < named_from * difference.wanted:
        return nothing
    moment = best.until if best.fault == MISSED_AFTER else None
    return Diagnosis(best.fault, explained(difference, best), difference.wanted, best, moment=moment)
