"""What the list of procedures and the reports of a week must say for the snapshot figures to come out.

Belongs here: search for whole numbers (services online, procedures with fees, reported dossiers). Does not belong here:
dossiers. A list is written anew every week, so these numbers are free; they stay as near to their usual size as the
target allows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from emulator.indicators import BY_NAME

_FULL_FILING = 600


def services_online(procedures: int, with_dossiers: int, rest: int, usual: int) -> int:
    """How many procedures are offered online, for offering and use to score `rest` hundredths together."""
    offered, used = (BY_NAME[name].yardstick for name in ("procedures_offered_online", "services_with_dossiers"))
    return _nearest(
        range(with_dossiers, procedures + 1),
        lambda services: offered.score(services, procedures) + used.score(with_dossiers, services) - rest,
        usual,
    )


def payment_plan(with_payment: int, paid: int, fee_bearing: int, target: int, fee_procedures: int) -> tuple[int, int]:
    """How many procedures bear a fee, and how many fee-bearing dossiers may be unpaid, for payment to score the target.

    `fee_procedures`: how many could bear one; `paid` of `fee_bearing` dossiers are paid now. Offering is full.
    """
    used, online = (BY_NAME[name].yardstick for name in ("procedures_with_payment", "paid_online"))
    unpaid = fee_bearing - paid
    best = None
    for procedures in range(max(1, with_payment), min(fee_procedures, max(2, with_payment) * 4) + 1):
        rest = target - 200 - used.score(with_payment, procedures)
        if not 0 <= rest <= 600:
            continue
        numerators = online.numerators(rest, fee_bearing)
        if not len(numerators):
            continue
        allowed = min(max(unpaid, fee_bearing - numerators[-1]), fee_bearing - numerators[0])
        cost = (abs(allowed - unpaid) * 100 // max(1, fee_bearing // 100), abs(procedures - with_payment * 23 // 20))
        if best is None or cost < best[0]:
            best = (cost, procedures, allowed)
    return (best[1], best[2]) if best else (max(1, with_payment * 23 // 20), unpaid)


def connected(persons: int, target: int) -> int:
    """How many procedures of persons are connected to population data."""
    return BY_NAME["population_data_procedures"].yardstick.nearest(min(200, max(0, target)), persons)


def reported(received: int, target: int) -> int:
    """How many dossiers the national reporting system knows, never fewer than the portal, for the score to come out."""
    yardstick = BY_NAME["dossiers_synchronised"].yardstick
    usual = -(-received * 600 // max(1, target)) if target > 0 else received * 600
    if received == 0:
        return 0
    spread = received // 100 + 2
    around = range(max(received, usual - spread), usual + spread + 1)
    return _nearest(around, lambda known: yardstick.score(received, known) - target, usual)


def _nearest(numbers: Iterable[int], error: Callable[[int], int], usual: int) -> int:
    """The number of least error, of those the nearest to the usual one."""
    return min(numbers, key=lambda number: (abs(error(number)), abs(number - usual), number))
