"""Whether a number may be published: the rule catalogue, its measurement, Great Expectations suites, verdicts.

Belongs here: what is held against the data and what follows from it. Does not belong here: how data is read
(resources), how it is scored (scoring), how a verdict is shown in Dagster (assets).
"""
