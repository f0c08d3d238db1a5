"""The columns a rule set's conditions may use, from the catalogue of columns and what counting derives.

Belongs here: this one question, because scoring imports nothing of the house and the catalogue stands in this room.
Does not belong here: rule sets themselves, or how a derived column is made.
"""

from __future__ import annotations

from resources.catalogue import table
from scoring.conditions import DERIVED_COLUMNS

#: Columns that say where a row came from; no indicator may depend on them.
PROVENANCE = frozenset({"export_id", "source_row", "arrived_week"})


def condition_columns() -> dict[str, frozenset[str]]:
    """Population to the columns its conditions may use: those of its table less provenance, and the derived ones."""
    return {
        population: frozenset(derived) | (_of_table(population) - PROVENANCE)
        for population, derived in DERIVED_COLUMNS.items()
    }


def _of_table(population: str) -> frozenset[str]:
    return frozenset() if population == "sync" else frozenset(table(population).column_names)
