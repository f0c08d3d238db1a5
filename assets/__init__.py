"""The story of the data, a module a stage: exports, dossiers, quality, counts, scores, rankings, publication.

Belongs here: thin Dagster adapters that name inputs, call one function of a lower room and report what was done.
Does not belong here: rules, formulas, SQL, formats. They live in checks, scoring, resources and publishing.
"""
