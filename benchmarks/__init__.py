"""How fast and how large: scripts that measure, and the data they measure on.

Belongs here: made data, yardsticks, measuring. Does not belong here: tests, or anything the product imports.
"""
