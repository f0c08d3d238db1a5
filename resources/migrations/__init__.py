"""Changes of the database's schema, one revision a file, run by `Database.migrate()`.

Belongs here: Alembic's environment and the revisions. A revision that has been released is never edited: it says what
was done then, in its own words, without the tables of resources/schema.py. Does not belong here: rows.
"""
