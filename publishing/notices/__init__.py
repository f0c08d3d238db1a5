"""Notices as people read them: one message of everything that happened, in their language.

Belongs here: words and templates. Does not belong here: what happened, who is told, sending (pipelines, resources/notices).
"""
