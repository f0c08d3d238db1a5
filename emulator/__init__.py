"""A portal to practise on: it writes the exports a real portal would, reproducibly, faults included.

Used by the demo and by tests, never by the pipeline: nothing of the house imports this room but the command line and tests.
"""
