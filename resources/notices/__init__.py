"""Notices: who is told what by e-mail or messenger, the record of what was told, and the door through which it goes.

Belongs here: routes (data), the record, sending. Does not belong here: what happened (pipelines/noticing.py), how it is worded
(publishing/notices).
"""
