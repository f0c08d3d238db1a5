"""Reconciliation: our counts against the portal's, and the known fault that explains where they differ.

    week.py        the one entry: everything of a week, as outcomes
    compare.py     where the kinds overlap and by how much they differ (pure)
    tolerances.py  what is let pass, from reconcile.yaml
    bench.py       the dossiers behind the differences, as of the week, in the engine
    faults.py      the known faults, one small function each; diagnosis.py chooses among them
    evidence.py    the dossiers that make the difference, in a file
    outcomes.py    the findings in words
    steps.py       a like step of all units of a table: one finding about the feed

Belongs here: comparing kinds of export with each other. Does not belong here: rules on one table (rules.yaml, suites),
what follows from a finding (verdict).
"""

from checks.reconcile.compare import Difference, Figure, compare
from checks.reconcile.steps import folded, like_step
from checks.reconcile.tolerances import load_tolerances
from checks.reconcile.week import ReconcileInputs, reconcile_week

__all__ = [
    "Difference",
    "Figure",
    "ReconcileInputs",
    "compare",
    "folded",
    "like_step",
    "load_tolerances",
    "reconcile_week",
]
