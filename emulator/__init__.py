"""A portal to practise on: it writes the exports a real portal would, reproducibly, faults included.

Used by the demo and by tests, never by the pipeline: nothing of the house imports this room but the command line and
tests.

    emulate(out, weeks) -> portal.py: which files a week has
        province.py     a province at work: arrivals.py (new dossiers), steering.py (what happens to them), petitions.py
        reporting.py    what it reports: procedures.py, lists.py, indicators.py (the portal's own arithmetic)
        units.py, offices.py: who works there
    nation.py       the 34 provinces
        tables.py, portal_json.py, write.py: formats
        targets.py      published figures it is steered to; control.py: how whole numbers hit them
    faults/         what goes wrong on demand: FAULTS by name; matrix.py: which fault is caught by what (docs/faults.md)
"""

from emulator.faults.catalogue import FAULTS
from emulator.faults.fault import Effect, Fault
from emulator.portal import emulate

__all__ = ["FAULTS", "Effect", "Fault", "emulate"]
