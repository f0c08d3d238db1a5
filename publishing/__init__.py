"""From scored tables to what people read: revisions, database rows, CSV and Parquet, the terminal's tables.

Belongs here: presentation and the rules of revisions. Does not belong here: computing a score or deciding
what is admitted.
"""
