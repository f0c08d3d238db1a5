"""All faults by name.

Belongs here: collecting them. Does not belong here: the faults.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from emulator.faults import counters, dossiers, files, tables
from emulator.faults.fault import Fault

FAULTS: Mapping[str, Fault] = MappingProxyType(
    {
        fault.name: fault
        for module in (counters, tables, dossiers, files)
        for fault in vars(module).values()
        if isinstance(fault, Fault)
    }
)
