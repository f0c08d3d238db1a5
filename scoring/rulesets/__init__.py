"""The packaged rule sets, one YAML file each.

Belongs here: rule sets, as data. Does not belong here: code; `scoring.ruleset_reader` reads and checks the files.
"""
