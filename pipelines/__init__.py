"""Orchestration only: definitions, partitions, jobs, schedules, sensors and the command line.

Belongs here: when and in what order work is done. Does not belong here: the work itself.
"""
