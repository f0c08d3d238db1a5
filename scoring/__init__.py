"""The index itself: rule sets, formulas, rounding, ranking, comparison, and the calendar they stand on.

Belongs here: what a decree or a published table fixes. Pure functions over values and small tables.
Does not belong here: Dagster, files, databases, networks, clocks. This room imports nothing of the house.
"""
