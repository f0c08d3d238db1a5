"""Doors to the outside: the landing folder, the lake, the engine, the database, settings and the unit registry.

Belongs here: reading and writing, and the typed records that are read and written.
Does not belong here: what a number means (scoring), whether it may be published (checks), Dagster (assets, pipelines).
"""
